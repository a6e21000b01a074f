//! The ranges of a time interval: what lies in them, and how they are written.

use std::fmt;

use super::parse::WEEKDAYS;

/// Times of a day in minutes since midnight: the start is in it, the end is not.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct TimeRange {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Days of the week, both ends in it; Sunday is 0.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct WeekdayRange {
    pub(super) start: u8,
    pub(super) end: u8,
}

/// Days of the month, both ends in it; negative days count from the end of the month.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct DayRange {
    pub(super) start: i8,
    pub(super) end: i8,
}

/// Months, both ends in it; January is 1. Numbers beyond 12 are taken and never match.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct MonthRange {
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Years, both ends in it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct YearRange {
    pub(super) start: i64,
    pub(super) end: i64,
}

impl TimeRange {
    pub(super) fn contains(self, minute: u16) -> bool {
        (self.start..self.end).contains(&minute)
    }

    /// The start as `HH:MM`.
    pub fn start_text(self) -> String {
        clock(self.start)
    }

    /// The end as `HH:MM`, perhaps `24:00`.
    pub fn end_text(self) -> String {
        clock(self.end)
    }
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl WeekdayRange {
    pub(super) fn contains(self, weekday: u8) -> bool {
        (self.start..=self.end).contains(&weekday)
    }
}

impl DayRange {
    /// A range that begins after the end of the month is skipped; else what sticks out of the
    /// month is cut off.
    pub(super) fn contains(self, day: i8, last_day: i8) -> bool {
        let from_front = |bound: i8| if bound < 0 { last_day + bound + 1 } else { bound };
        let (start, end) = (from_front(self.start), from_front(self.end));
        start <= last_day && (start..=end.min(last_day)).contains(&day)
    }
}

impl MonthRange {
    pub(super) fn contains(self, month: i64) -> bool {
        (self.start..=self.end).contains(&month)
    }
}

impl YearRange {
    pub(super) fn contains(self, year: i64) -> bool {
        (self.start..=self.end).contains(&year)
    }
}

impl fmt::Display for WeekdayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: u8| WEEKDAYS[usize::from(day)];
        write_range(f, name(self.start), name(self.end))
    }
}

impl fmt::Display for DayRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_range(f, self.start, self.end)
    }
}

impl fmt::Display for MonthRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_range(f, self.start, self.end)
    }
}

impl fmt::Display for YearRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_range(f, self.start, self.end)
    }
}

fn write_range<T: fmt::Display + PartialEq>(
    f: &mut fmt::Formatter<'_>,
    start: T,
    end: T,
) -> fmt::Result {
    if start == end { write!(f, "{start}") } else { write!(f, "{start}:{end}") }
}
