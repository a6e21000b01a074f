//! Time intervals: the hours and days in which a route is mute or active.
//! (Source: Alertmanager docs, "time_interval"; checks and texts of its `timeinterval` package.)
//!
//! The configuration reads a YAML mapping and calls the `parse` of each part; `Display` of a
//! part is what it is written as when a configuration is marshalled again.

mod parse;
mod range;

pub use parse::IntervalError;
pub use range::{DayRange, MonthRange, TimeRange, WeekdayRange, YearRange};

use jiff::tz::TimeZone;

use super::Timestamp;

/// One entry of a named time interval. Every field that is there must hold, in one of its
/// ranges; a field that is `None` always holds, one without ranges (`years: []`) never does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeInterval {
    /// Times of the day.
    pub times: Option<Vec<TimeRange>>,
    /// Days of the week.
    pub weekdays: Option<Vec<WeekdayRange>>,
    /// Days of the month.
    pub days_of_month: Option<Vec<DayRange>>,
    /// Months.
    pub months: Option<Vec<MonthRange>>,
    /// Years.
    pub years: Option<Vec<YearRange>>,
    /// Where the clock hangs that all this is read from; `None` is UTC.
    pub location: Option<Location>,
}

/// A time zone by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    name: String,
    zone: TimeZone,
}

impl Location {
    /// UTC.
    pub fn utc() -> Location {
        Location { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// The zone of the machine, which an edge has found out; its name is `Local`.
    pub fn local(zone: TimeZone) -> Location {
        Location { name: "Local".to_owned(), zone }
    }

    /// A zone of the IANA database built into the program (names are case-sensitive, as Go
    /// has them), `UTC`, the empty text for UTC, or `Local` for the one given.
    pub fn parse(name: &str, local: &Location) -> Result<Location, IntervalError> {
        match name {
            "" | "UTC" => return Ok(Location { name: name.to_owned(), ..Location::utc() }),
            "Local" => return Ok(Location { name: name.to_owned(), zone: local.zone.clone() }),
            _ => {}
        }
        if name.contains("..") || name.starts_with(['/', '\\']) {
            return Err(IntervalError::LocationName);
        }
        jiff::tz::TimeZoneDatabase::bundled()
            .get(name)
            .ok()
            .filter(|zone| zone.iana_name() == Some(name))
            .map(|zone| Location { name: name.to_owned(), zone })
            .ok_or_else(|| IntervalError::UnknownZone(name.to_owned()))
    }

    /// The name as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl TimeInterval {
    /// Whether the moment lies in the interval.
    pub fn contains(&self, at: Timestamp) -> bool {
        let Ok(stamp) = jiff::Timestamp::from_millisecond(at.millis()) else { return false };
        let zone = self.location.as_ref().map_or(TimeZone::UTC, |location| location.zone.clone());
        let local = zone.to_datetime(stamp);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let weekday = local.weekday().to_sunday_zero_offset() as u8;
        let (day, last_day) = (local.day(), local.days_in_month());
        any(&self.times, |range| range.contains(minute))
            && any(&self.days_of_month, |range| range.contains(day, last_day))
            && any(&self.months, |range| range.contains(i64::from(local.month())))
            && any(&self.weekdays, |range| range.contains(weekday))
            && any(&self.years, |range| range.contains(i64::from(local.year())))
    }
}

fn any<R>(ranges: &Option<Vec<R>>, holds: impl Fn(&R) -> bool) -> bool {
    ranges.as_ref().is_none_or(|ranges| ranges.iter().any(holds))
}

#[cfg(test)]
mod tests;
