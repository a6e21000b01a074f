//! `firebell query`.

use std::fmt::Write as _;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::Value as Json;

use crate::label::{Labels, METRIC_NAME};

use super::ExitStatus;
use super::server;

/// How long a server may take to answer: as long as it may take to evaluate, and a little.
const TIMEOUT: Duration = Duration::from_secs(130);

/// Ask a running server for the value of an expression.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  firebell query 'sum by (job) (up)'\n  firebell query 'rate(requests_total[5m])' --start 2026-01-01T00:00:00Z --end 2026-01-01T01:00:00Z --step 1m\n  firebell query 'topk(3, rate(requests_total[5m]))' --explain"
)]
pub(super) struct Arguments {
    /// The expression, in PromQL.
    #[arg(value_name = "EXPR")]
    expression: String,
    /// The server.
    #[arg(long, value_name = "URL", default_value = "http://localhost:9093")]
    url: String,
    /// When to evaluate: RFC 3339 or Unix seconds; now if nothing is said.
    #[arg(long, value_name = "TIME", conflicts_with_all = ["start", "end", "step"])]
    time: Option<String>,
    /// The first of many moments.
    #[arg(long, value_name = "TIME", requires_all = ["end", "step"])]
    start: Option<String>,
    /// The last moment.
    #[arg(long, value_name = "TIME", requires = "start")]
    end: Option<String>,
    /// From one moment to the next.
    #[arg(long, value_name = "DURATION", requires = "start")]
    step: Option<String>,
    /// Tell the steps of the plan too: the series and samples they came to, and their time.
    #[arg(long)]
    explain: bool,
}

/// Asks and prints.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let body = server::runtime()?.block_on(ask(&arguments))?;
    let answer: Json = serde_json::from_str(&body)
        .with_context(|| format!("{} does not speak Prometheus' API", arguments.url))?;
    if answer["status"] != "success" {
        bail!("{}", answer["error"].as_str().unwrap_or("the server says that it failed"));
    }
    for list in ["warnings", "infos"] {
        for text in answer[list].as_array().into_iter().flatten().filter_map(Json::as_str) {
            eprintln!("{text}");
        }
    }
    let mut out = std::io::stdout().lock();
    out.write_all(result(&answer["data"]).as_bytes())?;
    if arguments.explain {
        let steps = answer["data"]["explain"].as_array();
        let steps = steps.context("the server does not explain: it is not a firebell")?;
        out.write_all(explanation(steps).as_bytes())?;
    }
    Ok(ExitStatus::Success)
}

async fn ask(arguments: &Arguments) -> Result<String> {
    let Arguments { expression, url, time, start, end, step, explain } = arguments;
    let path = if start.is_some() { "query_range" } else { "query" };
    let given = [("time", time), ("start", start), ("end", end), ("step", step)];
    let given = given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let explain = explain.then_some(("explain", "1"));
    let form: Vec<(&str, &str)> =
        [("query", expression.as_str())].into_iter().chain(given).chain(explain).collect();
    let mut address = reqwest::Url::parse(&format!("{}/api/v1/{path}", url.trim_end_matches('/')))
        .with_context(|| format!("{url:?} is not an address such as http://localhost:9093"))?;
    address.query_pairs_mut().extend_pairs(&form);
    let body = address.query().unwrap_or_default().to_owned();
    address.set_query(None);
    let client = reqwest::Client::builder().timeout(TIMEOUT).build()?;
    let request =
        client.post(address).header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.with_context(|| format!("cannot ask {url}"))?;
    let status = answer.status();
    let text = answer.text().await.with_context(|| format!("{url} did not answer whole"))?;
    ensure!(!text.is_empty(), "{url} answers {status}");
    Ok(text)
}

/// The result as lines: a series each, or a series' name and its samples below.
fn result(data: &Json) -> String {
    let mut text = String::new();
    match data["resultType"].as_str() {
        Some("scalar" | "string") => {
            let _ = writeln!(text, "{}", sample(&data["result"][1]));
        }
        Some("vector") => {
            for element in data["result"].as_array().into_iter().flatten() {
                let point = [&element["value"], &element["histogram"]];
                let point = point.into_iter().find(|point| !point.is_null());
                let value = point.map(|point| sample(&point[1])).unwrap_or_default();
                let _ = writeln!(text, "{} {value}", series(&element["metric"]));
            }
        }
        _ => {
            for element in data["result"].as_array().into_iter().flatten() {
                let _ = writeln!(text, "{}", series(&element["metric"]));
                for list in ["values", "histograms"] {
                    for point in element[list].as_array().into_iter().flatten() {
                        let _ = writeln!(text, "  {} @[{}]", sample(&point[1]), point[0]);
                    }
                }
            }
        }
    }
    text
}

/// `name{label="value"}`
fn series(metric: &Json) -> String {
    let pairs = metric.as_object().into_iter().flatten();
    let pairs = pairs.map(|(name, value)| (name, value.as_str().unwrap_or_default()));
    let labels = Labels::from_pairs(pairs);
    let name = labels.value(METRIC_NAME).to_owned();
    let rest = labels.without(METRIC_NAME);
    if rest.is_empty() && !name.is_empty() { name } else { format!("{name}{rest}") }
}

/// A number as the server wrote it, or a histogram on one line.
fn sample(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The steps as a table, the result first, arguments below and to the right.
fn explanation(steps: &[Json]) -> String {
    let mut text = String::from("\n       time  runs   series   samples      read  step\n");
    for step in steps {
        let number = |name: &str| step[name].as_u64().unwrap_or(0);
        let milliseconds = step["seconds"].as_f64().unwrap_or(0.0) * 1000.0;
        let indent = "  ".repeat(usize::try_from(number("depth")).unwrap_or(0));
        let words = |name: &str| step[name].as_str().unwrap_or_default().replace('\n', " ");
        let before = if step["toldBefore"] == true { " (see above)" } else { "" };
        let _ = writeln!(
            text,
            "{milliseconds:>8.3} ms {:>5} {:>8} {:>9} {:>9}  {indent}{}: {}{before}",
            number("evaluations"),
            number("series"),
            number("samples"),
            number("samplesRead"),
            words("kind"),
            words("expression"),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_lines() {
        let vector = json!({"resultType": "vector", "result": [
            {"metric": {"__name__": "up", "job": "a\"b"}, "value": [1, "0.5"]},
            {"metric": {}, "histogram": [1, {"count": "2"}]},
        ]});
        assert_eq!(result(&vector), "up{job=\"a\\\"b\"} 0.5\n{} {\"count\":\"2\"}\n");
        let matrix = json!({"resultType": "matrix", "result": [
            {"metric": {"__name__": "up"}, "values": [[1, "0"], [1.5, "NaN"]]},
        ]});
        assert_eq!(result(&matrix), "up\n  0 @[1]\n  NaN @[1.5]\n");
        assert_eq!(result(&json!({"resultType": "scalar", "result": [1, "3"]})), "3\n");
    }

    #[test]
    fn steps_are_a_table() {
        let step = |depth: u32, expression: &str, before: bool| {
            json!({"depth": depth, "kind": "selector", "expression": expression, "evaluations": 1,
                "series": 3, "samples": 3, "samplesRead": 9, "seconds": 0.0015, "toldBefore": before})
        };
        let table = explanation(&[step(0, "sum(\nup)", false), step(1, "up", true)]);
        let expected = "
       time  runs   series   samples      read  step
   1.500 ms     1        3         3         9  selector: sum( up)
   1.500 ms     1        3         3         9    selector: up (see above)
";
        assert_eq!(table, expected);
    }
}
