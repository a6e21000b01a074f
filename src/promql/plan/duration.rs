//! Durations that are known only when the grid is: `[step() + 1m]`, `offset range() / 2`.

use crate::promql::syntax::ast::{BinaryOp, DurationExpr, DurationNode, PositionRange};
use crate::promql::{Grid, QueryError};

/// Whether a duration may be zero or negative.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    Any,
    Positive,
}

/// The milliseconds of a duration.
pub(super) fn millis(duration: &DurationExpr, sign: Sign, grid: &Grid) -> Result<i64, QueryError> {
    let (node, range) = match duration {
        DurationExpr::Fixed(span) => return Ok(span.millis()),
        DurationExpr::Computed(node, range) => (node, *range),
    };
    let folding = Folding { grid, range };
    let seconds = folding.seconds(node)?;
    if seconds.is_nan() || seconds.abs() > i64::MAX as f64 / 1e9 {
        return Err(folding.error("duration is out of range"));
    }
    if seconds <= 0.0 && sign == Sign::Positive {
        return Err(folding.error("duration must be greater than 0"));
    }
    Ok((seconds * 1000.0) as i64)
}

struct Folding<'a> {
    grid: &'a Grid,
    range: PositionRange,
}

impl Folding<'_> {
    fn seconds(&self, node: &DurationNode) -> Result<f64, QueryError> {
        Ok(match node {
            DurationNode::Number { value, .. } => *value,
            DurationNode::Step => self.grid.step.seconds(),
            DurationNode::Range => (self.grid.end - self.grid.start).seconds(),
            DurationNode::MinOf(a, b) => go_min(self.seconds(a)?, self.seconds(b)?),
            DurationNode::MaxOf(a, b) => go_max(self.seconds(a)?, self.seconds(b)?),
            DurationNode::Unary { negative: true, node } => -self.seconds(node)?,
            DurationNode::Unary { node, .. } | DurationNode::Paren(node) => self.seconds(node)?,
            DurationNode::Binary { op, lhs, rhs } => {
                let (lhs, rhs) = (self.seconds(lhs)?, self.seconds(rhs)?);
                self.arithmetic(*op, lhs, rhs)?
            }
        })
    }

    fn arithmetic(&self, op: BinaryOp, lhs: f64, rhs: f64) -> Result<f64, QueryError> {
        match op {
            BinaryOp::Add => Ok(lhs + rhs),
            BinaryOp::Sub => Ok(lhs - rhs),
            BinaryOp::Mul => Ok(lhs * rhs),
            BinaryOp::Div if rhs == 0.0 => Err(self.error("division by zero")),
            BinaryOp::Div => Ok(lhs / rhs),
            BinaryOp::Mod if rhs == 0.0 => Err(self.error("modulo by zero")),
            BinaryOp::Mod => Ok(lhs % rhs),
            BinaryOp::Pow => Ok(lhs.powf(rhs)),
            _ => Err(self.error("operator is not allowed in a duration expression")),
        }
    }

    fn error(&self, message: &str) -> QueryError {
        let PositionRange { start, end } = self.range;
        QueryError::bad_data(format!("{start}:{end}: {message}"), self.range)
    }
}

/// The smaller of two numbers, not-a-number if one is. (Source: Go, `math.Min`.)
pub(in crate::promql) fn go_min(a: f64, b: f64) -> f64 {
    if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY {
        f64::NEG_INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && a == b {
        if a.is_sign_negative() { a } else { b }
    } else if a < b {
        a
    } else {
        b
    }
}

/// The greater of two numbers, not-a-number if one is. (Source: Go, `math.Max`.)
pub(in crate::promql) fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && a == b {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}
