//! Samples of rules on their way to a remote write endpoint.

use std::collections::BTreeMap;

use firebell::ingest::remote_write::{check_headers, decode};
use firebell::sample::{Value, is_stale};
use firebell::time::Timestamp;

use super::process::Home;
use super::sinks::http::{Answer, HttpSink, Request};
use super::{home, metric};

/// The samples of requests: series to values, oldest first.
fn samples(requests: &[Request]) -> BTreeMap<String, Vec<f64>> {
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for request in requests {
        let kind = (request.header("content-type"), request.header("content-encoding"));
        check_headers(Some(&kind.0), Some(&kind.1)).unwrap();
        assert_eq!(request.header("x-prometheus-remote-write-version"), "0.1.0");
        let decoded = decode(&request.bytes, Timestamp::MAX).unwrap();
        for series in decoded.samples.to_series() {
            let values = series.samples.into_iter().map(|sample| match sample.value {
                Value::Float(value) => value,
                Value::Histogram(histogram) => histogram.count,
            });
            found.entry(series.labels.to_string()).or_default().extend(values);
        }
    }
    found
}

/// Waits until the requests have a sample of a series that is as wanted.
async fn wait(sink: &HttpSink, series: &str, wanted: impl Fn(f64) -> bool) {
    let has = |requests: &[Request]| {
        samples(requests).get(series).is_some_and(|values| values.iter().any(|v| wanted(*v)))
    };
    let found = sink.requests.wait_until(has).await;
    assert!(found.is_some(), "no {series} in {:?}", samples(&sink.requests.now()));
}

const RULES: &str = "groups: [{name: g, interval: 1s, rules: [\
    {record: seen, expr: up * 10}, {record: secret:x, expr: vector(1)},\
    {alert: Down, expr: up == 0}]}]\n";

fn config(sink: &HttpSink, queue: &str) -> String {
    format!(
        "global: {{external_labels: {{site: a}}}}\nrule_files: [rules.yml]\n\
         remote_write:\n- url: '{}'\n  name: far\n  queue_config: {{{queue}}}\n\
         \x20 authorization: {{credentials: token}}\n  headers: {{X-Scope: t}}\n\
         \x20 write_relabel_configs: [{{source_labels: [__name__], regex: 'secret:.*', action: drop}}]\n",
        sink.url("/write")
    )
}

#[tokio::test]
async fn recorded_series_alerts_and_their_ends_are_written_on() {
    let sink = HttpSink::start().await;
    let home = home(&config(&sink, "batch_send_deadline: 100ms"), RULES);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/j", "up 1\n").await;
    wait(&sink, r#"{__name__="seen", job="j", site="a"}"#, |value| value == 10.0).await;
    firebell.push("/metrics/job/j", "up 0\n").await;
    let alerts = r#"{__name__="ALERTS", alertname="Down", alertstate="firing", job="j", site="a"}"#;
    wait(&sink, alerts, |value| value == 1.0).await;
    let since = r#"{__name__="ALERTS_FOR_STATE", alertname="Down", job="j", site="a"}"#;
    wait(&sink, since, |value| value > 1e9).await;
    firebell.request("DELETE", "/metrics/job/j", "").await;
    wait(&sink, alerts, is_stale).await;
    let requests = sink.requests.now();
    assert_eq!(requests[0].uri.path(), "/write");
    assert_eq!(requests[0].header("authorization"), "Bearer token");
    assert_eq!(requests[0].header("x-scope"), "t");
    let names: Vec<_> = samples(&requests).into_keys().collect();
    assert!(!names.iter().any(|name| name.contains("secret:")), "{names:?}");
    let labels = format!("remote_name=\"far\",url=\"{}\"", sink.url("/write"));
    let of = |name: &str| format!("prometheus_remote_storage_{name}{{{labels}}}");
    metric(&firebell, &of("samples_total"), 4.0).await;
    metric(&firebell, &of("shards"), 1.0).await;
    let dropped = "prometheus_remote_storage_samples_dropped_total{reason=\"dropped_series\",";
    metric(&firebell, &format!("{dropped}{labels}}}"), 1.0).await;
}

#[tokio::test]
async fn an_endpoint_that_fails_is_tried_again_and_one_that_refuses_is_not() {
    let sink = HttpSink::start().await;
    let busy = Answer::Status(429, vec![("retry-after", "0".to_owned())], "busy".to_owned());
    sink.answer([Answer::text(503, "down"), busy, Answer::text(200, "")]);
    sink.answer([Answer::text(400, "out of order")]);
    let home = home(&config(&sink, "batch_send_deadline: 100ms"), RULES);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/j", "up 1\n").await;
    let requests = sink.requests.wait_for(5).await;
    assert_eq!(requests[0].bytes, requests[1].bytes, "the same once more");
    assert_eq!(requests[1].bytes, requests[2].bytes);
    assert_ne!(requests[2].bytes, requests[3].bytes);
    assert_ne!(requests[3].bytes, requests[4].bytes, "what was refused is given up");
    let labels = format!("{{remote_name=\"far\",url=\"{}\"}}", sink.url("/write"));
    let name = "prometheus_remote_storage_samples_";
    metric(&firebell, &format!("{name}retried_total{labels}"), 2.0).await;
    metric(&firebell, &format!("{name}failed_total{labels}"), 1.0).await;
    firebell.said("out of order").await;
}

#[tokio::test]
async fn what_waits_is_bounded_while_the_endpoint_hangs_and_written_when_the_process_stops() {
    let sink = HttpSink::start().await;
    let queue = "batch_send_deadline: 1h, capacity: 2, max_shards: 1";
    let home = home(&config(&sink, queue), RULES);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/j", "up 1\n").await;
    firebell.said("the oldest samples are dropped").await;
    assert_eq!(sink.requests.now().len(), 0, "it waits for more");
    assert_eq!(firebell.stop().await.code(), Some(0));
    let written = samples(&sink.requests.now());
    assert_eq!(written.len(), 1, "{written:?}");
}

#[tokio::test]
async fn a_flag_names_an_endpoint_too() {
    let (one, other) = (HttpSink::start().await, HttpSink::start().await);
    let home = Home::new()
        .ruled("groups: [{name: g, interval: 1s, rules: [{record: x, expr: vector(1)}]}]\n")
        .argument(format!("--remote-write.url={}", one.url("/w")))
        .argument(format!("--remote-write.url=http://u:p@{}/w", other.address));
    let firebell = home.serve().await;
    // the usual batch waits five seconds
    wait(&one, r#"{__name__="x"}"#, |value| value == 1.0).await;
    wait(&other, r#"{__name__="x"}"#, |value| value == 1.0).await;
    assert_eq!(other.requests.now()[0].header("authorization"), "Basic dTpw");
    assert_eq!(firebell.stop().await.code(), Some(0));
}
