//! Durations as Prometheus writes them (`1h30m`) and as Go does (`1h2m3.5s`).

use super::{Span, quoted_bytes};
use crate::template::quote;

/// Why a text is not a duration, in the words of the two formats' authors.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Nothing was given where Prometheus' format is wanted.
    #[error("empty duration string")]
    Empty,
    /// Not of Prometheus' form: whole numbers with units `y w d h m s ms`, in this order, each
    /// at most once.
    #[error("not a valid duration string: {}", quote(.0))]
    Malformed(String),
    /// A unit that Prometheus' format lacks.
    #[error("unknown unit {} in duration {}", quote(.unit), quote(.text))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// More than a signed 64-bit count of nanoseconds holds, about 292 years.
    #[error("duration out of range")]
    OutOfRange,
    /// Not of Go's form.
    #[error("time: invalid duration {}", quoted_bytes(.0))]
    GoMalformed(String),
    /// A number without a unit where Go's form is wanted.
    #[error("time: missing unit in duration {}", quoted_bytes(.0))]
    GoMissingUnit(String),
    /// A unit that Go's form lacks.
    #[error("time: unknown unit {} in duration {}", quoted_bytes(.unit), quoted_bytes(.text))]
    GoUnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        text: String,
    },
}

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const YEAR: u64 = 365 * DAY;

/// Prometheus' units in nanoseconds, in the order in which a text must use them.
const PROMETHEUS_UNITS: [(&str, u64); 7] = [
    ("y", YEAR),
    ("w", WEEK),
    ("d", DAY),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", MILLISECOND),
];

/// Go's units in nanoseconds.
const GO_UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1000),
    ("µs", 1000),
    ("μs", 1000),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

/// What command-line flags take beside Go's units.
const LONG_UNITS: [(&str, u64); 3] = [("d", DAY), ("w", WEEK), ("y", YEAR)];

/// Reads Prometheus' format: `0`, or whole numbers with the units `y w d h m s ms` in this
/// order, each at most once; a year is 365 days. (Source: `prometheus/common/model`,
/// `ParseDuration`; error texts too.)
pub fn parse_prometheus(text: &str) -> Result<Span, DurationError> {
    match text {
        "" => return Err(DurationError::Empty),
        "0" => return Ok(Span::ZERO),
        _ => {}
    }
    let malformed = || DurationError::Malformed(text.to_owned());
    let (mut nanos, mut next_unit, mut rest) = (0_u64, 0, text);
    while !rest.is_empty() {
        let (digits, after) = split_while(rest, |byte| byte.is_ascii_digit());
        let (unit, after) = split_while(after, |byte| !byte.is_ascii_digit());
        let count: u64 = digits.parse().map_err(|_| malformed())?;
        let (index, size) = prometheus_unit(unit, text)?;
        if index < next_unit {
            return Err(malformed());
        }
        nanos = count
            .checked_mul(size)
            .and_then(|part| nanos.checked_add(part))
            .filter(|total| *total <= i64::MAX as u64)
            .ok_or(DurationError::OutOfRange)?;
        (next_unit, rest) = (index + 1, after);
    }
    Ok(Span::from_millis((nanos / MILLISECOND) as i64))
}

fn prometheus_unit(unit: &str, text: &str) -> Result<(usize, u64), DurationError> {
    if unit.is_empty() {
        return Err(DurationError::Malformed(text.to_owned()));
    }
    let position = PROMETHEUS_UNITS.iter().position(|(name, _)| *name == unit);
    let index = position.ok_or_else(|| DurationError::UnknownUnit {
        unit: unit.to_owned(),
        text: text.to_owned(),
    })?;
    Ok((index, PROMETHEUS_UNITS[index].1))
}

/// Writes Prometheus' format: largest unit first, years and weeks only where nothing remains
/// (`90d`, not `12w6d`); nothing is `0s`, a negative length begins with `-`.
pub fn format_prometheus(span: Span) -> String {
    let mut rest = span.millis().unsigned_abs();
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = if span.millis() < 0 { "-".to_owned() } else { String::new() };
    for (unit, size) in PROMETHEUS_UNITS {
        let size = size / MILLISECOND;
        let only_whole = size >= WEEK / MILLISECOND;
        let count = rest / size;
        if count > 0 && (!only_whole || rest.is_multiple_of(size)) {
            text.push_str(&format!("{count}{unit}"));
            rest -= count * size;
        }
    }
    text
}

