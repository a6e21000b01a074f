//! `/api/v2/receivers`.

use axum::extract;
use axum::response::Response;

use super::super::State;
use super::refusal::Refusal;
use super::{answer, dto, json};

/// All receivers as the configuration has them, whether a route names them or not.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
) -> Result<Response, Refusal> {
    let setup = state.handle.setup().await?;
    let notification = setup.iter().map(|setup| &setup.notification);
    let receivers = notification
        .flat_map(|it| it.receiver_order.iter().filter_map(|name| it.receivers.get(name)));
    Ok(answer::written(|out| json::list(out, receivers, |out, one| dto::receiver(out, one))))
}
