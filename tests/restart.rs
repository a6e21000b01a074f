//! The program dies at chosen moments, as with `kill -9`, and comes back on the same storage:
//! nothing that was acknowledged is forgotten, nothing that was delivered is sent again.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use serde_json::{Value, json};

use process::{Firebell, Home, eventually};
use sinks::http::{Answer, HttpSink, Request};

/// One group of everything, flushed every second.
fn routed(hook: &HttpSink) -> String {
    format!(
        "route: {{receiver: hook, group_wait: 1s, group_interval: 1s, repeat_interval: 1h}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{}'}}]}}]\n",
        hook.url("/hook")
    )
}

fn alert(name: &str) -> Value {
    json!({"labels": {"alertname": name}})
}

fn ended(name: &str) -> Value {
    json!({"labels": {"alertname": name}, "endsAt": "2026-01-02T04:00:00Z"})
}

/// What a message says: why, then its alerts.
fn said(request: &Request) -> String {
    let body = request.json();
    let mut alerts: Vec<_> = body["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| {
            let name = alert["labels"]["alertname"].as_str().unwrap();
            format!("{name} {}", alert["status"].as_str().unwrap())
        })
        .collect();
    alerts.sort();
    format!("{}: {}", body["notification_reason"].as_str().unwrap(), alerts.join(", "))
}

fn all_said(requests: &[Request]) -> Vec<String> {
    requests.iter().map(said).collect()
}

/// Everything that was decided before is durable when this returns: commits keep their order,
/// and a silence is acknowledged when it is durable.
async fn settle(firebell: &Firebell) {
    firebell.said("msg=notified").await;
    firebell.silence("alertname", "Nothing").await;
}

#[tokio::test]
async fn an_acknowledged_silence_survives_and_silences() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&routed(&hook));
    let firebell = home.serve().await;
    let id = firebell.silence("alertname", "Quiet").await;
    let expired = firebell.silence("alertname", "Loud").await;
    let path = format!("/api/v2/silence/{expired}");
    assert_eq!(firebell.request("DELETE", &path, "").await.status, 200);
    let before = firebell.get("/api/v2/silences").await.json();
    firebell.kill();

    let firebell = home.serve().await;
    assert_eq!(firebell.get("/api/v2/silences").await.json(), before);
    firebell.alerts(&[alert("Quiet"), alert("Loud")]).await;
    let told = hook.requests.wait_for(1).await;
    assert_eq!(all_said(&told), ["first notification: Loud firing"]);
    let alerts = firebell.get("/api/v2/alerts?active=false").await.json();
    assert_eq!(alerts[0]["status"]["silencedBy"], json!([id]));
}

#[tokio::test]
async fn what_was_delivered_is_not_sent_again_and_the_story_goes_on() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&routed(&hook));
    let firebell = home.serve().await;
    firebell.alerts(&[alert("A")]).await;
    hook.requests.wait_for(1).await;
    settle(&firebell).await;
    let before = firebell.get("/api/v2/alerts").await.json();
    firebell.kill();

    let firebell = home.serve().await;
    assert_eq!(firebell.get("/api/v2/alerts").await.json(), before);
    // were A told again, it would be told before B joins or as "first notification"
    firebell.alerts(&[alert("B")]).await;
    hook.requests.wait_for(2).await;
    settle(&firebell).await;
    firebell.kill();

    let firebell = home.serve().await;
    firebell.alerts(&[ended("A"), ended("B")]).await;
    let told = hook.requests.wait_for(3).await;
    let expect = [
        "first notification: A firing",
        "new alerts added: A firing, B firing",
        "all alerts resolved: A resolved, B resolved",
    ];
    assert_eq!(all_said(&told), expect);
    assert!(firebell.stop().await.success());
    assert_eq!(hook.requests.now().len(), 3);
}

#[tokio::test]
async fn an_acknowledged_alert_is_told_after_the_process_died() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&routed(&hook));
    let firebell = home.serve().await;
    firebell.alerts(&[alert("A")]).await;
    firebell.kill();

    let firebell = home.serve().await;
    let told = hook.requests.wait_for(1).await;
    assert_eq!(all_said(&told), ["first notification: A firing"]);
    drop(firebell);
}

#[tokio::test]
async fn a_delivery_in_doubt_is_made_once_more_and_not_more_often() {
    let hook = HttpSink::start().await;
    hook.answer([Answer::Silence]);
    // a long interval, so that the first attempt is not given up meanwhile
    let text = routed(&hook).replace("group_interval: 1s", "group_interval: 2s");
    let home = Home::new().configured(&text);
    let firebell = home.serve().await;
    firebell.alerts(&[alert("A")]).await;
    hook.requests.wait_for(1).await;
    firebell.kill();

    let firebell = home.serve().await;
    hook.requests.wait_for(2).await;
    settle(&firebell).await;
    firebell.alerts(&[alert("B")]).await;
    let told = hook.requests.wait_for(3).await;
    let expect = [
        "first notification: A firing",
        "first notification: A firing",
        "new alerts added: A firing, B firing",
    ];
    assert_eq!(all_said(&told), expect);
}

const RULES: &str = "groups:\n\
    - name: backlog\n\
    \x20 interval: 1s\n\
    \x20 rules:\n\
    \x20 - alert: Backlog\n\
    \x20   expr: queued > 100\n\
    \x20   for: 4s\n";

