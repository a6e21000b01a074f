//! Answers as promtool prints them. (Source: `prometheus/common/model`, `String` and
//! `MarshalJSON` of its values.)

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::label::{Labels, METRIC_NAME};

/// How answers are printed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// In PromQL's notation.
    Promql,
    /// As JSON.
    Json,
}

/// A query's result: a vector, a matrix or a scalar, in one piece without a line's end.
///
/// # Errors
/// The type of a result that promtool does not print.
pub(super) fn value(data: &Json, format: Format) -> Result<String, String> {
    let result = &data["result"];
    let list = || result.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(match (data["resultType"].as_str().unwrap_or_default(), format) {
        ("scalar", Format::Promql) => {
            format!("scalar: {} @[{}]", float(&result[1]), moment(&result[0]))
        }
        ("scalar", Format::Json) => pair(result),
        ("vector", Format::Promql) => list().iter().map(element).collect::<Vec<_>>().join("\n"),
        ("matrix", Format::Promql) => {
            let mut streams: Vec<&Json> = list().iter().collect();
            streams.sort_by_key(|stream| order(&stream["metric"]));
            streams.into_iter().map(stream).collect::<Vec<_>>().join("\n")
        }
        ("vector" | "matrix", Format::Json) => array(list().iter().map(member)),
        (kind, _) => return Err(format!("unexpected value type {kind:?}")),
    })
}

/// Label sets, one on each line, or as a JSON array.
pub(super) fn series(data: &Json, format: Format) -> String {
    let list = data.as_array().map(Vec::as_slice).unwrap_or_default();
    match format {
        Format::Promql => list.iter().map(|set| format!("{}\n", labels(set))).collect(),
        Format::Json => array(list.iter().map(object)) + "\n",
    }
}

/// A label's values, one on each line, or as a JSON array.
pub(super) fn values(data: &Json, format: Format) -> String {
    let list = data.as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = list.iter().map(|value| value.as_str().unwrap_or_default());
    match format {
        Format::Promql => texts.map(|text| format!("{text}\n")).collect(),
        Format::Json => array(texts.map(quoted)) + "\n",
    }
}

fn labels(set: &Json) -> Labels {
    let pairs = set.as_object().into_iter().flatten();
    Labels::from_pairs(pairs.map(|(name, value)| (name, value.as_str().unwrap_or_default())))
}

/// `name{label="value"}`
fn metric(set: &Json) -> String {
    let labels = labels(set);
    let name = labels.value(METRIC_NAME).to_owned();
    let rest = labels.without(METRIC_NAME);
    if rest.is_empty() && !name.is_empty() { name } else { format!("{name}{rest}") }
}

/// What sorts the series of a matrix: fewer labels come first, then the first name or value that
/// differs decides, whereby a set without a name comes before one with it.
fn order(set: &Json) -> (usize, Vec<(Reverse<String>, String)>) {
    let labels = labels(set);
    let pairs = labels.iter().map(|(name, value)| (Reverse(name.to_owned()), value.to_owned()));
    (labels.len(), pairs.collect())
}

fn element(element: &Json) -> String {
    let (metric, histogram) = (metric(&element["metric"]), &element["histogram"]);
    if histogram.is_null() {
        let point = &element["value"];
        format!("{metric} => {} @[{}]", float(&point[1]), moment(&point[0]))
    } else {
        format!("{metric} => {} @[{}]", buckets(&histogram[1]), moment(&histogram[0]))
    }
}

