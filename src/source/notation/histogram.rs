//! Histograms in the notation: `{{schema:1 count:5 sum:8.5 buckets:[1 2] offset:-1}}`.

use super::cursor::Cursor;
use super::{Noted, signed};
use crate::sample::{CounterReset, Histogram};
use crate::template::quote;

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
