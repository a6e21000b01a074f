//! A collector of traces: what came in, read by OpenTelemetry's own library.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::sinks::http::{HttpSink, Request};

/// Spans by name; of several with one name the first.
#[derive(Clone, Debug)]
pub struct Spans(pub Vec<Span>);

impl Spans {
    /// The first span of this name.
    pub fn get(&self, name: &str) -> &Span {
        let found = self.0.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name} among {:?}", self.names()))
    }

    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|span| &*span.name).collect()
    }
}

/// Attributes as text.
pub fn attributes(all: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &KeyValue| match value.value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        other => format!("{other:?}"),
    };
    all.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

/// The message of a request, by HTTP or gRPC.
pub fn message(request: &Request) -> Vec<u8> {
    let grpc = request.header("content-type") == "application/grpc";
    let body = if grpc { &request.bytes[5..] } else { &request.bytes[..] };
    if grpc {
        let length = u32::from_be_bytes(request.bytes[1..5].try_into().unwrap());
        assert_eq!(length as usize, body.len());
    }
    let encoding = if grpc { "grpc-encoding" } else { "content-encoding" };
    if request.header(encoding) != "gzip" {
        return body.to_vec();
    }
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).unwrap();
    plain
}

/// All spans that came in, and what the resource says.
pub fn read(requests: &[Request]) -> (Spans, BTreeMap<String, String>) {
    let (mut spans, mut resource) = (Vec::new(), BTreeMap::new());
    for request in requests {
        let read = ExportTraceServiceRequest::decode(&*message(request)).unwrap();
        for part in read.resource_spans {
            resource = attributes(&part.resource.unwrap().attributes);
            spans.extend(part.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    (Spans(spans), resource)
}

/// Waits until a span of this name came in.
pub async fn wait_for(sink: &HttpSink, name: &str) -> (Spans, BTreeMap<String, String>) {
    let has = |requests: &[Request]| read(requests).0.names().contains(&name);
    let requests = sink.requests.wait_until(has).await;
    read(&requests.unwrap_or_else(|| panic!("no span {name}")))
}
