//! Python's `prometheus_client`, as it is, pushes to the program.
#![allow(clippy::unwrap_used, reason = "tests")]

mod process;
mod sinks;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use process::{Firebell, Home};

/// Python with `prometheus_client`: from `target/peers/python`, where `.ci/run` puts it, or
/// wherever Python finds it.
fn python() -> Option<Command> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/python");
    let command = || {
        let mut command = Command::new("python3");
        if peers.is_dir() {
            command.env("PYTHONPATH", &peers);
        }
        command
    };
    let import = command().args(["-c", "import prometheus_client"]).output();
    import.is_ok_and(|output| output.status.success()).then(command)
}

/// What the issue of the guide's fifth point does, and its siblings.
const SCRIPT: &str = r#"
import sys
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import delete_from_gateway, push_to_gateway, pushadd_to_gateway
gateway, step = sys.argv[1], sys.argv[2]
registry = CollectorRegistry()
key = {"instance": "a/b"}
if step == "push":
    Gauge("data_last_updated_timestamp", "When.", ["table"], registry=registry).labels("orders").set(1.5)
    Counter("data_quality_check_failed", "Failed.", ["table"], registry=registry).labels("orders").inc(3)
    Histogram("load_seconds", "How long.", buckets=(1, 2), registry=registry).observe(1.5)
    push_to_gateway(gateway, job="etl", registry=registry, grouping_key=key)
elif step == "add":
    Gauge("rows", "How many.", registry=registry).set(7)
    pushadd_to_gateway(gateway, job="etl", registry=registry, grouping_key=key)
elif step == "replace":
    Gauge("rows", "How many.", registry=registry).set(8)
    push_to_gateway(gateway, job="etl", registry=registry, grouping_key=key)
else:
    delete_from_gateway(gateway, job="etl", grouping_key=key)
"#;

fn run(firebell: &Firebell, step: &str) {
    let mut python = python().unwrap();
    let gateway = firebell.address.to_string();
    let output = python.args(["-c", SCRIPT, &gateway, step]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The series that there are now, with their values, without the time that `_created` has.
async fn pushed(firebell: &Firebell) -> Vec<(Value, Value)> {
    let result = firebell.query("{job=\"etl\",__name__!~\"push_.*|.*_created\"}").await;
    let series = result.as_array().unwrap().iter();
    let mut pairs: Vec<_> =
        series.map(|one| (one["metric"].clone(), one["value"][1].clone())).collect();
    pairs.sort_by_key(|(labels, _)| labels.to_string());
    pairs
}

fn rows(value: &str) -> (Value, Value) {
    let labels = json!({"__name__": "rows", "instance": "a/b", "job": "etl"});
    (labels, Value::from(value))
}

#[tokio::test]
async fn an_unmodified_client_pushes_adds_replaces_and_deletes() {
    if python().is_none() {
        println!("skipped: no python3 with prometheus_client");
        return;
    }
    let home = Home::new();
    let firebell = home.serve().await;
    run(&firebell, "push");
    let first = pushed(&firebell).await;
    let text: Vec<_> = first.iter().map(|(labels, value)| format!("{labels} {value}")).collect();
    insta::assert_snapshot!("pushed", text.join("\n"));
    run(&firebell, "add");
    let both = pushed(&firebell).await;
    assert_eq!(both.len(), first.len() + 1, "{both:?}");
    assert!(both.contains(&rows("7")));
    run(&firebell, "replace");
    assert_eq!(pushed(&firebell).await, [rows("8")]);
    run(&firebell, "delete");
    assert_eq!(pushed(&firebell).await, []);
}
