//! Histograms in the notation: `{{schema:1 count:5 sum:8.5 buckets:[1 2] offset:-1}}`.

use super::cursor::Cursor;
use super::{Noted, signed};
use crate::sample::{CounterReset, Histogram, format_shortest};
use crate::template::quote;

/// The widest gap between two runs of buckets that is written out.
const MAX_GAP: usize = 10_000;

/// Every key there is.
const KEYS: [&str; 11] = [
    "schema",
    "sum",
    "count",
    "z_bucket",
    "z_bucket_w",
    "custom_values",
    "buckets",
    "offset",
    "n_buckets",
    "n_offset",
    "counter_reset_hint",
];

/// Parses what follows `{{`, the closing braces included. Tells whether the counter-reset hint
/// was written.
pub(super) fn parse(cursor: &mut Cursor<'_>, hint_written: &mut bool) -> Noted<Histogram> {
    let mut histogram = Histogram::default();
    let (mut offset, mut negative_offset) = (0, 0);
    let mut seen = Vec::new();
    *hint_written = false;
    loop {
        cursor.skip_blanks();
        if cursor.accept("}}") {
            histogram.positive_spans = span(offset, &histogram.positive_buckets);
            histogram.negative_spans = span(negative_offset, &histogram.negative_buckets);
            return Ok(histogram);
        }
        let key = key(cursor)?;
        if seen.contains(&key) {
            return cursor.fail(format!("duplicate key {} in histogram", quote(key)));
        }
        seen.push(key);
        match key {
            "schema" => histogram.schema = integer(cursor)?,
            "sum" => histogram.sum = number(cursor)?,
            "count" => histogram.count = number(cursor)?,
            "z_bucket" => histogram.zero_count = number(cursor)?,
            "z_bucket_w" => histogram.zero_threshold = number(cursor)?,
            "custom_values" => histogram.custom_bounds = numbers(cursor)?,
            "buckets" => histogram.positive_buckets = numbers(cursor)?,
            "n_buckets" => histogram.negative_buckets = numbers(cursor)?,
            "offset" => offset = integer(cursor)?,
            "n_offset" => negative_offset = integer(cursor)?,
            _ => {
                *hint_written = true;
                histogram.counter_reset = hint(cursor)?;
            }
        }
    }
}

/// Writes a histogram in the notation; what is zero, or unknown, is left out.
/// (Source: Prometheus, `FloatHistogram.TestExpression`.)
pub fn format_histogram(histogram: &Histogram) -> String {
    let mut parts = Vec::new();
    if histogram.schema != 0 {
        parts.push(format!("schema:{}", histogram.schema));
    }
    for (key, value) in [
        ("count", histogram.count),
        ("sum", histogram.sum),
        ("z_bucket", histogram.zero_count),
        ("z_bucket_w", histogram.zero_threshold),
    ] {
        if value != 0.0 {
            parts.push(format!("{key}:{}", format_shortest(value)));
        }
    }
    if histogram.is_custom() {
        parts.push(format!("custom_values:{}", list(&histogram.custom_bounds)));
    }
    match histogram.counter_reset {
        CounterReset::Unknown => {}
        CounterReset::Reset => parts.push("counter_reset_hint:reset".to_owned()),
        CounterReset::NotReset => parts.push("counter_reset_hint:not_reset".to_owned()),
        CounterReset::Gauge => parts.push("counter_reset_hint:gauge".to_owned()),
    }
    let positive = (&histogram.positive_spans, &histogram.positive_buckets);
    let negative = (&histogram.negative_spans, &histogram.negative_buckets);
    for (prefix, (spans, counts)) in [("", positive), ("n_", negative)] {
        let (offset, counts) = one_run(spans, counts);
        if !counts.is_empty() {
            if offset != 0 {
                parts.push(format!("{prefix}offset:{offset}"));
            }
            parts.push(format!("{prefix}buckets:{}", list(&counts)));
        }
    }
    format!("{{{{{}}}}}", parts.join(" "))
}

/// `[1 2.5]`
fn list(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().copied().map(format_shortest).collect();
    format!("[{}]", texts.join(" "))
}

/// All runs as one, gaps filled with empty buckets; empty buckets at the edges are left out.
fn one_run(spans: &[(i32, u32)], counts: &[f64]) -> (i32, Vec<f64>) {
    let (mut offset, mut all, mut counts) = (0, Vec::new(), counts.iter());
    for (index, (gap, length)) in spans.iter().enumerate() {
        if index == 0 {
            offset = *gap;
        } else {
            let gap = usize::try_from(*gap).unwrap_or(0).min(MAX_GAP);
            all.resize(all.len() + gap, 0.0);
        }
        all.extend(counts.by_ref().take(*length as usize).copied());
    }
    while all.last() == Some(&0.0) {
        all.pop();
    }
    let empty = all.iter().take_while(|count| **count == 0.0).count();
    (offset.saturating_add(empty as i32), all.split_off(empty))
}

/// One run of buckets.
fn span(offset: i32, buckets: &[f64]) -> Vec<(i32, u32)> {
    if buckets.is_empty() { Vec::new() } else { vec![(offset, buckets.len() as u32)] }
}

fn key(cursor: &mut Cursor<'_>) -> Noted<&'static str> {
    let context = "histogram description, expected a key, e.g. buckets:[5 10 7]";
    // A word may hold colons; the key ends at the first one.
    let found = KEYS.iter().find(|key| cursor.accept(&format!("{key}:")));
    found.map_or_else(|| cursor.unexpected(context), |key| Ok(*key))
}

fn number(cursor: &mut Cursor<'_>) -> Noted<f64> {
    let negative = cursor.sign().unwrap_or(false);
    Ok(signed(cursor.number()?, negative))
}

fn integer(cursor: &mut Cursor<'_>) -> Noted<i32> {
    let value = number(cursor)?;
    if value.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&value) {
        return Ok(value as i32);
    }
    cursor.fail(format!("{value} is no whole number of 32 bits"))
}

/// `[1 2 3]`
fn numbers(cursor: &mut Cursor<'_>) -> Noted<Vec<f64>> {
    if !cursor.accept("[") {
        return cursor.unexpected("histogram description, expected \"[\"");
    }
    let mut numbers = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.accept("]") {
            return Ok(numbers);
        }
        numbers.push(number(cursor)?);
    }
}

fn hint(cursor: &mut Cursor<'_>) -> Noted<CounterReset> {
    match cursor.word() {
        "unknown" => Ok(CounterReset::Unknown),
        "reset" => Ok(CounterReset::Reset),
        "not_reset" => Ok(CounterReset::NotReset),
        "gauge" => Ok(CounterReset::Gauge),
        other => {
            let what = "is no counter reset hint: unknown, reset, not_reset, gauge";
            cursor.fail(format!("{} {what}", quote(other)))
        }
    }
}
