//! Dates as the API writes them, as people write them on command lines, and as tables show them.

use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::template;
use crate::time::rfc3339::{self, GO_ZERO};
use crate::time::{Span, Timestamp};

/// A moment, and the offset from UTC that it was written with.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct DateTime {
    pub(super) at: Timestamp,
    /// Seconds east; `None` when it was written with `Z`.
    offset: Option<i32>,
}

impl DateTime {
    /// A moment in UTC.
    pub(super) fn utc(at: Timestamp) -> DateTime {
        DateTime { at, offset: None }
    }

    /// What stands for no date.
    pub(super) fn unset() -> DateTime {
        DateTime::utc(GO_ZERO)
    }

    /// Reads RFC 3339, as command lines have it.
    ///
    /// # Errors
    /// What is not that, in Go's words.
    pub(super) fn parse(text: &str) -> Result<DateTime, String> {
        let refused = || format!("parsing time {text:?}{}", complaint(text));
        let at = rfc3339::parse_strict(text).ok_or_else(refused)?;
        Ok(DateTime { at, offset: offset(text) })
    }

    /// The moment as a layout of Go's shows it. An offset that the place had at that moment has
    /// the place's name for it.
    pub(super) fn shown(&self, layout: &str, place: &TimeZone) -> String {
        let Some(offset) = self.offset else { return template::show_time(self.at, "UTC", layout) };
        let stamp = jiff::Timestamp::from_millisecond(self.at.millis()).unwrap_or_default();
        let own = place.to_offset(stamp).seconds() == offset;
        match place.iana_name().filter(|_| own) {
            Some(name) => template::show_time(self.at, name, layout),
            None => template::show_time(self.at, &offset_text(offset), layout),
        }
    }

    /// `2006-01-02T15:04:05.000Z`, or with an offset.
    fn written(&self) -> String {
        let Some(offset) = self.offset else { return rfc3339::millis(self.at) };
        let mut text = rfc3339::millis(self.at + Span::from_secs(i64::from(offset)));
        text.pop();
        text.push_str(&if offset == 0 { "Z".to_owned() } else { offset_text(offset) });
        text
    }
}

/// `+02:00`
fn offset_text(offset: i32) -> String {
    let (sign, size) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    format!("{sign}{:02}:{:02}", size / 3600, size / 60 % 60)
}

/// The offset at the end of a date, `+02:00` or `+0200`.
fn offset(text: &str) -> Option<i32> {
    let (_, time) = text.split_once(['T', 't', ' '])?;
    let sign = time.find(['+', '-'])?;
    let digits: String = time[sign + 1..].chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().unwrap_or(0) * 60;
    Some(if time[sign..].starts_with('-') { -seconds } else { seconds })
}

/// What Go objects to.
fn complaint(text: &str) -> String {
    const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
    let mut rest = text;
    for (piece, digits) in [
        ("2006", 4),
        ("-", 0),
        ("01", 2),
        ("-", 0),
        ("02", 2),
        ("T", 0),
        ("15", 2),
        (":", 0),
        ("04", 2),
        (":", 0),
        ("05", 2),
    ] {
        let is_number = |it: &&str| it.bytes().all(|byte| byte.is_ascii_digit());
        let taken = match digits {
            0 => rest.strip_prefix(piece),
            digits => rest.get(..digits).filter(is_number).map(|_| &rest[digits..]),
        };
        let Some(behind) = taken else {
            return format!(" as {LAYOUT:?}: cannot parse {rest:?} as {piece:?}");
        };
        let part = rest.get(..digits).and_then(|it| it.parse::<u32>().ok()).unwrap_or(1);
        let limit = match piece {
            "01" if part == 0 || part > 12 => Some("month"),
            "15" if part > 23 => Some("hour"),
            "04" if part > 59 => Some("minute"),
            "05" if part > 59 => Some("second"),
            _ => None,
        };
        if let Some(what) = limit {
            return format!(": {what} out of range");
        }
        rest = behind;
    }
    let fraction =
        rest.strip_prefix('.').map(|it| it.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = fraction.unwrap_or(rest);
    match offset(text).is_some() || zone == "Z" {
        true => ": day out of range".to_owned(),
        false => format!(" as {LAYOUT:?}: cannot parse {zone:?} as \"Z07:00\""),
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written())
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = rfc3339::parse(&text).map_err(D::Error::custom)?;
        Ok(DateTime { at, offset: offset(&text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_the_offset_they_were_written_with() {
        let check = |text: &str, written: &str, shown: &str| {
            let date: DateTime = serde_json::from_value(text.into()).unwrap();
            assert_eq!(serde_json::to_value(date).unwrap(), written, "{text}");
            let berlin = TimeZone::get("Europe/Berlin").unwrap();
            assert_eq!(date.shown("2006-01-02 15:04:05 MST", &berlin), shown, "{text}");
        };
        check("2026-11-22T21:00:48.654Z", "2026-11-22T21:00:48.654Z", "2026-11-22 21:00:48 UTC");
        check(
            "2026-11-22T21:00:48.654321+02:00",
            "2026-11-22T21:00:48.654+02:00",
            "2026-11-22 21:00:48 +0200",
        );
        check(
            "2026-11-22T21:00:48+01:00",
            "2026-11-22T21:00:48.000+01:00",
            "2026-11-22 21:00:48 CET",
        );
        check(
            "2026-07-22T21:00:48-03:30",
            "2026-07-22T21:00:48.000-03:30",
            "2026-07-22 21:00:48 -0330",
        );
        let unset = serde_json::to_value(DateTime::unset()).unwrap();
        assert_eq!(unset, "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn dates_on_command_lines_are_refused_in_gos_words() {
        let check = |text: &str, expected: &str| {
            let error = DateTime::parse(text).unwrap_err();
            assert_eq!(error, format!("parsing time {text:?}{expected}"));
        };
        let layout = " as \"2006-01-02T15:04:05Z07:00\": cannot parse ";
        check("x", &format!("{layout}\"x\" as \"2006\""));
        check("2026-1-1", &format!("{layout}\"1-1\" as \"01\""));
        check("2026-01-01 10:00:00Z", &format!("{layout}\" 10:00:00Z\" as \"T\""));
        check("2026-01-01T10:00:00", &format!("{layout}\"\" as \"Z07:00\""));
        check("2026-13-01T10:00:00Z", ": month out of range");
        check("2026-02-30T10:00:00Z", ": day out of range");
        check("2026-02-03T24:00:00Z", ": hour out of range");
        let good = DateTime::parse("2026-01-01T00:00:00.5+02:00").unwrap();
        assert_eq!(good.written(), "2026-01-01T00:00:00.500+02:00");
    }
}
