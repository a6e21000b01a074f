//! The grammar of one line.

use std::borrow::Cow;

use nom::branch::alt;
use nom::bytes::complete::{take_till, take_while, take_while1};
use nom::character::complete::{char, satisfy};
use nom::combinator::{opt, recognize};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use crate::ingest::limits::shorten;
use crate::source::MetricKind;

/// What is wrong, and the part of the line where it is.
#[derive(Debug)]
pub(super) struct Fault<'a> {
    pub(super) rest: &'a str,
    pub(super) message: Cow<'static, str>,
}

type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;
/// A label as it stands in the line.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What a line says.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Nothing,
    Help { name: Cow<'a, str>, text: &'a str },
    Kind { name: Cow<'a, str>, kind: MetricKind, rest: &'a str },
    Unit { name: Cow<'a, str>, unit: &'a str },
    End,
    Sample(SampleLine<'a>),
}

/// A sample; the labels are in the list that was handed in.
#[derive(Debug)]
pub(super) struct SampleLine<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: f64,
    /// The timestamp as it is written.
    pub(super) time: Option<&'a str>,
}

impl<'a> ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Fault<'a> {
        Fault { rest, message: Cow::Borrowed("unexpected text") }
    }

    fn append(_: &'a str, _: ErrorKind, other: Fault<'a>) -> Fault<'a> {
        other
    }
}

/// Reads one line without its newline; the labels of a sample go to `labels`.
pub(super) fn read<'a>(line: &'a str, labels: &mut Vec<Pair<'a>>) -> Result<Line<'a>, Fault<'a>> {
    labels.clear();
    let start = line.trim_start_matches(is_blank);
    let parsed = match start.as_bytes().first() {
        None => return Ok(Line::Nothing),
        Some(b'#') => comment(start),
        Some(_) => sample(start, labels),
    };
    match parsed {
        Ok((_, line)) => Ok(line),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(fault),
        Err(nom::Err::Incomplete(_)) => Err(Fault::from_error_kind(start, ErrorKind::Complete)),
    }
}

/// `# HELP name text`, `# TYPE name kind`, `# UNIT name unit`, `# EOF`; anything else is a
/// comment.
fn comment(line: &str) -> Parsed<'_, Line<'_>> {
    if line == "# EOF" {
        return Ok(("", Line::End));
    }
    let (rest, word) = preceded((char('#'), blanks), word).parse(line)?;
    let described = matches!(word, "HELP" | "TYPE" | "UNIT");
    if !described || rest.trim_start_matches(is_blank).is_empty() {
        return Ok(("", Line::Nothing));
    }
    let (rest, name) =
        preceded(blanks, expected(alt((quoted, plain_name)), "a metric name")).parse(rest)?;
    let (rest, _) = expected(alt((blanks1, end)), "a blank after the metric name").parse(rest)?;
    let (text, _) = blanks(rest)?;
    let line = match word {
        "HELP" => Line::Help { name, text },
        "UNIT" => Line::Unit { name, unit: text.trim_end_matches(is_blank) },
        _ if text.is_empty() => Line::Nothing,
        _ => match MetricKind::from_text(&text.trim_end_matches(is_blank).to_ascii_lowercase()) {
            Some(kind) => Line::Kind { name, kind, rest: line },
            None => {
                let message = "expected a metric type: counter, gauge, histogram, summary, untyped";
                return Err(fault(text, message));
            }
        },
    };
    Ok(("", line))
}

/// `name{label="value",...} value [timestamp] [# exemplar]`, or the name in quotes among the
/// labels.
fn sample<'a>(line: &'a str, labels: &mut Vec<Pair<'a>>) -> Parsed<'a, Line<'a>> {
    let (rest, name) = opt(plain_name).parse(line)?;
    let (rest, _) = blanks(rest)?;
    let (rest, name) = match rest.strip_prefix('{') {
        Some(inside) => braces(inside, name, labels)?,
        None => (rest, name),
    };
    let name = name.ok_or_else(|| fault(line, "expected a metric name"))?;
    let (rest, _) = blanks(rest)?;
    let (after, text) = expected(word1, "a value").parse(rest)?;
    let value = super::float::parse(text)
        .ok_or_else(|| fault(rest, format!("expected a number as value, got {}", shorten(text))))?;
    let (rest, _) = blanks(after)?;
    let (rest, time) = opt(take_while1(|c| !is_blank(c) && c != '#')).parse(rest)?;
    let (rest, _) = blanks(rest)?;
    if !rest.is_empty() && !rest.starts_with("# {") {
        return Err(fault(rest, "unexpected text after the sample"));
    }
    Ok(("", Line::Sample(SampleLine { name, value, time })))
}

