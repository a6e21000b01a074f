//! A prometheus.yml that changes while the server runs.

use firebell::forward::samples::{Waiting, request};
use firebell::forward::{Address, RemoteWrite};
use firebell::label::Labels;
use firebell::receivers::{Caller, Post};
use firebell::sample::{Sample, Value};
use firebell::time::Timestamp;
use serde_json::Value as Json;

use super::home;
use super::process::{Firebell, Home, eventually};
use super::sinks::http::HttpSink;

const RULES: &str = "groups: [{name: g, interval: 1s, rules: [{alert: A, expr: vector(1)}]}]\n";

fn config(rules: &str, sink: &HttpSink) -> String {
    format!(
        "global: {{scrape_interval: 15s, evaluation_interval: 15s}}\n{rules}\
         alerting:\n  alertmanagers:\n  - static_configs:\n    - targets: ['{}']\n",
        sink.address
    )
}

async fn groups(firebell: &Firebell) -> usize {
    let answer = firebell.get("/api/v1/rules").await.json();
    answer["data"]["groups"].as_array().unwrap().len()
}

#[tokio::test]
async fn rules_and_alertmanagers_come_and_go_with_a_reload() {
    let (first, second) = (HttpSink::start().await, HttpSink::start().await);
    let home = home(&config("", &first), RULES);
    let firebell = home.serve().await;
    assert_eq!(groups(&firebell).await, 0);
    home.write("prometheus.yml", &config("rule_files: [rules.yml]\n", &first));
    assert_eq!(firebell.post("/-/reload", &Json::Null).await.status, 200);
    assert_eq!(groups(&firebell).await, 1);
    first.requests.wait_for(1).await;

    // a bad one: nothing of it
    let bad = home.write("prometheus.yml", &config("rule_files: [rules.yml]\nscrpe: 1\n", &second));
    let answer = firebell.post("/-/reload", &Json::Null).await;
    assert_eq!(answer.status, 500);
    let place = format!("failed to reload config: {}:3:1: field scrpe not found", bad.display());
    assert!(answer.body.starts_with(&place), "{}", answer.body);
    assert_eq!(groups(&firebell).await, 1);

    home.write("prometheus.yml", &config("rule_files: ['none*.yml']\n", &second));
    firebell.signal("HUP");
    eventually("the rules are gone", async || (groups(&firebell).await == 0).then_some(())).await;
    let listed = firebell.get("/api/v1/alertmanagers").await.json();
    assert_eq!(listed["data"]["activeAlertmanagers"][0]["url"], second.url("/api/v2/alerts"));
}

#[tokio::test]
async fn samples_of_half_an_hour_ago_are_taken_with_no_other_flag() {
    let home = home("", "");
    let firebell = home.serve().await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let past = now.as_secs() - 1800;
    let at = Timestamp::from_millis(i64::try_from(past).unwrap() * 1000);
    let labels = Labels::from_pairs([("__name__", "x")]);
    let waiting = Waiting { labels, sample: Sample { at, value: Value::Float(7.0) } };
    let address = Address::parse(&format!("http://{}/api/v1/write", firebell.address)).unwrap();
    let endpoint = RemoteWrite::at(address);
    let made = request(&[waiting], &endpoint, &Labels::empty(), at);
    let post = Post {
        url: &endpoint.url,
        options: &endpoint.http,
        headers: &[("content-encoding", "snappy"), ("content-type", "application/x-protobuf")],
        body: &made.body.into(),
        timeout: endpoint.timeout,
    };
    assert_eq!(firebell::receivers::post(&Caller::default(), post).await.unwrap().status, 204);
    let found = firebell.get(&format!("/api/v1/query?query=x&time={past}")).await.json();
    assert_eq!(found["data"]["result"][0]["value"][1], "7", "{found}");
}

#[tokio::test]
async fn what_is_not_honoured_is_said_once_and_a_dry_run_sends_nothing() {
    let sink = HttpSink::start().await;
    let text = config("rule_files: [rules.yml]\nscrape_configs: [{job_name: j}]\n", &sink);
    let home: Home = home(&text, RULES).argument("--dry-run");
    let firebell = home.serve().await;
    let said = firebell.said("has no effect here").await;
    assert!(said.contains("scrape_configs (3:17)"), "{said}");
    firebell.said("dry run: nothing is sent on").await;
    firebell.rule_alert("firing").await;
    assert_eq!(sink.requests.now().len(), 0);
}
