//! Reading times by Go's layouts.

use std::sync::Arc;

use super::super::value::Moment;
use super::layout::{Element, MONTHS, OffsetForm, WEEKDAYS, next};

/// What was read so far; what a layout does not mention is as in Go's zero time.
struct Reading {
    year: i16,
    month: i8,
    day: i8,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    afternoon: Option<bool>,
    offset: i64,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            year: 0,
            month: 1,
            day: 1,
            year_day: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            afternoon: None,
            offset: 0,
        }
    }
}

/// Reads a text that is written as the layout shows; times without an offset are in UTC.
///
/// # Errors
/// Says which part of the text does not fit.
pub(in crate::template) fn parse(layout: &str, text: &str) -> Result<Moment, String> {
    let fail = |rest: &str| {
        let (layout, text) = (crate::template::quote(layout), crate::template::quote(text));
        format!("parsing time {text} as {layout}: cannot parse {}", crate::template::quote(rest))
    };
    let mut reading = Reading::default();
    let (mut pattern, mut rest) = (layout, text);
    while let Some((before, element, behind)) = next(pattern) {
        rest = literal(rest, before).ok_or_else(|| fail(rest))?;
        rest = reading.element(rest, element, behind).ok_or_else(|| fail(rest))?;
        pattern = behind;
    }
    match literal(rest, pattern) {
        Some("") => reading.moment().ok_or_else(|| fail(text)),
        _ => Err(fail(rest)),
    }
}

fn literal<'a>(text: &'a str, expected: &str) -> Option<&'a str> {
    text.strip_prefix(expected)
}

impl Reading {
    fn element<'a>(&mut self, text: &'a str, element: Element, behind: &str) -> Option<&'a str> {
        match element {
            Element::LongYear => number(text, 4, 4, &mut self.year),
            Element::Year => {
                let rest = number(text, 2, 2, &mut self.year)?;
                self.year += if self.year >= 69 { 1900 } else { 2000 };
                Some(rest)
            }
            Element::LongMonth => name(text, &MONTHS, 9, &mut self.month),
            Element::Month => name(text, &MONTHS, 3, &mut self.month),
            Element::NumberMonth => number(text, 1, 2, &mut self.month),
            Element::ZeroMonth => number(text, 2, 2, &mut self.month),
            Element::LongWeekday => name(text, &WEEKDAYS, 9, &mut 0),
            Element::Weekday => name(text, &WEEKDAYS, 3, &mut 0),
            Element::Day => number(text, 1, 2, &mut self.day),
            Element::SpaceDay => {
                number(text.strip_prefix(' ').unwrap_or(text), 1, 2, &mut self.day)
            }
            Element::ZeroDay => number(text, 2, 2, &mut self.day),
            Element::ZeroYearDay | Element::SpaceYearDay => {
                let mut day = 0;
                let rest = number(text.trim_start(), 1, 3, &mut day)?;
                self.year_day = Some(day);
                Some(rest)
            }
            Element::Hour => number(text, 2, 2, &mut self.hour),
            Element::Hour12 => number(text, 1, 2, &mut self.hour),
            Element::ZeroHour12 => number(text, 2, 2, &mut self.hour),
            Element::Minute => number(text, 1, 2, &mut self.minute),
            Element::ZeroMinute => number(text, 2, 2, &mut self.minute),
            Element::Second => self.seconds(text, 1, behind),
            Element::ZeroSecond => self.seconds(text, 2, behind),
            Element::HalfDay { .. } => self.half(text),
            Element::Zone => zone_name(text),
            Element::Offset(form) => self.offset(text, form),
            Element::Fraction { digits, trimmed, .. } => self.fraction(text, digits, trimmed),
        }
    }

    /// Seconds, and a fraction even where the layout shows none, as Go reads them.
    fn seconds<'a>(&mut self, text: &'a str, least: usize, behind: &str) -> Option<&'a str> {
        let rest = number(text, least, 2, &mut self.second)?;
        if matches!(next(behind), Some(("", Element::Fraction { .. }, _))) {
            return Some(rest);
        }
        Some(self.fraction(rest, 0, true).unwrap_or(rest))
    }

    fn fraction<'a>(&mut self, text: &'a str, digits: usize, trimmed: bool) -> Option<&'a str> {
        let Some(rest) = text.strip_prefix(['.', ',']) else {
            return trimmed.then_some(text);
        };
        let count = rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 || (!trimmed && count != digits) {
            return None;
        }
        let nine = format!("{:0<9}", &rest[..count.min(9)]);
        self.nanos = nine.parse().ok()?;
        Some(&rest[count..])
    }

    fn half<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (half, rest) = text.split_at_checked(2)?;
        self.afternoon = Some(match half {
            "AM" | "am" => false,
            "PM" | "pm" => true,
            _ => return None,
        });
        Some(rest)
    }

    fn offset<'a>(&mut self, text: &'a str, form: OffsetForm) -> Option<&'a str> {
        if form.zulu
            && let Some(rest) = text.strip_prefix('Z')
        {
            return Some(rest);
        }
        let sign = match text.chars().next()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let mut rest = &text[1..];
        let mut total = 0;
        for (part, scale) in [3600, 60, 1].into_iter().enumerate().take(form.parts) {
            if part > 0 {
                rest = rest.strip_prefix(form.colon)?;
            }
            let mut value = 0_i16;
            rest = number(rest, 2, 2, &mut value)?;
            total += i64::from(value) * scale;
        }
        self.offset = sign * total;
        Some(rest)
    }

    fn moment(&self) -> Option<Moment> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let date = match self.year_day {
            Some(day) => jiff::civil::Date::new(self.year, 1, 1)
                .ok()?
                .with()
                .day_of_year(day)
                .build()
                .ok()?,
            None => jiff::civil::Date::new(self.year, self.month, self.day).ok()?,
        };
        let time = jiff::civil::Time::new(hour, self.minute, self.second, self.nanos).ok()?;
        let stamp = jiff::tz::TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Moment {
            seconds: stamp.as_second() - self.offset - i64::from(stamp.subsec_nanosecond() < 0),
            nanos: i64::from(stamp.subsec_nanosecond()).rem_euclid(1_000_000_000),
            zone: Arc::from("UTC"),
        })
    }
}

