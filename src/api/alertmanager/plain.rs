//! Bodies of alerts as clients mostly write them, read in one pass.
//!
//! Whatever is out of the ordinary (null, members that nobody knows, a fault) is left to the
//! reader that knows everything and has a word on what is wrong where; what is read here means
//! the same there.

use std::borrow::Cow;
use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::label::{Labels, PairList};
use crate::time::{Detail, Details, Timestamp, rfc3339};

use super::uri;

/// A moment that is set, or none.
type Moment = Option<(Timestamp, Detail)>;

/// The alerts of a body; nothing when it is to be read with more care.
pub(super) fn alerts(body: &[u8]) -> Option<Vec<PostedAlert>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader { scan: Scan { text, at: 0 }, ..Reader::default() };
    let mut alerts = Vec::new();
    reader.scan.expect(b'[')?;
    if reader.scan.next_is(b']') {
        return reader.scan.is_over().then_some(alerts);
    }
    loop {
        alerts.push(reader.alert()?);
        if !reader.scan.goes_on(b']')? {
            return reader.scan.is_over().then_some(alerts);
        }
    }
}

/// Where the reader is, and what alerts of one body often share.
#[derive(Default)]
struct Reader<'a> {
    scan: Scan<'a>,
    labels: PairList<'a>,
    annotations: PairList<'a>,
    starts_at: Remembered<'a, Moment>,
    ends_at: Remembered<'a, Moment>,
    generator_url: Remembered<'a, Arc<str>>,
}

/// The last text at a place, and what it came to.
#[derive(Default)]
struct Remembered<'a, T>(Option<(Cow<'a, str>, T)>);

/// The members of an alert so far.
#[derive(Default)]
struct Members {
    labels: Option<Labels>,
    annotations: Option<Labels>,
    starts_at: Option<Moment>,
    ends_at: Option<Moment>,
    generator_url: Option<Arc<str>>,
}

impl<'a> Reader<'a> {
    fn alert(&mut self) -> Option<PostedAlert> {
        let mut members = Members::default();
        self.scan.expect(b'{')?;
        loop {
            let name = self.scan.string()?;
            self.scan.expect(b':')?;
            self.member(&name, &mut members)?;
            if !self.scan.goes_on(b'}')? {
                return members.alert();
            }
        }
    }

    /// Reads a member's value; each may be there once.
    fn member(&mut self, name: &str, members: &mut Members) -> Option<()> {
        match name {
            "labels" => {
                pairs(&mut self.scan, &mut self.labels)?;
                once(&mut members.labels, self.labels.take_labels())
            }
            "annotations" => {
                pairs(&mut self.scan, &mut self.annotations)?;
                once(&mut members.annotations, self.annotations.take_texts())
            }
            "startsAt" => once(&mut members.starts_at, self.starts_at.of(self.scan.string()?, at)?),
            "endsAt" => once(&mut members.ends_at, self.ends_at.of(self.scan.string()?, at)?),
            "generatorURL" => {
                once(&mut members.generator_url, self.generator_url.of(self.scan.string()?, url)?)
            }
            _ => None,
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn at(text: &str) -> Option<Moment> {
    rfc3339::parse_optional(text).ok()
}

fn url(text: &str) -> Option<Arc<str>> {
    (text.is_empty() || uri::is_request_uri(text)).then(|| Arc::from(text))
}

fn pairs<'a>(scan: &mut Scan<'a>, list: &mut PairList<'a>) -> Option<()> {
    scan.expect(b'{')?;
    if scan.next_is(b'}') {
        return Some(());
    }
    loop {
        let name = scan.string()?;
        scan.expect(b':')?;
        list.push(name, scan.string()?);
        if !scan.goes_on(b'}')? {
            return Some(());
        }
    }
}

impl<'a, T: Clone> Remembered<'a, T> {
    /// What a text comes to, worked out once for texts that are the same as the one before.
    fn of(&mut self, text: Cow<'a, str>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        match &self.0 {
            Some((last, value)) if *last == text => Some(value.clone()),
            _ => {
                let value = read(&text)?;
                self.0 = Some((text, value.clone()));
                Some(value)
            }
        }
    }
}

impl Members {
    fn alert(self) -> Option<PostedAlert> {
        let (starts_at, ends_at) = (self.starts_at.flatten(), self.ends_at.flatten());
        Some(PostedAlert {
            labels: self.labels?,
            annotations: self.annotations.unwrap_or_default(),
            starts_at: starts_at.map(|(at, _)| at),
            ends_at: ends_at.map(|(at, _)| at),
            details: Details {
                starts: starts_at.map(|(_, detail)| detail).unwrap_or_default(),
                ends: ends_at.map(|(_, detail)| detail).unwrap_or_default(),
            },
            generator_url: self.generator_url.unwrap_or_default(),
        })
    }
}

/// A JSON text and a position in it.
#[derive(Default)]
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// Whether this byte follows, blanks before it aside; if so it is passed.
    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }

    /// Whether a comma follows, not this end.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        if self.next_is(b',') { Some(true) } else { self.expect(end).map(|()| false) }
    }

    /// Whether nothing follows but blanks.
    fn is_over(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.text.len()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// A string: borrowed, unless something in it is escaped.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let (start, bytes) = (self.at, self.text.as_bytes());
        let end = start + plain_length(&bytes[start..]);
        self.at = end + 1;
        match bytes.get(end)? {
            b'"' => Some(Cow::Borrowed(&self.text[start..end])),
            b'\\' => self.escaped(start, end).map(Cow::Owned),
            _ => None,
        }
    }

    /// A string that begins behind `start` and has its first escape at `escape`.
    fn escaped(&mut self, start: usize, escape: usize) -> Option<String> {
        let (bytes, mut at) = (self.text.as_bytes(), escape);
        while *bytes.get(at)? == b'\\' {
            at += 2;
            at += plain_length(bytes.get(at..)?);
        }
        self.at = at + 1;
        serde_json::from_str(&self.text[start - 1..=at]).ok()
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// How many bytes stand before the first quote, backslash or control character. Eight at a time:
/// of the high bits that a subtraction leaves, the lowest tells the truth.
fn plain_length(bytes: &[u8]) -> usize {
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGHS;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let found = equal(word, b'"') | equal(word, b'\\') | below(word, b' ');
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    at + bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at)
}

