//! Tokens to tree, by recursive descent; binary operators by their strength.
//!
//! | strength | operators |
//! |---|---|
//! | 1 | `or` |
//! | 2 | `and unless` |
//! | 3 | `== != > < >= <= </ >/` |
//! | 4 | `+ -` |
//! | 5 | `* / % atan2`, and signs |
//! | 6 | `^`, from right to left |
//!
//! Suffixes (`[5m]`, `offset 5m`, `@ 0`) hold tighter than any operator.

mod aggregate;
mod binary;
mod call;
mod duration;
mod metric;
mod selector;
mod suffix;

pub(super) use metric::metric;

use super::Features;
use super::ast::{BinaryOp, Expr, ExprKind, PositionRange};
use super::lexer::{Lexer, Parsed, fault};
use super::literal;
use super::token::{Keyword, Token, TokenKind};
use crate::label::Matchers;
use crate::time::duration::parse_prometheus;

/// The longest text that is parsed, in bytes.
pub(super) const MAX_TEXT_BYTES: usize = 1 << 20;

/// How deep an expression may be nested, and how high its tree may grow: everybody who walks
/// the tree recurses, evaluation with some kilobytes of stack a level.
pub(super) const MAX_DEPTH: usize = 250;

/// Any operator.
const WEAKEST: u8 = 1;
/// Nothing but `^`: what a sign stands before.
const POWER: u8 = 6;

/// Parses an expression, without checking its types.
pub(super) fn expression(text: &str, features: &Features) -> Parsed<Expr> {
    let mut parser = Parser::new(text, features)?;
    if parser.peek()?.kind == TokenKind::End {
        return fault(PositionRange::default(), "no expression found in input");
    }
    let expr = parser.expression(WEAKEST)?;
    parser.end()?;
    Ok(expr)
}