/// Reads a number of `least..=most` digits.
fn number<'a, T: std::str::FromStr>(
    text: &'a str,
    least: usize,
    most: usize,
    value: &mut T,
) -> Option<&'a str> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    *value = text[..count].parse().ok()?;
    Some(&text[count..])
}

/// Reads a name, whole or its first letters, in any case; the value is its number from 1.
fn name<'a>(text: &'a str, names: &[&str], letters: usize, value: &mut i8) -> Option<&'a str> {
    for (index, name) in names.iter().enumerate() {
        let name = &name[..letters.min(name.len())];
        if let Some((start, rest)) = text.split_at_checked(name.len())
            && start.eq_ignore_ascii_case(name)
        {
            *value = index as i8 + 1;
            return Some(rest);
        }
    }
    None
}

/// Skips the name of a zone: three to five capitals, or an offset; it is read as UTC.
fn zone_name(text: &str) -> Option<&str> {
    let count = text.bytes().take_while(|byte| byte.is_ascii_uppercase()).count();
    (3..=5).contains(&count).then(|| &text[count..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_their_layout_shows() {
        for (layout, text, seconds, nanos) in [
            ("2006-01-02", "2024-02-29", 1_709_164_800, 0),
            ("2006-01-02T15:04:05Z07:00", "2024-02-29T12:00:00Z", 1_709_208_000, 0),
            (
                "2006-01-02T15:04:05Z07:00",
                "2024-02-29T12:00:00.25+01:00",
                1_709_204_400,
                250_000_000,
            ),
            ("Jan _2 2006 3:04PM", "feb 29 2024 1:30PM", 1_709_213_400, 0),
            ("15:04:05.000", "00:00:01.500", -62_167_219_199, 500_000_000),
            ("Mon, 02 Jan 2006 15:04:05 MST", "Thu, 29 Feb 2024 12:00:00 UTC", 1_709_208_000, 0),
            ("2006 002", "2024 060", 1_709_164_800, 0),
        ] {
            let moment = parse(layout, text).map(|moment| (moment.seconds, moment.nanos));
            assert_eq!(moment, Ok((seconds, nanos)), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (layout, text) in [
            ("2006-01-02", "2024-02-30"),
            ("2006-01-02", "2024-2-3"),
            ("2006-01-02", "2024-02-03 "),
            ("15:04", "25:00"),
            ("Jan", "Foo"),
            ("-0700", "+1"),
        ] {
            assert!(parse(layout, text).is_err(), "{text}");
        }
    }
}
