//! Character classes: brackets, `\d` and its kin, `[:alpha:]`, `\p{Greek}`.

use super::node::{Class, ClassItem, Flags, Node};
use super::{PatternError, escape, unicode};

type Ranges = &'static [(u32, u32)];

const DIGIT: Ranges = &[(0x30, 0x39)];
const SPACE: Ranges = &[(0x09, 0x0a), (0x0c, 0x0d), (0x20, 0x20)];
const WORD: Ranges = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];

const POSIX: [(&str, Ranges); 14] = [
    ("alnum", &[(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)]),
    ("alpha", &[(0x41, 0x5a), (0x61, 0x7a)]),
    ("ascii", &[(0x00, 0x7f)]),
    ("blank", &[(0x09, 0x09), (0x20, 0x20)]),
    ("cntrl", &[(0x00, 0x1f), (0x7f, 0x7f)]),
    ("digit", DIGIT),
    ("graph", &[(0x21, 0x7e)]),
    ("lower", &[(0x61, 0x7a)]),
    ("print", &[(0x20, 0x7e)]),
    ("punct", &[(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)]),
    ("space", &[(0x09, 0x0d), (0x20, 0x20)]),
    ("upper", &[(0x41, 0x5a)]),
    ("word", WORD),
    ("xdigit", &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)]),
];

const INVALID_RANGE: &str = "invalid character class range";

/// The class that no character is in.
pub(super) fn nothing() -> Node {
    Node::Class(Box::default())
}

/// Reads `[...]` at the beginning of `text`.
pub(super) fn bracketed(text: &str, flags: Flags) -> Result<(Class, &str), PatternError> {
    let inside = &text[1..];
    let (negated, mut rest) = match inside.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inside),
    };
    let mut items = Vec::new();
    while items.is_empty() || !rest.starts_with(']') {
        let (item, after) = item(rest, text, flags)?;
        items.push(item);
        rest = after;
    }
    Ok((Class { negated, fold: flags.fold, items }, &rest[1..]))
}

/// Reads a class outside of brackets: `\d`, `\p{Greek}`; `None` when none begins here.
pub(super) fn escaped(text: &str, flags: Flags) -> Result<Option<(Class, &str)>, PatternError> {
    let class = |(item, after)| {
        let items = vec![item];
        (Class { negated: false, fold: flags.fold, items }, after)
    };
    named(text, flags).map(|found| found.map(class))
}

fn item<'t>(
    rest: &'t str,
    bracket: &'t str,
    flags: Flags,
) -> Result<(ClassItem, &'t str), PatternError> {
    if let Some(found) = posix(rest)? {
        return Ok(found);
    }
    if let Some(found) = named(rest, flags)? {
        return Ok(found);
    }
    let (low, after) = member(rest, bracket)?;
    let is_range = after.starts_with('-') && after.len() > 1 && !after.starts_with("-]");
    if !is_range {
        return Ok((ClassItem::Range(low, low), after));
    }
    let (high, after) = member(&after[1..], bracket)?;
    if high < low {
        return Err(PatternError::new(INVALID_RANGE, &rest[..rest.len() - after.len()]));
    }
    Ok((ClassItem::Range(low, high), after))
}

/// One character of a class, escaped or not.
fn member<'t>(rest: &'t str, bracket: &str) -> Result<(u32, &'t str), PatternError> {
    match rest.chars().next() {
        None => Err(PatternError::new("missing closing ]", bracket)),
        Some('\\') => escape::character(rest),
        Some(character) => Ok((character as u32, &rest[character.len_utf8()..])),
    }
}

/// `[:name:]` or `[:^name:]`; without `:]` somewhere behind it is not one.
fn posix(rest: &str) -> Result<Option<(ClassItem, &str)>, PatternError> {
    let Some((name, after)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
        return Ok(None);
    };
    let (bare, negated) = match name.strip_prefix('^') {
        Some(bare) => (bare, true),
        None => (name, false),
    };
    let known = POSIX.iter().find(|(candidate, _)| *candidate == bare);
    let Some((_, ranges)) = known else {
        return Err(PatternError::new(INVALID_RANGE, &format!("[:{name}:]")));
    };
    Ok(Some((ClassItem::Set { ranges, negated }, after)))
}

/// `\d \s \w \D \S \W`, or a Unicode class.
fn named(rest: &str, flags: Flags) -> Result<Option<(ClassItem, &str)>, PatternError> {
    let bytes = rest.as_bytes();
    let (Some(b'\\'), Some(letter)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    let ranges = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => SPACE,
        b'w' => WORD,
        b'p' => return unicode_class(rest, flags).map(Some),
        _ => return Ok(None),
    };
    let negated = letter.is_ascii_uppercase();
    Ok(Some((ClassItem::Set { ranges, negated }, &rest[2..])))
}

/// `\pN`, `\p{Name}`, `\p{^Name}`, and the same with `\P`.
fn unicode_class(text: &str, flags: Flags) -> Result<(ClassItem, &str), PatternError> {
    let behind = &text[2..];
    let end = match behind.chars().next() {
        Some('{') => text.find('}').map(|end| end + 1),
        Some(letter) => Some(2 + letter.len_utf8()),
        None => None,
    };
    let Some(end) = end else { return Err(PatternError::new(INVALID_RANGE, text)) };
    let (sequence, after) = text.split_at(end);
    let name = sequence[2..].strip_prefix('{').and_then(|name| name.strip_suffix('}'));
    let name = name.unwrap_or(&sequence[2..]);
    let (bare, caret) = match name.strip_prefix('^') {
        Some(bare) => (bare, true),
        None => (name, false),
    };
    let negated = sequence.starts_with("\\P") != caret;
    let Some(class) = unicode::class(bare, flags.names, negated) else {
        return Err(PatternError::new(INVALID_RANGE, sequence));
    };
    Ok((ClassItem::Unicode(class), after))
}
