//! Everything below a path of its own. (Source: Alertmanager, `--web.route-prefix`.)

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::elsewhere;

/// Serves `inner` below `prefix`; who asks for `/` is sent there. Nothing changes when the prefix
/// is empty.
pub(super) fn below(prefix: Arc<str>, inner: Router) -> Router {
    if prefix.is_empty() {
        return inner;
    }
    Router::new()
        .fallback(move |request: Request| serve(Arc::clone(&prefix), inner.clone(), request))
}

async fn serve(
    prefix: Arc<str>,
    inner: Router,
    mut request: Request,
) -> Result<Response, Infallible> {
    let path = request.uri().path();
    if path == "/" {
        return Ok(redirect(StatusCode::FOUND, request.method(), &prefix));
    }
    match path.strip_prefix(&*prefix) {
        Some("") => {
            let to = format!("{prefix}/");
            Ok(redirect(StatusCode::MOVED_PERMANENTLY, request.method(), &to))
        }
        Some(rest) if rest.starts_with('/') => match shortened(request.uri(), rest) {
            Some(uri) => {
                *request.uri_mut() = uri;
                inner.oneshot(request).await
            }
            None => Ok(elsewhere::no_such_path().await),
        },
        _ => Ok(elsewhere::no_such_path().await),
    }
}

/// The address with this path in place of its own.
fn shortened(uri: &Uri, path: &str) -> Option<Uri> {
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(whole).ok()?);
    Uri::from_parts(parts).ok()
}

/// Sends a reader elsewhere, with a word for those who do not follow.
pub(super) fn redirect(status: StatusCode, method: &Method, to: &str) -> Response {
    let reason = status.canonical_reason().unwrap_or_default();
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let body = if reads { format!("<a href=\"{to}\">{reason}</a>.\n\n") } else { String::new() };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::LOCATION, to)];
    (status, headers, body).into_response()
}
