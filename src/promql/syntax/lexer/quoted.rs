//! Quoted texts: `"..."` and `'...'` with Go's escapes, and raw `` `...` ``.

use super::{Lexer, Parsed, quoted_character};
use crate::promql::syntax::token::TokenKind;

impl Lexer<'_> {
    /// Reads the rest of a quoted text; the opening quote has been read.
    pub(super) fn quoted(&mut self, quote: char) -> Parsed<TokenKind> {
        loop {
            match self.bump() {
                Some('\\') => self.escape(quote)?,
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None | Some('\n') => return self.fail("unterminated quoted string"),
                Some(character) if character == quote => return Ok(TokenKind::String),
                Some(_) => {}
            }
        }
    }

    /// Reads the rest of a raw text; the opening quote has been read.
    pub(super) fn raw(&mut self) -> Parsed<TokenKind> {
        loop {
            match self.bump() {
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None => return self.fail("unterminated raw string"),
                Some('`') => return Ok(TokenKind::String),
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self, quote: char) -> Parsed<()> {
        let Some(character) = self.bump() else {
            return self.fail("escape sequence not terminated");
        };
        let (digits, base, max) = match character {
            'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => return Ok(()),
            '0'..='7' => {
                self.position -= 1;
                (3, 8, 255)
            }
            'x' => (2, 16, 255),
            'u' => (4, 16, u32::from(char::MAX)),
            'U' => (8, 16, u32::from(char::MAX)),
            _ if character == quote => return Ok(()),
            _ => {
                let unknown = code_point(character);
                return self.fail(format!("unknown escape sequence {unknown}"));
            }
        };
        let value = self.digits(digits, base)?;
        if value > max || (0xd800..0xe000).contains(&value) {
            return self.fail("escape sequence is an invalid Unicode code point");
        }
        Ok(())
    }

    fn digits(&mut self, count: u32, base: u32) -> Parsed<u32> {
        let mut value = 0_u32;
        for _ in 0..count {
            let Some(character) = self.bump() else {
                return self.fail("escape sequence not terminated");
            };
            let Some(digit) = character.to_digit(base) else {
                let illegal = code_point(character);
                return self.fail(format!("illegal character {illegal} in escape sequence"));
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
        }
        Ok(value)
    }
}

/// A character as Go's `%#U` writes it: `U+0064 'd'`.
fn code_point(character: char) -> String {
    let number = format!("U+{:04X}", u32::from(character));
    let shown = quoted_character(Some(character));
    if shown.starts_with("'\\") && !"'\\".contains(character) {
        return number;
    }
    format!("{number} '{character}'")
}