/// What stands between braces, and the closing one.
fn braces<'a>(
    mut rest: &'a str,
    mut name: Option<Cow<'a, str>>,
    labels: &mut Vec<Pair<'a>>,
) -> Parsed<'a, Option<Cow<'a, str>>> {
    loop {
        (rest, _) = blanks(rest)?;
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((after, name));
        }
        let start = rest;
        let key;
        (rest, key) = expected(alt((quoted, label_name)), "a label name or \"}\"").parse(rest)?;
        (rest, _) = blanks(rest)?;
        if let Some(after) = rest.strip_prefix('=') {
            (rest, _) = blanks(after)?;
            let value;
            (rest, value) = expected(quoted, "a label value in double quotes").parse(rest)?;
            if key.starts_with("__") {
                return Err(fault(start, "label names that begin with \"__\" are reserved"));
            }
            labels.push((key, value));
        } else if start.starts_with('"') && name.is_none() {
            name = Some(key);
        } else {
            return Err(fault(rest, "expected \"=\" after the label name"));
        }
        (rest, _) = blanks(rest)?;
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
        } else if !rest.starts_with('}') {
            return Err(fault(rest, "expected \",\" or \"}\" after the label"));
        }
    }
}

fn plain_name(input: &str) -> Parsed<'_, Cow<'_, str>> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || c == '_' || c == ':');
    let more = take_while(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':');
    recognize((first, more)).map(Cow::Borrowed).parse(input)
}

fn label_name(input: &str) -> Parsed<'_, Cow<'_, str>> {
    let first = satisfy(|c| c.is_ascii_alphabetic() || c == '_');
    let more = take_while(|c: char| c.is_ascii_alphanumeric() || c == '_');
    recognize((first, more)).map(Cow::Borrowed).parse(input)
}

/// A text in double quotes with the escapes `\\`, `\"` and `\n`.
fn quoted(input: &str) -> Parsed<'_, Cow<'_, str>> {
    let (inside, _) = char('"')(input)?;
    let (rest, plain) = take_till(|c| c == '"' || c == '\\')(inside)?;
    if let Some(after) = rest.strip_prefix('"') {
        return Ok((after, Cow::Borrowed(plain)));
    }
    let mut text = plain.to_owned();
    let mut rest = rest;
    loop {
        let mut chars = rest.chars();
        match (chars.next(), rest.as_bytes().get(1)) {
            (Some('"'), _) => return Ok((chars.as_str(), Cow::Owned(text))),
            (Some('\\'), Some(b'\\')) => text.push('\\'),
            (Some('\\'), Some(b'"')) => text.push('"'),
            (Some('\\'), Some(b'n')) => text.push('\n'),
            (Some('\\'), Some(_)) => {
                return Err(failure(rest, "unknown escape: only \\\\, \\\" and \\n are known"));
            }
            (Some(other), _) if other != '\\' => {
                text.push(other);
                rest = chars.as_str();
                continue;
            }
            _ => return Err(failure(input, "the double quote is never closed")),
        }
        rest = &rest[2..];
    }
}

fn word(input: &str) -> Parsed<'_, &str> {
    take_till(is_blank)(input)
}

fn word1(input: &str) -> Parsed<'_, &str> {
    take_while1(|c| !is_blank(c))(input)
}

fn blanks(input: &str) -> Parsed<'_, &str> {
    take_while(is_blank)(input)
}

fn blanks1(input: &str) -> Parsed<'_, &str> {
    take_while1(is_blank)(input)
}

fn end(input: &str) -> Parsed<'_, &str> {
    if input.is_empty() { Ok(("", "")) } else { Err(fault(input, "text")) }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Says what was expected where a parser did not match.
fn expected<'a, O>(
    mut parser: impl Parser<&'a str, Output = O, Error = Fault<'a>>,
    what: &'static str,
) -> impl Parser<&'a str, Output = O, Error = Fault<'a>> {
    move |input: &'a str| {
        parser.parse(input).map_err(|error| match error {
            nom::Err::Error(_) => fault(input, format!("expected {what}")),
            decided => decided,
        })
    }
}

fn fault(rest: &str, message: impl Into<Cow<'static, str>>) -> nom::Err<Fault<'_>> {
    nom::Err::Error(Fault { rest, message: message.into() })
}

/// A fault that no alternative can mend.
fn failure<'a>(rest: &'a str, message: &'static str) -> nom::Err<Fault<'a>> {
    nom::Err::Failure(Fault { rest, message: Cow::Borrowed(message) })
}
