//! Text to tokens, one at a time. What a character means depends on where it stands: inside
//! braces every word is a label's name, inside brackets there are only lengths of time.

mod number;
mod quoted;

use super::ast::{BinaryOp, PositionRange};
use super::token::{Keyword, Token, TokenKind, word};
use crate::template::quote;

/// What is wrong with a text, and where; becomes a [`super::ParseError`] at the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// The part of the text that is to blame.
    pub range: PositionRange,
    /// What is wrong.
    pub message: String,
}

/// A result whose error is one word wide: parsers return it at every level.
pub(super) type Parsed<T> = Result<T, Box<Fault>>;

/// A fault as a result's error.
pub(super) fn fault<T>(range: PositionRange, message: impl Into<String>) -> Parsed<T> {
    Err(Box::new(Fault { range, message: message.into() }))
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    Outside,
    Braces,
    /// Nothing but signs and parentheses so far.
    BracketsOpened,
    /// There was a number, or a word.
    Brackets,
}

/// The lexer's state.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// First byte of the token being read.
    start: usize,
    /// First byte not yet read.
    position: usize,
    place: Place,
    open_parens: usize,
}

impl<'a> Lexer<'a> {
    /// A lexer at the beginning of a text.
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, start: 0, position: 0, place: Place::Outside, open_parens: 0 }
    }

    /// The text.
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// The next token. After the end of the text comes the end of the text again.
    pub fn read(&mut self) -> Parsed<Token> {
        self.skip_blanks();
        self.start = self.position;
        let kind = match (self.bump(), self.place) {
            (None, _) => self.end()?,
            (Some(character), Place::Outside) => self.outside(character)?,
            (Some(character), Place::Braces) => self.inside_braces(character)?,
            (Some(character), _) => self.inside_brackets(character)?,
        };
        Ok(Token { kind, range: self.range() })
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let after = rest.trim_start_matches([' ', '\t', '\n', '\r']);
            self.position += rest.len() - after.len();
            if !after.starts_with('#') {
                return;
            }
            self.position += after.find(['\n', '\r']).unwrap_or(after.len());
        }
    }

    fn end(&self) -> Parsed<TokenKind> {
        match self.place {
            Place::Braces => self.fail("unexpected end of input inside braces"),
            Place::BracketsOpened => self.fail("unexpected end of input in duration expression"),
            _ if self.open_parens > 0 => self.fail("unclosed left parenthesis"),
            Place::Brackets => self.fail("unclosed left bracket"),
            Place::Outside => Ok(TokenKind::End),
        }
    }

    fn outside(&mut self, character: char) -> Parsed<TokenKind> {
        Ok(match character {
            '{' => {
                self.place = Place::Braces;
                TokenKind::LeftBrace
            }
            '[' => {
                self.place = Place::BracketsOpened;
                TokenKind::LeftBracket
            }
            ']' => return self.fail("unexpected right bracket ']'"),
            '@' => TokenKind::At,
            '=' => self.equals()?,
            '!' => match self.bump() {
                Some('=') => TokenKind::Operator(BinaryOp::NotEqual),
                other => {
                    let other = quoted_character(other);
                    return self.fail(format!("unexpected character after '!': {other}"));
                }
            },
            '<' => self.compare(BinaryOp::Less, BinaryOp::LessOrEqual, BinaryOp::TrimUpper),
            '>' => self.compare(BinaryOp::Greater, BinaryOp::GreaterOrEqual, BinaryOp::TrimLower),
            '"' | '\'' => self.quoted(character)?,
            '`' => self.raw()?,
            _ if is_alpha(character) || character == ':' => self.keyword_or_identifier(),
            _ => self.arithmetic(character)?.map_or_else(
                || {
                    self.fail(format!(
                        "unexpected character: {}",
                        quoted_character(Some(character))
                    ))
                },
                Ok,
            )?,
        })
    }

    fn equals(&mut self) -> Parsed<TokenKind> {
        match self.peek() {
            Some('=') => {
                self.bump();
                Ok(TokenKind::Operator(BinaryOp::Equal))
            }
            Some('~') => self.fail("unexpected character after '=': '~'"),
            _ => Ok(TokenKind::Equal),
        }
    }

    fn compare(&mut self, plain: BinaryOp, or_equal: BinaryOp, trim: BinaryOp) -> TokenKind {
        TokenKind::Operator(if self.accept(|next| next == '=') {
            or_equal
        } else if self.accept(|next| next == '/') {
            trim
        } else {
            plain
        })
    }

    /// What may stand outside and inside brackets: signs, parentheses, numbers.
    fn arithmetic(&mut self, character: char) -> Parsed<Option<TokenKind>> {
        Ok(Some(match character {
            ',' => TokenKind::Comma,
            '+' => TokenKind::Operator(BinaryOp::Add),
            '-' => TokenKind::Operator(BinaryOp::Sub),
            '*' => TokenKind::Operator(BinaryOp::Mul),
            '/' => TokenKind::Operator(BinaryOp::Div),
            '%' => TokenKind::Operator(BinaryOp::Mod),
            '^' => TokenKind::Operator(BinaryOp::Pow),
            '(' => {
                self.open_parens += 1;
                TokenKind::LeftParen
            }
            ')' => self.right_paren()?,
            _ if self.begins_number(character) => self.number_or_duration()?,
            _ => return Ok(None),
        }))
    }

    fn right_paren(&mut self) -> Parsed<TokenKind> {
        match self.open_parens.checked_sub(1) {
            Some(open) => {
                self.open_parens = open;
                Ok(TokenKind::RightParen)
            }
            None => {
                self.start = self.position;
                self.fail("unexpected right parenthesis ')'")
            }
        }
    }

    fn begins_number(&self, character: char) -> bool {
        let digit_next = || self.peek().is_some_and(|next| next.is_ascii_digit());
        character.is_ascii_digit() || character == '.' && digit_next()
    }

    fn keyword_or_identifier(&mut self) -> TokenKind {
        self.accept_all(|next| is_alphanumeric(next) || next == ':');
        let text = self.token();
        match word(text) {
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.parenthesis_follows() =>
            {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if text.contains(':') => TokenKind::MetricIdentifier,
            None => TokenKind::Identifier,
        }
    }

    fn parenthesis_follows(&self) -> bool {
        self.rest().trim_start_matches([' ', '\t', '\n', '\r']).starts_with('(')
    }

    fn inside_braces(&mut self, character: char) -> Parsed<TokenKind> {
        Ok(match character {
            ',' => TokenKind::Comma,
            '"' | '\'' => self.quoted(character)?,
            '`' => self.raw()?,
            '=' if self.accept(|next| next == '~') => TokenKind::EqualRegex,
            '=' => TokenKind::Equal,
            '!' => match self.bump() {
                Some('~') => TokenKind::NotRegex,
                Some('=') => TokenKind::Operator(BinaryOp::NotEqual),
                other => {
                    let other = quoted_character(other);
                    return self
                        .fail(format!("unexpected character after '!' inside braces: {other}"));
                }
            },
            '{' => return self.fail("unexpected left brace '{'"),
            '}' => {
                self.place = Place::Outside;
                TokenKind::RightBrace
            }
            _ if is_alpha(character) => {
                self.accept_all(is_alphanumeric);
                TokenKind::Identifier
            }
            _ => {
                let character = quoted_character(Some(character));
                return self.fail(format!("unexpected character inside braces: {character}"));
            }
        })
    }

    fn inside_brackets(&mut self, character: char) -> Parsed<TokenKind> {
        let begun = self.place == Place::Brackets;
        match character {
            ']' => {
                self.place = Place::Outside;
                Ok(TokenKind::RightBracket)
            }
            ':' if !begun => {
                self.start = self.position;
                self.fail("unexpected colon before duration in duration expression")
            }
            ':' => Ok(TokenKind::Colon),
            '[' => self.fail("unexpected left bracket '['"),
            _ if is_alpha(character) => self.word_in_brackets(character),
            _ if begun => self.outside(character),
            _ => {
                if self.begins_number(character) {
                    self.place = Place::Brackets;
                }
                match self.arithmetic(character)? {
                    Some(kind) => Ok(kind),
                    None => self.unexpected_in_brackets(character),
                }
            }
        }
    }

    fn word_in_brackets(&mut self, character: char) -> Parsed<TokenKind> {
        self.accept_all(is_alpha);
        match word(self.token()) {
            Some(TokenKind::Keyword(
                keyword @ (Keyword::Step | Keyword::Range | Keyword::MinOf | Keyword::MaxOf),
            )) => {
                self.place = Place::Brackets;
                Ok(TokenKind::Keyword(keyword))
            }
            _ => self.unexpected_in_brackets(character),
        }
    }

    fn unexpected_in_brackets(&self, character: char) -> Parsed<TokenKind> {
        let character = quoted_character(Some(character));
        if self.place == Place::BracketsOpened {
            return self.fail(format!("unexpected character in duration expression: {character}"));
        }
        self.fail(format!("unexpected character: {character}, expected ':'"))
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        let end = self.text.len() as u32;
        fault(PositionRange { start: self.start as u32, end }, message)
    }

    fn range(&self) -> PositionRange {
        PositionRange { start: self.start as u32, end: self.position as u32 }
    }

    fn token(&self) -> &'a str {
        &self.text[self.start..self.position]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn accept(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        let hit = self.peek().is_some_and(wanted);
        if hit {
            self.bump();
        }
        hit
    }

    fn accept_all(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.find(|next| !wanted(next)).unwrap_or(rest.len());
    }
}

fn is_alpha(character: char) -> bool {
    character == '_' || character.is_ascii_alphabetic()
}

fn is_alphanumeric(character: char) -> bool {
    is_alpha(character) || character.is_ascii_digit()
}

/// A character as Go's `%q` writes it; the end of the text is the replacement character.
fn quoted_character(character: Option<char>) -> String {
    match character.unwrap_or(char::REPLACEMENT_CHARACTER) {
        '"' => "'\"'".to_owned(),
        '\'' => "'\\''".to_owned(),
        other => format!("'{}'", quote(other.encode_utf8(&mut [0; 4])).trim_matches('"')),
    }
}

#[cfg(test)]
mod tests;
