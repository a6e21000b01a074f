//! What a rendered text means as YAML 1.1, as Go's library reads it into JSON's types.
//! Configuration files are read by `config`; this is about a few words in a message.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Number, Value};

/// How deep lists and maps may be nested.
const MAX_DEPTH: usize = 64;

/// A list or map that is not closed yet.
enum Open {
    List(Vec<Value>),
    Map { members: BTreeMap<String, Value>, key: Option<Key> },
}

/// The key of the next member: a text, or something that is left out.
type Key = Option<String>;

/// The first document of a text; nothing is null. `None` when it is no YAML, has aliases, or
/// says what JSON cannot.
pub(super) fn parse(text: &str) -> Option<Value> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut open: Vec<Open> = Vec::new();
    let mut document = None;
    for event in Parser::new_from_str_with_options(text, options) {
        let done = match event.ok()?.0 {
            Event::Scalar(text, style, _, tag) => {
                let is_text = tag.as_deref().and_then(|tag| tag.core_suffix()) == Some("str");
                let is_plain = style == ScalarStyle::Plain && !is_text;
                let value =
                    if is_plain { scalar(&text)? } else { Value::String(text.into_owned()) };
                Some(value)
            }
            Event::SequenceStart(..) => push(&mut open, Open::List(Vec::new())),
            Event::MappingStart(..) => {
                push(&mut open, Open::Map { members: BTreeMap::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(close),
            Event::Alias(_) => return None,
            Event::DocumentEnd => break,
            _ => None,
        };
        match (done, open.last_mut()) {
            (Some(value), Some(parent)) => put(parent, value),
            (Some(value), None) => document = Some(value),
            (None, _) => {}
        }
    }
    Some(document.unwrap_or(Value::Null))
}

fn push(open: &mut Vec<Open>, node: Open) -> Option<Value> {
    open.push(node);
    None
}

fn close(node: Open) -> Value {
    match node {
        Open::List(items) => Value::Array(items),
        Open::Map { members, .. } => Value::Object(members.into_iter().collect()),
    }
}

/// Puts a value into a list or a map; the later one of two equal keys wins.
fn put(parent: &mut Open, value: Value) {
    match parent {
        Open::List(items) => items.push(value),
        Open::Map { members, key } => match (key.take(), value) {
            (Some(Some(name)), value) => drop(members.insert(name, value)),
            (Some(None), _) => {}
            (None, Value::String(name)) => *key = Some(Some(name)),
            (None, _) => *key = Some(None),
        },
    }
}

/// A scalar without quotes.
fn scalar(text: &str) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => {
            number(&text.replace('_', "")).map_or_else(|| text.into(), Value::Number)
        }
        _ => text.into(),
    })
}

/// A number: whole, in one of four bases, or with a point or an exponent.
fn number(text: &str) -> Option<Number> {
    if let Some(whole) = whole(text) {
        return Some(whole);
    }
    let decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if text.bytes().all(decimal) && text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Number::from_f64(text.parse().ok()?);
    }
    None
}

/// A whole number: decimal, `0x`, `0b`, `0o`, or octal with a leading zero.
fn whole(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let signed = i64::from_str_radix(&format!("{sign}{digits}"), radix).ok().map(Number::from);
    signed.or_else(|| {
        u64::from_str_radix(digits, radix).ok().filter(|_| sign.is_empty()).map(Number::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_has_a_limit() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&deep(MAX_DEPTH)).is_some());
        assert_eq!(parse(&deep(MAX_DEPTH + 1)), None);
    }

    #[test]
    fn aliases_are_refused() {
        assert_eq!(parse("[&a x, *a]"), None);
    }
}
