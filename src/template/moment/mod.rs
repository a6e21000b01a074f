//! Time as Go's package `time` shows it.

mod layout;
mod parse;

pub(super) use layout::format;
pub(super) use parse::parse;

use jiff::tz::TimeZone;

use super::value::Moment;

/// What a moment is in its zone.
pub(super) struct Clock {
    /// Date and time of day.
    pub(super) local: jiff::civil::DateTime,
    /// Seconds east of UTC.
    pub(super) offset: i32,
    /// The zone's name at that moment, `CET`; Go writes the offset where there is none.
    pub(super) zone: String,
}

/// A zone by its name in the IANA database; `UTC` and the empty name are UTC.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    match name {
        "" | "UTC" | "Local" => Ok(TimeZone::UTC),
        _ => TimeZone::get(name).map_err(|_| format!("unknown time zone {name}")),
    }
}

/// Date, time of day and zone of a moment; beyond what calendars cover it is the nearest
/// moment they do.
pub(super) fn clock(moment: &Moment) -> Clock {
    let stamp = jiff::Timestamp::new(moment.seconds, moment.nanos as i32)
        .unwrap_or(if moment.seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
    let zone = zone(&moment.zone).unwrap_or(TimeZone::UTC);
    let info = zone.to_offset_info(stamp);
    let name = info.abbreviation();
    Clock {
        local: info.offset().to_datetime(stamp),
        offset: info.offset().seconds(),
        zone: if name.starts_with(['+', '-']) { String::new() } else { name.to_owned() },
    }
}

/// `2006-01-02 15:04:05.999999999 -0700 MST`: how Go prints a time.
pub(super) fn text(moment: &Moment) -> String {
    format(moment, "2006-01-02 15:04:05.999999999 -0700 MST")
}

/// RFC 3339 with as many fraction digits as it takes: how Go's JSON writes a time.
pub(in crate::template) fn rfc3339(moment: &Moment) -> String {
    format(moment, "2006-01-02T15:04:05.999999999Z07:00")
}
