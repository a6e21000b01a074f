//! Rules on other servers: a small one that speaks Prometheus' API, and the program beside it.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use process::{Firebell, Home, eventually};
use sinks::Recording;

/// A question as it came.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    query: String,
    time: String,
}

/// A server that evaluates what it knows, for who has the password.
struct Far {
    url: String,
    asked: Recording<Asked>,
}

fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

fn answer(kind: &str, result: &Value) -> Response {
    let data = json!({"resultType": kind, "result": result});
    let warnings = ["the far server is tired"];
    json!({"status": "success", "data": data, "warnings": warnings}).to_string().into_response()
}

async fn query(
    State(asked): State<Recording<Asked>>,
    headers: HeaderMap,
    Form(form): Form<Asked>,
) -> Response {
    let login = headers.get("authorization").and_then(|value| value.to_str().ok());
    if login != Some("Basic YW5uOnMzY3JldA==") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    asked.push(form.clone());
    let at: f64 = form.time.parse().unwrap();
    let query = form.query.as_str();
    match query {
        "up" => answer("vector", &json!([{"metric": {"job": "a"}, "value": [at, "4"]}])),
        "up == 0" => answer("vector", &json!([{"metric": {"job": "b"}, "value": [at, "0"]}])),
        "histogram" => {
            let buckets = json!([[0, "1", "2", "3"], [0, "4", "8", "1"]]);
            let histogram = json!({"count": "4", "sum": "10", "buckets": buckets});
            answer("vector", &json!([{"metric": {}, "histogram": [at, histogram]}]))
        }
        _ if query.contains("ALERTS_FOR_STATE") => {
            let metric = json!({"__name__": "ALERTS_FOR_STATE", "alertname": "Down", "job": "b",
                "cluster": "as our external labels say"});
            // it had waited for 45 minutes when it was last heard of, 5 minutes ago
            let (down, since) = (at - 300.0, at - 3000.0);
            match query.ends_with(']') {
                true => {
                    let values = json!([[down, since.to_string()]]);
                    answer("matrix", &json!([{"metric": metric, "values": values}]))
                }
                false => {
                    let value = json!([at, since.to_string()]);
                    answer("vector", &json!([{"metric": metric, "value": value}]))
                }
            }
        }
        // the series of what is recorded here
        _ if query.starts_with('{') && query.ends_with(']') => answer("matrix", &json!([])),
        _ => answer("vector", &json!([])),
    }
}

impl Far {
    async fn start() -> Far {
        let asked = Recording::new();
        let router = Router::new().route("/p/api/v1/query", post(query)).with_state(asked.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/p", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Far { url, asked }
    }
}

/// The value of a query on the embedded store, once there is one.
async fn value(firebell: &Firebell, query: &str) -> Value {
    eventually(&format!("{query} has a value"), async || {
        let answer = firebell.get(&format!("/api/v1/query?query={query}")).await.json();
        answer["data"]["result"].get(0).cloned()
    })
    .await
}

const RULES: &str = "groups:
- name: far
  interval: 1s
  source: eu
  rules:
  - {record: x, expr: up}
  - {record: y, expr: up}
  - {record: doubled, expr: x * 2}
  - {record: hist, expr: histogram}
  - {alert: Down, expr: up == 0, for: 1h}
- name: near
  interval: 1s
  source: embedded
  rules:
  - {record: near, expr: doubled + 1}
";

async fn home(far: &Far) -> Home {
    let home = Home::new();
    home.write("password", "s3cret\n");
    let text = format!(
        "sources:\n- name: eu\n  url: {}\n  basic_auth: {{username: ann, password_file: password}}\n",
        far.url
    );
    let path = home.write("sources.yml", &text);
    home.argument(format!("--source.config={}", path.display())).ruled(RULES)
}

#[tokio::test]
async fn a_group_runs_on_the_source_it_names_and_each_question_is_asked_once() {
    let far = Far::start().await;
    let home = home(&far).await;
    let firebell = home.serve().await;
    let x = value(&firebell, "x").await;
    assert_eq!((&x["metric"]["job"], &x["value"][1]), (&json!("a"), &json!("4")));
    assert_eq!(value(&firebell, "y").await["value"][1], "4");
    assert_eq!(value(&firebell, "doubled").await["value"][1], "8", "read from its own group");
    assert_eq!(value(&firebell, "near").await["value"][1], "9");
    let hist = value(&firebell, "hist").await["histogram"][1].clone();
    assert_eq!(hist["buckets"], json!([[0, "1", "2", "3"], [0, "4", "8", "1"]]));

    firebell.said("x: the far server is tired").await;
    let asked = far.asked.now();
    let whole: Vec<_> = asked.iter().filter(|one| !one.query.starts_with('{')).collect();
    let distinct: BTreeSet<_> = whole.iter().collect();
    assert_eq!(distinct.len(), whole.len(), "{whole:?}");
    let up = asked.iter().filter(|one| one.query == "up").count();
    assert!(up >= 1 && whole.iter().all(|one| one.query != "x * 2"), "{whole:?}");

    let metrics = firebell.get("/metrics").await.body;
    let evaluations = metrics.lines().find(|line| {
        line.starts_with("prometheus_rule_evaluations_total{") && line.contains(";far\"}")
    });
    let count: f64 = evaluations.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    assert!(count >= 5.0, "{evaluations:?}");
}

#[tokio::test]
async fn alerts_go_on_waiting_where_another_server_says_they_were() {
    let far = Far::start().await;
    let home = home(&far).await.argument("--external-label=cluster=as our external labels say");
    let firebell = home.serve().await;
    let before = seconds();
    let restored = eventually("the alert is as old as it was", async || {
        let alert = firebell.rule_alert("pending").await;
        let active_at = humantime::parse_rfc3339(alert["activeAt"].as_str().unwrap()).unwrap();
        let age = before - active_at.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        (age > 60.0).then_some(age)
    })
    .await;
    // the five minutes of the outage do not count
    assert!((restored - 45.0 * 60.0).abs() < 60.0, "{restored}");
    let series = value(&firebell, "ALERTS").await;
    assert_eq!(series["metric"]["alertstate"], "pending", "written when the past is known");

    // after a restart our own records tell, and nobody is asked
    firebell.stop().await;
    let before = far.asked.now().len();
    let firebell = home.serve().await;
    firebell.rule_alert("pending").await;
    value(&firebell, "x").await;
    let asked = far.asked.now();
    assert!(asked[before..].iter().all(|one| !one.query.contains("FOR_STATE")), "{asked:?}");
}

#[test]
fn a_source_that_there_is_not_is_refused_with_its_place() {
    let home = Home::new().argument("--source=us=http://127.0.0.1:1").ruled(RULES);
    let said = String::from_utf8(home.refused().stderr).unwrap();
    let expected =
        "rules.yml:4:11: group \"far\": unknown source \"eu\": there are default, embedded, us";
    assert!(said.contains(expected), "{said}");
}
