//! When counters started, relative to each of their samples: `_ -30s-1mx2 0s *x3`.

use super::cursor::Cursor;
use super::{MAX_VALUES, Noted};
use crate::promql::syntax::ParseError;
use crate::time::Span;
use crate::time::duration::parse_prometheus;

/// Parses the start times of one series' samples: `_`, `_xN`, `d`, `dxN`, `d+exN`, `d-exN`,
/// with signed durations; `*` and `*xN` repeat the one before. `None`: unknown.
pub fn parse_start_offsets(text: &str) -> Result<Vec<Option<Span>>, ParseError> {
    parse(text).map_err(|fault| ParseError::new(text, fault.range, fault.message))
}

fn parse(text: &str) -> Noted<Vec<Option<Span>>> {
    let mut cursor = Cursor::new(text, 0);
    let mut offsets = Vec::new();
    loop {
        cursor.skip_blanks();
        if cursor.at_end() {
            return Ok(offsets);
        }
        let (first, increment) = if cursor.accept("_") {
            (None, None)
        } else if cursor.accept("*") {
            (Some(offsets.iter().rev().flatten().next().copied().unwrap_or(Span::ZERO)), None)
        } else {
            pair(&mut cursor)?
        };
        let repeated = cursor.repetitions()?;
        // A repeated gap counts its gaps, a repeated value those after the first.
        let count = match (first, repeated) {
            (None, repeated) => repeated.unwrap_or(1),
            (Some(_), repeated) => repeated.map_or(1, |more| more.saturating_add(1)),
        };
        if count > MAX_VALUES - offsets.len() {
            return cursor.fail(format!("a series may have at most {MAX_VALUES} values"));
        }
        let mut current = first;
        for _ in 0..count {
            offsets.push(current);
            current = current.map(|span| span + increment.unwrap_or(Span::ZERO));
        }
    }
}

/// A duration, and what is added to it at each repetition.
fn pair(cursor: &mut Cursor<'_>) -> Noted<(Option<Span>, Option<Span>)> {
    let negative = cursor.sign().unwrap_or(false);
    let first = duration(cursor, negative)?;
    match cursor.sign() {
        Some(negative) => Ok((Some(first), Some(duration(cursor, negative)?))),
        None => Ok((Some(first), None)),
    }
}

fn duration(cursor: &mut Cursor<'_>, negative: bool) -> Noted<Span> {
    let text = cursor.before_repetition();
    match parse_prometheus(text) {
        Ok(span) => Ok(if negative { span.times(-1) } else { span }),
        Err(error) => cursor.fail(error.to_string()),
    }
}
