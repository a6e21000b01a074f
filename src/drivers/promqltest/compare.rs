//! What was expected against what came.

use std::collections::BTreeMap;

use super::report::{Failure, Row};
use super::script::{Eval, Wanted, When};
use crate::label::Labels;
use crate::promql::{AnswerValue, Grid, VectorElement};
use crate::sample::{Histogram, SeriesSet, Value, format_shortest, is_stale};
use crate::source::notation::{NotedValue, format_histogram};
use crate::time::Timestamp;

/// How far two values may be apart, relative to their sum.
const TOLERANCE: f64 = 1e-6;

/// What is expected at some moments, by labels.
type Expected<'a> = BTreeMap<&'a Labels, Vec<(Timestamp, &'a NotedValue)>>;

/// What came, by labels.
type Got<'a> = BTreeMap<&'a Labels, Vec<(Timestamp, Value)>>;

/// Compares the value of an answer with what is expected.
pub(super) fn compare(eval: &Eval, value: &AnswerValue) -> Result<(), Box<Failure>> {
    match (&eval.expected.value, value) {
        (Wanted::Scalar(expected), AnswerValue::Scalar { value, .. }) => single(
            format_shortest(*expected),
            format_shortest(*value),
            almost_equal(*expected, *value),
        ),
        (Wanted::String(expected), AnswerValue::String { text, .. }) => {
            single(expected.clone(), text.clone(), expected == text)
        }
        (Wanted::Series(expected), AnswerValue::Vector(elements)) => {
            let at = elements.first().map_or(Timestamp::default(), |element| element.at);
            if eval.expected.ordered {
                ordered(expected, elements)?;
            }
            let expected = expected.iter().map(|(labels, values)| {
                (labels, values.iter().flatten().map(|one| (at, one)).collect())
            });
            let mut got = Got::new();
            for element in elements {
                got.entry(&element.labels).or_default().push((at, element.value.clone()));
            }
            series(&expected.collect(), &got)
        }
        (Wanted::Series(expected), AnswerValue::Matrix(set)) => {
            sorted(set)?;
            let expected = on_grid(expected, moments(eval))?;
            let samples = |view: crate::sample::SeriesView<'_>| -> Vec<(Timestamp, Value)> {
                let samples = (0..view.times.len()).map(|index| view.sample(index));
                samples.map(|sample| (sample.at, sample.value)).collect()
            };
            let got = set.iter().map(|view| (view.labels, samples(view))).collect();
            series(&expected, &got)
        }
        (_, value) => {
            mismatch(format!("expected {}, got {}", wanted(eval), kind(value)), Vec::new())
        }
    }
}

/// The plain number of an element.
pub(super) fn plain_number(element: &VectorElement) -> Option<f64> {
    match element.value {
        Value::Float(value) => Some(value),
        Value::Histogram(_) => None,
    }
}

fn wanted(eval: &Eval) -> &'static str {
    match eval.expected.value {
        Wanted::Scalar(_) => "a scalar",
        Wanted::String(_) => "a string",
        Wanted::Series(_) => "series",
    }
}

fn kind(value: &AnswerValue) -> String {
    match value {
        AnswerValue::Scalar { value, .. } => format!("a scalar, {}", format_shortest(*value)),
        AnswerValue::String { text, .. } => format!("a string, {text:?}"),
        AnswerValue::Vector(elements) => format!("a vector of {} elements", elements.len()),
        AnswerValue::Matrix(set) => format!("a matrix of {} series", set.len()),
    }
}

fn mismatch<T>(message: impl Into<String>, rows: Vec<Row>) -> Result<T, Box<Failure>> {
    Err(Box::new(Failure { message: message.into(), rows, ..Failure::default() }))
}

fn single(expected: String, got: String, same: bool) -> Result<(), Box<Failure>> {
    if same {
        return Ok(());
    }
    mismatch("the value is not as expected", vec![Row { expected, got, same }])
}

/// The elements must come in the order of the lines.
fn ordered(
    expected: &[(Labels, Vec<Option<NotedValue>>)],
    elements: &[VectorElement],
) -> Result<(), Box<Failure>> {
    let wanted: Vec<&Labels> = expected.iter().map(|(labels, _)| labels).collect();
    let got: Vec<&Labels> = elements.iter().map(|element| &element.labels).collect();
    if wanted == got {
        return Ok(());
    }
    let text = |labels: &[&Labels], index: usize| {
        labels.get(index).map(ToString::to_string).unwrap_or_default()
    };
    let rows = (0..wanted.len().max(got.len())).map(|index| Row {
        expected: text(&wanted, index),
        got: text(&got, index),
        same: wanted.get(index) == got.get(index),
    });
    mismatch("the order is not as expected", rows.collect())
}