/// Reads Go's format: a sign, then decimal numbers with the units `ns us ms s m h`, or `0`.
/// Counted exactly in nanoseconds, then cut to milliseconds; what is not nothing stays at
/// least a millisecond, so that a tiny deadline does not turn into none.
/// (Source: Go, `time.ParseDuration`; error texts too.)
pub fn parse_go(text: &str) -> Result<Span, DurationError> {
    parse_go_nanos(text).map(span_of_nanos)
}

/// Go's format in nanoseconds, as [`parse_go`] reads it.
pub fn parse_go_nanos(text: &str) -> Result<i64, DurationError> {
    parse_decimal(text, &[])
}

/// What a command-line flag takes: Go's format and, beside its units, `d`, `w` and `y` (a year
/// is 365 days). Every Prometheus duration is one.
pub fn parse_flag(text: &str) -> Result<Span, DurationError> {
    parse_decimal(text, &LONG_UNITS).map(span_of_nanos)
}

fn span_of_nanos(nanos: i64) -> Span {
    let millis = nanos / MILLISECOND as i64;
    Span::from_millis(if millis == 0 { nanos.signum() } else { millis })
}

fn parse_decimal(text: &str, more_units: &[(&str, u64)]) -> Result<i64, DurationError> {
    let malformed = || DurationError::GoMalformed(text.to_owned());
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    match rest {
        "0" => return Ok(0),
        "" => return Err(malformed()),
        _ => {}
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = split_while(rest, |byte| byte.is_ascii_digit());
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_while(after, |byte| byte.is_ascii_digit()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(malformed());
        }
        let (unit, after) = split_while(after, |byte| byte != b'.' && !byte.is_ascii_digit());
        let size = go_unit(unit, text, more_units)?;
        total = scaled(whole, fraction, size)
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(malformed)?;
        rest = after;
    }
    signed(total, negative).ok_or_else(malformed)
}

fn go_unit(unit: &str, text: &str, more_units: &[(&str, u64)]) -> Result<u64, DurationError> {
    if unit.is_empty() {
        return Err(DurationError::GoMissingUnit(text.to_owned()));
    }
    let known = GO_UNITS.iter().chain(more_units).find(|(name, _)| *name == unit);
    known.map(|(_, size)| *size).ok_or_else(|| DurationError::GoUnknownUnit {
        unit: unit.to_owned(),
        text: text.to_owned(),
    })
}

/// `whole.fraction` times `size`, cut to a whole number; `None` when it exceeds Go's range.
fn scaled(whole: &str, fraction: &str, size: u64) -> Option<u64> {
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let (mut part, mut scale) = (0_u64, 1.0);
    for digit in fraction.bytes() {
        let next = part.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        if next > 1 << 63 {
            break; // what Go's counter cannot hold does not show in nanoseconds
        }
        (part, scale) = (next, scale * 10.0);
    }
    let of_fraction = (part as f64 * (size as f64 / scale)) as u64;
    whole.checked_mul(size)?.checked_add(of_fraction)
}

fn signed(total: u64, negative: bool) -> Option<i64> {
    match (negative, i64::try_from(total)) {
        (true, Ok(total)) => Some(-total),
        (true, Err(_)) => Some(i64::MIN),
        (false, total) => total.ok(),
    }
}

fn split_while(text: &str, holds: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !holds(byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Writes a length as Go prints a duration: `1m30s`, `1h0m0s`, `1.5s`, `500ms`, `0s`.
pub fn format_go(span: Span) -> String {
    let sign = if span.millis() < 0 { "-" } else { "" };
    let millis = span.millis().unsigned_abs();
    if millis == 0 {
        return "0s".to_owned();
    }
    if millis < 1000 {
        return format!("{sign}{millis}ms");
    }
    let seconds = millis / 1000;
    let fraction = format!(".{:03}", millis % 1000);
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}{fraction}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}{fraction}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}{fraction}s"),
    }
}

#[cfg(test)]
mod tests;
