//! What may follow an expression: `[5m]`, `[5m:1m]`, `offset 5m`, `@ 0`, `anchored`, `smoothed`.

use super::Parser;
use super::duration::Context;
use crate::promql::syntax::ast::{
    AtModifier, DurationExpr, Expr, ExprKind, Extension, Modifiers, PositionRange, VectorSelector,
};
use crate::promql::syntax::lexer::{Parsed, fault};
use crate::promql::syntax::token::{Keyword, Token, TokenKind};
use crate::time::{Span, Timestamp};

const RANGE: Context = Context {
    inside: "subquery or range selector",
    expected: "number, duration, step(), or range()",
};
const STEP: Context = Context {
    inside: "subquery selector",
    expected: "number, duration, step(), range(), or \"]\"",
};
const OFFSET: Context =
    Context { inside: "offset", expected: "number, duration, step(), or range()" };

impl Parser<'_> {
    /// Takes all suffixes of an expression.
    pub(super) fn suffixes(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::LeftBracket => expr = self.brackets(expr, token)?,
                TokenKind::At => self.at(&mut expr)?,
                TokenKind::Keyword(Keyword::Offset) => self.offset(&mut expr)?,
                TokenKind::Keyword(Keyword::Anchored) => {
                    self.extend(&mut expr, Extension::Anchored)?;
                }
                TokenKind::Keyword(Keyword::Smoothed) => {
                    self.extend(&mut expr, Extension::Smoothed)?;
                }
                _ => return Ok(expr),
            }
        }
    }

    fn brackets(&mut self, expr: Expr, open: Token) -> Parsed<Expr> {
        let height = self.height;
        self.take();
        let range = self.positive_duration(RANGE)?;
        let height = height.max(self.height);
        let token = self.peek()?;
        match token.kind {
            TokenKind::RightBracket => {
                self.take();
                self.grow(height)?;
                let end = token.range.end;
                let brackets = PositionRange { start: open.range.start, end };
                range_selector(expr, range, brackets)
            }
            TokenKind::Colon => {
                self.take();
                self.subquery(expr, range, height)
            }
            _ => self.unexpected_in(token, "subquery or range", "\":\" or \"]\""),
        }
    }

    fn subquery(&mut self, expr: Expr, range: DurationExpr, height: usize) -> Parsed<Expr> {
        let mut step = None;
        self.height = height;
        if self.peek()?.kind != TokenKind::RightBracket {
            step = Some(self.positive_duration(STEP)?);
        }
        let close = self.peek()?;
        if close.kind != TokenKind::RightBracket {
            return self.unexpected_in(close, "subquery selector", "\"]\"");
        }
        self.take();
        self.grow(height.max(self.height))?;
        let whole = PositionRange { start: expr.range.start, end: close.range.end };
        let expr = Box::new(expr);
        let modifiers = Modifiers::default();
        Ok(Expr { kind: ExprKind::Subquery { expr, range, step, modifiers }, range: whole })
    }

    fn offset(&mut self, expr: &mut Expr) -> Parsed<()> {
        let height = self.height;
        self.take();
        let offset = self.offset_duration(OFFSET)?;
        self.height = height.max(self.height);
        let range = expr.range;
        let Some(modifiers) = modifiers(expr) else {
            let what = "an instant vector selector or range vector selector or a subquery";
            return fault(range, format!("offset modifier must be preceded by {what}"));
        };
        if modifiers.offset.is_some() {
            return fault(range, "offset may not be set multiple times");
        }
        if offset != DurationExpr::Fixed(Span::ZERO) {
            modifiers.offset = Some(offset);
        }
        expr.range.end = self.last_end;
        Ok(())
    }

    fn at(&mut self, expr: &mut Expr) -> Parsed<()> {
        self.take();
        let token = self.peek()?;
        let at = match token.kind {
            TokenKind::Keyword(Keyword::Start) => self.query_bound(AtModifier::Start)?,
            TokenKind::Keyword(Keyword::End) => self.query_bound(AtModifier::End)?,
            _ => self.moment(expr.range)?,
        };
        let range = expr.range;
        let Some(modifiers) = modifiers(expr) else {
            let what = "an instant vector selector or range vector selector or a subquery";
            return fault(range, format!("@ modifier must be preceded by {what}"));
        };
        if modifiers.at.is_some() {
            return fault(range, "@ <timestamp> may not be set multiple times");
        }
        modifiers.at = Some(at);
        expr.range.end = self.last_end;
        Ok(())
    }

    fn query_bound(&mut self, at: AtModifier) -> Parsed<AtModifier> {
        self.take();
        for kind in [TokenKind::LeftParen, TokenKind::RightParen] {
            let token = self.peek()?;
            if token.kind != kind {
                return self.unexpected_in(token, "@", "timestamp");
            }
            self.take();
        }
        Ok(at)
    }

    /// Seconds, rounded to milliseconds.
    fn moment(&mut self, range: PositionRange) -> Parsed<AtModifier> {
        let negative = self.sign()?.is_some_and(|negative| negative);
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return self.unexpected_in(token, "@", "timestamp");
        }
        self.take();
        let value = self.number(token)?;
        let seconds = if negative { -value } else { value };
        if !seconds.is_finite() || seconds.abs() >= i64::MAX as f64 {
            let shown = match seconds {
                f64::INFINITY => "+Inf".to_owned(),
                f64::NEG_INFINITY => "-Inf".to_owned(),
                _ => format!("{seconds:.6}"),
            };
            return fault(range, format!("timestamp out of bounds for @ modifier: {shown}"));
        }
        Ok(AtModifier::At(Timestamp::from_millis((seconds * 1000.0).round() as i64)))
    }

    fn extend(&mut self, expr: &mut Expr, extension: Extension) -> Parsed<()> {
        self.take();
        let name = match extension {
            Extension::Anchored => "anchored",
            Extension::Smoothed => "smoothed",
        };
        let range = expr.range;
        if !self.features.extended_range_selectors {
            return fault(range, format!("{name} modifier is experimental and not enabled"));
        }
        let selector = match &mut expr.kind {
            ExprKind::VectorSelector(selector) => selector,
            ExprKind::MatrixSelector { selector, .. } => &mut **selector,
            ExprKind::Subquery { .. } => {
                return fault(range, format!("{name} modifier is not supported for subqueries"));
            }
            _ => return fault(range, format!("{name} modifier not implemented")),
        };
        if selector.extension.is_some_and(|other| other != extension) {
            return fault(range, "anchored and smoothed modifiers cannot be used together");
        }
        selector.extension = Some(extension);
        Ok(())
    }
}

