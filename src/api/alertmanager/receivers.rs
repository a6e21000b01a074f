//! `/api/v2/receivers`.

use axum::extract;
use axum::response::Response;

use super::super::State;
use super::alerts::receivers;
use super::answer;
use super::dto::ReceiverObject;
use super::refusal::Refusal;

/// All receivers, whether a route names them or not.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
) -> Result<Response, Refusal> {
    let receivers = receivers(&state).await?;
    let objects: Vec<_> = receivers.values().map(|one| ReceiverObject::new(one)).collect();
    answer::one(&objects)
}
