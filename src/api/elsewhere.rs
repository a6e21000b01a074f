//! Answers for what is not there, or not in this way, outside the APIs.
//! (Source: what Alertmanager 0.33 answers.)

use axum::extract;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::surface::Apis;
use super::{State, prefix};

/// What there is instead of Go's profiles.
const NO_PROFILES: &str =
    "There are no profiles of Go here. Look at /metrics for what firebell counts of itself.\n";

/// There is nothing at this path.
pub(super) async fn no_such_path() -> Response {
    plain(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// There is something at this path, but not with this method; who asks which there are is told.
pub(super) async fn no_such_method(
    extract::State(state): extract::State<State>,
    method: Method,
    uri: Uri,
) -> Response {
    let allowed = match (uri.path(), state.surface.apis) {
        ("/-/reload", Apis::All) => "OPTIONS, POST, PUT",
        ("/-/reload", Apis::Alertmanager) => "OPTIONS, POST",
        ("/-/healthy" | "/-/ready", _) => "GET, HEAD, OPTIONS",
        ("/metrics", _) => "GET, OPTIONS",
        _ => "GET, OPTIONS, POST",
    };
    if method == Method::OPTIONS {
        return ([(header::ALLOW, allowed)], ()).into_response();
    }
    let refused = plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed\n");
    ([(header::ALLOW, allowed)], refused).into_response()
}

/// Whoever looks for a Go program's profiles.
pub(super) async fn profiles() -> Response {
    plain(StatusCode::NOT_FOUND, NO_PROFILES)
}

/// A folder's name without the slash at its end.
pub(super) async fn to_folder(
    extract::State(state): extract::State<State>,
    method: Method,
    uri: Uri,
) -> Response {
    let to = format!("{}{}/", state.surface.prefix, uri.path());
    prefix::redirect(StatusCode::MOVED_PERMANENTLY, &method, &to)
}

/// A refusal in words, as Go's servers have it.
pub(super) fn plain(status: StatusCode, text: impl Into<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text.into()).into_response()
}
