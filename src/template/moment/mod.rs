//! Time as Go's package `time` shows it.

mod layout;
mod parse;

pub(super) use layout::format;
pub(super) use parse::parse;

use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};

use crate::time::Timestamp;

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

/// The offset of a zone that is nothing else, `+02:00`.
fn fixed(name: &str) -> Option<Offset> {
    let east = match name.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = name[1..].split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Offset::from_seconds(east * seconds).ok()
}

/// The zone of a moment.
pub(super) fn zone_of(moment: &Moment) -> Result<TimeZone, String> {
    fixed(&moment.zone).map_or_else(|| zone(&moment.zone), |offset| Ok(offset.to_time_zone()))
}

/// What Go calls the zone of a moment: one that is only an offset has no name.
pub(super) fn location(moment: &Moment) -> &str {
    if fixed(&moment.zone).is_some() { "" } else { &moment.zone }
}

/// A moment as a layout of Go's shows it, in a zone by its IANA name or as an offset, `+02:00`.
pub fn show_time(at: Timestamp, zone: &str, layout: &str) -> String {
    let moment = Moment { zone: Arc::from(zone), ..Moment::utc(at) };
    format(&moment, layout)
}

/// Date, time of day and zone of a moment; beyond what calendars cover it is the nearest
/// moment they do.
pub(super) fn clock(moment: &Moment) -> Clock {
    let stamp = jiff::Timestamp::new(moment.seconds, moment.nanos as i32)
        .unwrap_or(if moment.seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX });
    if let Some(offset) = fixed(&moment.zone) {
        let local = offset.to_datetime(stamp);
        let zone = moment.zone.replace(':', "");
        return Clock { local, offset: offset.seconds(), zone };
    }
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
