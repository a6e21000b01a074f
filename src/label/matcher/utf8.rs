//! The UTF-8 matcher syntax: names and values of any characters, quoted where need be.
//!
//! ```text
//! list    = "{" [ matchers ] "}" | [ matchers ]
//! matchers = matcher { "," matcher } [ "," ]
//! matcher = text ( "=" | "!=" | "=~" | "!~" ) text
//! text    = unreserved characters | a double-quoted string with Go's escapes
//! ```

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{anychar, char, none_of};
use nom::combinator::{recognize, value};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::super::pattern::Dialect;
use super::{MatchOp, Matcher, MatcherError, Matchers};

/// Whether a character cannot be in an unquoted text.
pub(super) fn is_reserved(character: char) -> bool {
    character.is_whitespace() || "{}!=~,\\\"'`".contains(character)
}

/// A list of matchers, with both braces or none.
pub(super) fn list(text: &str) -> Result<Matchers, MatcherError> {
    let mut reader = Reader { input: text, offset: 0, column: 0 };
    let braced = reader.peek()?.is_some_and(|token| token.kind == Kind::OpenBrace);
    if braced {
        reader.next()?;
    }
    let mut matchers = Vec::new();
    let starts = reader.peek()?.is_some_and(|token| token.kind != Kind::CloseBrace);
    if starts {
        matchers.push(reader.matcher()?);
        while reader.comma()? {
            matchers.push(reader.matcher()?);
        }
    }
    reader.end(braced)?;
    Ok(Matchers(matchers))
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    OpenBrace,
    CloseBrace,
    Comma,
    Operator(MatchOp),
    Quoted,
    Unquoted,
}

/// A token, and the columns (in characters, from 0) between which it stands.
#[derive(Copy, Clone, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
    end: usize,
}

struct Reader<'a> {
    input: &'a str,
    offset: usize,
    column: usize,
}

impl<'a> Reader<'a> {
    /// The next token without taking it; `None` at the end.
    fn peek(&mut self) -> Result<Option<Token<'a>>, MatcherError> {
        let (offset, column) = (self.offset, self.column);
        let token = self.next();
        (self.offset, self.column) = (offset, column);
        token
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, MatcherError> {
        let rest = &self.input[self.offset..];
        let trimmed = rest.trim_start();
        self.advance(&rest[..rest.len() - trimmed.len()]);
        if trimmed.is_empty() {
            return Ok(None);
        }
        let (after, kind) = token(trimmed).map_err(|_| self.not_a_token(trimmed))?;
        let text = &trimmed[..trimmed.len() - after.len()];
        let start = self.column;
        self.advance(text);
        Ok(Some(Token { kind, text, start, end: self.column }))
    }

    fn advance(&mut self, text: &str) {
        self.offset += text.len();
        self.column += text.chars().count();
    }

    fn not_a_token(&self, rest: &str) -> MatcherError {
        let start = self.column;
        let problem = match rest.chars().next() {
            Some('!') if rest.len() == 1 => "unexpected end of input, expected one of '=~'".into(),
            Some('!') => "!: expected one of '=~'".into(),
            Some('"') => {
                let end = start + rest.chars().count();
                return MatcherError::Syntax(format!("{start}:{end}: {rest}: missing end \""));
            }
            Some(character) => format!("{character}: invalid input"),
            None => String::new(),
        };
        MatcherError::Syntax(format!("{start}:{}: {problem}", start + 1))
    }

    /// The next token, if it is a wanted one; else an error that says what was expected.
    fn expect(
        &mut self,
        wanted: impl Fn(Kind) -> bool,
        expected: &str,
    ) -> Result<Token<'a>, MatcherError> {
        let problem = match self.peek() {
            Ok(Some(token)) if wanted(token.kind) => {
                self.next()?;
                return Ok(token);
            }
            Ok(Some(Token { text, start, end, .. })) => format!("{start}:{end}: unexpected {text}"),
            Ok(None) => "end of input".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(MatcherError::Syntax(format!("{problem}: {expected}")))
    }

    fn matcher(&mut self) -> Result<Matcher, MatcherError> {
        let is_text = |kind| matches!(kind, Kind::Quoted | Kind::Unquoted);
        let name = self.expect(is_text, NO_NAME)?;
        let name_text = unquote(name)?;
        if name_text.is_empty() {
            let Token { start, end, text, .. } = name;
            return Err(MatcherError::Syntax(format!("{start}:{end}: {text}: {NO_NAME}")));
        }
        let operator = self.expect(|kind| matches!(kind, Kind::Operator(_)), NO_OPERATOR)?;
        let value = unquote(self.expect(is_text, "expected label value")?)?;
        let op = if let Kind::Operator(op) = operator.kind { op } else { MatchOp::Equal };
        Matcher::new(&name_text, op, &value, Dialect::Alertmanager).map_err(MatcherError::Create)
    }