fn sorted(set: &SeriesSet) -> Result<(), Box<Failure>> {
    let labels: Vec<&Labels> = set.iter().map(|view| view.labels).collect();
    if labels.is_sorted() {
        return Ok(());
    }
    mismatch("series are not sorted by labels", Vec::new())
}

/// The moments of the values of a line.
fn moments(eval: &Eval) -> Grid {
    match (eval.expected.range_vector, eval.when) {
        (Some(grid), _) | (None, When::Range(grid)) => grid,
        (None, When::Instant(at)) => Grid::instant(at),
    }
}

fn on_grid(
    expected: &[(Labels, Vec<Option<NotedValue>>)],
    grid: Grid,
) -> Result<Expected<'_>, Box<Failure>> {
    let mut all = Expected::new();
    for (labels, values) in expected {
        if values.len() > grid.steps() {
            let (values, steps) = (values.len(), grid.steps());
            return mismatch(
                format!("{labels}: {values} values expected at {steps} moments"),
                Vec::new(),
            );
        }
        let there = values.iter().enumerate();
        let there = there.filter_map(|(index, value)| Some((grid.at(index), value.as_ref()?)));
        all.insert(labels, there.collect());
    }
    Ok(all)
}

/// Each label set must be on both sides, with the same values at the same moments.
fn series(expected: &Expected<'_>, got: &Got<'_>) -> Result<(), Box<Failure>> {
    let mut labels: Vec<&Labels> = expected.keys().chain(got.keys()).copied().collect();
    labels.sort();
    labels.dedup();
    let rows: Vec<Row> =
        labels.into_iter().map(|one| row(one, expected.get(one), got.get(one))).collect();
    if rows.iter().all(|row| row.same) {
        return Ok(());
    }
    mismatch("the result is not as expected", rows)
}

fn row(
    labels: &Labels,
    expected: Option<&Vec<(Timestamp, &NotedValue)>>,
    got: Option<&Vec<(Timestamp, Value)>>,
) -> Row {
    let same = match (expected, got) {
        (Some(expected), Some(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .zip(got)
                    .all(|((at, noted), (time, value))| at == time && same_value(noted, value))
        }
        _ => false,
    };
    let text = |samples: Option<Vec<(Timestamp, String)>>| {
        samples.map_or(String::new(), |samples| shown(labels, &samples))
    };
    Row {
        expected: text(
            expected.map(|all| all.iter().map(|(at, one)| (*at, value_text(&one.value))).collect()),
        ),
        got: text(got.map(|all| all.iter().map(|(at, one)| (*at, value_text(one))).collect())),
        same,
    }
}

fn shown(labels: &Labels, samples: &[(Timestamp, String)]) -> String {
    let mut text = labels.to_string();
    let many = samples.len() > 1;
    for (at, value) in samples {
        text.push(' ');
        text.push_str(value);
        if many {
            text.push_str(&format!("@{}", at.millis()));
        }
    }
    text
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Float(value) if is_stale(*value) => "stale".to_owned(),
        Value::Float(value) => format_shortest(*value),
        Value::Histogram(histogram) => format_histogram(histogram),
    }
}

fn same_value(expected: &NotedValue, got: &Value) -> bool {
    match (&expected.value, got) {
        (Value::Float(expected), Value::Float(got)) => almost_equal(*expected, *got),
        (Value::Histogram(wanted), Value::Histogram(got)) => {
            let same_hint = wanted.counter_reset == got.counter_reset;
            (same_hint || !expected.hint_written) && almost_same(wanted, got)
        }
        _ => false,
    }
}

fn almost_same(expected: &Histogram, got: &Histogram) -> bool {
    let (mut expected, mut got) = (expected.clone(), got.clone());
    expected.compact();
    got.compact();
    let lists = |a: &[f64], b: &[f64]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| almost_equal(*a, *b))
    };
    expected.schema == got.schema
        && almost_equal(expected.count, got.count)
        && almost_equal(expected.sum, got.sum)
        && expected.custom_bounds == got.custom_bounds
        && expected.zero_threshold == got.zero_threshold
        && almost_equal(expected.zero_count, got.zero_count)
        && expected.positive_spans == got.positive_spans
        && expected.negative_spans == got.negative_spans
        && lists(&expected.positive_buckets, &got.positive_buckets)
        && lists(&expected.negative_buckets, &got.negative_buckets)
}

/// Equal up to the tolerance; not-a-number equals itself, the stale marker only itself.
/// (Source: Prometheus, `util/almost`.)
fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a == b || a.is_nan() && b.is_nan() {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}