#[cfg(test)]
mod tests {
    use super::super::posted;
    use super::*;

    /// What the reader that knows everything makes of it.
    fn careful(body: &str) -> Option<Vec<PostedAlert>> {
        let raw: Option<Vec<_>> = serde_json::from_str(body).ok()?;
        posted::alerts(raw.unwrap_or_default()).ok()
    }

    #[test]
    fn ordinary_bodies_mean_what_they_mean_to_the_careful_reader() {
        for body in [
            "[]",
            " [ ] ",
            r#"[{"labels":{}}]"#,
            r#"[{"labels":{"b":"2","a":"1","a":"3","c":""},"annotations":{"z":"","y":"x"}}]"#,
            r#"[{"labels":{"a":"1"},"startsAt":"2026-01-01T00:00:00.123456Z","endsAt":"2026-01-01"}]"#,
            r#"[{"labels":{"a":"1"},"startsAt":"0001-01-01T00:00:00Z","generatorURL":"http://x/g"},
                {"endsAt":"2026-01-01T00:00:00+02:00", "labels" : {"a":"2"},"generatorURL":"http://x/g"}]"#,
            r#"[{"labels":{"a":"a \"quoted\" \\ and \u0026 \ud83d\ude00 text","\n":"\\"}}]"#,
            r#"[{"labels":{"é":"ü, and more than eight bytes"},"generatorURL":"/\u0026"}]"#,
        ] {
            let plain = alerts(body.as_bytes());
            assert!(plain.is_some(), "{body}");
            assert_eq!(plain, careful(body), "{body}");
        }
    }

    #[test]
    fn whatever_is_out_of_the_ordinary_is_left_to_the_careful_reader() {
        for body in [
            "",
            "null",
            "[null]",
            "[{}]",
            "[[]]",
            "[{\"labels\":{\"a\":\"1\"}}",
            "[{\"labels\":{\"a\":\"1\"}}] x",
            "[{\"labels\":{\"a\":\"1\"}},]",
            "[{\"labels\":{\"a\":\"1\",}}]",
            "[{\"labels\":{\"a\":1}}]",
            "[{\"labels\":{\"a\":null}}]",
            "[{\"labels\":{\"a\":\"1\"},\"labels\":{}}]",
            "[{\"labels\":{\"a\":\"1\"},\"status\":{}}]",
            "[{\"labels\":{\"a\":\"1\"},\"generatorURL\":\"not a url\"}]",
            "[{\"labels\":{\"a\":\"1\"},\"startsAt\":\"yesterday\"}]",
            "[{\"labels\":{\"a\":\"\\x\"}}]",
            "[{\"labels\":{\"a\":\"\\ud83d\"}}]",
            "[{\"labels\":{\"a\":\"a\nb\"}}]",
            "[{\"labels\":{\"a\":\"open\\",
            "[{\"labels\":{\"a\":\"open",
        ] {
            assert_eq!(alerts(body.as_bytes()), None, "{body}");
        }
        assert_eq!(alerts(b"[{\"labels\":{\"a\":\"\xff\"}}]"), None);
    }

    #[test]
    fn plain_bytes_are_counted_to_the_first_that_is_not() {
        for length in 0..40 {
            for last in ["\"", "\\", "\u{1f}", "\n", "\0"] {
                let text =
                    format!("{}{last}\"\\\n", "é~! a[]{}:,".repeat(4).get(..length).unwrap_or("!"));
                let plain =
                    text.bytes().position(|byte| byte < 32 || byte == b'"' || byte == b'\\');
                assert_eq!(Some(plain_length(text.as_bytes())), plain, "{text:?}");
            }
        }
        assert_eq!(plain_length("no end in sight: é\u{7f}".as_bytes()), 20);
    }
}
