//! Dates and times in and out: RFC 3339 and what Go's programs make of it.

use super::calendar::{date_from_days, days_from_date, days_in_month};
use super::{Detail, Timestamp, quoted_bytes};

/// Go's zero time, `0001-01-01T00:00:00Z`: what "not set" is written as.
pub const GO_ZERO: Timestamp = Timestamp::from_millis(-62_135_596_800_000);

/// Why a text is not a date and time, in Go's words for the last layout tried, the bare date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parsing time {}{problem}", quoted_bytes(.text))]
pub struct DateTimeError {
    text: String,
    problem: String,
}

/// Reads a date and time in any layout that Alertmanager's API takes: RFC 3339 with or without
/// fraction, zone colon or zone, with `T` or a space, without seconds, or a bare date. No zone
/// means UTC, the empty text is the epoch, and fractions are cut to milliseconds.
/// (Source: `go-openapi/strfmt`, `ParseDateTime`.)
pub fn parse(text: &str) -> Result<Timestamp, DateTimeError> {
    parse_detailed(text).map(|(at, _)| at)
}

/// As [`parse`], with what milliseconds in UTC leave out. Digits beyond the ninth are cut.
pub fn parse_detailed(text: &str) -> Result<(Timestamp, Detail), DateTimeError> {
    if text.is_empty() {
        return Ok((Timestamp::from_millis(0), Detail::default()));
    }
    read(text).ok_or_else(|| DateTimeError { text: text.to_owned(), problem: problem(text) })
}

/// As [`parse_detailed`], and Go's zero time is `None`: not set.
pub fn parse_optional(text: &str) -> Result<Option<(Timestamp, Detail)>, DateTimeError> {
    let (at, detail) = parse_detailed(text)?;
    Ok((at != GO_ZERO || detail.nanos() > 0).then_some((at, detail)))
}

/// Reads RFC 3339 alone: seconds and a zone are needed. `None` when the text is not that.
pub fn parse_strict(text: &str) -> Option<Timestamp> {
    let mut cursor = Cursor { rest: text };
    let date = cursor.date()?;
    cursor.literal('T')?;
    let (time, _) = cursor.time()?;
    let zone = cursor.zone()?;
    let strict = zone.colon && time.seconds_written && cursor.rest.is_empty();
    strict.then(|| moment(date, &time, zone.offset_minutes).0)
}

fn read(text: &str) -> Option<(Timestamp, Detail)> {
    let mut cursor = Cursor { rest: text };
    let date = cursor.date()?;
    if cursor.rest.is_empty() {
        return Some(moment(date, &TimeOfDay::default(), 0));
    }
    let spaced = cursor.literal(' ').is_some();
    if !spaced {
        cursor.literal('T')?;
    }
    let (time, fraction_digits) = cursor.time()?;
    let zone = if cursor.rest.is_empty() { None } else { Some(cursor.zone()?) };
    let allowed = match &zone {
        None => true,
        Some(_) if spaced => false,
        Some(zone) if !time.seconds_written => zone.letter,
        Some(zone) if zone.colon => true,
        Some(_) => matches!(fraction_digits, 3 | 6),
    };
    if !allowed || !cursor.rest.is_empty() || spaced && !time.seconds_written {
        return None;
    }
    Some(moment(date, &time, zone.map_or(0, |zone| zone.offset_minutes)))
}

fn moment(days: i64, time: &TimeOfDay, offset_minutes: i32) -> (Timestamp, Detail) {
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - i64::from(offset_minutes);
    let millis =
        minutes * 60_000 + i64::from(time.second) * 1000 + i64::from(time.nanos / 1_000_000);
    let at = Timestamp::from_millis(days * DAY_MILLIS + millis);
    (at, Detail::new(time.nanos, offset_minutes))
}

const DAY_MILLIS: i64 = 86_400_000;

#[derive(Default)]
struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
    seconds_written: bool,
    /// The fraction of the second.
    nanos: u32,
}

struct Zone {
    /// Minutes east of UTC.
    offset_minutes: i32,
    /// Whether it is `Z`.
    letter: bool,
    /// Whether it is `Z` or has a colon.
    colon: bool,
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn literal(&mut self, character: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(character)?;
        Some(())
    }

