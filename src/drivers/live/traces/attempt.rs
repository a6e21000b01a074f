//! The spans of an attempt to tell a receiver, and of the request that it makes.

use std::sync::atomic::{AtomicU16, Ordering};

use crate::notify::message::{HttpMessage, Message};
use crate::notify::{Delivery, Verdict};
use crate::otlp::{Kind, Span, Value};
use crate::trace::TraceContext;

use super::Tracer;
use super::passage::flush;

/// An attempt that is under way. Without tracing it is nothing.
#[derive(Debug, Default)]
pub(in crate::drivers::live) struct Attempt {
    span: Option<Span>,
    request: Option<Span>,
    /// The status of the answer; 0 while there is none.
    status: AtomicU16,
}

impl Attempt {
    /// Begins an attempt.
    pub(in crate::drivers::live) fn begin(tracer: &Tracer, delivery: &Delivery) -> Attempt {
        let flush = flush(tracer, delivery);
        let begin = |flush: Span| {
            tracer.begin("notify.Integration.Notify", Kind::Client, Some(&flush.context))
        };
        let mut span = flush.and_then(begin);
        if let Some(span) = &mut span {
            describe(span, delivery);
        }
        Attempt { span, ..Attempt::default() }
    }

    /// Begins its request, and has the request carry the trace on. Mails do not.
    pub(in crate::drivers::live) fn carry(&mut self, tracer: &Tracer, message: &mut Message) {
        let (Some(span), Message::Http(message)) = (&self.span, message) else { return };
        self.request = request(tracer, span, message);
    }

    /// Notes the status of the answer.
    pub(in crate::drivers::live) fn answered(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// Ends it.
    pub(in crate::drivers::live) fn end(self, tracer: &Tracer, verdict: &Verdict) {
        let Some(mut span) = self.span else { return };
        if let Some(mut request) = self.request {
            let status = self.status.load(Ordering::Relaxed);
            if status != 0 {
                request.count("http.response.status_code", status.into());
            }
            request.error = match (verdict, status) {
                (Verdict::Delivered, _) => None,
                (_, 0) => Some("no answer".to_owned()),
                (_, status) => Some(format!("status {status}")),
            };
            tracer.end(request);
        }
        let (recoverable, failure) = match verdict {
            Verdict::Delivered => return tracer.end(span),
            Verdict::Retry(failure) => (true, failure),
            Verdict::Rejected(failure) => (false, failure),
        };
        span.attributes.push(("alerting.notify.error.recoverable", Value::Flag(recoverable)));
        span.error = Some(failure.message.clone());
        tracer.end(span);
    }
}

fn describe(span: &mut Span, delivery: &Delivery) {
    let integration = delivery.integration();
    let firing = delivery.alerts.iter().filter(|alert| alert.firing).count();
    span.text("alerting.notify.integration.name", integration.settings.kind());
    span.count("alerting.notify.integration.index", integration.index);
    span.text("alerting.notify.receiver.name", &*delivery.receiver.name);
    span.text("alerting.aggregation_group.key", &*delivery.group_key);
    span.count("alerting.alerts.count", delivery.alerts.len());
    span.count("alerting.alerts.firing.count", firing);
    span.count("alerting.alerts.resolved.count", delivery.alerts.len() - firing);
    span.count("alerting.notify.attempt", delivery.attempt as usize);
}

fn request(tracer: &Tracer, attempt: &Span, message: &mut HttpMessage) -> Option<Span> {
    let mut span = tracer.begin("HTTP POST", Kind::Client, Some(&attempt.context))?;
    span.text("http.request.method", "POST");
    let (scheme, host) = server(message.url.expose());
    span.text("url.scheme", scheme);
    span.text("server.address", host);
    carry(&span.context, &mut message.headers);
    Some(span)
}

fn carry(context: &TraceContext, headers: &mut Vec<(&'static str, String)>) {
    headers.push(("traceparent", context.to_string()));
    if !context.state.is_empty() {
        headers.push(("tracestate", context.state.to_string()));
    }
}

/// Scheme and host of a URL; all else may hold secrets.
fn server(url: &str) -> (&str, &str) {
    let Some((scheme, rest)) = url.split_once("://") else { return ("", "") };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme, authority.rsplit_once('@').map_or(authority, |(_, host)| host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_of_a_url_is_told() {
        for (url, expect) in [
            ("https://u:s3cret@host:1/s3cret?s3cret", ("https", "host:1")),
            ("http://host", ("http", "host")),
            ("s3cret", ("", "")),
        ] {
            assert_eq!(server(url), expect);
        }
    }

    #[test]
    fn a_request_carries_its_span_and_what_others_say_of_the_trace() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let context = TraceContext::parse(parent, "a=b").unwrap();
        let mut headers = Vec::new();
        carry(&context, &mut headers);
        let expect = [("traceparent", parent.to_owned()), ("tracestate", "a=b".to_owned())];
        assert_eq!(headers, expect);
    }
}
