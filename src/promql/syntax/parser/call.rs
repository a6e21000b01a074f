//! Function calls: `rate(x[5m])`.

use super::{Parser, WEAKEST, is_metric_name};
use crate::promql::syntax::ast::{BinaryOp, Expr, ExprKind, PositionRange};
use crate::promql::syntax::functions::{self, Signature};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::token::{Token, TokenKind};
use crate::template::quote;

impl Parser<'_> {
    /// A call if a parenthesis follows the name, else a selector.
    pub(super) fn call_or_selector(&mut self, name: Token) -> Parsed<Expr> {
        if self.peek()?.kind != TokenKind::LeftParen {
            return self.vector_selector(Some(name));
        }
        let args = self.arguments()?;
        let function = self.function(name)?;
        let range = PositionRange { start: name.range.start, end: self.last_end };
        Ok(Expr { kind: ExprKind::Call { function, args }, range })
    }

    fn function(&self, name: Token) -> Parsed<&'static Signature> {
        let text = self.text(name);
        match functions::find(text) {
            None => fault(name.range, format!("unknown function with name {}", quote(text))),
            Some(function) if function.experimental && !self.features.experimental_functions => {
                fault(name.range, format!("function {} is not enabled", quote(text)))
            }
            Some(function) => Ok(function),
        }
    }

    /// `(a, b)`; leaves the height of a node above all of them.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect(TokenKind::LeftParen)?;
        let (mut args, mut height) = (Vec::new(), 0);
        if !self.accept(TokenKind::RightParen)? {
            loop {
                args.push(self.expression(WEAKEST)?);
                height = height.max(self.height);
                let token = self.peek()?;
                match token.kind {
                    TokenKind::Comma => self.comma(token)?,
                    TokenKind::RightParen => break self.take(),
                    _ => return self.unexpected(token),
                }
            }
        }
        self.grow(height)?;
        Ok(args)
    }

    fn comma(&mut self, comma: Token) -> Parsed<()> {
        self.take();
        if begins_expression(self.peek()?.kind) {
            return Ok(());
        }
        fault(comma.range, "trailing commas not allowed in function call args")
    }
}

fn begins_expression(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Number
        | TokenKind::Duration
        | TokenKind::String
        | TokenKind::LeftParen
        | TokenKind::LeftBrace
        | TokenKind::Operator(BinaryOp::Add | BinaryOp::Sub) => true,
        _ => is_metric_name(kind),
    }
}
