//! Prometheus' HTTP API v1, request by request: what is read, what is answered, what is said
//! about mistakes. The expected answers are those of Prometheus 3.5.
#![allow(clippy::unwrap_used, reason = "tests")]

mod api;
#[path = "api_v1/conduct.rs"]
mod conduct;
#[path = "api_v1/explain.rs"]
mod explain;
#[path = "api_v1/guide.rs"]
mod guide;
#[path = "api_v1/limits.rs"]
mod limits;
#[path = "api_v1/lookups.rs"]
mod lookups;
#[path = "api_v1/queries.rs"]
mod queries;
#[path = "api_v1/status.rs"]
mod status;
#[path = "api_v1/syntax.rs"]
mod syntax;

use std::sync::Arc;

use api::{Answer, Server};
use axum::body::Body;
use axum::http::{Method, Request};
use firebell::label::Labels;
use firebell::sample::{Histogram, Sample, Series, Value};
use firebell::time::Timestamp;

const CONFIG: &str = "route: {receiver: none}\nreceivers: [{name: none}]\n";

/// A server whose store holds these series, with a sample every 15 s from the epoch on.
async fn server(series: &[(&str, &[f64])]) -> Server {
    let server = Server::start(CONFIG, Vec::new()).await;
    let series: Vec<Series> =
        series.iter().map(|(name, values)| floats(name, values.iter().copied())).collect();
    let appended = server.store.append(&series.iter().collect());
    assert_eq!(appended.refused(), 0);
    server
}

/// `name{label="value"}` with its values.
fn floats(metric: &str, values: impl IntoIterator<Item = f64>) -> Series {
    let samples = (0..).zip(values).map(|(index, value)| Sample {
        at: Timestamp::from_millis(15_000 * index),
        value: Value::Float(value),
    });
    Series { labels: labels(metric), samples: samples.collect() }
}

fn histogram(metric: &str, histogram: Histogram) -> Series {
    let value = Value::Histogram(Arc::new(histogram));
    let samples = vec![Sample { at: Timestamp::from_millis(0), value }];
    Series { labels: labels(metric), samples }
}

fn labels(metric: &str) -> Labels {
    firebell::promql::syntax::parse_metric(metric).unwrap().0
}

/// Escapes the values of `name=value&name=value`, which must not hold an ampersand.
fn escaped(parameters: &str) -> String {
    let escape = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        bytes.collect()
    };
    let pairs = parameters.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        format!("{}={}", escape(name), escape(value))
    });
    pairs.collect::<Vec<_>>().join("&")
}

async fn get(server: &Server, path: &str, parameters: &str) -> Answer {
    server.get(&format!("/api/v1/{path}?{}", escaped(parameters))).await
}

async fn post_form(server: &Server, path: &str, form: impl Into<Body>) -> Answer {
    let request = Request::builder().method(Method::POST).uri(format!("/api/v1/{path}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    server.send(request.body(form.into()).unwrap()).await
}

/// Asks each request of a table: path, parameters, and the status with what is inside the
/// envelope: the data of a success, type and text of an error.
async fn check(server: &Server, table: &[(&str, &str, &str)]) {
    for (path, parameters, expect) in table {
        let answer = get(server, path, parameters).await;
        assert_eq!(shown(&answer), *expect, "{path}?{parameters}");
    }
}

fn shown(answer: &Answer) -> String {
    let body = answer.body.as_str();
    let inside = if let Some(rest) = body.strip_prefix("{\"status\":\"success\",\"data\":") {
        rest.strip_suffix('}').unwrap().to_owned()
    } else {
        let error = answer.json();
        assert_eq!(error["status"], "error", "{answer:?}");
        format!("{}: {}", error["errorType"].as_str().unwrap(), error["error"].as_str().unwrap())
    };
    format!("{} {inside}", answer.status.as_u16())
}
