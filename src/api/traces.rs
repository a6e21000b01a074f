//! Requests as parts of traces: those of callers, by `traceparent`, or their own.

use axum::extract::{self, MatchedPath, Request};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::otlp::{Kind, Span};
use crate::trace::TraceContext;

use super::State;

/// The handlers by Alertmanager's names; others go by method and route.
const HANDLERS: [(&str, &str, &str); 9] = [
    ("POST", "/alerts", "api.postAlertsHandler"),
    ("GET", "/alerts", "api.getAlertsHandler"),
    ("GET", "/alerts/groups", "api.getAlertGroupsHandler"),
    ("GET", "/receivers", "api.getReceiversHandler"),
    ("GET", "/status", "api.getStatusHandler"),
    ("POST", "/silences", "api.postSilencesHandler"),
    ("GET", "/silences", "api.getSilencesHandler"),
    ("GET", "/silence/{silenceID}", "api.getSilenceHandler"),
    ("DELETE", "/silence/{silenceID}", "api.deleteSilenceHandler"),
];
/// Where Alertmanager's API is.
const ALERTMANAGER: &str = "/api/v2";

/// What a handler's work is a part of.
#[derive(Clone, Debug)]
pub(super) struct Part(pub(super) TraceContext);

/// Wraps requests of the APIs in spans, and tells the handler of its own.
pub(super) async fn trace(
    extract::State(state): extract::State<State>,
    path: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = path.as_ref().map_or("", |path| path.as_str());
    let route = route.strip_prefix(&*state.surface.prefix).unwrap_or(route);
    let tracer = state.handle.tracer();
    if !route.starts_with("/api/") || !tracer.is_on() {
        return next.run(request).await;
    }
    let parent = caller(request.headers());
    let name = format!("{} {route}", request.method());
    let begun = tracer.begin(name, Kind::Server, parent.as_ref());
    let Some(mut server) = begun else { return next.run(request).await };
    describe(&mut server, &request, route);
    let name = handler(request.method(), route);
    let handler = tracer.begin(name, Kind::Internal, Some(&server.context));
    if let Some(handler) = &handler
        && (handler.context.is_kept() || server.parent.is_some())
    {
        request.extensions_mut().insert(Part(handler.context.clone()));
    }
    let response = next.run(request).await;
    if let Some(handler) = handler {
        tracer.end(handler);
    }
    let status = response.status();
    server.count("http.response.status_code", status.as_u16().into());
    server.error = status.is_server_error().then(|| status.to_string());
    state.handle.tracer().end(server);
    response
}

/// What the caller says that the request is a part of.
fn caller(headers: &HeaderMap) -> Option<TraceContext> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    TraceContext::parse(text("traceparent")?, text("tracestate").unwrap_or_default())
}

fn describe(span: &mut Span, request: &Request, route: &str) {
    span.text("http.request.method", request.method().as_str());
    span.text("http.route", route);
    span.text("url.path", request.uri().path());
    let headers = request.headers();
    if let Some(agent) = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        span.text("user_agent.original", agent);
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if let Some(bytes) = length.and_then(|text| text.parse().ok()) {
        span.count("http.request.body.size", bytes);
    }
}

fn handler(method: &Method, route: &str) -> String {
    let own = route.strip_prefix(ALERTMANAGER).unwrap_or_default();
    let known = HANDLERS.iter().find(|(verb, path, _)| method == verb && own == *path);
    known.map_or_else(|| format!("api {method} {route}"), |(_, _, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_have_alertmanagers_names() {
        for (method, route, name) in [
            (Method::POST, "/api/v2/alerts", "api.postAlertsHandler"),
            (Method::DELETE, "/api/v2/silence/{silenceID}", "api.deleteSilenceHandler"),
            (Method::GET, "/api/v1/query", "api GET /api/v1/query"),
        ] {
            assert_eq!(handler(&method, route), name);
        }
    }
}
