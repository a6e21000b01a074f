//! Scalars: text as it was written, and what it means without quotes.

use super::{Position, locate};

/// How a scalar is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'...'`
    SingleQuoted,
    /// `"..."`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// A scalar.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Its text: escapes, folding and `${...}` done.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// Where it begins.
    pub at: Position,
    /// The name of its core tag (`str` of `!!str`), if it has one.
    pub tag: Option<String>,
    /// Where it stands in the file, in bytes; empty for text that is not in the file.
    pub(super) source: std::ops::Range<usize>,
    /// Whether `${...}` was replaced in it: such text is never null, and its inner positions
    /// are not those of the file.
    pub(super) expanded: bool,
}

/// What a scalar means where any type may stand. (Source: YAML 1.1 as go-yaml v2 reads it.)
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on`, `y`, ...
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Everything else, dates included.
    Text,
}

/// The longest text of a scalar that an error quotes, in characters.
const QUOTED_MAX: usize = 10;

impl Scalar {
    /// The empty text.
    pub fn empty(at: Position) -> Scalar {
        Scalar {
            text: String::new(),
            style: Style::DoubleQuoted,
            at,
            tag: None,
            source: 0..0,
            expanded: false,
        }
    }

    /// Whether it is null. Text that came out of a variable is not.
    pub fn is_null(&self) -> bool {
        !self.expanded && self.plain() == Plain::Null
    }

    /// What it means where any type may stand.
    pub fn plain(&self) -> Plain {
        match self.tag.as_deref() {
            Some("str") => return Plain::Text,
            Some("null") => return Plain::Null,
            Some("bool" | "int" | "float") => {}
            _ if self.style != Style::Plain => return Plain::Text,
            _ => {}
        }
        let value = resolve(&self.text);
        match (self.tag.as_deref(), value) {
            (Some("float"), Plain::Int(number)) => Plain::Float(number as f64),
            (_, value) => value,
        }
    }

    /// What it means where a boolean or a number is wanted: text that came out of a variable is
    /// taken as if it were written without quotes.
    pub fn meant(&self) -> Plain {
        if self.expanded { resolve(&self.text) } else { self.plain() }
    }

    /// The place in the file of the byte at this offset of the text. `document` is the file.
    pub fn locate(&self, document: &str, offset: usize) -> Position {
        if self.expanded {
            return self.at;
        }
        let source = document.get(self.source.clone()).unwrap_or("");
        locate::locate(&self.text, self.style, source, self.at, offset)
    }

    /// Type and short text, as Go's YAML writes them: ``!!str `yes` ``.
    pub(super) fn describe(&self) -> String {
        let kind = match self.plain() {
            Plain::Null => "!!null",
            Plain::Bool(_) => "!!bool",
            Plain::Int(_) => "!!int",
            Plain::Float(_) => "!!float",
            Plain::Text => "!!str",
        };
        let mut short: String = self.text.chars().take(QUOTED_MAX).collect();
        if short.len() < self.text.len() {
            short = self.text.chars().take(QUOTED_MAX - 3).collect();
            short.push_str("...");
        }
        format!("{kind} `{short}`")
    }
}

/// Whether a text that is written without quotes is text.
pub fn means_text(text: &str) -> bool {
    resolve(text) == Plain::Text
}

fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Plain::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Plain::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Plain::Float(f64::NEG_INFINITY),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) => {
            number(text)
        }
        _ => Plain::Text,
    }
}

fn number(text: &str) -> Plain {
    let digits = text.replace('_', "");
    if let Some(number) = whole(&digits) {
        return Plain::Int(number);
    }
    let decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    if digits.bytes().all(decimal) && digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return digits.parse().map_or(Plain::Text, Plain::Float);
    }
    Plain::Text
}

/// A whole number of at most 64 bits in Go's notation: `0x`, `0b`, `0o` and a leading zero for
/// octal.
fn whole(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
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
    let number = sign * i128::from_str_radix(digits, radix).ok()?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}
