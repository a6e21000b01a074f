//! What the program tells others of itself: events by `event_recorder`, spans by `tracing`.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "telemetry/collector.rs"]
mod collector;
#[path = "telemetry/events.rs"]
mod events;
#[path = "telemetry/genuine.rs"]
mod genuine;
mod process;
mod sinks;
#[path = "telemetry/traces.rs"]
mod traces;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use process::Firebell;
use sinks::http::HttpSink;

/// A configuration that tells a sink of every alert at once; `more` is the rest of it.
fn config(hook: &HttpSink, more: &str) -> String {
    format!(
        "route: {{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{}'}}]}}]\n{more}\n",
        hook.url("/hook?key=s3cret")
    )
}

fn alert(name: &str) -> Value {
    json!({"labels": {"alertname": name, "severity": "critical"}})
}

/// Posts alerts as a part of a trace.
async fn post_traced(firebell: &Firebell, alerts: &[Value], traceparent: &str) {
    let body = Value::from(alerts).to_string();
    let request = format!(
        "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntraceparent: {traceparent}\r\n\
         tracestate: a=b\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(firebell.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
