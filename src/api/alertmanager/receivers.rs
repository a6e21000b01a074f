//! `/api/v2/receivers`.

use axum::extract;
use axum::response::Response;

use super::super::State;
use super::answer;
use super::dto::ReceiverObject;
use super::refusal::Refusal;

/// All receivers as the configuration has them, whether a route names them or not.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
) -> Result<Response, Refusal> {
    let Some(setup) = state.handle.setup().await? else { return answer::one(&[(); 0]) };
    let notification = &setup.notification;
    let written = notification.receiver_order.iter();
    let receivers = written.filter_map(|name| notification.receivers.get(name));
    answer::one(&receivers.map(|one| ReceiverObject::new(one)).collect::<Vec<_>>())
}
