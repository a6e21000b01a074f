//! Alertmanager's API v1, which is gone.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Says where to go instead.
pub(in crate::api) async fn gone() -> Response {
    let body = concat!(
        r#"{"status":"deprecated","error":"Alertmanager's API v1 is deprecated since 0.16.0 and "#,
        r#"removed as of 0.27.0: use the same route of API v2"}"#,
        "\n"
    );
    (StatusCode::GONE, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
