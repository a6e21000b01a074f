//! Pushes as to a Pushgateway, and remote write.

use std::sync::PoisonError;

use axum::body::Bytes;
use axum::extract;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tracing::warn;

use crate::drivers::live::StateError;
use crate::ingest::pushgateway::{GroupKey, Method, PushError};
use crate::ingest::{Intake, PushRequest, WriteRequest};
use crate::label::Labels;

use super::State;

/// The prefix of the names under which pushed groups are kept over a restart.
pub const BLOB_PREFIX: &str = "push";

pub(super) async fn put(
    state: extract::State<State>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    push(state, uri, headers, body, Method::Put).await
}

pub(super) async fn post(
    state: extract::State<State>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    push(state, uri, headers, body, Method::Post).await
}

pub(super) async fn delete(state: extract::State<State>, uri: Uri, headers: HeaderMap) -> Response {
    push(state, uri, headers, Bytes::new(), Method::Delete).await
}

async fn push(
    extract::State(state): extract::State<State>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    method: Method,
) -> Response {
    let Some(intake) = &state.intake else { return takes_no_samples() };
    let request = PushRequest {
        method,
        path: uri.path(),
        content_type: text(&headers, header::CONTENT_TYPE),
        content_encoding: text(&headers, header::CONTENT_ENCODING),
        body: &body,
    };
    let answer = intake.push(state.handle.now(), &request);
    if !matches!(answer, Err(PushError::NoSuchPath | PushError::Path(_)))
        && let Err(error) = keep(&state, intake, uri.path()).await
    {
        warn!(%error, "a pushed group could not be written");
        return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response();
    }
    match answer {
        Ok(answer) => {
            if let Some(notice) = answer.notice {
                warn!("{notice}");
            }
            status(answer.status).into_response()
        }
        Err(error) => (status(error.status()), format!("{error}\n")).into_response(),
    }
}

/// Makes the group durable before the push is acknowledged: what it last said must not be
/// forgotten by a restart, or rules would see it vanish.
async fn keep(state: &State, intake: &Intake, path: &str) -> Result<(), StateError> {
    let Ok(key) = GroupKey::from_path(path) else { return Ok(()) };
    let identity = key.identity();
    let kept = {
        // what is read last must be written last: one at a time until it is in the queue
        let _turn = state.pushes.lock().unwrap_or_else(PoisonError::into_inner);
        let group = intake.export_one(&identity);
        let content = group.and_then(|group| serde_json::to_vec(&group).ok());
        state.handle.keep(&blob_name(&identity), content)
    };
    kept.await
}

/// The name under which a pushed group is kept.
pub fn blob_name(identity: &Labels) -> String {
    format!("{BLOB_PREFIX}{identity}")
}

pub(super) async fn remote_write(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(intake) = state.intake.clone() else { return takes_no_samples() };
    let now = state.handle.now();
    let answer = tokio::task::spawn_blocking(move || {
        let request = WriteRequest {
            content_type: text(&headers, header::CONTENT_TYPE),
            content_encoding: text(&headers, header::CONTENT_ENCODING),
            body: &body,
        };
        intake.write(now, &request)
    });
    match answer.await {
        Ok(Ok(answer)) => status(answer.status).into_response(),
        Ok(Err(error)) => (status(error.status()), format!("{error}\n")).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

fn takes_no_samples() -> Response {
    let hint = "this instance reads from another server; push there, or start firebell with --source=embedded\n";
    (StatusCode::NOT_FOUND, hint).into_response()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