fn range_selector(expr: Expr, range: DurationExpr, brackets: PositionRange) -> Parsed<Expr> {
    let selector_range = expr.range;
    let ExprKind::VectorSelector(selector) = expr.kind else {
        return fault(brackets, "ranges only allowed for vector selectors");
    };
    if let Some(message) = modified(&selector) {
        return fault(brackets, message);
    }
    let whole = PositionRange { start: selector_range.start, end: brackets.end };
    let selector = Box::new(selector);
    Ok(Expr { kind: ExprKind::MatrixSelector { selector, selector_range, range }, range: whole })
}

/// What must not stand before a range. (`@ start()` may: Prometheus lets it pass.)
fn modified(selector: &VectorSelector) -> Option<&'static str> {
    if selector.modifiers.offset.is_some() {
        return Some("no offset modifiers allowed before range");
    }
    matches!(selector.modifiers.at, Some(AtModifier::At(_)))
        .then_some("no @ modifiers allowed before range")
}

/// The modifiers of an expression that can have some.
fn modifiers(expr: &mut Expr) -> Option<&mut Modifiers> {
    match &mut expr.kind {
        ExprKind::VectorSelector(selector) => Some(&mut selector.modifiers),
        ExprKind::MatrixSelector { selector, .. } => Some(&mut selector.modifiers),
        ExprKind::Subquery { modifiers, .. } => Some(modifiers),
        _ => None,
    }
}
