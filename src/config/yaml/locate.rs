//! From an offset in a scalar's text back to its place in the file.
//!
//! Folding, indentation and escapes change white space and nothing else (an escape stands for
//! one character). So the n-th visible character of the text is the n-th visible one of the
//! source, whatever the style:
//!
//! ```text
//! source  sum(            text  sum(\n  rate(x[5m)
//!             rate(x[5m)                     '-- 10th visible character
//!                  '-- 10th visible character
//! ```
//!
//! The source of a block scalar begins with its first visible character, behind the header.

use super::{Position, Style};

/// The place of the byte at `offset` of `text`, which is written as `source`, beginning at `at`.
pub(super) fn locate(
    text: &str,
    style: Style,
    source: &str,
    at: Position,
    offset: usize,
) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let visible = before.chars().filter(|character| !character.is_whitespace()).count();
    let gap = before.chars().rev().take_while(|character| character.is_whitespace()).count();
    let at_visible = text.get(offset..).and_then(|rest| rest.chars().next());
    let wanted_is_visible = at_visible.is_some_and(|character| !character.is_whitespace());
    let mut cursor = Cursor::new(source, style, at);
    let mut last = cursor.at;
    for _ in 0..visible {
        if let Some(found) = cursor.next_visible() {
            last = Position { column: found.column + 1, ..found };
        }
    }
    if wanted_is_visible {
        return cursor.next_visible().unwrap_or(last);
    }
    Position { column: last.column + gap, ..last }
}

/// Walks over the visible characters of a scalar's source.
struct Cursor<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    style: Style,
    at: Position,
}

impl<'a> Cursor<'a> {
    fn new(source: &'a str, style: Style, at: Position) -> Cursor<'a> {
        let mut cursor = Cursor { characters: source.chars().peekable(), style, at };
        if matches!(style, Style::SingleQuoted | Style::DoubleQuoted) {
            cursor.step();
        }
        cursor
    }

    /// Takes one character of the source.
    fn step(&mut self) -> Option<char> {
        let character = self.characters.next()?;
        if character == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    /// The place of the next character that is visible in the text; the cursor is behind it.
    fn next_visible(&mut self) -> Option<Position> {
        loop {
            let at = self.at;
            let character = self.step()?;
            let visible = match (self.style, character) {
                (Style::DoubleQuoted, '\\') => self.escape()?,
                (Style::SingleQuoted, '\'') => self.step().is_some(),
                _ => !character.is_whitespace(),
            };
            if visible {
                return Some(at);
            }
        }
    }

    /// Takes the rest of an escape and says whether it stands for something visible.
    fn escape(&mut self) -> Option<bool> {
        let digits = match self.step()? {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            letter => return Some(!"ntvfrNLP_ \t\r\n".contains(letter)),
        };
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.step()?.to_digit(16)?;
        }
        char::from_u32(code).map(|character| !character.is_whitespace())
    }
}
