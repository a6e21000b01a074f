//! `/-/healthy`, `/-/ready`, `/-/reload`.

use axum::extract;
use axum::http::StatusCode;
use tokio::sync::oneshot;

use super::audit::Asking;
use super::{Reload, State};

/// Always well, as long as anything answers.
pub(super) async fn healthy() -> &'static str {
    "OK"
}

/// Ready as soon as the listener serves: state is restored before that.
pub(super) async fn ready() -> &'static str {
    "OK"
}

/// Loads the configuration again; answers when the new one is in force.
/// (Source: Alertmanager, "Management API".)
pub(super) async fn reload(
    extract::State(state): extract::State<State>,
    Asking(by): Asking,
) -> (StatusCode, String) {
    let (reply, answer) = oneshot::channel();
    let gone = || (StatusCode::SERVICE_UNAVAILABLE, "firebell is shutting down\n".to_owned());
    if state.reloads.send(Reload { by, reply }).await.is_err() {
        return gone();
    }
    match answer.await {
        Ok(Ok(())) => (StatusCode::OK, String::new()),
        Ok(Err(error)) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("failed to reload config: {error}\n"))
        }
        Err(_) => gone(),
    }
}
