//! Selectors: `up{job="a", "le.gacy"!~"b.*"}`.

use super::{Parser, is_metric_name};
use crate::label::pattern::Dialect;
use crate::label::{METRIC_NAME, MatchOp, Matcher};
use crate::promql::syntax::ast::{
    BinaryOp, Expr, ExprKind, Modifiers, PositionRange, VectorSelector,
};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::token::{Token, TokenKind};

/// What errors inside braces say.
const CONTEXT: &str = "label matching";

impl Parser<'_> {
    /// A selector whose name, if it has one before its braces, has been taken.
    pub(super) fn vector_selector(&mut self, name: Option<Token>) -> Parsed<Expr> {
        let start = match name {
            Some(name) => name.range.start,
            None => self.peek()?.range.start,
        };
        let mut matchers = Vec::new();
        if name.is_none() || self.peek()?.kind == TokenKind::LeftBrace {
            matchers = self.matchers()?;
        }
        let range = PositionRange { start, end: self.last_end };
        let name = name.map(|name| self.text(name).to_owned());
        if let Some(name) = &name {
            matchers.push(Matcher::equal(METRIC_NAME, name));
        }
        let modifiers = Modifiers::default();
        let selector = VectorSelector { name, matchers, modifiers, extension: None };
        Ok(Expr { kind: ExprKind::VectorSelector(selector), range })
    }

    /// The matchers of a text that is a selector and nothing else.
    pub(super) fn bare_selector(&mut self) -> Parsed<Vec<Matcher>> {
        let token = self.peek()?;
        let name = is_metric_name(token.kind).then_some(token);
        match name {
            Some(_) => self.take(),
            None if token.kind == TokenKind::LeftBrace => {}
            None => return self.unexpected(token),
        }
        match self.vector_selector(name)?.kind {
            ExprKind::VectorSelector(selector) => Ok(selector.matchers),
            _ => Ok(Vec::new()),
        }
    }

    fn matchers(&mut self) -> Parsed<Vec<Matcher>> {
        self.expect(TokenKind::LeftBrace)?;
        let mut matchers = Vec::new();
        while !self.accept(TokenKind::RightBrace)? {
            matchers.push(self.matcher()?);
            let next = self.peek()?;
            match next.kind {
                TokenKind::Comma => self.take(),
                TokenKind::RightBrace => {}
                _ => return self.unexpected_in(next, CONTEXT, "\",\" or \"}\""),
            }
        }
        Ok(matchers)
    }

    /// `name="value"`, `"name"="value"`, or a quoted metric name alone.
    fn matcher(&mut self) -> Parsed<Matcher> {
        let label = self.peek()?;
        let name = match label.kind {
            TokenKind::Identifier => self.text(label).to_owned(),
            TokenKind::String => self.unquote(label)?,
            _ => return self.unexpected_in(label, CONTEXT, "identifier or \"}\""),
        };
        self.take();
        let operator = self.peek()?;
        let Some(op) = match_op(operator.kind) else {
            if label.kind == TokenKind::String {
                return Ok(Matcher::equal(METRIC_NAME, &name));
            }
            return self.unexpected_in(operator, CONTEXT, "label matching operator");
        };
        self.take();
        let value = self.peek()?;
        if value.kind != TokenKind::String {
            return self.unexpected_in(value, CONTEXT, "string");
        }
        self.take();
        let range = PositionRange { start: label.range.start, end: value.range.end };
        Matcher::new(&name, op, &self.unquote(value)?, Dialect::PromQl)
            .or_else(|error| fault(range, error.to_string()))
    }
}

fn match_op(kind: TokenKind) -> Option<MatchOp> {
    Some(match kind {
        TokenKind::Equal => MatchOp::Equal,
        TokenKind::Operator(BinaryOp::NotEqual) => MatchOp::NotEqual,
        TokenKind::EqualRegex => MatchOp::Regex,
        TokenKind::NotRegex => MatchOp::NotRegex,
        _ => return None,
    })
}