    /// Takes a comma; whether another matcher follows.
    fn comma(&mut self) -> Result<bool, MatcherError> {
        const AFTER_MATCHER: &str = "expected a comma or close brace";
        const AFTER_COMMA: &str = "expected a matcher or close brace after comma";
        let said =
            |error: MatcherError, what: &str| MatcherError::Syntax(format!("{error}: {what}"));
        match self.peek().map_err(|error| said(error, AFTER_MATCHER))? {
            None | Some(Token { kind: Kind::CloseBrace, .. }) => return Ok(false),
            _ => self.expect(|kind| kind == Kind::Comma, AFTER_MATCHER)?,
        };
        match self.peek().map_err(|error| said(error, AFTER_COMMA))? {
            None | Some(Token { kind: Kind::CloseBrace, .. }) => Ok(false),
            Some(Token { kind: Kind::Quoted | Kind::Unquoted, .. }) => Ok(true),
            Some(Token { text, start, end, .. }) => {
                let problem = format!("{start}:{end}: unexpected {text}: {AFTER_COMMA}");
                Err(MatcherError::Syntax(problem))
            }
        }
    }

    /// The closing brace, if one was opened, and nothing after it.
    fn end(&mut self, braced: bool) -> Result<(), MatcherError> {
        let closes = self.peek()?.is_some_and(|token| token.kind == Kind::CloseBrace);
        if closes {
            self.next()?;
        }
        let column = self.column;
        let problem = match (braced, closes) {
            (true, false) => format!("0:{column}: end of input: expected close brace"),
            (false, true) => format!("0:{column}: }}: expected opening brace"),
            _ => match self.next() {
                Ok(None) => return Ok(()),
                Ok(Some(Token { text, start, end, .. })) => {
                    format!("{start}:{end}: {text}: {NO_END}")
                }
                Err(error) => format!("{error}: {NO_END}"),
            },
        };
        Err(MatcherError::Syntax(problem))
    }
}

const NO_NAME: &str = "expected label name";
const NO_OPERATOR: &str = "expected an operator such as '=', '!=', '=~' or '!~'";
const NO_END: &str = "expected end of input";

fn token(text: &str) -> IResult<&str, Kind> {
    let quoted = delimited(
        char('"'),
        many0_count(alt((preceded(char('\\'), anychar), none_of("\\\"")))),
        char('"'),
    );
    alt((
        value(Kind::OpenBrace, char('{')),
        value(Kind::CloseBrace, char('}')),
        value(Kind::Comma, char(',')),
        value(Kind::Operator(MatchOp::Regex), tag("=~")),
        value(Kind::Operator(MatchOp::Equal), char('=')),
        value(Kind::Operator(MatchOp::NotEqual), tag("!=")),
        value(Kind::Operator(MatchOp::NotRegex), tag("!~")),
        value(Kind::Quoted, recognize(quoted)),
        value(Kind::Unquoted, take_while1(|character| !is_reserved(character))),
    ))
    .parse(text)
}

/// What a quoted or unquoted token stands for.
fn unquote(token: Token<'_>) -> Result<String, MatcherError> {
    if token.kind == Kind::Unquoted {
        return Ok(token.text.to_owned());
    }
    let inner = token.text.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let inner = inner.unwrap_or(token.text);
    unescape(inner).ok_or_else(|| {
        let Token { start, end, text, .. } = token;
        MatcherError::Syntax(format!("{start}:{end}: {text}: invalid input"))
    })
}

/// The text of a Go string without its quotes; `None` for an escape Go does not know, a raw
/// newline, or bytes that are not UTF-8.
fn unescape(inner: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '\n' => return None,
            '\\' => rest = push_escape(&mut bytes, rest)?,
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Reads what follows a backslash, and gives back what follows that.
fn push_escape<'a>(bytes: &mut Vec<u8>, rest: &'a str) -> Option<&'a str> {
    let letter = rest.chars().next().filter(char::is_ascii)?;
    let after = &rest[1..];
    let byte = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' | '"' => letter as u8,
        'x' => {
            let (code, after) = number(after, 2, 16)?;
            bytes.push(u8::try_from(code).ok()?);
            return Some(after);
        }
        '0'..='7' => {
            let (code, after) = number(rest, 3, 8)?;
            bytes.push(u8::try_from(code).ok()?);
            return Some(after);
        }
        'u' | 'U' => {
            let (code, after) = number(after, if letter == 'u' { 4 } else { 8 }, 16)?;
            let character = char::from_u32(code)?;
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(after);
        }
        _ => return None,
    };
    bytes.push(byte);
    Some(after)
}

fn number(text: &str, digits: usize, radix: u32) -> Option<(u32, &str)> {
    let (head, after) = text.split_at_checked(digits)?;
    let all_digits = head.chars().all(|digit| digit.is_digit(radix));
    all_digits.then(|| u32::from_str_radix(head, radix).ok())?.map(|code| (code, after))
}
