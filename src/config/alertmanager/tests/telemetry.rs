//! `event_recorder` and `tracing`.

use super::*;
use crate::engine::telemetry::{
    Compression, EventBatch, EventOutputs, Security, TraceExport, TraceProtocol,
};
use crate::secret::Secret;

fn events(text: &str) -> EventOutputs {
    let notification = compiled(&format!("{BASE}event_recorder: {text}\n"));
    EventOutputs::clone(notification.events.as_ref().unwrap())
}

#[test]
fn outputs_have_the_references_defaults() {
    let outputs = events(
        "{file_outputs: [{path: a.jsonl}, {path: /b.jsonl}], stdout_outputs: [{}], \
         webhook_outputs: [{url: 'http://x/'}]}",
    );
    let files: Vec<_> = outputs.files.iter().map(|path| &**path).collect();
    assert_eq!((files, outputs.stdouts), (vec!["conf/a.jsonl", "/b.jsonl"], 1));
    let webhook = &outputs.webhooks[0];
    assert_eq!((webhook.url.expose(), webhook.timeout), ("http://x/", Span::from_secs(10)));
    assert_eq!((webhook.workers, webhook.tries), (4, 3));
    assert_eq!((webhook.backoff, webhook.batch), (Span::from_millis(500), None));
}

#[test]
fn batches_are_gathered_as_the_configuration_says() {
    let batch = |more: &str| {
        let text = format!("{{webhook_outputs: [{{url: 'http://x', batch: true{more}}}]}}");
        events(&text).webhooks[0].batch.unwrap()
    };
    let usual = EventBatch { events: 100, bytes: 1 << 20, patience: Span::from_millis(100) };
    assert_eq!(batch(""), usual);
    let other = EventBatch { events: 7, bytes: 8, patience: Span::from_secs(9) };
    let more = ", batch_max_events: 7, batch_max_bytes: 8, batch_flush_interval: 9s";
    assert_eq!(batch(more), other);
}

#[test]
fn limits_hold_whatever_is_written() {
    let text = "{webhook_outputs: [{url: 'http://x', workers: 10000, max_retries: 10000}]}";
    let webhook = events(text).webhooks.remove(0);
    assert_eq!((webhook.workers, webhook.tries), (64, 100));
}

#[test]
fn what_is_wrong_with_outputs_is_told() {
    let batch = "event_recorder webhook batch settings require batch: true";
    for (text, expect) in [
        ("{file_outputs: [{}]}", "event_recorder file output requires a path"),
        ("{file_outputs: [{pth: x}]}", "field pth not found in type eventrecorder.plain"),
        ("{stdout_outputs: [{path: x}]}", "field path not found in type eventrecorder.plain"),
        ("{outputs: []}", "field outputs not found in type eventrecorder.Config"),
        ("{webhook_outputs: [{}]}", "event_recorder webhook output requires a url"),
        ("{webhook_outputs: [{url: 'ftp://x'}]}", "unsupported scheme \"ftp\" for URL"),
        ("{webhook_outputs: [{url: 'http://x', batch_max_events: 5}]}", batch),
        ("{webhook_outputs: [{url: 'http://x', batch_max_bytes: 5}]}", batch),
        ("{webhook_outputs: [{url: 'http://x', batch_flush_interval: 5s}]}", batch),
        (
            "{webhook_outputs: [{url: 'http://x', batch: true, batch_max_bytes: -1}]}",
            "event_recorder webhook batch settings cannot be negative",
        ),
        ("{webhook_outputs: [{url: 'http://x', timeout: soon}]}", "not a valid duration"),
        (
            "{webhook_outputs: [{url: 'http://x', http_config: {bearer_token: a, \
             bearer_token_file: b}}]}",
            "at most one of bearer_token & bearer_token_file",
        ),
        ("{kafka_outputs: [{topic: x}]}", "kafka output requires at least one broker"),
        ("{kafka_outputs: [{topic: x, brokers: ['a:1', '']}]}", "has an empty broker"),
        ("{kafka_outputs: [{brokers: ['a:1']}]}", "kafka output requires a topic"),
        (
            "{kafka_outputs: [{brokers: [a], topic: x, acks: some}]}",
            "unknown event_recorder kafka acks \"some\", must be one of none, leader, all",
        ),
    ] {
        let answer = answer(&format!("{BASE}event_recorder: {text}\n"));
        assert!(answer.contains(expect), "{text}: {answer}");
    }
}