    fn number(&mut self, digits: usize) -> Option<u16> {
        let head = self.rest.get(..digits)?;
        if !head.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = &self.rest[digits..];
        head.parse().ok()
    }

    fn two(&mut self, below: u8) -> Option<u8> {
        let number = u8::try_from(self.number(2)?).ok()?;
        (number < below).then_some(number)
    }

    /// A date, as days from the epoch.
    fn date(&mut self) -> Option<i64> {
        let year = i64::from(self.number(4)?);
        self.literal('-')?;
        let month = self.two(13)?;
        self.literal('-')?;
        let day = self.two(32)?;
        let exists = month > 0 && (1..=days_in_month(year, month)).contains(&day);
        exists.then(|| days_from_date(year, month, day))
    }

    /// The time of day, and how many digits its fraction has.
    fn time(&mut self) -> Option<(TimeOfDay, usize)> {
        let hour = self.hour()?;
        self.literal(':')?;
        let minute = self.two(60)?;
        if self.literal(':').is_none() {
            return Some((TimeOfDay { hour, minute, ..TimeOfDay::default() }, 0));
        }
        let second = self.two(60)?;
        let (nanos, digits) = self.fraction();
        Some((TimeOfDay { hour, minute, second, seconds_written: true, nanos }, digits))
    }

    /// Go takes an hour of one digit too.
    fn hour(&mut self) -> Option<u8> {
        if self.rest.as_bytes().get(1) == Some(&b':') {
            return self.number(1).map(|hour| hour as u8);
        }
        self.two(24)
    }

    /// The nanoseconds of a fraction, and how many digits it has. Go takes a comma for a point.
    fn fraction(&mut self) -> (u32, usize) {
        let Some(after) = self.rest.strip_prefix(['.', ',']) else { return (0, 0) };
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return (0, 0);
        }
        let nanos = (0..9).fold(0, |nanos, place| {
            let digit = if place < digits { after.as_bytes()[place] - b'0' } else { 0 };
            nanos * 10 + u32::from(digit)
        });
        self.rest = &after[digits..];
        (nanos, digits)
    }

    fn zone(&mut self) -> Option<Zone> {
        if self.literal('Z').is_some() {
            return Some(Zone { offset_minutes: 0, letter: true, colon: true });
        }
        let sign = match self.rest.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.rest = &self.rest[1..];
        let hours = self.two(25)?;
        let colon = self.literal(':').is_some();
        let minutes = self.two(61)?;
        let offset_minutes = sign * (i32::from(hours) * 60 + i32::from(minutes));
        Some(Zone { offset_minutes, letter: false, colon })
    }
}

/// What Go says about a text that is not of the layout `2006-01-02`.
fn problem(text: &str) -> String {
    let mut cursor = Cursor { rest: text };
    let pieces: [(&str, usize); 5] = [("2006", 4), ("-", 0), ("01", 2), ("-", 0), ("02", 2)];
    for (piece, digits) in pieces {
        let before = cursor.rest;
        let read = match digits {
            0 => cursor.literal('-').map(|()| 0),
            _ => cursor.number(digits),
        };
        match read {
            None => {
                return format!(
                    " as \"2006-01-02\": cannot parse {} as \"{piece}\"",
                    quoted_bytes(before)
                );
            }
            Some(0 | 13..) if piece == "01" => return ": month out of range".to_owned(),
            Some(_) => {}
        }
    }
    if !cursor.rest.is_empty() {
        return format!(": extra text: {}", quoted_bytes(cursor.rest));
    }
    ": day out of range".to_owned()
}

/// UTC with three fraction digits: `2006-01-02T15:04:05.000Z`.
pub fn millis(at: Timestamp) -> String {
    if let Some(text) = millis_bytes(at) {
        return text.iter().copied().map(char::from).collect();
    }
    let (mut text, millis) = to_seconds(at, 'T');
    text.push('.');
    push_padded(&mut text, millis, 3);
    text.push('Z');
    text
}

