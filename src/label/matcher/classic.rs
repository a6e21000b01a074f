//! The classic matcher syntax: `name op value`, value quoted or not, list in braces or not.
//!
//! ```text
//! list    = [ "{" ] matcher { "," matcher } [ "," ] [ "}" ]    a comma in quotes does not count
//! matcher = ws name ws ( "=~" | "=" | "!=" | "!~" ) ws value ws
//! name    = [a-zA-Z_:][a-zA-Z0-9_:]*
//! value   = anything | '"' anything '"'                        \n \" \\ are escapes
//! ```

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{recognize, value};
use nom::{IResult, Parser};

use super::super::pattern::Dialect;
use super::{MatchOp, Matcher, MatcherError, Matchers};

/// One matcher.
pub(super) fn one(text: &str) -> Result<Matcher, MatcherError> {
    let (raw, (name, op)) = head(text).map_err(|_| MatcherError::Format(text.to_owned()))?;
    let value = unescape(raw.trim_matches(is_space))?;
    Ok(Matcher::new(name, op, &value, Dialect::Alertmanager)?)
}

/// A list of matchers; braces may be there, even only one of them.
pub(super) fn list(text: &str) -> Result<Matchers, MatcherError> {
    let text = text.strip_prefix('{').unwrap_or(text);
    let text = text.strip_suffix('}').unwrap_or(text);
    split_at_commas(text).into_iter().map(one).collect::<Result<_, _>>().map(Matchers)
}

/// Name and operator; what remains is the value.
fn head(text: &str) -> IResult<&str, (&str, MatchOp)> {
    let name = recognize((
        take_while1(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':'),
        take_while(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'),
    ));
    let spaces = || take_while(is_space);
    let (rest, (_, name, _, op)) = (spaces(), name, spaces(), operator).parse(text)?;
    Ok((rest, (name, op)))
}

fn operator(text: &str) -> IResult<&str, MatchOp> {
    alt((
        value(MatchOp::Regex, tag("=~")),
        value(MatchOp::Equal, tag("=")),
        value(MatchOp::NotEqual, tag("!=")),
        value(MatchOp::NotRegex, tag("!~")),
    ))
    .parse(text)
}

/// What `\s` is in RE2.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\x0c' | '\r')
}

/// The pieces between commas outside of quotes; a last piece of nothing but space is none.
fn split_at_commas(text: &str) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b',' if !quoted => {
                pieces.push(&text[start..index]);
                start = index + 1;
                continue;
            }
            b'"' if !escaped => quoted = !quoted,
            b'\\' => {
                escaped = !escaped;
                continue;
            }
            b',' => continue,
            _ => {}
        }
        escaped = false;
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        pieces.push(last);
    }
    pieces
}

/// The value a raw one stands for. Escapes count without quotes too; a backslash before
/// anything else, or at the end, is itself.
fn unescape(whole: &str) -> Result<String, MatcherError> {
    let unescaped_quote = || MatcherError::UnescapedQuote(whole.to_owned());
    let (raw, mut owes_quote) = match whole.strip_prefix('"') {
        Some(raw) => (raw, true),
        None => (whole, false),
    };
    let mut value = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => push_escape(&mut value, characters.next()),
            '"' if owes_quote && characters.as_str().is_empty() => owes_quote = false,
            '"' => return Err(unescaped_quote()),
            _ => value.push(character),
        }
    }
    if owes_quote { Err(unescaped_quote()) } else { Ok(value) }
}

fn push_escape(value: &mut String, escaped: Option<char>) {
    match escaped {
        Some('n') => value.push('\n'),
        Some(character @ ('"' | '\\')) => value.push(character),
        other => {
            value.push('\\');
            value.extend(other);
        }
    }
}