#[test]
fn kafka_is_taken_with_a_warning_and_refused_where_it_would_be_used() {
    let text = format!("{BASE}event_recorder: {{kafka_outputs: [{{brokers: [a], topic: x}}]}}\n");
    let raw = load(&text).unwrap();
    let expect = "conf/am.yml:4:34: kafka_outputs are not supported: write events to \
                  file_outputs or webhook_outputs";
    assert_eq!(raw.warnings(), [expect]);
    assert_eq!(raw.unsupported_events().unwrap().to_string(), expect);
    assert_eq!(raw.compile(&[]).unwrap().events, None);
}

fn traces(text: &str) -> TraceExport {
    let notification = compiled(&format!("{BASE}tracing: {text}\n"));
    TraceExport::clone(notification.traces.as_ref().unwrap())
}

#[test]
fn tracing_has_the_references_defaults() {
    let export = traces("{endpoint: 'x:1'}");
    assert_eq!((export.protocol, &*export.endpoint), (TraceProtocol::Grpc, "x:1"));
    assert_eq!((export.fraction, export.timeout), (0.0, Span::from_secs(10)));
    assert_eq!((export.security, export.compression), (Security::Tls, Compression::None));
    let export = traces(
        "{endpoint: 'http://x:1/', client_type: http, sampling_fraction: 7, insecure: true, \
         compression: gzip, timeout: 3s, tls_config: {ca_file: ca.pem}, headers: {X-A: {values: \
         [a, b]}, X-B: {secrets: [c]}, X-C: {files: [d]}}}",
    );
    assert_eq!((export.protocol, &*export.endpoint), (TraceProtocol::Http, "x:1"));
    assert_eq!((export.fraction, export.timeout), (1.0, Span::from_secs(3)));
    assert_eq!((export.security, export.compression), (Security::Plain, Compression::Gzip));
    assert_eq!(export.tls.ca, Some(SecretSource::File("conf/ca.pem".into())));
    let inline = |text| SecretSource::Inline(Secret::new(text));
    let headers = [
        (Arc::from("x-a"), inline("a")),
        (Arc::from("x-b"), inline("c")),
        (Arc::from("x-c"), SecretSource::File("conf/d".into())),
    ];
    assert_eq!(export.headers, headers);
}

#[test]
fn what_is_wrong_with_tracing_is_told() {
    for (text, expect) in [
        ("{}", "tracing endpoint must be set"),
        ("{endpoint: ''}", "tracing endpoint must be set"),
        (
            "{endpoint: x, client_type: udp}",
            "expected tracing client type to be http or grpc, but got udp",
        ),
        (
            "{endpoint: x, compression: zstd}",
            "invalid compression type zstd provided, valid options: gzip",
        ),
        ("{endpoint: x, sampling: 1}", "field sampling not found in type tracing.plain"),
        ("{endpoint: x, sampling_fraction: .nan}", "sampling_fraction is not a number"),
        ("{endpoint: x, sampling_fraction: all}", "cannot unmarshal"),
        ("{endpoint: x, insecure: maybe}", "cannot unmarshal"),
        ("{endpoint: x, timeout: 1}", "not a valid duration"),
        ("{endpoint: x, headers: {a: {valeus: [b]}}}", "field valeus not found"),
        ("{endpoint: x, headers: {'a b': {values: [b]}}}", "invalid header name \"a b\""),
        (
            "{endpoint: x, tls_config: {cert: a}}",
            "exactly one of key or key_file must be configured when a client certificate",
        ),
    ] {
        let answer = answer(&format!("{BASE}tracing: {text}\n"));
        assert!(answer.contains(expect), "{text}: {answer}");
    }
}

#[test]
fn what_may_surprise_about_tracing_is_said() {
    let warnings =
        load(&format!("{BASE}tracing: {{endpoint: 'http://x:1'}}\n")).unwrap().warnings();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let silent = format!("{BASE}tracing: {{endpoint: 'x:1', sampling_fraction: 0.1}}\n");
    assert_eq!(load(&silent).unwrap().warnings(), [""; 0]);
}

#[test]
fn the_marshalled_form_hides_secrets_and_loads_again() {
    let text = format!(
        "{BASE}tracing: {{endpoint: 'x:1', headers: {{a: {{secrets: [s3cret]}}}}}}\n\
         event_recorder: {{file_outputs: [{{path: x}}], webhook_outputs: \
         [{{url: 'http://x/s3cret', batch: true}}]}}\n"
    );
    let original = load(&text).unwrap().original();
    assert!(!original.contains("s3cret"), "{original}");
    assert!(original.ends_with(
        "tracing:\n  client_type: grpc\n  endpoint: x:1\n  headers:\n    a:\n      secrets:\n      \
         - <secret>\nevent_recorder:\n  file_outputs:\n  - path: x\n  webhook_outputs:\n  \
         - url: <secret>\n    batch: true\n"
    ), "{original}");
    assert_eq!(load(&original).unwrap().original(), original);
}
