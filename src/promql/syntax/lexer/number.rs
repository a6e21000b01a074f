//! Numbers and durations: `5`, `.5`, `1_000`, `0x1F`, `1e-9`, `1h30m`.
//!
//! What is read here is not yet a valid number, only one token; the parser reads its value.

use super::{Lexer, Parsed, is_alphanumeric};
use crate::promql::syntax::token::TokenKind;
use crate::template::quote;

impl Lexer<'_> {
    /// Reads a token that begins with a digit, or with a dot before a digit.
    pub(super) fn number_or_duration(&mut self) -> Parsed<TokenKind> {
        self.position = self.start;
        if self.scan_number() {
            return Ok(TokenKind::Number);
        }
        if self.scan_units() {
            return Ok(TokenKind::Duration);
        }
        let text = quote(self.token());
        self.fail(format!("bad number or duration syntax: {text}"))
    }

    fn scan_number(&mut self) -> bool {
        let hexadecimal =
            self.accept(|next| next == '0') && self.accept(|next| "xX".contains(next));
        if hexadecimal {
            self.accept(|next| next == '_');
        }
        self.accept(|next| next == '.');
        self.accept(|next| is_digit(next, hexadecimal));
        self.scan_digits(hexadecimal) && !self.peek().is_some_and(is_alphanumeric)
    }

    /// Reads digits with at most one dot and one exponent, and single underscores between them.
    fn scan_digits(&mut self, hexadecimal: bool) -> bool {
        let (mut dots, mut exponents) = (0, 0);
        loop {
            if self.accept(|next| next == '.') {
                dots += 1;
                if dots > 1 || hexadecimal || self.accept(|next| "_.".contains(next)) {
                    return false;
                }
            } else if self.accept(|next| "eE".contains(next)) {
                exponents += 1;
                if exponents > 1 {
                    return false;
                }
                self.accept(|next| "+-".contains(next));
                if self.accept(|next| "._eE".contains(next)) || self.peek().is_none() {
                    return false;
                }
            } else if self.accept(|next| next == '_') {
                if self.accept(|next| "._eE".contains(next)) || self.peek().is_none() {
                    return false;
                }
            } else if self.peek().is_some_and(|next| is_digit(next, hexadecimal)) {
                self.accept_all(|next| is_digit(next, hexadecimal));
            } else {
                return true;
            }
        }
    }

    /// Reads the first unit, then pairs of a number and a unit.
    fn scan_units(&mut self) -> bool {
        if !self.accept(|next| "smhdwy".contains(next)) {
            return false;
        }
        self.accept(|next| next == 's');
        while self.peek().is_some_and(|next| next.is_ascii_digit()) {
            self.accept_all(|next| next.is_ascii_digit());
            if !self.accept(|next| "smhdw".contains(next)) {
                return false;
            }
            self.accept(|next| next == 's');
        }
        !self.accept(is_alphanumeric)
    }
}

fn is_digit(character: char, hexadecimal: bool) -> bool {
    if hexadecimal { character.is_ascii_hexdigit() } else { character.is_ascii_digit() }
}
