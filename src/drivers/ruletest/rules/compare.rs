//! What was expected against what came, in promtool's words.

use std::sync::Arc;

use crate::config::ruletest::{
    AlertTest, ExpectedAlert, ExpectedSample, FloatComparison, QueryTest, Test,
};
use crate::drivers::evaluate::until;
use crate::label::Labels;
use crate::promql::syntax::parse_metric;
use crate::promql::{AnswerValue, Grid, Query, syntax};
use crate::rules::Surroundings;
use crate::sample::Value;
use crate::source::embedded::Store;
use crate::source::notation::{format_histogram, parse_series};
use crate::template::quote;
use crate::time::Timestamp;
use crate::time::duration::format_prometheus;

use super::{AlertsShown, Compared, Fault, Side, difference, sided};

/// What expressions are asked about.
pub(super) struct Asked<'a> {
    pub(super) store: &'a Arc<Store>,
    pub(super) surroundings: &'a Surroundings,
    /// The last evaluation: later samples do not exist yet.
    pub(super) until: Timestamp,
}

/// A sample as it is compared.
#[derive(Clone, Debug)]
struct Shown {
    labels: Labels,
    value: f64,
    histogram: String,
}

/// Compares the alerts that fire.
pub(super) fn alerts(
    test: &str,
    expected: &AlertTest,
    got: Vec<ExpectedAlert>,
    shown: AlertsShown,
) -> Option<Fault> {
    if expected.expected == got {
        return None;
    }
    let test = if test.is_empty() { String::new() } else { format!("    name: {test},\n") };
    let (name, time) = (&expected.name, format_prometheus(expected.at));
    let head = format!("{test}    alertname: {name}, time: {time}, \n");
    let text = match shown {
        AlertsShown::InFull => {
            let (expected, got) = (in_full(&expected.expected), in_full(&got));
            format!("{head}        exp:{expected}, \n        got:{got}")
        }
        AlertsShown::AsDifference => {
            let difference = difference::alerts(&expected.expected, &got);
            format!("{head}        diff: {}", indented(&difference, "            "))
        }
    };
    let (wanted, fire) = (expected.expected.len(), got.len());
    let fires = if fire == 1 { "1 fires".to_owned() } else { format!("{fire} fire") };
    let headline = format!("alert {name} at {time}: {wanted} expected, {fires}");
    let difference = sided::alerts(&expected.expected, &got);
    Some(Fault { line: expected.line, text, headline, difference })
}

fn in_full(alerts: &[ExpectedAlert]) -> String {
    if alerts.is_empty() {
        return "[]".to_owned();
    }
    let one = |(index, alert): (usize, &ExpectedAlert)| {
        let (labels, annotations) = (&alert.labels, &alert.annotations);
        format!("{index}:\n  Labels:{labels}\n  Annotations:{annotations}")
    };
    let all: Vec<String> = alerts.iter().enumerate().map(one).collect();
    indented(&format!("[\n{}\n]", all.join(",\n")), "            ")
}

/// Every line but the first moved to the right.
fn indented(text: &str, indent: &str) -> String {
    text.replace('\n', &format!("\n{indent}"))
}

/// Asks all expressions.
pub(super) fn queries(test: &Test, asked: &Asked<'_>, how: FloatComparison) -> Vec<Fault> {
    let fault = |query: &QueryTest, rest: String| {
        let (expr, time) = (quote(&query.expr), format_prometheus(query.at));
        Fault::new(query.line, format!("    expr: {expr}, time: {time},{rest}"))
    };
    let compared = test.queries.iter().map(|query| {
        let samples = asked.samples(&query.expr, test.start + query.at).and_then(|mut got| {
            let mut expected = expected(&query.expected)?;
            expected.sort_by(|a, b| a.labels.cmp(&b.labels));
            got.sort_by(|a, b| a.labels.cmp(&b.labels));
            Ok((expected, got))
        });
        match samples {
            Err(reason) => Some(fault(query, format!(" err: {reason}"))),
            Ok((expected, got)) if are_equal(&expected, &got, how) => None,
            Ok((expected, got)) => {
                let (one, other) = (list(&expected), list(&got));
                let fault = fault(query, format!("\n        exp: {one}\n        got: {other}"));
                let headline = format!("{} at {}", query.expr, format_prometheus(query.at));
                Some(Fault { headline, difference: sides(&expected, &got, how), ..fault })
            }
        }
    });
    compared.flatten().collect()
}

impl Asked<'_> {
    fn samples(&self, text: &str, at: Timestamp) -> Result<Vec<Shown>, String> {
        let surroundings = self.surroundings;
        let expr =
            syntax::parse(text, &surroundings.features).map_err(|error| error.to_string())?;
        let grid = Grid::instant(at);
        let answer = Query::new(&expr, &surroundings.options).and_then(|query| {
            let needs = query.needs(&grid)?;
            let seen: Vec<_> = needs.into_iter().map(|one| until(one, self.until)).collect();
            query.run(&grid, &self.store.select(&seen), &surroundings.limits)
        });
        match answer.map_err(|error| error.to_string())?.value {
            AnswerValue::Scalar { value, .. } => {
                Ok(vec![shown(Labels::empty(), Value::Float(value))])
            }
            AnswerValue::Vector(elements) => {
                Ok(elements.into_iter().map(|one| shown(one.labels, one.value)).collect())
            }
            AnswerValue::String { .. } | AnswerValue::Matrix(_) => {
                Err("rule result is not a vector or scalar".to_owned())
            }
        }
    }
}