fn stream(stream: &Json) -> String {
    let list = |name: &str| stream[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let floats = list("values").iter();
    let floats = floats.map(|point| format!("{} @[{}]", float(&point[1]), moment(&point[0])));
    let histograms = list("histograms").iter();
    let histograms =
        histograms.map(|point| format!("{} @[{}]", buckets(&point[1]), moment(&point[0])));
    let points: Vec<String> = floats.chain(histograms).collect();
    format!("{} =>\n{}", metric(&stream["metric"]), points.join("\n"))
}

/// A histogram in one line.
fn buckets(histogram: &Json) -> String {
    let buckets = histogram["buckets"].as_array().map(Vec::as_slice).unwrap_or_default();
    let bucket = |bucket: &Json| {
        let bounds = bucket[0].as_u64().unwrap_or(0);
        let open = if matches!(bounds, 1 | 3) { '[' } else { '(' };
        let close = if matches!(bounds, 0 | 3) { ']' } else { ')' };
        let bound = |index: usize| short(number(&bucket[index]));
        format!("{open}{},{}{close}:{}", bound(1), bound(2), float(&bucket[3]))
    };
    let buckets: Vec<String> = buckets.iter().map(bucket).collect();
    let fixed = |name: &str| {
        let value = number(&histogram[name]);
        if value.is_finite() { format!("{value:.6}") } else { plain(value) }
    };
    format!("Count: {}, Sum: {}, Buckets: [{}]", fixed("count"), fixed("sum"), buckets.join(" "))
}

fn number(value: &Json) -> f64 {
    let text = value.as_str().unwrap_or_default();
    // Rust reads +Inf, -Inf and NaN in any case
    text.parse().unwrap_or(f64::NAN)
}

/// A sample's value without an exponent.
fn float(value: &Json) -> String {
    plain(number(value))
}

fn plain(value: f64) -> String {
    if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

/// As Go's `%g`: exponents of two digits from 1e21 on and below 1e-4.
fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size == 0.0 || (1e-4..1e21).contains(&size) {
        return plain(value);
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Seconds, at most three digits behind the point.
fn moment(value: &Json) -> String {
    ((value.as_f64().unwrap_or(0.0) * 1000.0).round() / 1000.0).to_string()
}

fn pair(point: &Json) -> String {
    format!("[{},\"{}\"]", moment(&point[0]), float(&point[1]))
}

/// A series of a vector or a matrix.
fn member(element: &Json) -> String {
    let mut parts = vec![format!("\"metric\":{}", object(&element["metric"]))];
    let points = |points: &Json, one: fn(&Json) -> String| {
        array(points.as_array().into_iter().flatten().map(one))
    };
    if element["value"].is_array() {
        parts.push(format!("\"value\":{}", pair(&element["value"])));
    }
    if element["histogram"].is_array() {
        parts.push(format!("\"histogram\":{}", histogram_pair(&element["histogram"])));
    }
    if element["values"].is_array() {
        parts.push(format!("\"values\":{}", points(&element["values"], pair)));
    }
    if element["histograms"].is_array() {
        parts.push(format!("\"histograms\":{}", points(&element["histograms"], histogram_pair)));
    }
    format!("{{{}}}", parts.join(","))
}

fn histogram_pair(point: &Json) -> String {
    let histogram = &point[1];
    let quoted = |value: &Json| format!("\"{}\"", float(value));
    let bucket = |bucket: &Json| {
        let bounds = bucket[0].as_u64().unwrap_or(0);
        let rest = [1, 2, 3].map(|index: usize| quoted(&bucket[index])).join(",");
        format!("[{bounds},{rest}]")
    };
    let buckets = array(histogram["buckets"].as_array().into_iter().flatten().map(bucket));
    let (count, sum) = (quoted(&histogram["count"]), quoted(&histogram["sum"]));
    let at = moment(&point[0]);
    format!("[{at},{{\"count\":{count},\"sum\":{sum},\"buckets\":{buckets}}}]")
}

/// An object of texts, sorted by name.
fn object(set: &Json) -> String {
    let pairs: BTreeMap<&String, &Json> = set.as_object().into_iter().flatten().collect();
    let pair = |(name, value): (&String, &Json)| {
        format!("{}:{}", quoted(name), quoted(value.as_str().unwrap_or_default()))
    };
    let pairs: Vec<String> = pairs.into_iter().map(pair).collect();
    format!("{{{}}}", pairs.join(","))
}

fn array(members: impl Iterator<Item = String>) -> String {
    format!("[{}]", members.collect::<Vec<_>>().join(","))
}

/// A JSON string as Go writes it: safe inside HTML.
fn quoted(text: &str) -> String {
    let mut quoted = Json::from(text).to_string();
    for character in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
        if quoted.contains(character) {
            quoted = quoted.replace(character, &format!("\\u{:04x}", u32::from(character)));
        }
    }
    quoted
}

#[cfg(test)]
mod tests;
