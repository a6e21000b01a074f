//! Lengths of time in brackets and after `offset`: `5m`, `-(5m * 2) + step()`.

use super::binary::strength;
use super::{POWER, Parser, WEAKEST};
use crate::promql::syntax::ast::{BinaryOp, DurationExpr, DurationNode, PositionRange};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::token::{Keyword, Token, TokenKind};
use crate::time::Span;

/// The longest time that is representable, in seconds: 2^63 nanoseconds.
const LONGEST_SECONDS: f64 = 9_223_372_036.854_776;

/// What an error says about where it happened.
#[derive(Copy, Clone)]
pub(super) struct Context {
    /// The construct.
    pub inside: &'static str,
    /// What may stand there.
    pub expected: &'static str,
}

/// A node and where it stands.
pub(super) type Located = (DurationNode, PositionRange);

impl Parser<'_> {
    /// A length that, where it is known already, must be positive.
    pub(super) fn positive_duration(&mut self, context: Context) -> Parsed<DurationExpr> {
        let (node, range) = self.duration(WEAKEST, context)?;
        match literal(&node) {
            Some(value) if value <= 0.0 => fault(range, "duration must be greater than 0"),
            _ => Ok(finished((node, range))),
        }
    }

    /// What stands after `offset`. Without parentheses it ends after its first operand, so that
    /// `x offset 5m + 2` adds to the value.
    pub(super) fn offset_duration(&mut self, context: Context) -> Parsed<DurationExpr> {
        let token = self.peek()?;
        if token.kind == TokenKind::LeftParen {
            return Ok(finished(self.duration(WEAKEST, context)?));
        }
        let Some(negative) = self.sign()? else {
            return Ok(finished(self.duration_operand(context)?));
        };
        if matches!(self.peek()?.kind, TokenKind::Operator(BinaryOp::Add | BinaryOp::Sub)) {
            let operand = self.duration(POWER, context)?;
            let signed = self.apply_sign(token, negative, operand)?;
            return Ok(finished(self.duration_tail(signed, WEAKEST, context)?));
        }
        let operand = self.duration_operand(context)?;
        Ok(finished(self.apply_sign(token, negative, operand)?))
    }

    fn duration(&mut self, weakest: u8, context: Context) -> Parsed<Located> {
        self.enter()?;
        let token = self.peek()?;
        let operand = match self.sign()? {
            None => self.duration_operand(context)?,
            Some(negative) => {
                let operand = self.duration(POWER, context)?;
                self.apply_sign(token, negative, operand)?
            }
        };
        let located = self.duration_tail(operand, weakest, context)?;
        self.depth -= 1;
        Ok(located)
    }

    fn duration_tail(
        &mut self,
        mut lhs: Located,
        weakest: u8,
        context: Context,
    ) -> Parsed<Located> {
        loop {
            let token = self.peek()?;
            let TokenKind::Operator(op) = token.kind else { return Ok(lhs) };
            let strength = strength(op);
            if !is_arithmetic(op) || strength < weakest {
                return Ok(lhs);
            }
            self.take();
            let height = self.height;
            let rhs =
                self.duration(if op == BinaryOp::Pow { POWER } else { strength + 1 }, context)?;
            self.grow(height.max(self.height))?;
            lhs = self.duration_binary(lhs, token, op, rhs)?;
        }
    }

    fn duration_binary(
        &self,
        lhs: Located,
        token: Token,
        op: BinaryOp,
        rhs: Located,
    ) -> Parsed<Located> {
        self.experimental(lhs.1)?;
        match op {
            BinaryOp::Div if literal(&rhs.0) == Some(0.0) => {
                return fault(token.range, "division by zero");
            }
            BinaryOp::Mod if literal(&rhs.0) == Some(0.0) => {
                return fault(token.range, "modulo by zero");
            }
            _ => {}
        }
        let range = PositionRange { start: lhs.1.start, end: rhs.1.end };
        Ok((DurationNode::Binary { op, lhs: Box::new(lhs.0), rhs: Box::new(rhs.0) }, range))
    }

    fn duration_operand(&mut self, context: Context) -> Parsed<Located> {
        let token = self.peek()?;
        self.height = 1;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                self.take();
                let value = self.number(token)?;
                self.in_range(value, token.range)?;
                let duration = token.kind == TokenKind::Duration;
                Ok((DurationNode::Number { value, duration }, token.range))
            }
            TokenKind::Keyword(Keyword::Step) => self.no_arguments(DurationNode::Step, context),
            TokenKind::Keyword(Keyword::Range) => self.no_arguments(DurationNode::Range, context),
            TokenKind::Keyword(Keyword::MinOf) => self.two_arguments(DurationNode::MinOf, context),
            TokenKind::Keyword(Keyword::MaxOf) => self.two_arguments(DurationNode::MaxOf, context),
            TokenKind::LeftParen => self.duration_in_parentheses(context),
            _ => self.unexpected_duration(token, context),
        }
    }

    fn no_arguments(&mut self, node: DurationNode, context: Context) -> Parsed<Located> {
        let start = self.peek()?.range.start;
        self.take();
        self.expect_in(TokenKind::LeftParen, context)?;
        self.expect_in(TokenKind::RightParen, context)?;
        let range = PositionRange { start, end: self.last_end };
        self.experimental(range)?;
        Ok((node, range))
    }

    fn two_arguments(
        &mut self,
        node: fn(Box<DurationNode>, Box<DurationNode>) -> DurationNode,
        context: Context,
    ) -> Parsed<Located> {
        let start = self.peek()?.range.start;
        self.take();
        self.expect_in(TokenKind::LeftParen, context)?;
        let (first, _) = self.duration(WEAKEST, context)?;
        let height = self.height;
        self.expect_in(TokenKind::Comma, context)?;
        let (second, _) = self.duration(WEAKEST, context)?;
        self.grow(height.max(self.height))?;
        self.expect_in(TokenKind::RightParen, context)?;
        let range = PositionRange { start, end: self.last_end };
        self.experimental(range)?;
        Ok((node(Box::new(first), Box::new(second)), range))
    }

    fn duration_in_parentheses(&mut self, context: Context) -> Parsed<Located> {
        let start = self.peek()?.range.start;
        self.take();
        let (node, inner) = self.duration(WEAKEST, context)?;
        self.expect_in(TokenKind::RightParen, context)?;
        self.experimental(inner)?;
        let range = PositionRange { start, end: self.last_end };
        if matches!(node, DurationNode::Paren(_)) {
            return Ok((node, range));
        }
        self.grow(self.height)?;
        Ok((DurationNode::Paren(Box::new(node)), range))
    }

    /// A sign folds into a number; a plus sign says nothing.
    fn apply_sign(&mut self, sign: Token, negative: bool, operand: Located) -> Parsed<Located> {
        let (node, range) = operand;
        let range = PositionRange { start: sign.range.start, end: range.end };
        match node {
            DurationNode::Number { value, duration } => {
                let value = if negative { -value } else { value };
                self.in_range(value, sign.range)?;
                Ok((DurationNode::Number { value, duration }, range))
            }
            node if negative => {
                self.grow(self.height)?;
                Ok((DurationNode::Unary { negative, node: Box::new(node) }, range))
            }
            node => Ok((node, range)),
        }
    }

    /// Not longer than Go's durations. (Go lets a length that is no number pass.)
    fn in_range(&self, seconds: f64, range: PositionRange) -> Parsed<()> {
        if (-LONGEST_SECONDS..=LONGEST_SECONDS).contains(&seconds) {
            return Ok(());
        }
        fault(range, "duration out of range")
    }

    fn experimental(&self, range: PositionRange) -> Parsed<()> {
        if self.features.duration_expressions {
            return Ok(());
        }
        fault(range, "experimental duration expression is not enabled")
    }

    fn expect_in(&mut self, kind: TokenKind, context: Context) -> Parsed<()> {
        let token = self.peek()?;
        if token.kind != kind {
            return self.unexpected_duration(token, context);
        }
        self.take();
        Ok(())
    }

    fn unexpected_duration<T>(&self, token: Token, context: Context) -> Parsed<T> {
        self.unexpected_in(token, context.inside, context.expected)
    }
}

fn is_arithmetic(op: BinaryOp) -> bool {
    use BinaryOp::{Add, Div, Mod, Mul, Pow, Sub};
    matches!(op, Add | Sub | Mul | Div | Mod | Pow)
}

/// The value of a number, in any parentheses.
fn literal(node: &DurationNode) -> Option<f64> {
    match node {
        DurationNode::Number { value, .. } => Some(*value),
        DurationNode::Paren(node) => literal(node),
        _ => None,
    }
}

/// A plain number is a fixed length, rounded to nanoseconds and cut to milliseconds as Go does.
fn finished((node, range): Located) -> DurationExpr {
    match node {
        DurationNode::Number { value, .. } => {
            let nanos = (value * 1e9).round();
            DurationExpr::Fixed(Span::from_millis((nanos / 1e6).trunc() as i64))
        }
        node => DurationExpr::Computed(Box::new(node), range),
    }
}
