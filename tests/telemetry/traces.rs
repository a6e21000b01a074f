//! Spans that follow alerts, at a collector.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use firebell::engine::telemetry::{Compression, Security, TraceExport, TraceProtocol};
use firebell::otlp::{ExportError, Exporter};
use firebell::time::Span as Length;
use http_body_util::{BodyExt, Full};
use serde_json::Value;

use super::collector::{Spans, attributes, wait_for};
use super::process::Home;
use super::sinks::certificate::Certificate;
use super::sinks::http::{Answer, HttpSink};
use super::{alert, config, post_traced};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn tracing(collector: &HttpSink, more: &str) -> String {
    format!(
        "tracing: {{client_type: http, endpoint: '{}', insecure: true{more}}}",
        collector.address
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each of these spans is a part of the one before.
fn check_line(spans: &Spans, names: &[&str]) {
    for pair in names.windows(2) {
        let (parent, child) = (spans.get(pair[0]), spans.get(pair[1]));
        assert_eq!(hex(&child.parent_span_id), hex(&parent.span_id), "{pair:?}");
        assert_eq!(hex(&child.trace_id), hex(&parent.trace_id), "{pair:?}");
    }
}

const DELIVERY: [&str; 3] =
    ["dispatch.AggregationGroup.flush", "notify.Integration.Notify", "HTTP POST"];

#[tokio::test]
async fn a_posted_alert_is_followed_to_the_message_it_leads_to() {
    let (hook, collector) = (HttpSink::start().await, HttpSink::start().await);
    let more = ", headers: {X-Key: {secrets: [s3cret]}}, compression: gzip";
    let home = Home::new().configured(&config(&hook, &tracing(&collector, more)));
    let firebell = home.serve().await;
    post_traced(&firebell, &[alert("A")], PARENT).await;
    let sent = hook.requests.wait_for(1).await;
    let (spans, resource) = wait_for(&collector, "HTTP POST").await;

    let into = ["POST /api/v2/alerts", "api.postAlertsHandler", "provider.mem.Put"];
    check_line(&spans, &into);
    check_line(&spans, &["provider.mem.Put", "dispatch.AggregationGroup.insert"]);
    check_line(&spans, &["provider.mem.Put", "dispatch.AggregationGroup.flush"]);
    check_line(&spans, &DELIVERY);
    let server = spans.get("POST /api/v2/alerts");
    assert_eq!(
        (hex(&server.trace_id), hex(&server.parent_span_id)),
        (TRACE.into(), "b7ad6b7169203331".into())
    );
    let request = spans.get("HTTP POST");
    let carried = format!("00-{TRACE}-{}-01", hex(&request.span_id));
    assert_eq!(sent[0].header("traceparent"), carried);
    assert_eq!(sent[0].header("tracestate"), "a=b");
    assert_eq!(server.trace_state, "a=b");

    let of = |name: &str| attributes(&spans.get(name).attributes);
    assert_eq!(of("POST /api/v2/alerts")["http.response.status_code"], "200");
    assert_eq!(of("dispatch.AggregationGroup.insert")["alerting.alert.name"], "A");
    let key = "{}:{alertname=\"A\"}";
    assert_eq!(of("dispatch.AggregationGroup.flush")["alerting.aggregation_group.key"], key);
    assert_eq!(of("notify.Integration.Notify")["alerting.notify.integration.name"], "webhook");
    assert_eq!(of("HTTP POST")["http.response.status_code"], "200");
    assert_eq!(of("HTTP POST")["server.address"], hook.address.to_string());
    assert!(!format!("{spans:?}").contains("s3cret"));
    assert_eq!(resource["service.name"], "alertmanager");
    let request = &collector.requests.now()[0];
    assert_eq!((request.uri.path(), &*request.header("x-key")), ("/v1/traces", "s3cret"));
    assert_eq!(request.header("content-type"), "application/x-protobuf");
    assert!(firebell.stop().await.success());
}

#[tokio::test]
async fn an_alert_of_a_rule_is_followed_from_its_evaluation_by_grpc() {
    let hook = HttpSink::start().await;
    let certificate = Certificate::authority(&["localhost", "127.0.0.1"]);
    let collector = HttpSink::start_tls(certificate.acceptor(None)).await;
    collector.answer((0..100).map(|_| {
        let headers =
            vec![("grpc-status", "0".into()), ("content-type", "application/grpc".into())];
        Answer::Status(200, headers, String::new())
    }));
    let home = Home::new();
    home.write("ca.pem", &certificate.cert);
    let tracing = format!(
        "tracing: {{endpoint: '{}', sampling_fraction: 1, compression: gzip, tls_config: \
         {{ca_file: ca.pem}}}}",
        collector.address
    );
    let rules = "groups: [{name: g, interval: 1s, rules: [{alert: R, expr: vector(1)}]}]\n";
    let home = home.configured(&config(&hook, &tracing)).ruled(rules);
    let firebell = home.serve().await;
    let sent = hook.requests.wait_for(1).await;
    let (spans, _) = wait_for(&collector, "HTTP POST").await;
    check_line(&spans, &DELIVERY);
    let insert = spans.get("dispatch.AggregationGroup.insert");
    let evaluations = spans.0.iter().filter(|span| span.name == "rules.Group.Eval");
    let mut evaluations = evaluations.filter(|span| span.span_id == insert.parent_span_id);
    assert_eq!(
        attributes(&evaluations.next().unwrap().attributes)["alerting.rule_group.name"],
        "g"
    );
    let request = spans.get("HTTP POST");
    let carried = format!("00-{}-{}-01", hex(&request.trace_id), hex(&request.span_id));
    assert_eq!(sent[0].header("traceparent"), carried);
    let request = &collector.requests.now()[0];
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    assert_eq!((request.uri.path(), &*request.header("te")), (path, "trailers"));
    assert!(firebell.stop().await.success());
}

#[tokio::test]
async fn what_is_not_sampled_is_handed_on_and_not_exported() {
    let (hook, collector) = (HttpSink::start().await, HttpSink::start().await);
    let home = Home::new().configured(&config(&hook, &tracing(&collector, "")));
    let firebell = home.serve().await;
    firebell.said("sampling_fraction is 0").await;
    post_traced(&firebell, &[alert("A")], &PARENT.replace("-01", "-00")).await;
    firebell.alerts(&[alert("B")]).await;
    let sent = hook.requests.wait_for(2).await;
    let carried: Vec<_> = sent.iter().map(|one| one.header("traceparent")).collect();
    assert!(carried.iter().all(|one| one.ends_with("-00")), "{carried:?}");
    assert_eq!(carried.iter().filter(|one| one.contains(TRACE)).count(), 1, "{carried:?}");
    assert!(firebell.stop().await.success());
    assert_eq!(collector.requests.now().len(), 0);
}

#[tokio::test]
async fn without_tracing_nothing_is_handed_on() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&config(&hook, ""));
    let firebell = home.serve().await;
    post_traced(&firebell, &[alert("A")], PARENT).await;
    assert_eq!(hook.requests.wait_for(1).await[0].header("traceparent"), "");
}

