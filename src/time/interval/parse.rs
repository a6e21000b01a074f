//! From the configuration's texts to ranges, with the checks and words of the field.

use super::{DayRange, MonthRange, TimeRange, WeekdayRange, YearRange};
use crate::template::quote;

/// Why a part of a time interval was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// A range has more than one colon.
    #[error("couldn't parse range {0}, invalid format")]
    RangeFormat(String),
    /// Not a whole number.
    #[error("strconv.Atoi: parsing {}: {problem}", quote(.text))]
    Number {
        /// What was written.
        text: String,
        /// Go's word for what is wrong with it.
        problem: &'static str,
    },
    /// Not a day's English name.
    #[error("{0} is not a valid weekday")]
    Weekday(String),
    /// Neither a month's English name nor a number.
    #[error("{0} is not a valid month")]
    Month(String),
    /// A range of weekdays that would wrap around.
    #[error("start day cannot be before end day")]
    WeekdayOrder,
    /// A day of the month that no month has.
    #[error("{0} is not a valid day of the month: out of range")]
    Day(i64),
    /// From the end of the month to its beginning.
    #[error("end day must be negative if start day is negative")]
    DaySigns,
    /// No month has such a range.
    #[error("end day {end} is always before start day {start}")]
    DayOrder {
        /// First day.
        start: i64,
        /// Last day.
        end: i64,
    },
    /// A range of months that would wrap around.
    #[error("end month {end} is before start month {start}")]
    MonthOrder {
        /// First month.
        start: &'static str,
        /// Last month.
        end: &'static str,
    },
    /// A range of years that ends before it begins.
    #[error("end year {end} is before start year {start}")]
    YearOrder {
        /// First year.
        start: i64,
        /// Last year.
        end: i64,
    },
    /// Not a time of the day of the form `HH:MM`.
    #[error("couldn't parse timestamp {0}, invalid format")]
    TimeFormat(String),
    /// Only one of two times is there.
    #[error("both start and end times must be provided")]
    TimeMissing,
    /// A range of times that would wrap around or is empty.
    #[error("start time cannot be equal or greater than end time")]
    TimeOrder,
    /// A path instead of a zone's name.
    #[error("time: invalid location name")]
    LocationName,
    /// A name that the time zone database lacks.
    #[error("unknown time zone {0}")]
    UnknownZone(String),
}

/// The days as they are written, Sunday first.
pub(super) const WEEKDAYS: [&str; 7] =
    ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl TimeRange {
    /// From `start_time` (in it) to `end_time` (not in it), each `HH:MM` or `24:00`; an empty
    /// text is a time that was not given.
    pub fn parse(start_time: &str, end_time: &str) -> Result<TimeRange, IntervalError> {
        if start_time.is_empty() || end_time.is_empty() {
            return Err(IntervalError::TimeMissing);
        }
        let (start, end) = (minute_of_day(start_time)?, minute_of_day(end_time)?);
        if start >= end {
            return Err(IntervalError::TimeOrder);
        }
        Ok(TimeRange { start, end })
    }
}

impl WeekdayRange {
    /// A day's English name in any case, or two with a colon between them.
    pub fn parse(text: &str) -> Result<WeekdayRange, IntervalError> {
        let (start, end) = bounds(text, weekday)?;
        if start > end {
            return Err(IntervalError::WeekdayOrder);
        }
        Ok(WeekdayRange { start, end })
    }
}

impl DayRange {
    /// A day of the month, 1 to 31 or -31 to -1 (from the end), or two with a colon between.
    pub fn parse(text: &str) -> Result<DayRange, IntervalError> {
        let (start, end) = bounds(text, number)?;
        for day in [start, end] {
            if day == 0 || !(-31..=31).contains(&day) {
                return Err(IntervalError::Day(day));
            }
        }
        if start < 0 && end > 0 {
            return Err(IntervalError::DaySigns);
        }
        let in_shortest_month = |day: i64| if day < 0 { 28 + day } else { day };
        if in_shortest_month(start) > in_shortest_month(end) {
            return Err(IntervalError::DayOrder { start, end });
        }
        Ok(DayRange { start: start as i8, end: end as i8 })
    }
}

impl MonthRange {
    /// A month's English name in any case or its number, or two with a colon between them.
    pub fn parse(text: &str) -> Result<MonthRange, IntervalError> {
        let (start, end) = bounds(text, month)?;
        if start > end {
            let (start, end) = (month_name(start), month_name(end));
            return Err(IntervalError::MonthOrder { start, end });
        }
        Ok(MonthRange { start, end })
    }
}

impl YearRange {
    /// A year, or two with a colon between them.
    pub fn parse(text: &str) -> Result<YearRange, IntervalError> {
        let (start, end) = bounds(text, number)?;
        if start > end {
            return Err(IntervalError::YearOrder { start, end });
        }
        Ok(YearRange { start, end })
    }
}

/// One bound, or two with a colon between them.
fn bounds<T: Copy>(
    text: &str,
    bound: impl Fn(&str) -> Result<T, IntervalError>,
) -> Result<(T, T), IntervalError> {
    let text = text.to_lowercase();
    match text.split_once(':') {
        None => bound(&text).map(|only| (only, only)),
        Some((_, rest)) if rest.contains(':') => Err(IntervalError::RangeFormat(text)),
        Some((start, end)) => Ok((bound(start)?, bound(end)?)),
    }
}

fn weekday(text: &str) -> Result<u8, IntervalError> {
    let position = WEEKDAYS.iter().position(|name| *name == text);
    position.map(|day| day as u8).ok_or_else(|| IntervalError::Weekday(text.to_owned()))
}

fn month(text: &str) -> Result<i64, IntervalError> {
    if let Some(index) = MONTHS.iter().position(|name| *name == text) {
        return Ok(index as i64 + 1);
    }
    number(text).map_err(|_| IntervalError::Month(text.to_owned()))
}

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("")
}

/// A whole number as Go's `Atoi` reads it.
fn number(text: &str) -> Result<i64, IntervalError> {
    text.parse().map_err(|_| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let problem = if is_number { "value out of range" } else { "invalid syntax" };
        IntervalError::Number { text: text.to_owned(), problem }
    })
}

fn minute_of_day(text: &str) -> Result<u16, IntervalError> {
    let invalid = || IntervalError::TimeFormat(text.to_owned());
    let &[h1, h2, b':', m1, m2] = text.as_bytes() else { return Err(invalid()) };
    if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
        return Err(invalid());
    }
    let two = |tens: u8, ones: u8| u16::from(tens - b'0') * 10 + u16::from(ones - b'0');
    let (hour, minute) = (two(h1, h2), two(m1, m2));
    match (hour, minute) {
        (24, 0) | (0..24, 0..60) => Ok(hour * 60 + minute),
        _ => Err(invalid()),
    }
}
