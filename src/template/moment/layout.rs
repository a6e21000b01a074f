//! Go's time layouts: a text that shows how the reference time
//! `Mon Jan 2 15:04:05 MST 2006` would be written. (Source: Go docs, package `time`.)

use std::fmt::Write as _;

use super::super::value::Moment;
use super::{Clock, clock};

/// An element of a layout.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    LongYear,
    Year,
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    /// `PM` or `pm`.
    HalfDay {
        upper: bool,
    },
    Zone,
    Offset(OffsetForm),
    /// `.000` (kept) or `.999` (trailing zeros dropped), with its separator.
    Fraction {
        separator: char,
        digits: usize,
        trimmed: bool,
    },
}

/// `-0700` and its kin.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct OffsetForm {
    /// Whether `Z` stands for UTC.
    pub(super) zulu: bool,
    /// What stands between the parts.
    pub(super) colon: &'static str,
    /// How many parts there are: hours, minutes, seconds.
    pub(super) parts: usize,
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const fn offset(zulu: bool, colon: &'static str, parts: usize) -> Element {
    Element::Offset(OffsetForm { zulu, colon, parts })
}

const OFFSETS: [(&str, Element); 10] = [
    ("-07:00:00", offset(false, ":", 3)),
    ("-070000", offset(false, "", 3)),
    ("-07:00", offset(false, ":", 2)),
    ("-0700", offset(false, "", 2)),
    ("-07", offset(false, "", 1)),
    ("Z07:00:00", offset(true, ":", 3)),
    ("Z070000", offset(true, "", 3)),
    ("Z07:00", offset(true, ":", 2)),
    ("Z0700", offset(true, "", 2)),
    ("Z07", offset(true, "", 1)),
];

/// Simple elements, the longer of two that begin alike first.
const ELEMENTS: [(&str, Element); 23] = [
    ("January", Element::LongMonth),
    ("Jan", Element::Month),
    ("Monday", Element::LongWeekday),
    ("Mon", Element::Weekday),
    ("MST", Element::Zone),
    ("2006", Element::LongYear),
    ("002", Element::ZeroYearDay),
    ("__2", Element::SpaceYearDay),
    ("_2", Element::SpaceDay),
    ("01", Element::ZeroMonth),
    ("02", Element::ZeroDay),
    ("03", Element::ZeroHour12),
    ("04", Element::ZeroMinute),
    ("05", Element::ZeroSecond),
    ("06", Element::Year),
    ("15", Element::Hour),
    ("PM", Element::HalfDay { upper: true }),
    ("pm", Element::HalfDay { upper: false }),
    ("1", Element::NumberMonth),
    ("2", Element::Day),
    ("3", Element::Hour12),
    ("4", Element::Minute),
    ("5", Element::Second),
];

/// The text before the first element of a layout, the element, and the text behind it.
pub(super) fn next(layout: &str) -> Option<(&str, Element, &str)> {
    layout.char_indices().find_map(|(index, _)| {
        let (element, length) = element_at(layout, index)?;
        Some((&layout[..index], element, &layout[index + length..]))
    })
}

fn element_at(layout: &str, index: usize) -> Option<(Element, usize)> {
    let rest = &layout[index..];
    if rest.starts_with("_2006") {
        return None;
    }
    if let Some((text, element)) = OFFSETS.iter().find(|(text, _)| rest.starts_with(text)) {
        return Some((*element, text.len()));
    }
    if rest.starts_with(['.', ',']) {
        return fraction_at(rest);
    }
    let (text, element) = ELEMENTS.iter().find(|(text, _)| rest.starts_with(text))?;
    let is_word = *element == Element::Month
        && rest[3..].starts_with(|c: char| c.is_ascii_lowercase())
        || *element == Element::Weekday && rest[3..].starts_with(|c: char| c.is_ascii_lowercase());
    (!is_word).then_some((*element, text.len()))
}

