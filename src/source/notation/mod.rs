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

/// One series as it is written, not written out: `0+1x1000000` is one item.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesItems {
    /// Its labels.
    pub labels: Labels,
    /// What follows one after the other.
    pub items: Vec<Item>,
}

/// Values one interval apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// So many gaps.
    Gaps(usize),
    /// So many numbers.
    Floats {
        /// The first of them.
        first: f64,
        /// What each has more than the one before; without it all are the same.
        increment: Option<f64>,
        /// How many.
        count: usize,
    },
    /// A histogram.
    Histogram {
        /// The histogram.
        histogram: Arc<Histogram>,
        /// See [`NotedValue::hint_written`].
        hint_written: bool,
    },
}

/// What is wrong with a text, and where.
struct Fault {
    range: PositionRange,
    message: String,
}

type Noted<T> = Result<T, Fault>;

/// Parses one series. The error's texts follow Prometheus'.
pub fn parse_series(text: &str) -> Result<SeriesNotation, ParseError> {
    let SeriesItems { labels, items } = parse_items(text)?;
    let mut values = Vec::with_capacity(items.iter().map(Item::count).sum());
    items.iter().for_each(|item| item.each(|value| values.push(value)));
    Ok(SeriesNotation { labels, values })
}

/// The same without writing it out.
pub fn parse_items(text: &str) -> Result<SeriesItems, ParseError> {
    let (labels, end) = parse_metric(text)?;
    let items = parse_values(text, end)
        .map_err(|fault| ParseError::new(text, fault.range, fault.message))?;
    Ok(SeriesItems { labels, items })
}

impl Item {
    /// How many values it stands for.
    pub fn count(&self) -> usize {
        match self {
            Item::Gaps(count) | Item::Floats { count, .. } => *count,
            Item::Histogram { .. } => 1,
        }
    }

    /// Its values one after the other; `None` is a gap.
    pub fn each(&self, mut take: impl FnMut(Option<NotedValue>)) {
        match self {
            Item::Gaps(count) => (0..*count).for_each(|_| take(None)),
            Item::Floats { first, increment, count } => {
                let mut current = *first;
                for _ in 0..*count {
                    let value = Value::Float(current);
                    take(Some(NotedValue { value, hint_written: false }));
                    if let Some(increment) = increment {
                        current += increment;
                    }
                }
            }
            Item::Histogram { histogram, hint_written } => {
                let value = Value::Histogram(Arc::clone(histogram));
                take(Some(NotedValue { value, hint_written: *hint_written }));
            }
        }
    }
}

/// The items so far.
#[derive(Default)]
struct Items {
    items: Vec<Item>,
    /// How many values they stand for.
    values: usize,
    /// How many buckets have been added up.
    buckets: usize,
}

impl Items {
    fn push(&mut self, item: Item) {
        self.values += item.count();
        if item.count() > 0 {
            self.items.push(item);
        }
    }
}

fn parse_values(text: &str, from: usize) -> Noted<Vec<Item>> {
    let mut cursor = Cursor::new(text, from);
    let mut items = Items::default();
    loop {
        let separated = cursor.skip_blanks();
        if cursor.at_end() {
            return Ok(items.items);
        }
        if !separated {
            return cursor.unexpected("series values");
        }
        item(&mut cursor, &mut items)?;
    }
}

fn item(cursor: &mut Cursor<'_>, items: &mut Items) -> Noted<()> {
    if cursor.accept("{{") {
        return histogram_item(cursor, items);
    }
    if cursor.accept("_") {
        let gaps = cursor.repetitions()?.unwrap_or(1);
        room(cursor, items, gaps)?;
        items.push(Item::Gaps(gaps));
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
    room(cursor, items, more)?;
    items.push(Item::Floats { first, increment, count: more + 1 });
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

fn histogram_item(cursor: &mut Cursor<'_>, items: &mut Items) -> Noted<()> {
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
    room(cursor, items, more)?;
    if let Some((increment, _)) = &increment {
        let each = bucket_count(&first) + bucket_count(increment);
        items.buckets = items.buckets.saturating_add(each.saturating_mul(more));
        if items.buckets > MAX_BUCKETS {
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
        items.push(Item::Histogram { histogram: Arc::clone(&current), hint_written });
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
fn room(cursor: &Cursor<'_>, items: &Items, more: usize) -> Noted<()> {
    if more < MAX_VALUES - items.values.min(MAX_VALUES) {
        return Ok(());
    }
    cursor.fail(format!("a series may have at most {MAX_VALUES} values"))
}