/// Since when a message says that the rule's alert fires.
fn started(request: &Request) -> Value {
    let body = request.json();
    let mut alerts = body["alerts"].as_array().unwrap().iter();
    let backlog = alerts.find(|alert| alert["labels"]["alertname"] == "Backlog");
    backlog.unwrap()["startsAt"].clone()
}

#[tokio::test]
async fn a_pending_alert_goes_on_pending_from_its_pushed_metric() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&routed(&hook)).ruled(RULES);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/etl/shift/night", "queued 150\n").await;
    let pending = firebell.rule_alert("pending").await;
    // durable: an evaluation's records come before those of a silence that is made after it
    firebell.silence("alertname", "Nothing").await;
    firebell.kill();

    let firebell = home.serve().await;
    let series = firebell.query("queued").await;
    let labels = json!({"__name__": "queued", "job": "etl", "shift": "night"});
    assert_eq!((&series[0]["metric"], &series[0]["value"][1]), (&labels, &json!("150")));
    let firing = firebell.rule_alert("firing").await;
    assert_eq!(firing["activeAt"], pending["activeAt"]);
    hook.requests.wait_for(1).await;
    settle(&firebell).await;
    firebell.kill();

    let firebell = home.serve().await;
    assert_eq!(firebell.rule_alert("firing").await["activeAt"], pending["activeAt"]);
    firebell.alerts(&[alert("B")]).await;
    let told = hook.requests.wait_for(2).await;
    let expect =
        ["first notification: Backlog firing", "new alerts added: B firing, Backlog firing"];
    assert_eq!(all_said(&told), expect);
    assert_eq!(started(&told[1]), started(&told[0]), "it is the same alert throughout");
}

#[tokio::test]
async fn a_pushed_group_that_was_deleted_stays_deleted() {
    let home = Home::new();
    let firebell = home.serve().await;
    firebell.push("/metrics/job/kept", "x 1\n").await;
    firebell.push("/metrics/job/gone", "x 2\n").await;
    assert_eq!(firebell.request("DELETE", "/metrics/job/gone", "").await.status, 202);
    firebell.kill();

    let firebell = home.serve().await;
    let values: Vec<_> = firebell.query("x").await.as_array().unwrap().to_vec();
    assert_eq!(values.len(), 1, "{values:?}");
    assert_eq!(values[0]["metric"]["job"], "kept");
}

#[tokio::test]
async fn a_clean_stop_keeps_everything_too() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&routed(&hook));
    let firebell = home.serve().await;
    firebell.alerts(&[alert("A")]).await;
    firebell.push("/metrics/job/etl", "x 1\n").await;
    hook.requests.wait_for(1).await;
    settle(&firebell).await;
    let paths = ["/api/v2/alerts", "/api/v2/silences", "/api/v2/alerts/groups"];
    let mut before = Vec::new();
    for path in paths {
        before.push(firebell.get(path).await.json());
    }
    assert!(firebell.stop().await.success());

    let firebell = home.serve().await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(firebell.get(path).await.json(), before, "{path}");
    }
    eventually("the metric is there", async || {
        firebell.query("x").await.as_array().filter(|series| series.len() == 1).map(|_| ())
    })
    .await;
    firebell.alerts(&[ended("A")]).await;
    let told = hook.requests.wait_for(2).await;
    assert_eq!(said(&told[1]), "all alerts resolved: A resolved");
}

#[tokio::test]
async fn samples_are_back_and_a_rule_that_looks_an_hour_back_is_not_misled() {
    let hook = HttpSink::start().await;
    let rules = "groups:\n- name: g\n  interval: 1s\n  rules:\n\
                 \x20 - {alert: NoProgress, expr: 'changes(jobs_done[1h]) == 0'}\n\
                 \x20 - {alert: Probe, expr: 'changes(jobs_done[1h]) > 0'}\n";
    let home = Home::new().configured(&routed(&hook)).ruled(rules);
    let firebell = home.serve().await;
    firebell.push("/metrics/job/etl", "jobs_done 1\n").await;
    firebell.push("/metrics/job/etl", "jobs_done 2\n").await;
    let changes = "changes(jobs_done[1h])";
    eventually("two values", async || {
        let vector = firebell.query(changes).await;
        (vector[0]["value"][1] == "1").then_some(())
    })
    .await;
    let told = hook.requests.wait_for(1).await;
    assert!(firebell.stop().await.success());

    let firebell = home.serve().await;
    firebell.said("samples are back").await;
    assert_eq!(firebell.query(changes).await[0]["value"][1], "1");
    settle_rules(&firebell).await;
    let names = all_said(&hook.requests.now()).join(" ");
    assert!(names.contains("Probe firing"), "{names} {}", told.len());
    let alerts = firebell.get("/api/v2/alerts").await.json();
    assert_eq!(alerts.as_array().unwrap().len(), 1, "{alerts}");
    assert_eq!(alerts[0]["labels"]["alertname"], "Probe");
}

/// Waits until rules were evaluated twice.
async fn settle_rules(firebell: &Firebell) {
    let done = "prometheus_rule_group_iterations_total";
    eventually("two evaluations", async || {
        let page = firebell.get("/metrics").await.body;
        let line = page.lines().find(|line| line.starts_with(done))?.to_owned();
        let count: f64 = line.rsplit(' ').next()?.parse().ok()?;
        (count >= 2.0).then_some(())
    })
    .await;
}