#[tokio::test]
async fn a_silenced_alert_and_a_failing_receiver_are_seen_in_traces() {
    let (hook, collector) = (HttpSink::start().await, HttpSink::start().await);
    hook.answer([Answer::text(500, "no")]);
    let home =
        Home::new().configured(&config(&hook, &tracing(&collector, ", sampling_fraction: 1")));
    let firebell = home.serve().await;
    let id = firebell.silence("alertname", "Quiet").await;
    firebell.alerts(&[alert("Quiet")]).await;
    let (spans, _) = wait_for(&collector, "notify.MuteStage.Exec").await;
    let muted = attributes(&spans.get("notify.MuteStage.Exec").attributes);
    assert_eq!(
        (&*muted["alerting.suppressed.reason"], &muted["alerting.silence.id"]),
        ("silence", &id)
    );
    firebell.alerts(&[alert("Loud")]).await;
    hook.requests.wait_for(2).await;
    assert!(firebell.stop().await.success());
    let (spans, _) = super::collector::read(&collector.requests.now());
    let attempts = spans.0.iter().filter(|span| span.name == "notify.Integration.Notify");
    let attempts: Vec<_> = attempts.collect();
    let failed = attempts[0].status.as_ref().unwrap();
    assert_eq!((attempts.len(), failed.code), (2, 2));
    assert_eq!(attributes(&attempts[0].attributes)["alerting.notify.error.recoverable"], "true");
    assert_eq!(attributes(&attempts[1].attributes)["alerting.notify.attempt"], "2");
    // both are attempts of one flush, which is told of once
    assert_eq!(attempts[0].parent_span_id, attempts[1].parent_span_id);
    let flushes = spans.0.iter().filter(|span| span.name == "dispatch.AggregationGroup.flush");
    assert_eq!(flushes.count(), 1);
}

