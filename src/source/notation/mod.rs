//! Series as unit tests write them: `up{job="a"} 1 2 _ 3+2x5 stale {{schema:0 count:3}}x2`.
//!
//! ```text
//! series    = labels { blank item }
//! item      = "_" [ "x" N ]                          a gap, or N of them
//!           | value [ [ sign number ] "x" N ]        N + 1 values, each the one before plus number
//!           | histogram [ [ sign histogram ] "x" N ]
//! value     = [ sign ] number | "stale"
//! histogram = "{{" { key ":" setting } "}}"
//! ```
//!
//! (Source: Prometheus, `promql/parser`, series descriptions; shared by promtool's unit tests
//! and promqltest.)

mod cursor;
mod histogram;
mod starts;
#[cfg(test)]
mod tests;

pub use histogram::format_histogram;
pub use starts::parse_start_offsets;

use std::sync::Arc;

use cursor::Cursor;

use crate::label::Labels;
use crate::promql::syntax::ast::PositionRange;
use crate::promql::syntax::{ParseError, parse_metric};
use crate::sample::{Histogram, Value, stale_marker};

/// How many values one series may have.
pub const MAX_VALUES: usize = 1_000_000;
/// How many buckets the histograms that one series adds up may have together.
pub const MAX_BUCKETS: usize = 4_000_000;

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesNotation {
    /// Its labels.
    pub labels: Labels,
    /// Its values, one interval apart; `None` is a gap.
    pub values: Vec<Option<NotedValue>>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct NotedValue {
    /// The value.
    pub value: Value,
    /// Whether the histogram's counter-reset hint was written: expectations compare it then.
    pub hint_written: bool,
}

/// What is wrong with a text, and where.
struct Fault {
    range: PositionRange,
    message: String,
}

type Noted<T> = Result<T, Fault>;

/// Parses one series. The error's texts follow Prometheus'.
pub fn parse_series(text: &str) -> Result<SeriesNotation, ParseError> {
    let (labels, end) = parse_metric(text)?;
    let values = parse_values(text, end)
        .map_err(|fault| ParseError::new(text, fault.range, fault.message))?;
    Ok(SeriesNotation { labels, values })
}

fn parse_values(text: &str, from: usize) -> Noted<Vec<Option<NotedValue>>> {
    let mut cursor = Cursor::new(text, from);
    let (mut values, mut buckets) = (Vec::new(), 0);
    loop {
        let separated = cursor.skip_blanks();
        if cursor.at_end() {
            return Ok(values);
        }
        if !separated {
            return cursor.unexpected("series values");
        }
        item(&mut cursor, &mut values, &mut buckets)?;
    }
}

fn item(
    cursor: &mut Cursor<'_>,
    values: &mut Vec<Option<NotedValue>>,
    buckets: &mut usize,
) -> Noted<()> {
    if cursor.accept("{{") {
        return histogram_item(cursor, values, buckets);
    }
    if cursor.accept("_") {
        let gaps = cursor.repetitions()?.unwrap_or(1);
        room(cursor, values, gaps)?;
        values.resize(values.len() + gaps, None);
        return Ok(());
    }
    let first = value(cursor)?;
    let increment = match cursor.sign() {
        Some(negative) => Some(signed(cursor.number()?, negative)),
        None => None,
    };
    let more = match (cursor.repetitions()?, increment) {
        (Some(more), _) => more,
        (None, None) => 0,
        (None, Some(_)) => return cursor.unexpected("series values"),
    };
    room(cursor, values, more)?;
    let mut current = first;
    for _ in 0..=more {
        values.push(Some(NotedValue { value: Value::Float(current), hint_written: false }));
        if let Some(increment) = increment {
            current += increment;
        }
    }
    Ok(())
}

/// A number, or the stale marker.
fn value(cursor: &mut Cursor<'_>) -> Noted<f64> {
    match cursor.sign() {
        Some(negative) => Ok(signed(cursor.number()?, negative)),
        None if cursor.accept_word("stale") => Ok(stale_marker()),
        None => cursor.number(),
    }
}

fn signed(value: f64, negative: bool) -> f64 {
    if negative { -value } else { value }
}

fn histogram_item(
    cursor: &mut Cursor<'_>,
    values: &mut Vec<Option<NotedValue>>,
    buckets: &mut usize,
) -> Noted<()> {
    let mut hint_written = false;
    let first = histogram::parse(cursor, &mut hint_written)?;
    let increment = match cursor.sign() {
        Some(negative) if cursor.accept("{{") => {
            Some((histogram::parse(cursor, &mut hint_written)?, negative))
        }
        Some(_) => return cursor.unexpected("series values"),
        None => None,
    };
    let more = match (cursor.repetitions()?, &increment) {
        (Some(more), _) => more,
        (None, None) => 0,
        (None, Some(_)) => return cursor.unexpected("series values"),
    };
    room(cursor, values, more)?;
    if let Some((increment, _)) = &increment {
        let each = bucket_count(&first) + bucket_count(increment);
        *buckets = buckets.saturating_add(each.saturating_mul(more));
        if *buckets > MAX_BUCKETS {
            return cursor.fail(format!("a series may add up at most {MAX_BUCKETS} buckets"));
        }
    }
    let mut current = Arc::new(first);
    for index in 0..=more {
        if let Some((increment, negative)) = &increment
            && index > 0
        {
            current = Arc::new(combined(cursor, &current, increment, *negative)?);
        }
        let value = Value::Histogram(Arc::clone(&current));
        values.push(Some(NotedValue { value, hint_written }));
    }
    Ok(())
}

fn bucket_count(histogram: &Histogram) -> usize {
    histogram.positive_buckets.len() + histogram.negative_buckets.len()
}

/// A histogram plus or minus another, whose buckets must not be coarser.
fn combined(
    cursor: &Cursor<'_>,
    current: &Histogram,
    increment: &Histogram,
    negative: bool,
) -> Noted<Histogram> {
    if current.schema > increment.schema {
        let (from, to) = (increment.schema, current.schema);
        let what = "error combining histograms: cannot merge from schema";
        return cursor.fail(format!("{what} {from} to {to}"));
    }
    let joined = if negative { current.minus(increment) } else { current.plus(increment) };
    match joined {
        Ok(joined) => Ok(joined.histogram),
        Err(error) => cursor.fail(error.to_string()),
    }
}

/// Refuses what would make a series longer than it may be.
fn room(cursor: &Cursor<'_>, values: &[Option<NotedValue>], more: usize) -> Noted<()> {
    if more < MAX_VALUES - values.len().min(MAX_VALUES) {
        return Ok(());
    }
    cursor.fail(format!("a series may have at most {MAX_VALUES} values"))
}
