//! Alerts of rules on their way to external Alertmanagers.

use serde_json::{Value, json};

use super::process::{EXTERNAL_URL, Home};
use super::sinks::http::{Answer, HttpSink};
use super::{home, metric};

/// Two alerts that fire from the first evaluation on.
const RULES: &str = "groups: [{name: g, interval: 1s, rules: [\
    {alert: Kept, expr: vector(1), labels: {team: Data, noise: x}, annotations: {summary: 's {{ $value }}'}},\
    {alert: Other, expr: vector(2), labels: {team: web}}]}]\n";

fn parsed(text: &Value) -> i64 {
    firebell::time::rfc3339::parse(text.as_str().unwrap()).unwrap().millis()
}

#[tokio::test]
async fn alerts_arrive_as_prometheus_sends_them_and_only_there() {
    let (first, second) = (HttpSink::start().await, HttpSink::start().await);
    let config = format!(
        "global: {{external_labels: {{site: a, team: never}}}}\n\
         rule_files: [rules.yml]\n\
         alerting:\n\
         \x20 alert_relabel_configs:\n\
         \x20 - {{regex: noise, action: labeldrop}}\n\
         \x20 - {{source_labels: [team], target_label: team, action: lowercase}}\n\
         \x20 alertmanagers:\n\
         \x20 - path_prefix: /am/\n\
         \x20   static_configs: [{{targets: ['{}']}}]\n\
         \x20   basic_auth: {{username: u, password: p}}\n\
         \x20   http_headers: {{X-Scope-OrgID: {{values: [t]}}}}\n\
         \x20 - static_configs: [{{targets: ['{}']}}]\n\
         \x20   alert_relabel_configs: [{{source_labels: [team], regex: web, action: keep}}]\n",
        first.address, second.address
    );
    let home = home(&config, RULES);
    let firebell = home.serve().await;
    let request = &first.requests.wait_for(1).await[0];
    assert_eq!((request.method.as_str(), request.uri.path()), ("POST", "/am/api/v2/alerts"));
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("authorization"), "Basic dTpw");
    assert_eq!(request.header("x-scope-orgid"), "t");
    let body = request.json();
    assert_eq!(
        body[0]["labels"],
        json!({"alertname": "Kept", "site": "a", "team": "data"}),
        "{body}"
    );
    assert_eq!(body[0]["annotations"], json!({"summary": "s 1"}));
    let url = format!("{EXTERNAL_URL}/graph?g0.expr=vector%281%29&g0.tab=1");
    assert_eq!(body[0]["generatorURL"], url);
    let valid = parsed(&body[0]["endsAt"]) - parsed(&body[0]["startsAt"]);
    assert_eq!(valid, 4 * 60_000, "four times the resend delay, which is longer than the interval");
    assert_eq!(body[1]["labels"]["alertname"], "Other");
    let other = second.requests.wait_for(1).await[0].json();
    assert_eq!(other.as_array().unwrap().len(), 1);
    assert_eq!(other[0]["labels"], json!({"alertname": "Other", "site": "a", "team": "web"}));

    let of = |name: &str, sink: &HttpSink, path: &str| {
        format!("prometheus_notifications_{name}{{alertmanager=\"{}\"}}", sink.url(path))
    };
    metric(&firebell, &of("sent_total", &first, "/am/api/v2/alerts"), 2.0).await;
    metric(&firebell, &of("sent_total", &second, "/api/v2/alerts"), 1.0).await;
    metric(&firebell, "prometheus_notifications_alertmanagers_discovered", 2.0).await;
    metric(&firebell, "prometheus_notifications_queue_capacity", 10_000.0).await;
    let shown = firebell.get("/api/v1/status/config").await.json();
    let shown = shown["data"]["yaml"].as_str().unwrap().to_owned();
    let alerting = format!(
        "alerting:\n  alertmanagers:\n  - scheme: http\n    path_prefix: /am\n    timeout: 10s\n    \
         api_version: v2\n    static_configs:\n    - targets:\n      - {}\n  - scheme: http\n    timeout",
        first.address
    );
    assert!(shown.contains(&alerting), "{shown}");
    let listed = firebell.get("/api/v1/alertmanagers").await.json();
    let urls = [first.url("/am/api/v2/alerts"), second.url("/api/v2/alerts")];
    assert_eq!(listed["data"]["activeAlertmanagers"], json!([{"url": urls[0]}, {"url": urls[1]}]));
    // without a configuration of our own they are nobody else's
    assert_eq!(firebell.get("/api/v2/alerts").await.json(), json!([]));
    assert_eq!(first.requests.now().len(), 1, "not again before the resend delay");
}