/// Parses a selector of instant vectors, without any modifier.
pub(super) fn selector(text: &str) -> Parsed<Matchers> {
    let mut parser = Parser::new(text, &Features::default())?;
    let matchers = parser.bare_selector()?;
    parser.end()?;
    Ok(Matchers(matchers))
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    features: Features,
    peeked: Option<Token>,
    /// One past the last byte of the token taken last.
    last_end: u32,
    /// How many expressions are open.
    depth: usize,
    /// Height of the tree that was finished last.
    height: usize,
    /// How many aggregations are open: errors say so.
    aggregations: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, features: &Features) -> Parsed<Parser<'a>> {
        if text.len() > MAX_TEXT_BYTES {
            let message = format!("expression is longer than {MAX_TEXT_BYTES} bytes");
            return fault(PositionRange::default(), message);
        }
        Ok(Parser {
            lexer: Lexer::new(text),
            features: *features,
            peeked: None,
            last_end: 0,
            depth: 0,
            height: 0,
            aggregations: 0,
        })
    }

    fn expression(&mut self, weakest: u8) -> Parsed<Expr> {
        self.enter()?;
        let mut expr = self.operand()?;
        while let Some((op, strength)) = self.operator_ahead(weakest)? {
            expr = self.binary(expr, op, strength)?;
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Operator(BinaryOp::Add) => self.signed(token, false),
            TokenKind::Operator(BinaryOp::Sub) => self.signed(token, true),
            _ => {
                let expr = self.primary(token)?;
                self.suffixes(expr)
            }
        }
    }

    fn signed(&mut self, sign: Token, negative: bool) -> Parsed<Expr> {
        self.take();
        let mut expr = self.expression(POWER)?;
        let range = PositionRange { start: sign.range.start, end: expr.range.end };
        if let ExprKind::Number { value, .. } = &mut expr.kind {
            if negative {
                *value = -*value;
            }
            expr.range = range;
            return Ok(expr);
        }
        self.grow(self.height)?;
        Ok(Expr { kind: ExprKind::Unary { negative, expr: Box::new(expr) }, range })
    }

    fn primary(&mut self, token: Token) -> Parsed<Expr> {
        self.height = 1;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => self.number_expression(token),
            TokenKind::String => self.string_expression(token),
            TokenKind::LeftParen => self.parenthesized(token),
            TokenKind::LeftBrace => self.vector_selector(None),
            TokenKind::Identifier => {
                self.take();
                self.call_or_selector(token)
            }
            TokenKind::Keyword(keyword) if is_function(keyword) => {
                self.take();
                self.call_or_selector(token)
            }
            TokenKind::Aggregation(op) => {
                self.take();
                self.aggregation_or_selector(token, op)
            }
            _ if is_metric_name(token.kind) => {
                self.take();
                self.vector_selector(Some(token))
            }
            _ => self.unexpected(token),
        }
    }

    fn number_expression(&mut self, token: Token) -> Parsed<Expr> {
        self.take();
        let value = self.number(token)?;
        let duration = token.kind == TokenKind::Duration;
        Ok(Expr { kind: ExprKind::Number { value, duration }, range: token.range })
    }

    fn string_expression(&mut self, token: Token) -> Parsed<Expr> {
        self.take();
        let text = self.unquote(token)?;
        Ok(Expr { kind: ExprKind::String(text), range: token.range })
    }

    fn parenthesized(&mut self, open: Token) -> Parsed<Expr> {
        self.take();
        let expr = self.expression(WEAKEST)?;
        let close = self.expect(TokenKind::RightParen)?;
        self.grow(self.height)?;
        Ok(Expr {
            kind: ExprKind::Paren(Box::new(expr)),
            range: PositionRange { start: open.range.start, end: close.range.end },
        })
    }

    /// The value of a number or a duration, in seconds.
    fn number(&self, token: Token) -> Parsed<f64> {
        let text = self.text(token);
        let value = match token.kind {
            TokenKind::Duration => {
                parse_prometheus(text).map(|span| span.seconds()).map_err(|error| error.to_string())
            }
            _ => literal::number(text),
        };
        value.or_else(|message| fault(token.range, message))
    }

    fn unquote(&self, token: Token) -> Parsed<String> {
        literal::unquote(self.text(token)).or_else(|bytes| {
            let text = literal::quote_bytes(&bytes);
            fault(token.range, format!("string is not valid UTF-8: {text}"))
        })
    }

    fn text(&self, token: Token) -> &'a str {
        token.text(self.lexer.source())
    }

    /// The next token, which stays the next one.
    fn peek(&mut self) -> Parsed<Token> {
        match self.peeked {
            Some(token) => Ok(token),
            None => {
                let token = self.lexer.read()?;
                self.peeked = Some(token);
                Ok(token)
            }
        }
    }

    /// Takes the token that was peeked at.
    fn take(&mut self) {
        if let Some(token) = self.peeked.take() {
            self.last_end = token.range.end;
        }
    }

    /// Takes the next token if it is of this kind.
    fn accept(&mut self, kind: TokenKind) -> Parsed<bool> {
        let hit = self.peek()?.kind == kind;
        if hit {
            self.take();
        }
        Ok(hit)
    }

    fn expect(&mut self, kind: TokenKind) -> Parsed<Token> {
        let token = self.peek()?;
        if token.kind != kind {
            return self.unexpected(token);
        }
        self.take();
        Ok(token)
    }

    fn end(&mut self) -> Parsed<()> {
        self.expect(TokenKind::End).map(drop)
    }

    fn unexpected<T>(&self, token: Token) -> Parsed<T> {
        let context = if self.aggregations > 0 { " in aggregation" } else { "" };
        let token_text = token.describe(self.lexer.source());
        fault(token.range, format!("unexpected {token_text}{context}"))
    }

    fn unexpected_in<T>(&self, token: Token, context: &str, expected: &str) -> Parsed<T> {
        let token_text = token.describe(self.lexer.source());
        fault(token.range, format!("unexpected {token_text} in {context}, expected {expected}"))
    }

    /// Opens an expression inside another.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        self.limit(self.depth)
    }

    /// Puts a node above a tree of this height.
    fn grow(&mut self, height: usize) -> Parsed<()> {
        self.height = height + 1;
        self.limit(self.height)
    }

    fn limit(&self, levels: usize) -> Parsed<()> {
        if levels <= MAX_DEPTH {
            return Ok(());
        }
        let range = PositionRange { start: self.last_end, end: self.last_end };
        fault(range, format!("expression is nested more than {MAX_DEPTH} levels deep"))
    }
}

/// Keywords that are functions where a parenthesis follows, else metric names.
fn is_function(keyword: Keyword) -> bool {
    use Keyword::{End, MaxOf, MinOf, Range, Start, Step};
    matches!(keyword, Start | End | Step | Range | MinOf | MaxOf)
}

/// Words that may be a metric's name: not those that begin an operator's modifiers.
fn is_metric_name(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Identifier | TokenKind::MetricIdentifier | TokenKind::Aggregation(_) => true,
        TokenKind::Operator(op) => op.is_set(),
        TokenKind::Keyword(keyword) => !matches!(
            keyword,
            Keyword::Bool
                | Keyword::On
                | Keyword::Ignoring
                | Keyword::GroupLeft
                | Keyword::GroupRight
        ),
        _ => false,
    }
}
