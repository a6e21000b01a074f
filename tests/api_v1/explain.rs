//! `explain=1`: the plan beside the answer, each step with what it came to.

use serde_json::Value;

use super::{get, server};
use crate::api::Server;

const EXPRESSION: &str = "sum by (job) (rate(hits[1m])) > 0";

async fn filled() -> Server {
    let rising: Vec<f64> = (0..9).map(|step| f64::from(step) * 30.0).collect();
    server(&[
        ("hits{job=\"a\",i=\"1\"}", &rising),
        ("hits{job=\"a\",i=\"2\"}", &rising),
        ("hits{job=\"b\",i=\"1\"}", &[1.0; 9]),
    ])
    .await
}

/// One step as a line: depth, kind, expression, evaluations, series, samples, samples read.
fn told(node: &Value) -> String {
    assert!(node["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{node}");
    assert_eq!(node["toldBefore"], false, "{node}");
    let number = |name: &str| node[name].as_u64().unwrap_or_else(|| panic!("{name}: {node}"));
    let text = |name: &str| node[name].as_str().unwrap_or_else(|| panic!("{name}: {node}"));
    format!(
        "{}{} `{}`: {} evaluation, {} series, {} samples, {} read",
        "  ".repeat(usize::try_from(number("depth")).unwrap()),
        text("kind"),
        text("expression"),
        number("evaluations"),
        number("series"),
        number("samples"),
        number("samplesRead"),
    )
}

async fn explained(path: &str, moments: &str) -> Vec<String> {
    let server = filled().await;
    let question = format!("query={EXPRESSION}&{moments}");
    let plain = get(&server, path, &question).await.json();
    let answer = get(&server, path, &format!("{question}&explain=1")).await.json();
    assert_eq!(plain["data"].get("explain"), None, "{plain}");
    assert_eq!(answer["data"]["result"], plain["data"]["result"]);
    let nodes = answer["data"]["explain"].as_array().unwrap_or_else(|| panic!("{answer}"));
    nodes.iter().map(told).collect()
}

#[tokio::test]
async fn an_instant_query_tells_its_plan() {
    let plan = explained("query", "time=120").await;
    assert_eq!(
        plan,
        [
            "arithmetic with a number `sum by (job) (rate(hits[1m])) > 0`: 1 evaluation, 1 series, 1 samples, 0 read",
            "  aggregation `sum by (job) (rate(hits[1m]))`: 1 evaluation, 2 series, 2 samples, 0 read",
            "    range function `rate(hits[1m])`: 1 evaluation, 3 series, 3 samples, 12 read",
            "  literal `0`: 1 evaluation, 0 series, 1 samples, 0 read",
        ]
    );
}

#[tokio::test]
async fn a_range_query_tells_its_plan_over_all_steps() {
    let plan = explained("query_range", "start=60&end=120&step=15").await;
    assert_eq!(
        plan,
        [
            "arithmetic with a number `sum by (job) (rate(hits[1m])) > 0`: 1 evaluation, 1 series, 5 samples, 0 read",
            "  aggregation `sum by (job) (rate(hits[1m]))`: 1 evaluation, 2 series, 10 samples, 0 read",
            "    range function `rate(hits[1m])`: 1 evaluation, 3 series, 15 samples, 24 read",
            "  literal `0`: 1 evaluation, 0 series, 1 samples, 0 read",
        ]
    );
}
