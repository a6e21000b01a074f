//! The functions of Prometheus' rule templates. (Source: Prometheus docs, "Template
//! reference".)

use core::net::IpAddr;
use std::cmp::Ordering;

use gotmpl::Value;

use crate::label::Labels;
use crate::sample;

use super::super::run;
use super::super::value::{Kind, dict, label_map, list, reading, record, text, type_name};
use super::{Entry, aware, fixed, open, string};
use super::{collections, encoding, numbers, texts};

/// All of them.
pub(super) const TABLE: &[Entry] = &[
    aware("query", 1, query),
    fixed("first", 1, first),
    fixed("label", 2, label),
    fixed("value", 1, value),
    fixed("strvalue", 1, string_value),
    open("args", 0, collections::numbered),
    fixed("reReplaceAll", 3, texts::replace_all),
    fixed("safeHtml", 1, encoding::safe_html),
    fixed("match", 2, texts::matches),
    fixed("title", 1, texts::title_words),
    fixed("toUpper", 1, texts::to_upper),
    fixed("toLower", 1, texts::to_lower),
    fixed("graphLink", 1, |args| Ok(link(string(args, 0)?, 0))),
    fixed("tableLink", 1, |args| Ok(link(string(args, 0)?, 1))),
    fixed("sortByLabel", 2, sort_by_label),
    fixed("stripPort", 1, |args| Ok(text(split_port(string(args, 0)?).0))),
    fixed("stripDomain", 1, strip_domain),
    fixed("humanize", 1, numbers::humanize),
    fixed("humanize1024", 1, numbers::humanize1024),
    fixed("humanizeDuration", 1, numbers::humanize_duration),
    fixed("humanizePercentage", 1, numbers::humanize_percentage),
    fixed("humanizeTimestamp", 1, numbers::humanize_timestamp),
    fixed("toTime", 1, numbers::to_time),
    fixed("toDuration", 1, numbers::to_duration),
    aware("now", 0, now),
    aware("pathPrefix", 0, path_prefix),
    aware("externalURL", 0, |_| Ok(text(run::with(|run| run.external_url.clone())))),
    fixed("parseDuration", 1, parse_duration),
    fixed("urlQueryEscape", 1, encoding::url_query_escape),
];

/// `query expression`: nothing until the answer is there.
fn query(args: &[Value]) -> Result<Value, String> {
    let expression = string(args, 0)?;
    Ok(run::with(|run| match run.queries.answered.get(expression) {
        Some(samples) => list(samples.iter().map(|(labels, value)| sample(labels, value))),
        None => {
            run.queries.missing.insert(expression.to_owned());
            list([])
        }
    }))
}

fn sample(labels: &Labels, value: &sample::Value) -> Value {
    let labels = dict(Kind::Strings, label_map(labels));
    record(Kind::Sample, [("Labels", labels), ("Value", reading(value))])
}

fn samples(args: &[Value], index: usize) -> Result<&[Value], String> {
    match args.get(index) {
        Some(Value::List(items)) => Ok(items),
        other => {
            Err(format!("expected a query result, got {}", type_name(other.unwrap_or(&Value::Nil))))
        }
    }
}

fn first(args: &[Value]) -> Result<Value, String> {
    let first = samples(args, 0)?.first();
    first.cloned().ok_or_else(|| "first() called on vector with no elements".to_owned())
}

/// A label of a sample.
fn sample_label(sample: &Value, name: &str) -> Value {
    let label = sample.field("Labels").and_then(|labels| labels.field(name));
    label.cloned().unwrap_or_else(|| text(""))
}

fn is_sample(args: &[Value], index: usize) -> Result<&Value, String> {
    let value = args.get(index).unwrap_or(&Value::Nil);
    match super::super::value::kind(value) {
        Some(Kind::Sample) => Ok(value),
        _ => Err(format!("expected a sample, got {}", type_name(value))),
    }
}

/// `label name sample`.
fn label(args: &[Value]) -> Result<Value, String> {
    Ok(sample_label(is_sample(args, 1)?, string(args, 0)?))
}

fn value(args: &[Value]) -> Result<Value, String> {
    Ok(is_sample(args, 0)?.field("Value").cloned().unwrap_or(Value::Nil))
}

/// `strvalue sample`: the label `__value__`, which `count_values` and consoles use.
fn string_value(args: &[Value]) -> Result<Value, String> {
    Ok(sample_label(is_sample(args, 0)?, "__value__"))
}

/// `sortByLabel name samples`; the order of equal ones stays.
fn sort_by_label(args: &[Value]) -> Result<Value, String> {
    let name = string(args, 0)?;
    let mut sorted = samples(args, 1)?.to_vec();
    sorted.sort_by(|left, right| {
        sample_label(left, name).partial_cmp(&sample_label(right, name)).unwrap_or(Ordering::Equal)
    });
    Ok(list(sorted))
}

/// A path to the expression browser.
fn link(expression: &str, tab: u8) -> Value {
    text(format!("/graph?g0.expr={}&g0.tab={tab}", gotmpl::url_encode(expression)))
}

/// `host:port` or `[v6]:port` taken apart; anything else is all host.
/// (Source: Go, `net.SplitHostPort`.)
fn split_port(text: &str) -> (&str, Option<&str>) {
    let whole = (text, None);
    if let Some(inside) = text.strip_prefix('[') {
        return match inside.split_once("]:") {
            Some((host, port)) if !port.contains([':', '[', ']']) && !host.contains(['[', ']']) => {
                (host, Some(port))
            }
            _ => whole,
        };
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.contains([':', '[', ']']) && !port.contains(['[', ']']) => {
            (host, Some(port))
        }
        _ => whole,
    }
}

/// `stripDomain`: the first part of a host name; addresses stay.
fn strip_domain(args: &[Value]) -> Result<Value, String> {
    let all = string(args, 0)?;
    let (host, port) = split_port(all);
    if host.parse::<IpAddr>().is_ok() {
        return Ok(text(all));
    }
    let host = host.split('.').next().unwrap_or(host);
    Ok(match port.filter(|port| !port.is_empty()) {
        Some(port) if host.contains(':') => text(format!("[{host}]:{port}")),
        Some(port) => text(format!("{host}:{port}")),
        None => text(host),
    })
}

/// Seconds since the epoch.
fn now(_: &[Value]) -> Result<Value, String> {
    Ok(Value::Float(run::with(|run| run.now.seconds())))
}

/// The path of our own URL.
fn path_prefix(_: &[Value]) -> Result<Value, String> {
    let url = run::with(|run| run.external_url.clone());
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    Ok(text(path.split(['?', '#']).next().unwrap_or("")))
}

/// `parseDuration`: Prometheus' notation, in seconds.
fn parse_duration(args: &[Value]) -> Result<Value, String> {
    let written = string(args, 0)?;
    let span =
        crate::time::duration::parse_prometheus(written).map_err(|error| error.to_string())?;
    Ok(Value::Float(span.seconds()))
}
