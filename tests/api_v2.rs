//! Alertmanager's API v2, handler by handler: what is taken, what is shown, what is said about
//! mistakes. The expected shapes are those of Alertmanager 0.33.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "api_v2/alerts.rs"]
mod alerts;
mod api;
#[path = "api_v2/conduct.rs"]
mod conduct;
#[path = "api_v2/groups.rs"]
mod groups;
#[path = "api_v2/metrics.rs"]
mod metrics;
#[path = "api_v2/silences.rs"]
mod silences;
#[path = "api_v2/surface.rs"]
mod surface;

use api::{Answer, Server};
use serde_json::Value;

const CONFIG: &str = r#"
route:
  receiver: default
  group_by: [alertname]
  routes:
  - matchers: [team="x"]
    receiver: team-x
    continue: true
  - matchers: [team=~"x|y"]
    receiver: team-xy
    mute_time_intervals: [always]
receivers:
- name: default
  webhook_configs: [{url: 'http://127.0.0.1:9/hook'}]
- name: team-x
  labels: {kind: pager}
- name: team-xy
time_intervals:
- name: always
  time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]
inhibit_rules:
- source_matchers: [severity=critical]
  target_matchers: [severity=warning]
  equal: [alertname]
"#;

async fn server() -> Server {
    Server::start(CONFIG, Vec::new()).await
}

/// Posts alerts that must be taken: each the labels as `name=value` pairs.
async fn fire(server: &Server, alerts: &[&str]) {
    let alert = |labels: &&str| {
        let pairs = labels.split_whitespace().map(|pair| pair.split_once('=').unwrap());
        let labels: serde_json::Map<String, Value> =
            pairs.map(|(name, value)| (name.to_owned(), value.into())).collect();
        serde_json::json!({ "labels": labels })
    };
    let body: Vec<Value> = alerts.iter().map(alert).collect();
    let answer = server.post("/api/v2/alerts", serde_json::to_string(&body).unwrap()).await;
    assert_eq!(answer.line(), "200");
}

/// The alert names of a list of alerts, in order.
fn names(answer: &Answer) -> Vec<String> {
    let alerts = answer.json();
    let name = |alert: &Value| alert["labels"]["alertname"].as_str().unwrap().to_owned();
    alerts.as_array().unwrap_or_else(|| panic!("{answer:?}")).iter().map(name).collect()
}

/// A text as a query parameter.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