#[tokio::test]
async fn a_resolved_alert_is_told_with_its_end() {
    let sink = HttpSink::start().await;
    let home = Home::new()
        .ruled("groups: [{name: g, interval: 1s, rules: [{alert: Up, expr: up == 1}]}]\n")
        .argument(format!("--alertmanager.url=http://u:p@{}/x", sink.address));
    let firebell = home.serve().await;
    firebell.push("/metrics/job/j", "up 1\n").await;
    let fired = sink.requests.wait_for(1).await[0].clone();
    assert_eq!(
        (fired.uri.path(), &*fired.header("authorization")),
        ("/x/api/v2/alerts", "Basic dTpw")
    );
    firebell.push("/metrics/job/j", "up 0\n").await;
    let resolved = sink.requests.wait_for(2).await[1].json();
    assert_eq!(resolved[0]["startsAt"], fired.json()[0]["startsAt"]);
    assert!(parsed(&resolved[0]["endsAt"]) <= firebell_now(), "{resolved}");
    let flags = firebell.get("/api/v1/status/flags").await.json();
    assert_eq!(flags["data"]["alertmanager.url"], format!("http://{}/x", sink.address));
}

fn firebell_now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

#[tokio::test]
async fn with_both_halves_configured_both_are_told() {
    let (hook, sink) = (HttpSink::start().await, HttpSink::start().await);
    let config = format!(
        "route: {{receiver: hook, group_wait: 0s}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{}'}}]}}]\n",
        hook.url("/hook")
    );
    let home = Home::new()
        .configured(&config)
        .ruled(RULES)
        .argument(format!("--alertmanager.url={}", sink.url("")));
    let firebell = home.serve().await;
    assert_eq!(sink.requests.wait_for(1).await[0].json().as_array().unwrap().len(), 2);
    assert_eq!(hook.requests.wait_for(1).await[0].json()["alerts"].as_array().unwrap().len(), 2);
    let active = firebell.get("/api/v1/alertmanagers").await.json();
    assert_eq!(active["data"]["activeAlertmanagers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_silent_alertmanager_holds_up_no_other_and_what_fails_is_counted() {
    let (silent, broken, good) =
        (HttpSink::start().await, HttpSink::start().await, HttpSink::start().await);
    silent.answer([Answer::Silence]);
    broken.answer([Answer::text(400, "no such thing")]);
    let config = format!(
        "rule_files: [rules.yml]\nalerting:\n  alertmanagers:\n\
         \x20 - {{timeout: 1s, static_configs: [{{targets: ['{}', '{}', '{}']}}]}}\n",
        silent.address, broken.address, good.address
    );
    let home = home(&config, RULES).argument("--alertmanager.notification-batch-size=1");
    let firebell = home.serve().await;
    let of = |name: &str, sink: &HttpSink| {
        format!(
            "prometheus_notifications_{name}{{alertmanager=\"{}\"}}",
            sink.url("/api/v2/alerts")
        )
    };
    let batches = good.requests.wait_for(2).await;
    assert!(batches.iter().all(|batch| batch.json().as_array().unwrap().len() == 1));
    metric(&firebell, &of("errors_total", &broken), 1.0).await;
    metric(&firebell, &of("dropped_total", &broken), 1.0).await;
    metric(&firebell, &of("errors_total", &silent), 1.0).await;
    metric(&firebell, &of("sent_total", &silent), 2.0).await;
    let said = firebell.said("no such thing").await;
    assert!(said.contains("bad response status 400"), "{said}");
    firebell.said("no answer in time").await;
}

#[tokio::test]
async fn a_full_queue_drops_the_oldest_and_a_stop_sends_the_rest() {
    let sink = HttpSink::start().await;
    // the first request is under way while the others wait, until the process is told to stop
    sink.answer([Answer::Silence]);
    let alerts: Vec<String> = (0..6).map(|n| format!("{{alert: A{n}, expr: vector(1)}}")).collect();
    let rules = format!("groups: [{{name: g, interval: 1s, rules: [{}]}}]\n", alerts.join(","));
    let config = format!(
        "rule_files: [rules.yml]\nalerting:\n  alertmanagers:\n\
         \x20 - {{timeout: 3s, static_configs: [{{targets: ['{}']}}]}}\n",
        sink.address
    );
    let home = home(&config, &rules)
        .argument("--alertmanager.notification-batch-size=1")
        .argument("--alertmanager.notification-queue-capacity=4");
    let firebell = home.serve().await;
    sink.requests.wait_for(1).await;
    firebell.said("alert queue full").await;
    assert_eq!(firebell.stop().await.code(), Some(0));
    let names: Vec<_> = sink
        .requests
        .now()
        .iter()
        .map(|request| request.json()[0]["labels"]["alertname"].clone())
        .collect();
    assert_eq!(names, ["A2", "A3", "A4", "A5"], "the two oldest made room for the newest");
}
