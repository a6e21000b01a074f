//! Binary operators and what may stand between them and their right side:
//! `bool`, `on (a) group_left (b)`, `fill (0)`.

use super::{POWER, Parser};
use crate::promql::syntax::ast::{
    BinaryOp, Cardinality, Expr, ExprKind, PositionRange, VectorMatching,
};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::token::{Keyword, TokenKind};

struct Between {
    return_bool: bool,
    matching: VectorMatching,
}

impl Parser<'_> {
    /// The next operator and its strength, unless it is weaker than wanted or there is none.
    pub(super) fn operator_ahead(&mut self, weakest: u8) -> Parsed<Option<(BinaryOp, u8)>> {
        Ok(match self.peek()?.kind {
            TokenKind::Operator(op) if strength(op) >= weakest => Some((op, strength(op))),
            _ => None,
        })
    }

    /// Takes an operator, its modifiers and its right side.
    pub(super) fn binary(&mut self, lhs: Expr, op: BinaryOp, strength: u8) -> Parsed<Expr> {
        let height = self.height;
        self.take();
        let between = self.between()?;
        let rhs = self.expression(if strength == POWER { POWER } else { strength + 1 })?;
        self.grow(height.max(self.height))?;
        let range = PositionRange { start: lhs.range.start, end: rhs.range.end };
        let Between { return_bool, matching } = between;
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if fills && !self.features.binop_fill_modifiers {
            return fault(range, "binop fill modifiers are experimental and not enabled");
        }
        Ok(Expr {
            kind: ExprKind::Binary {
                op,
                lhs: Box::new(lhs),
                rhs: Box::new(rhs),
                return_bool,
                matching: Some(matching),
            },
            range,
        })
    }

    fn between(&mut self) -> Parsed<Between> {
        let return_bool = self.accept(TokenKind::Keyword(Keyword::Bool))?;
        let mut matching = VectorMatching {
            cardinality: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
        if let TokenKind::Keyword(keyword @ (Keyword::On | Keyword::Ignoring)) = self.peek()?.kind {
            self.take();
            matching.on = keyword == Keyword::On;
            matching.labels = self.labels()?;
            self.group(&mut matching)?;
        }
        self.fill(&mut matching)?;
        Ok(Between { return_bool, matching })
    }

    fn group(&mut self, matching: &mut VectorMatching) -> Parsed<()> {
        matching.cardinality = match self.peek()?.kind {
            TokenKind::Keyword(Keyword::GroupLeft) => Cardinality::ManyToOne,
            TokenKind::Keyword(Keyword::GroupRight) => Cardinality::OneToMany,
            _ => return Ok(()),
        };
        self.take();
        if self.peek()?.kind == TokenKind::LeftParen {
            matching.include = self.labels()?;
        }
        Ok(())
    }

    /// `fill (0)`, or one or both of `fill_left (0)` and `fill_right (0)`.
    fn fill(&mut self, matching: &mut VectorMatching) -> Parsed<()> {
        if self.accept(TokenKind::Keyword(Keyword::Fill))? {
            let value = self.fill_value()?;
            (matching.fill_left, matching.fill_right) = (Some(value), Some(value));
            return Ok(());
        }
        loop {
            let side = match self.peek()?.kind {
                TokenKind::Keyword(Keyword::FillLeft) => &mut matching.fill_left,
                TokenKind::Keyword(Keyword::FillRight) => &mut matching.fill_right,
                _ => return Ok(()),
            };
            if side.is_some() {
                return Ok(());
            }
            self.take();
            *side = Some(self.fill_value()?);
        }
    }

    /// `(-1.5)` or `(1m)`.
    fn fill_value(&mut self) -> Parsed<f64> {
        self.expect(TokenKind::LeftParen)?;
        let negative = self.sign()?;
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return self.unexpected(token);
        }
        self.take();
        let value = self.number(token)?;
        self.expect(TokenKind::RightParen)?;
        Ok(if negative.is_some_and(|negative| negative) { -value } else { value })
    }

    /// Takes a sign if one is next; tells whether it negates.
    pub(super) fn sign(&mut self) -> Parsed<Option<bool>> {
        let negative = match self.peek()?.kind {
            TokenKind::Operator(BinaryOp::Add) => false,
            TokenKind::Operator(BinaryOp::Sub) => true,
            _ => return Ok(None),
        };
        self.take();
        Ok(Some(negative))
    }
}

/// How tightly an operator holds its sides.
pub(super) fn strength(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Greater
        | BinaryOp::Less
        | BinaryOp::GreaterOrEqual
        | BinaryOp::LessOrEqual
        | BinaryOp::TrimUpper
        | BinaryOp::TrimLower => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => 5,
        BinaryOp::Pow => POWER,
    }
}
