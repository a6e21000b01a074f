//! One element on each side.

use std::sync::Arc;

use crate::promql::annotation::Annotations;
use crate::promql::block::{Cell, RowBuffer};
use crate::promql::kernels::value::{arithmetic, comparison};
use crate::promql::syntax::ast::BinaryOp;
use crate::sample::Histogram;

use super::Operation;

/// What an operator makes of two elements.
#[derive(Clone, Debug)]
pub(super) enum Combined {
    Float(f64),
    Histogram(Arc<Histogram>),
}

/// The outcome of an operator on two elements.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// They do not go together; what there is to say has been said.
    Dropped,
    /// A value, and whether a comparison holds (always for arithmetic).
    Combined { value: Combined, kept: bool },
}

impl Combined {
    /// Puts the value into a cell.
    pub(super) fn store(self, buffer: &mut RowBuffer, step: usize) {
        match self {
            Combined::Float(value) => buffer.set(step, value),
            Combined::Histogram(histogram) => buffer.set_histogram(step, histogram),
        }
    }
}

fn kept(value: Combined) -> Outcome {
    Outcome::Combined { value, kept: true }
}

/// Applies an operator to two elements that are there.
pub(super) fn combine(
    operation: &Operation,
    lhs: Cell<'_>,
    rhs: Cell<'_>,
    notes: &mut Annotations,
) -> Outcome {
    let outcome = match (lhs, rhs) {
        (Cell::Float(lhs), Cell::Float(rhs)) => floats(operation.op, lhs, rhs),
        (Cell::Float(lhs), Cell::Histogram(rhs)) => match operation.op {
            BinaryOp::Mul => Some(kept(owned(rhs.scaled(lhs)))),
            _ => None,
        },
        (Cell::Histogram(lhs), Cell::Float(rhs)) => match operation.op {
            BinaryOp::Mul => Some(kept(owned(lhs.scaled(rhs)))),
            BinaryOp::Div => Some(kept(owned(lhs.divided(rhs)))),
            BinaryOp::TrimUpper => Some(kept(owned(lhs.trimmed_above(rhs)))),
            BinaryOp::TrimLower => Some(kept(owned(lhs.trimmed_below(rhs)))),
            _ => None,
        },
        (Cell::Histogram(lhs), Cell::Histogram(rhs)) => histograms(operation, lhs, rhs, notes),
        _ => return Outcome::Dropped,
    };
    outcome.unwrap_or_else(|| {
        let (op, lhs, rhs) = (operation.op.text(), kind(lhs), kind(rhs));
        let text = format!(
            "incompatible sample types encountered for binary operator {op:?}: {lhs} {op} {rhs}"
        );
        notes.info(text, operation.range);
        Outcome::Dropped
    })
}

fn floats(op: BinaryOp, lhs: f64, rhs: f64) -> Option<Outcome> {
    if let Some(function) = arithmetic(op) {
        return Some(kept(Combined::Float(function(lhs, rhs))));
    }
    let holds = comparison(op)?;
    Some(Outcome::Combined { value: Combined::Float(lhs), kept: holds(lhs, rhs) })
}

fn histograms(
    operation: &Operation,
    lhs: &Arc<Histogram>,
    rhs: &Arc<Histogram>,
    notes: &mut Annotations,
) -> Option<Outcome> {
    let value = || Combined::Histogram(Arc::clone(lhs));
    let (sum, what) = match operation.op {
        BinaryOp::Equal => return Some(Outcome::Combined { value: value(), kept: lhs.same(rhs) }),
        BinaryOp::NotEqual => {
            return Some(Outcome::Combined { value: value(), kept: !lhs.same(rhs) });
        }
        BinaryOp::Add => (lhs.plus(rhs), "addition"),
        BinaryOp::Sub => (lhs.minus(rhs), "subtraction"),
        _ => return None,
    };
    let Ok(mut joined) = sum else {
        let op = operation.op.text();
        let text = format!("incompatible bucket layout encountered for binary operator {op}");
        notes.warn(text, operation.range);
        return Some(Outcome::Dropped);
    };
    if joined.resets_conflict {
        let text = format!("conflicting counter resets during histogram {what}");
        notes.warn(text, operation.range);
    }
    if joined.bounds_reconciled {
        let text = format!("mismatched custom buckets were reconciled during {what}");
        notes.info(text, operation.range);
    }
    if operation.op == BinaryOp::Sub {
        joined.histogram.counter_reset = crate::sample::CounterReset::Gauge;
    }
    joined.histogram.compact();
    Some(kept(Combined::Histogram(Arc::new(joined.histogram))))
}

fn owned(mut histogram: Histogram) -> Combined {
    histogram.compact();
    Combined::Histogram(Arc::new(histogram))
}

fn kind(cell: Cell<'_>) -> &'static str {
    match cell {
        Cell::Histogram(_) => "histogram",
        Cell::Float(_) | Cell::Absent => "float",
    }
}
