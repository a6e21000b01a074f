//! How every answer of the API behaves, whatever it says: not cached, readable from other
//! origins, JSON or nothing. (Source: `rs/cors` with its defaults; `go-openapi/runtime`.)

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// What pages of other origins may ask for; not the removal of silences, as upstream.
const METHODS: [Method; 3] = [Method::GET, Method::POST, Method::HEAD];
/// Which headers they may send.
const HEADERS: [&str; 4] = ["accept", "content-type", "x-requested-with", "origin"];
const PREFLIGHT_VARY: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// Wraps every request to the API.
pub(in crate::api) async fn conduct(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_foreign = headers.contains_key(header::ORIGIN);
    if let Some(method) = preflight(request.method(), headers) {
        return answer_preflight(&method, headers);
    }
    let mut response =
        if accepts_json(headers) { next.run(request).await } else { not_acceptable() };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if is_foreign {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// The method that a preflight asks about.
fn preflight(method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let is_one = *method == Method::OPTIONS && headers.contains_key(header::ORIGIN);
    (is_one && !asked.is_empty()).then(|| asked.clone())
}

/// Says yes by headers, and no by their absence.
fn answer_preflight(method: &HeaderValue, asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static(PREFLIGHT_VARY));
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let method_allowed = METHODS.iter().any(|allowed| allowed.as_str() == method);
    if !method_allowed || !wanted.is_none_or(are_allowed) {
        return response;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(wanted) = wanted {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

fn are_allowed(names: &HeaderValue) -> bool {
    let Ok(names) = names.to_str() else { return false };
    names.split(',').all(|name| HEADERS.contains(&name.trim().to_ascii_lowercase().as_str()))
}

fn accepts_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    let takes = |value: &HeaderValue| {
        let ranges = value.to_str().unwrap_or_default().split(',');
        let mut types = ranges.map(|range| range.split(';').next().unwrap_or_default().trim());
        types.any(|media| matches!(media, "" | "*/*" | "application/*" | "application/json"))
    };
    values.peek().is_none() || values.any(takes)
}

fn not_acceptable() -> Response {
    let message = "unsupported media type requested, only [application/json] are available";
    Refusal::unread(StatusCode::NOT_ACCEPTABLE, message).into_response()
}

/// Answers for a path below `/api/v2` that is none.
pub(in crate::api) async fn no_such_path(uri: Uri) -> Response {
    let message = format!("path /api/v2{} was not found", uri.path());
    Refusal::unread(StatusCode::NOT_FOUND, message).into_response()
}

/// Answers for `/api/v2/` itself.
pub(in crate::api) async fn no_root() -> Response {
    Refusal::unread(StatusCode::NOT_FOUND, "path /api/v2/ was not found").into_response()
}

/// Answers for a path that there is, but not with this method.
pub(in crate::api) async fn no_such_method(method: Method, uri: Uri) -> Response {
    let allowed = match uri.path() {
        "/alerts" | "/silences" => "POST,GET",
        path if path.starts_with("/silence/") => "DELETE,GET",
        _ => "GET",
    };
    let message = format!("method {method} is not allowed, but [{allowed}] are");
    let refusal = Refusal::unread(StatusCode::METHOD_NOT_ALLOWED, message);
    ([(header::ALLOW, allowed)], refusal).into_response()
}
