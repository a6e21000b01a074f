//! Aggregations: `sum by (a) (x)`, `topk(3, x) without (b)`.

use super::Parser;
use crate::promql::syntax::ast::{AggregateOp, BinaryOp, Expr, ExprKind, Grouping, PositionRange};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::literal;
use crate::promql::syntax::token::{Keyword, Token, TokenKind};
use crate::template::quote;

impl Parser<'_> {
    /// An aggregation if a parenthesis or a grouping follows, else a metric of that name.
    pub(super) fn aggregation_or_selector(&mut self, name: Token, op: AggregateOp) -> Parsed<Expr> {
        match self.peek()?.kind {
            TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without) => {
                self.aggregation(name, op)
            }
            _ => self.vector_selector(Some(name)),
        }
    }

    fn aggregation(&mut self, name: Token, op: AggregateOp) -> Parsed<Expr> {
        self.aggregations += 1;
        let before = self.grouping()?;
        self.check_label_parameter(op)?;
        let args = self.arguments()?;
        let height = self.height;
        let grouping = match before {
            Some(grouping) => grouping,
            None => self.grouping()?.unwrap_or_default(),
        };
        self.aggregations -= 1;
        self.height = height;
        let range = PositionRange { start: name.range.start, end: self.last_end };
        let (param, expr) = self.aggregate_arguments(op, args, range)?;
        Ok(Expr { kind: ExprKind::Aggregate { op, param, expr, grouping }, range })
    }

    /// The label that `count_values` names may be written with escapes that are not UTF-8.
    fn check_label_parameter(&mut self, op: AggregateOp) -> Parsed<()> {
        let open = self.peek()?;
        if op != AggregateOp::CountValues || open.kind != TokenKind::LeftParen {
            return Ok(());
        }
        let mut ahead = self.lexer.clone();
        match ahead.read() {
            Ok(token) if token.kind == TokenKind::String => {
                match literal::unquote(self.text(token)) {
                    Ok(_) => Ok(()),
                    Err(bytes) => {
                        let name = literal::quote_bytes(&bytes);
                        fault(token.range, format!("invalid label name {name}"))
                    }
                }
            }
            _ => Ok(()),
        }
    }

    /// The parameter, if the operator takes one, and what is aggregated.
    fn aggregate_arguments(
        &self,
        op: AggregateOp,
        args: Vec<Expr>,
        range: PositionRange,
    ) -> Parsed<(Option<Box<Expr>>, Box<Expr>)> {
        if args.is_empty() {
            return fault(range, "no arguments for aggregate expression provided");
        }
        if op.is_experimental() && !self.features.experimental_functions {
            let flag = "--enable-feature=promql-experimental-functions";
            let name = op.text();
            return fault(
                range,
                format!("{name}() is experimental and must be enabled with {flag}"),
            );
        }
        let (got, mut args) = (args.len(), args.into_iter());
        let (param, expr) = match op.parameter() {
            Some(_) => (args.next(), args.next()),
            None => (None, args.next()),
        };
        let wanted = if op.parameter().is_some() { 2 } else { 1 };
        match expr {
            Some(expr) if got == wanted => Ok((param.map(Box::new), Box::new(expr))),
            _ => {
                let what = "wrong number of arguments for aggregate expression provided";
                fault(range, format!("{what}, expected {wanted}, got {got}"))
            }
        }
    }

    /// `by (a, b)` or `without (a, b)`, if one of them is next.
    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = match self.peek()?.kind {
            TokenKind::Keyword(Keyword::By) => false,
            TokenKind::Keyword(Keyword::Without) => true,
            _ => return Ok(None),
        };
        self.take();
        let labels = self.labels()?;
        Ok(Some(Grouping { without, labels }))
    }

    /// `(a, "b c")`: the names of labels.
    pub(super) fn labels(&mut self) -> Parsed<Vec<String>> {
        const CONTEXT: &str = "grouping opts";
        let open = self.peek()?;
        if open.kind != TokenKind::LeftParen {
            return self.unexpected_in(open, CONTEXT, "\"(\"");
        }
        self.take();
        let mut labels = Vec::new();
        while !self.accept(TokenKind::RightParen)? {
            let token = self.peek()?;
            if !is_label(token.kind) {
                return self.unexpected_in(token, CONTEXT, "label");
            }
            self.take();
            labels.push(self.label(token)?);
            let next = self.peek()?;
            match next.kind {
                TokenKind::Comma => self.take(),
                TokenKind::RightParen => {}
                _ => return self.unexpected_in(next, CONTEXT, "\",\" or \")\""),
            }
        }
        Ok(labels)
    }

    fn label(&self, token: Token) -> Parsed<String> {
        if token.kind != TokenKind::String {
            return Ok(self.text(token).to_owned());
        }
        let shown = match literal::unquote(self.text(token)) {
            Ok(name) if !name.is_empty() => return Ok(name),
            Ok(name) => quote(&name),
            Err(bytes) => literal::quote_bytes(&bytes),
        };
        fault(token.range, format!("invalid label name for grouping: {shown}"))
    }
}

/// Whether a token may stand as the name of a label: any word, whatever else it means, but
/// `without`.
fn is_label(kind: TokenKind) -> bool {
    match kind {
        TokenKind::Keyword(Keyword::Without) => false,
        TokenKind::Identifier
        | TokenKind::MetricIdentifier
        | TokenKind::String
        | TokenKind::Aggregation(_)
        | TokenKind::Keyword(_) => true,
        TokenKind::Operator(op) => op.is_set() || op == BinaryOp::Atan2,
        _ => false,
    }
}