/// `.000` or `,999`: one digit repeated, and no digit behind it.
fn fraction_at(rest: &str) -> Option<(Element, usize)> {
    let separator = rest.chars().next()?;
    let digit = rest[1..].chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let digits = rest[1..].chars().take_while(|c| *c == digit).count();
    if rest[1 + digits..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((Element::Fraction { separator, digits, trimmed: digit == '9' }, digits + 1))
}

/// A moment, written as the layout shows.
pub(in crate::template) fn format(moment: &Moment, layout: &str) -> String {
    let clock = clock(moment);
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some((before, element, behind)) = next(rest) {
        out.push_str(before);
        write_element(&mut out, &clock, element);
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn write_element(out: &mut String, clock: &Clock, element: Element) {
    let at = &clock.local;
    let month = MONTHS[(at.month() as usize).saturating_sub(1).min(11)];
    let weekday = WEEKDAYS[at.weekday().to_sunday_zero_offset() as usize % 7];
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let _ = match element {
        Element::LongYear => write!(out, "{:04}", at.year()),
        Element::Year => write!(out, "{:02}", at.year().rem_euclid(100)),
        Element::LongMonth => out.write_str(month),
        Element::Month => out.write_str(&month[..3]),
        Element::NumberMonth => write!(out, "{}", at.month()),
        Element::ZeroMonth => write!(out, "{:02}", at.month()),
        Element::LongWeekday => out.write_str(weekday),
        Element::Weekday => out.write_str(&weekday[..3]),
        Element::Day => write!(out, "{}", at.day()),
        Element::SpaceDay => write!(out, "{:2}", at.day()),
        Element::ZeroDay => write!(out, "{:02}", at.day()),
        Element::SpaceYearDay => write!(out, "{:3}", at.day_of_year()),
        Element::ZeroYearDay => write!(out, "{:03}", at.day_of_year()),
        Element::Hour => write!(out, "{:02}", at.hour()),
        Element::Hour12 => write!(out, "{hour12}"),
        Element::ZeroHour12 => write!(out, "{hour12:02}"),
        Element::Minute => write!(out, "{}", at.minute()),
        Element::ZeroMinute => write!(out, "{:02}", at.minute()),
        Element::Second => write!(out, "{}", at.second()),
        Element::ZeroSecond => write!(out, "{:02}", at.second()),
        Element::HalfDay { upper } => out.write_str(match (at.hour() < 12, upper) {
            (true, true) => "AM",
            (false, true) => "PM",
            (true, false) => "am",
            (false, false) => "pm",
        }),
        Element::Zone => write_zone(out, clock),
        Element::Offset(form) => write_offset(out, clock.offset, form),
        Element::Fraction { separator, digits, trimmed } => {
            write_fraction(out, at.subsec_nanosecond(), separator, digits, trimmed)
        }
    };
}

fn write_zone(out: &mut String, clock: &Clock) -> std::fmt::Result {
    if clock.zone.is_empty() {
        let parts = if clock.offset % 3600 == 0 { 1 } else { 2 };
        return write_offset(out, clock.offset, OffsetForm { zulu: false, colon: "", parts });
    }
    out.write_str(&clock.zone)
}

fn write_offset(out: &mut String, offset: i32, form: OffsetForm) -> std::fmt::Result {
    if form.zulu && offset == 0 {
        return out.write_str("Z");
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let magnitude = offset.unsigned_abs();
    write!(out, "{sign}{:02}", magnitude / 3600)?;
    for part in [magnitude / 60 % 60, magnitude % 60].iter().take(form.parts - 1) {
        write!(out, "{}{part:02}", form.colon)?;
    }
    Ok(())
}

fn write_fraction(
    out: &mut String,
    nanos: i32,
    separator: char,
    digits: usize,
    trimmed: bool,
) -> std::fmt::Result {
    let all = format!("{nanos:09}");
    let kept = &all[..digits.min(9)];
    let kept = if trimmed { kept.trim_end_matches('0') } else { kept };
    if kept.is_empty() {
        return Ok(());
    }
    write!(out, "{separator}{kept}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanos: i64, zone: &str) -> Moment {
        Moment { seconds, nanos, zone: zone.into() }
    }

    #[test]
    fn layouts_show_what_go_shows() {
        let moment = at(1_136_214_245, 123_400_000, "UTC");
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z"),
            ("2006-01-02 15:04:05.999999999 -0700 MST", "2006-01-02 15:04:05.1234 +0000 UTC"),
            ("Mon, 02 Jan 2006 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 UTC"),
            ("Monday, 02-Jan-06 3:04PM", "Monday, 02-Jan-06 3:04PM"),
            ("January _2 002 __2 03 pm", "January  2 002   2 03 pm"),
            ("15h 4m 5.000s", "15h 4m 5.123s"),
            ("15:04:05,000000", "15:04:05,123400"),
            ("no element: x", "no element: x"),
            ("Month Janus", "Month Janus"),
        ] {
            assert_eq!(format(&moment, layout), text, "{layout}");
        }
    }

    #[test]
    fn zones_have_their_names_and_offsets() {
        let paris = at(1_136_214_245, 0, "Europe/Paris");
        assert_eq!(
            format(&paris, "15:04 MST -0700 -07:00 Z07:00"),
            "16:04 CET +0100 +01:00 +01:00"
        );
        let kolkata = at(1_136_214_245, 0, "America/Sao_Paulo");
        assert_eq!(format(&kolkata, "15:04 MST -07"), "13:04 -02 -02");
    }

    #[test]
    fn the_zero_time_is_the_year_one() {
        assert_eq!(super::super::rfc3339(&Moment::zero()), "0001-01-01T00:00:00Z");
    }
}