#[tokio::test]
async fn a_reload_moves_spans_and_one_that_cannot_be_is_refused() {
    let hook = HttpSink::start().await;
    let (one, two) = (HttpSink::start().await, HttpSink::start().await);
    let home = Home::new().configured(&config(&hook, &tracing(&one, "")));
    let firebell = home.serve().await;
    post_traced(&firebell, &[alert("A")], PARENT).await;
    wait_for(&one, "provider.mem.Put").await;
    home.write("alertmanager.yml", &config(&hook, &tracing(&two, "")));
    assert_eq!(firebell.post("/-/reload", &Value::Null).await.status, 200);
    post_traced(&firebell, &[alert("B")], PARENT).await;
    wait_for(&two, "provider.mem.Put").await;

    let bad =
        format!("tracing: {{endpoint: '{}', tls_config: {{ca_file: none.pem}}}}", one.address);
    home.write("alertmanager.yml", &config(&hook, &bad));
    let answer = firebell.post("/-/reload", &Value::Null).await;
    assert_eq!(answer.status, 500);
    assert!(answer.body.contains("none.pem"), "{}", answer.body);
    let before = two.requests.now().len();
    post_traced(&firebell, &[alert("C")], PARENT).await;
    two.requests.wait_for(before + 1).await;
    home.write("alertmanager.yml", &config(&hook, ""));
    assert_eq!(firebell.post("/-/reload", &Value::Null).await.status, 200);
    firebell.said("tracing is off").await;
    assert!(firebell.stop().await.success());

    home.write("alertmanager.yml", &config(&hook, &bad));
    let refused = String::from_utf8(home.refused().stderr).unwrap();
    assert!(refused.contains("tracing: ") && refused.contains("none.pem"), "{refused}");
}

fn export(address: std::net::SocketAddr) -> TraceExport {
    TraceExport {
        protocol: TraceProtocol::Grpc,
        endpoint: Arc::from(address.to_string()),
        fraction: 1.0,
        security: Security::Plain,
        tls: Default::default(),
        headers: Vec::new(),
        compression: Compression::None,
        timeout: Length::from_secs(5),
    }
}

/// What a collector says in its trailers.
async fn told(code: &'static str) -> Result<(), ExportError> {
    let answer = move || async move {
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", code.parse().unwrap());
        trailers.insert("grpc-message", "so".parse().unwrap());
        let body = Full::from(vec![0, 0, 0, 0, 0]);
        let body = body.with_trailers(async { Some(Ok(trailers)) });
        let response = Response::builder().header("content-type", "application/grpc");
        response.body(Body::new(body)).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router: Router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Exporter::new(Arc::new(export(address)), "1").await.unwrap().send(&[]).await
}

#[tokio::test]
async fn what_a_grpc_collector_says_in_trailers_is_heard() {
    assert_eq!(told("0").await, Ok(()));
    assert_eq!(told("14").await, Err(ExportError::Passing("gRPC status 14: so".to_owned())));
    assert_eq!(told("3").await, Err(ExportError::Final("gRPC status 3: so".to_owned())));
}

#[tokio::test]
async fn what_http_says_decides_whether_it_is_tried_again() {
    let sink = HttpSink::start().await;
    let answers = [Answer::text(200, ""), Answer::text(503, "busy"), Answer::text(400, "bad")];
    sink.answer(answers);
    let settings = TraceExport { protocol: TraceProtocol::Http, ..export(sink.address) };
    let exporter = Exporter::new(Arc::new(settings), "1").await.unwrap();
    assert_eq!(exporter.send(&[]).await, Ok(()));
    let passing = ExportError::Passing("status 503: busy".to_owned());
    assert_eq!(exporter.send(&[]).await, Err(passing));
    assert_eq!(exporter.send(&[]).await, Err(ExportError::Final("status 400: bad".to_owned())));
}
