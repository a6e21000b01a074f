//! Where a parser of the notation stands, and what it reads there.

use super::{Fault, Noted};
use crate::promql::syntax::ast::PositionRange;
use crate::promql::syntax::parse_number;
use crate::template::quote;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str, position: usize) -> Cursor<'a> {
        Cursor { text, position }
    }

    pub fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Skips blanks; tells whether there were any.
    pub fn skip_blanks(&mut self) -> bool {
        let rest = self.rest();
        let skipped = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.position += skipped;
        skipped > 0
    }

    /// Takes a text if it is next.
    pub fn accept(&mut self, wanted: &str) -> bool {
        let hit = self.rest().starts_with(wanted);
        if hit {
            self.position += wanted.len();
        }
        hit
    }

    /// Takes a word if it is next and nothing else belongs to it.
    pub fn accept_word(&mut self, wanted: &str) -> bool {
        self.word_ahead() == wanted && self.accept(wanted)
    }

    /// Takes the next word, which may be empty.
    pub fn word(&mut self) -> &'a str {
        let word = self.word_ahead();
        self.position += word.len();
        word
    }

    /// Takes a sign if one is next; tells whether it negates.
    pub fn sign(&mut self) -> Option<bool> {
        if self.accept("-") {
            return Some(true);
        }
        self.accept("+").then_some(false)
    }

    /// A number without a sign; never hexadecimal, `x` is the sign of repetition.
    pub fn number(&mut self) -> Noted<f64> {
        let word = self.word_ahead();
        if word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("nan") {
            self.position += word.len();
            return Ok(if word.eq_ignore_ascii_case("inf") { f64::INFINITY } else { f64::NAN });
        }
        let digits = self.digits_ahead();
        if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return self.unexpected("series values, expected number or \"stale\"");
        }
        let value = match parse_number(digits) {
            Ok(value) => value,
            Err(message) => return self.fail(message),
        };
        self.position += digits.len();
        match self.rest().chars().next() {
            Some(next) if next != 'x' && is_word(next) => self.unexpected("series values"),
            _ => Ok(value),
        }
    }

    /// `x` and a whole number, if they are next.
    pub fn repetitions(&mut self) -> Noted<Option<usize>> {
        if !self.accept("x") {
            return Ok(None);
        }
        let digits = self.digits_ahead();
        match digits.parse::<usize>() {
            Ok(count) => {
                self.position += digits.len();
                Ok(Some(count))
            }
            Err(_) => {
                let what = "invalid repetition in series values";
                self.fail(format!("{what}: {} is no whole number", quote(digits)))
            }
        }
    }

    /// Takes letters and digits up to a sign of repetition.
    pub fn before_repetition(&mut self) -> &'a str {
        let rest = self.rest();
        let is_end = |next: char| next == 'x' || !next.is_ascii_alphanumeric();
        let text = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.position += text.len();
        text
    }

    /// A fault about what is next.
    pub fn unexpected<T>(&self, context: &str) -> Noted<T> {
        let shown: String =
            self.rest().chars().take_while(|next| !is_blank(*next)).take(20).collect();
        let what = if shown.is_empty() { "end of input".to_owned() } else { quote(&shown) };
        self.fail(format!("unexpected {what} in {context}"))
    }

    /// A fault here.
    pub fn fail<T>(&self, message: impl Into<String>) -> Noted<T> {
        let place = self.position as u32;
        let range = PositionRange { start: place, end: place };
        Err(Fault { range, message: message.into() })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn word_ahead(&self) -> &'a str {
        let rest = self.rest();
        &rest[..rest.find(|next| !is_word(next)).unwrap_or(rest.len())]
    }

    /// Digits, a dot, underscores, and an exponent with its sign.
    fn digits_ahead(&self) -> &'a str {
        let rest = self.rest();
        let mut before = ' ';
        let end = rest.find(|next: char| {
            let is_exponent_sign = matches!(next, '+' | '-') && matches!(before, 'e' | 'E');
            before = next;
            !(next.is_ascii_digit() || matches!(next, '.' | '_' | 'e' | 'E') || is_exponent_sign)
        });
        &rest[..end.unwrap_or(rest.len())]
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character == ':' || character.is_ascii_alphanumeric()
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}
