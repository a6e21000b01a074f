//! Why a text is not PromQL.

use std::fmt;

use super::ast::PositionRange;

/// Why a text is not PromQL, and where. Shown as Prometheus does:
/// `1:5: parse error: unexpected end of input`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The part of the text that is to blame, in bytes.
    pub range: PositionRange,
    /// Line of the range's start, from one; zero when the text was empty.
    pub line: u32,
    /// Column of the range's start in bytes, from one; zero when the text was empty.
    pub column: u32,
    /// What is wrong, in Prometheus' words.
    pub message: String,
}

impl ParseError {
    /// An error about a part of `text`.
    pub fn new(text: &str, range: PositionRange, message: impl Into<String>) -> ParseError {
        let (line, column) = if text.is_empty() { (0, 0) } else { range.place(text) };
        ParseError { range, line, column, message: message.into() }
    }
}

impl PositionRange {
    /// Line and column of the start in `text`, both from one, the column in bytes.
    pub fn place(self, text: &str) -> (u32, u32) {
        let before = &text.as_bytes()[..text.len().min(self.start as usize)];
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line as u32 + 1, column as u32 + 1)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "unknown position: parse error: {}", self.message),
            line => write!(f, "{line}:{}: parse error: {}", self.column, self.message),
        }
    }
}

impl std::error::Error for ParseError {}
