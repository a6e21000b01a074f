//! The API's own description, for tools that read such: `/api/v2/openapi.yaml`.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// In OpenAPI 2.0, the version that the peer's clients are made from.
const DOCUMENT: &str = include_str!("openapi.yaml");

/// The document.
pub(in crate::api) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], DOCUMENT).into_response()
}
