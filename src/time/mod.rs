//! Time as the pipeline sees it: milliseconds, always an argument, never read from a clock.

use std::fmt;
use std::ops::{Add, Sub};

/// A moment, in milliseconds since the Unix epoch (UTC, no leap seconds).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; negative lengths are allowed (`offset -5m`).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(i64);

impl Timestamp {
    /// The earliest representable moment; sums that would go below stay here.
    pub const MIN: Timestamp = Timestamp(i64::MIN);
    /// The latest representable moment; sums that would go beyond stay here.
    pub const MAX: Timestamp = Timestamp(i64::MAX);

    /// The moment that many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, with the milliseconds as fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// That many milliseconds.
    pub const fn from_millis(millis: i64) -> Span {
        Span(millis)
    }

    /// That many seconds; saturates instead of overflowing.
    pub const fn from_secs(seconds: i64) -> Span {
        Span(seconds.saturating_mul(1000))
    }

    /// That many minutes; saturates instead of overflowing.
    pub const fn from_mins(minutes: i64) -> Span {
        Span::from_secs(minutes.saturating_mul(60))
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The length in seconds, with the milliseconds as fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// This length that many times over; saturates instead of overflowing.
    pub const fn times(self, factor: i64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with three fraction digits, as Alertmanager's API writes times.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339::millis(*self))
    }
}

mod calendar;
mod detail;
pub mod duration;
pub mod interval;
pub mod rfc3339;

pub use detail::{Detail, Details};

/// How Go's `time` package quotes what it could not read: bytes outside of printable ASCII as
/// `\xHH`.
fn quoted_bytes(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' | 0x7f => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}
