//! Answers are JSON and end with a newline. Long lists are written on a thread of their own, so
//! that other requests do not wait.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};

use super::refusal::Refusal;

/// One object, or a list that is known to be short.
pub(super) fn one(value: &impl Serialize) -> Result<Response, Refusal> {
    let mut bytes = serde_json::to_vec(value).map_err(unwritten)?;
    bytes.push(b'\n');
    Ok(json(bytes))
}

/// A list, one item after the other.
pub(super) fn list<T: Serialize>(items: impl Iterator<Item = T>) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    serde_json::Serializer::new(&mut bytes).collect_seq(items).map_err(unwritten)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What `write` writes, away from the threads that serve requests.
pub(super) async fn written(
    write: impl FnOnce() -> Result<Vec<u8>, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    tokio::task::spawn_blocking(write).await.map_err(unwritten)?.map(json)
}

fn json(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

fn unwritten(error: impl std::fmt::Display) -> Refusal {
    Refusal::Said(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