fn shown(labels: Labels, value: Value) -> Shown {
    match value {
        Value::Float(value) => Shown { labels, value, histogram: String::new() },
        Value::Histogram(histogram) => {
            Shown { labels, value: 0.0, histogram: format_histogram(&histogram) }
        }
    }
}

fn expected(samples: &[ExpectedSample]) -> Result<Vec<Shown>, String> {
    let one = |sample: &ExpectedSample| {
        let about = |error: String| format!("labels {}: {error}", quote(&sample.labels));
        let labels = metric(&sample.labels).map_err(about)?;
        let histogram = histogram(&sample.histogram).map_err(about)?;
        Ok(Shown { labels, value: sample.value, histogram })
    };
    samples.iter().map(one).collect()
}

fn metric(text: &str) -> Result<Labels, String> {
    if text.trim().is_empty() {
        return Ok(Labels::empty());
    }
    let (labels, end) = parse_metric(text).map_err(|error| error.to_string())?;
    match text[end..].trim() {
        "" => Ok(labels),
        rest => Err(format!("1:{}: parse error: unexpected {}", end + 1, quote(rest))),
    }
}

fn histogram(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let notation = parse_series(&format!("{{}} {text}")).map_err(|error| error.to_string())?;
    match &notation.values[..] {
        [Some(noted)] => match &noted.value {
            Value::Histogram(histogram) => Ok(format_histogram(histogram)),
            Value::Float(value) => Err(format!("expected histogram, got {value}")),
        },
        [None] => Err("expected histogram, got _".to_owned()),
        values => Err(format!("expected 1 value, got {}", values.len())),
    }
}

fn are_equal(expected: &[Shown], got: &[Shown], how: FloatComparison) -> bool {
    let pair = |(expected, got): (&Shown, &Shown)| {
        expected.labels == got.labels
            && expected.histogram == got.histogram
            && is_equal(expected.value, got.value, how)
    };
    expected.len() == got.len() && expected.iter().zip(got).all(pair)
}

fn is_equal(expected: f64, got: f64, how: FloatComparison) -> bool {
    let neighbours = || expected.next_up() == got || expected.next_down() == got;
    expected == got || how == FloatComparison::Fuzzy && neighbours()
}

/// Samples side by side: those of the same labels together.
fn sides(expected: &[Shown], got: &[Shown], how: FloatComparison) -> Vec<Compared> {
    let mut lines = Vec::new();
    let mut got = got.iter().peekable();
    for sample in expected {
        while let Some(extra) = got.next_if(|one| one.labels < sample.labels) {
            lines.push(Compared::new(Side::Got, show(extra)));
        }
        match got.next_if(|one| one.labels == sample.labels) {
            Some(same)
                if are_equal(std::slice::from_ref(sample), std::slice::from_ref(same), how) =>
            {
                lines.push(Compared::new(Side::Both, show(sample)));
            }
            came => {
                lines.push(Compared::new(Side::Expected, show(sample)));
                lines.extend(came.map(|one| Compared::new(Side::Got, show(one))));
            }
        }
    }
    lines.extend(got.map(|one| Compared::new(Side::Got, show(one))));
    lines
}

/// A sample as a person writes it.
fn show(sample: &Shown) -> String {
    let labels = sided::shown(&sample.labels);
    match sample.histogram.is_empty() {
        true => format!("{labels} {}", sample.value),
        false => format!("{labels} {}", sample.histogram),
    }
}

fn list(samples: &[Shown]) -> String {
    if samples.is_empty() {
        return "nil".to_owned();
    }
    let one = |sample: &Shown| match sample.histogram.is_empty() {
        true => format!("{} {}", sample.labels, exponent(sample.value)),
        false => format!("{} {}", sample.labels, sample.histogram),
    };
    samples.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A float as Go's format `E` writes it: `1.5E+00`.
fn exponent(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{value:E}");
    let Some((digits, exponent)) = text.split_once('E') else { return text };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}E{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_does() {
        for (value, text) in [
            (1.0, "1E+00"),
            (0.0, "0E+00"),
            (-1.5e-7, "-1.5E-07"),
            (2.9999999999999987, "2.9999999999999987E+00"),
            (1e100, "1E+100"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(exponent(value), text);
        }
    }

    #[test]
    fn fuzzy_values_are_neighbours_and_nothing_equals_no_number() {
        let (exact, fuzzy) = (FloatComparison::Exact, FloatComparison::Fuzzy);
        assert!(is_equal(3.0, 3.0, exact) && !is_equal(3.0, 3.0000000000000004, exact));
        assert!(is_equal(3.0, 3.0000000000000004, fuzzy));
        assert!(is_equal(3.0, 2.9999999999999996, fuzzy));
        assert!(!is_equal(3.0, 3.000000000000001, fuzzy));
        assert!(!is_equal(f64::NAN, f64::NAN, fuzzy));
    }
}
