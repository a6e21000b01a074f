//! The messages of an export request, as far as we write them.
//! (Source: `opentelemetry/proto/trace/v1/trace.proto` and its neighbours, version 1.)

use crate::trace::TraceContext;

use super::{Kind, Span, Value};

/// Flags of a span say whether its parent is in another process.
const KNOWS_REMOTE: u32 = 0x100;
/// The parent is in another process.
const REMOTE: u32 = 0x200;
/// `STATUS_CODE_ERROR`.
const ERROR: i32 = 2;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<WireSpan>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WireSpan {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    trace_state: String,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, repeated, tag = "13")]
    links: Vec<Link>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Link {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    trace_state: String,
    #[prost(fixed32, tag = "6")]
    flags: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AnyValue {
    #[prost(oneof = "OneValue", tags = "1, 2, 3")]
    value: Option<OneValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum OneValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Flag(bool),
    #[prost(int64, tag = "3")]
    Number(i64),
}

/// A request with these spans of this resource.
pub(super) fn request(resource: &[(&str, &str)], spans: &[Span]) -> Request {
    let attributes = resource
        .iter()
        .map(|(key, value)| attribute(key, &Value::Text((*value).to_owned())))
        .collect();
    let scope = Scope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let spans = spans.iter().map(span).collect();
    Request {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes }),
            scope_spans: vec![ScopeSpans { scope: Some(scope), spans }],
        }],
    }
}

fn span(span: &Span) -> WireSpan {
    let parent = span.parent.as_ref();
    let attributes = span.attributes.iter().map(|(key, value)| attribute(key, value));
    let is_remote = parent.is_some() && span.kind == Kind::Server;
    WireSpan {
        trace_id: span.context.trace.to_vec(),
        span_id: span.context.span.to_vec(),
        trace_state: span.context.state.to_string(),
        parent_span_id: parent.map(|parent| parent.span.to_vec()).unwrap_or_default(),
        name: span.name.clone(),
        kind: match span.kind {
            Kind::Internal => 1,
            Kind::Server => 2,
            Kind::Client => 3,
            Kind::Producer => 4,
        },
        start_time_unix_nano: span.begin,
        end_time_unix_nano: span.end.max(span.begin),
        attributes: attributes.collect(),
        links: span.links.iter().map(link).collect(),
        status: span.error.as_ref().map(|why| Status { message: why.clone(), code: ERROR }),
        flags: flags(&span.context) | if is_remote { REMOTE } else { 0 },
    }
}

fn link(context: &TraceContext) -> Link {
    Link {
        trace_id: context.trace.to_vec(),
        span_id: context.span.to_vec(),
        trace_state: context.state.to_string(),
        flags: flags(context),
    }
}

fn flags(context: &TraceContext) -> u32 {
    KNOWS_REMOTE | u32::from(context.is_kept())
}

fn attribute(key: &str, value: &Value) -> KeyValue {
    let value = match value {
        Value::Text(text) => OneValue::Text(text.clone()),
        Value::Flag(flag) => OneValue::Flag(*flag),
        Value::Number(number) => OneValue::Number(*number),
    };
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }) }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message;

    use super::*;
    use crate::trace::Sampling;

    fn context(number: u8) -> TraceContext {
        let (trace, span) = ([number; 16], [number; 8]);
        TraceContext { trace, span, sampling: Sampling::Kept, state: "a=b".into() }
    }

    #[test]
    fn a_request_is_what_opentelemetrys_own_library_reads() {
        let mut one = Span {
            name: "one".to_owned(),
            kind: Kind::Server,
            context: context(1),
            parent: Some(context(2)),
            begin: 5,
            end: 7,
            attributes: vec![("flag", Value::Flag(true))],
            links: vec![context(3)],
            error: Some("broken".to_owned()),
        };
        one.text("text", "x");
        one.count("count", 9);
        let bytes = request(&[("service.name", "alertmanager")], &[one]).encode_to_vec();
        let read = ExportTraceServiceRequest::decode(&*bytes).unwrap();
        let resource = &read.resource_spans[0];
        let shown = format!("{:?}", resource.resource.as_ref().unwrap().attributes);
        assert!(shown.contains("service.name") && shown.contains("alertmanager"), "{shown}");
        let span = &resource.scope_spans[0].spans[0];
        assert_eq!((&*span.name, span.kind, span.flags), ("one", 2, 0x301));
        assert_eq!((&span.trace_id[..], &span.span_id[..]), (&[1; 16][..], &[1; 8][..]));
        assert_eq!((&span.parent_span_id[..], &*span.trace_state), (&[2; 8][..], "a=b"));
        assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (5, 7));
        let shown = format!("{:?}", span.attributes);
        for part in ["BoolValue(true)", "StringValue(\"x\")", "IntValue(9)"] {
            assert!(shown.contains(part), "{shown}");
        }
        assert_eq!((&span.links[0].span_id[..], span.links[0].flags), (&[3; 8][..], 0x101));
        let status = span.status.as_ref().unwrap();
        assert_eq!((&*status.message, status.code), ("broken", 2));
    }
}
