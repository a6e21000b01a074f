//! Loading, reloading and stopping the program; what it prints instead of sending.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use serde_json::{Value, json};

use process::{Firebell, Home, eventually};
use sinks::http::HttpSink;

fn config(hook: &HttpSink, path: &str) -> String {
    format!(
        "route: {{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 1s}}\n\
         receivers: [{{name: hook, webhook_configs: [{{url: '{}'}}]}}]\n",
        hook.url(path)
    )
}

fn rules(name: &str) -> String {
    format!("groups: [{{name: {name}, interval: 1s, rules: [{{record: x, expr: vector(1)}}]}}]\n")
}

fn alert(name: &str) -> [Value; 1] {
    [json!({"labels": {"alertname": name, "severity": "critical"}})]
}

/// The names of the rule groups that are in force.
async fn groups(firebell: &Firebell) -> Vec<String> {
    let answer = firebell.get("/api/v1/rules").await.json();
    let groups = answer["data"]["groups"].as_array().unwrap().clone();
    groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_reload_puts_new_files_in_force_and_bad_ones_not() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&config(&hook, "/first")).ruled(&rules("one"));
    let firebell = home.serve().await;
    assert_eq!(groups(&firebell).await, ["one"]);

    // bad rules: neither they nor the good configuration beside them
    home.write("alertmanager.yml", &config(&hook, "/second"));
    let file = home.write("rules.yml", "groups: [{name: two, rules: [{record: x, expr: 1 +}]}]\n");
    let answer = firebell.post("/-/reload", &Value::Null).await;
    assert_eq!(answer.status, 500);
    let place = format!("failed to reload config: {}:1:", file.display());
    assert!(answer.body.starts_with(&place), "{}", answer.body);
    assert_eq!(groups(&firebell).await, ["one"]);
    firebell.alerts(&alert("A")).await;
    assert_eq!(hook.requests.wait_for(1).await[0].uri, "/first");

    // both are good
    home.write("rules.yml", &rules("two"));
    assert_eq!(firebell.post("/-/reload", &Value::Null).await.status, 200);
    assert_eq!(groups(&firebell).await, ["two"]);
    firebell.alerts(&alert("B")).await;
    let told = hook.requests.wait_for(2).await;
    assert_eq!(told[1].uri, "/second");
    assert_eq!(told[1].json()["commonLabels"]["alertname"], "B", "A is known");

    // a bad configuration: not the good rules beside it
    home.write("alertmanager.yml", "route: {receiver: nobody}\nreceivers: []\n");
    home.write("rules.yml", &rules("three"));
    assert_eq!(firebell.post("/-/reload", &Value::Null).await.status, 500);
    assert_eq!(groups(&firebell).await, ["two"]);
    firebell.alerts(&alert("C")).await;
    assert_eq!(hook.requests.wait_for(3).await[2].uri, "/second");
}

#[tokio::test]
async fn a_hangup_reloads_and_a_termination_stops() {
    let hook = HttpSink::start().await;
    let home = Home::new().configured(&config(&hook, "/")).ruled(&rules("one"));
    let firebell = home.serve().await;
    home.write("rules.yml", "groups: [");
    firebell.signal("HUP");
    firebell.said("the old one stays in force").await;
    assert_eq!(groups(&firebell).await, ["one"]);
    home.write("rules.yml", &rules("two"));
    firebell.signal("HUP");
    eventually("the new rules are in force", async || {
        (groups(&firebell).await == ["two"]).then_some(())
    })
    .await;
    assert_eq!(firebell.get("/-/healthy").await.status, 200);
    assert_eq!(firebell.get("/-/ready").await.status, 200);
    assert_eq!(firebell.stop().await.code(), Some(0));
}

#[tokio::test]
async fn the_limit_of_samples_holds_for_rules_too() {
    let wide = "groups: [{name: g, interval: 1s, rules: [{record: x, expr: \
                'sum_over_time(vector(1)[1h:1s])'}]}]\n";
    for (limit, health) in [("100", "err"), ("10000", "ok")] {
        let home = Home::new().ruled(wide).argument(format!("--query.max-samples={limit}"));
        let firebell = home.serve().await;
        let rule = eventually("the rule was evaluated", async || {
            let answer = firebell.get("/api/v1/rules").await.json();
            let rule = answer["data"]["groups"][0]["rules"][0].clone();
            (rule["health"] != "unknown").then_some(rule)
        })
        .await;
        assert_eq!(rule["health"], health, "{limit}: {rule}");
        let says_why = rule["lastError"].as_str().is_some_and(|why| why.contains("samples"));
        assert_eq!(says_why, health == "err", "{rule}");
    }
}

#[test]
fn unset_variables_are_named_all_at_once_with_their_places() {
    let output = Home::new().shipped("receivers/airflow.yml", "rules/airflow.yml").refused();
    insta::assert_snapshot!("unset", String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

#[test]
fn without_expansion_every_dollar_stays() {
    let text = "route: {receiver: '${NO_SUCH_NAME}'}\nreceivers: [{name: a}]\n";
    let home = Home::new().configured(text).argument("--config.expand-env=false");
    let said = String::from_utf8(home.refused().stderr).unwrap();
    assert!(said.contains("${NO_SUCH_NAME}") && !said.contains("environment"), "{said}");
}

#[test]
fn a_port_or_a_folder_that_is_taken_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let home = Home::new().argument(format!("--web.listen-address={address}"));
    let said = String::from_utf8(home.refused().stderr).unwrap();
    assert!(said.contains(&format!("firebell: cannot listen on {address}: ")), "{said}");
}

/// The guide's files as they are, with nothing sent: what PagerDuty and Slack would have got.
#[tokio::test]
async fn a_dry_run_prints_messages_and_sends_none() {
    let sink = HttpSink::start().await;
    let home = Home::new()
        .shipped("receivers/airflow.yml", "rules/airflow.yml")
        .environment("SLACK_WEBHOOK_URL", sink.url("/services/T0/B0/s3cret"))
        .environment("PAGERDUTY_SERVICE_KEY", "0123456789abcdef0123456789abcdef")
        .argument("--dry-run");
    let firebell = home.serve().await;
    let alert = json!({
        "labels": {"alertname": "SLABreach", "severity": "critical", "dag_id": "daily_etl"},
        "annotations": {"summary": "SLA breach detected", "description": "DAG daily_etl missed SLA"},
        "startsAt": "2026-01-02T03:04:05Z",
    });
    firebell.alerts(&[alert]).await;
    let both = |lines: &[String]| lines.iter().filter(|line| *line == "}").count() == 2;
    let lines = firebell.printed.wait_until(both).await.unwrap();
    let text = lines.join("\n");
    assert!(!text.contains("s3cret") && !text.contains("0123456789abcdef"), "{text}");
    // which of the two groups comes first is not said
    let (first, second) = text.split_once("\n}\n").unwrap();
    let mut messages = [first.trim(), second.trim().trim_end_matches("\n}")];
    messages.sort_unstable();
    insta::assert_snapshot!("dry-run", messages.join("\n}\n\n"));
    assert_eq!(firebell.stop().await.code(), Some(0));
    assert_eq!(sink.requests.now().len(), 0);
}