/// As [`millis`], for years of four digits; without an allocation.
pub fn millis_bytes(at: Timestamp) -> Option<[u8; 24]> {
    let (days, rest) = (at.millis().div_euclid(DAY_MILLIS), at.millis().rem_euclid(DAY_MILLIS));
    let (year, month, day) = date_from_days(days);
    let year = u32::try_from(year).ok().filter(|year| *year < 10_000)?;
    let rest = rest as u32; // less than a day
    let mut text = *b"0000-00-00T00:00:00.000Z";
    for (place, number) in [
        (0, year / 100),
        (2, year % 100),
        (5, u32::from(month)),
        (8, u32::from(day)),
        (11, rest / 3_600_000),
        (14, rest / 60_000 % 60),
        (17, rest / 1000 % 60),
        (20, rest % 1000 / 10),
    ] {
        text[place] += (number / 10) as u8;
        text[place + 1] += (number % 10) as u8;
    }
    text[22] += (rest % 10) as u8;
    Some(text)
}

/// With three fraction digits and the offset it was written with: `2006-01-02T15:04:05.000+02:00`,
/// `Z` for UTC.
pub fn millis_in_zone(at: Timestamp, detail: Detail) -> String {
    let mut text = millis(at + detail.offset());
    text.pop();
    push_zone(&mut text, detail.offset_minutes());
    text
}

/// UTC with as many fraction digits as needed, perhaps none: Go's `RFC3339Nano`.
pub fn nano(at: Timestamp) -> String {
    let (mut text, millis) = to_seconds(at, 'T');
    push_fraction(&mut text, millis);
    text.push('Z');
    text
}

/// As [`nano`], with what milliseconds in UTC leave out: `2006-01-02T15:04:05.000001+02:00`.
pub fn nano_in_zone(at: Timestamp, detail: Detail) -> String {
    let (mut text, millis) = to_seconds(at + detail.offset(), 'T');
    let nanos = millis * 1_000_000 + i64::from(detail.nanos());
    if nanos > 0 {
        text.push('.');
        push_padded(&mut text, nanos, 9);
        text.truncate(text.trim_end_matches('0').len());
    }
    push_zone(&mut text, detail.offset_minutes());
    text
}

/// As Go prints a UTC time by default: `2022-01-25 12:36:43.5 +0000 UTC`.
pub fn go_text(at: Timestamp) -> String {
    let (mut text, millis) = to_seconds(at, ' ');
    push_fraction(&mut text, millis);
    text.push_str(" +0000 UTC");
    text
}

/// Date, separator and time of the day, and the milliseconds that remain.
fn to_seconds(at: Timestamp, separator: char) -> (String, i64) {
    let (days, rest) = (at.millis().div_euclid(DAY_MILLIS), at.millis().rem_euclid(DAY_MILLIS));
    let (year, month, day) = date_from_days(days);
    let mut text = String::with_capacity(32);
    if year < 0 {
        text.push('-');
    }
    push_padded(&mut text, year.abs(), 4);
    for (separator, part) in [
        ('-', i64::from(month)),
        ('-', i64::from(day)),
        (separator, rest / 3_600_000),
        (':', rest / 60_000 % 60),
        (':', rest / 1000 % 60),
    ] {
        text.push(separator);
        push_padded(&mut text, part, 2);
    }
    (text, rest % 1000)
}

/// Writes `+02:00`, or `Z` for UTC.
fn push_zone(text: &mut String, minutes: i32) {
    if minutes == 0 {
        return text.push('Z');
    }
    text.push(if minutes < 0 { '-' } else { '+' });
    push_padded(text, i64::from(minutes.abs() / 60), 2);
    text.push(':');
    push_padded(text, i64::from(minutes.abs() % 60), 2);
}

/// Writes at least that many digits.
fn push_padded(text: &mut String, number: i64, digits: u32) {
    let ahead = number / 10;
    if digits > 1 || ahead > 0 {
        push_padded(text, ahead, digits.saturating_sub(1));
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Writes `.5`, or nothing for none.
fn push_fraction(text: &mut String, millis: i64) {
    if millis > 0 {
        text.push('.');
        push_padded(text, millis, 3);
        text.truncate(text.trim_end_matches('0').len());
    }
}

#[cfg(test)]
mod tests;
