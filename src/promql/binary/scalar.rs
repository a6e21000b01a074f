//! A vector and a scalar.

use crate::promql::QueryError;
use crate::promql::annotation::Annotations;
use crate::promql::block::{ABSENT, Block, Cell, RowBuffer, is_absent};
use crate::promql::column::Column;
use crate::promql::kernels::value::{arithmetic, comparison};
use crate::promql::names::{Dropped, Duplicates, drop_names};
use crate::promql::plan::{Comparison, ScalarSide};

use super::Operation;
use super::element::{Outcome, combine};

/// Applies an operator between each element and the scalar of its step.
pub(in crate::promql) fn vector_scalar(
    operation: &Operation,
    mut block: Block,
    scalar: &Column,
    side: ScalarSide,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    if !block.histograms.is_empty() || !apply_floats(operation, &mut block, scalar, side) {
        block = apply_cells(operation, &block, scalar, side, notes);
    }
    let bool = operation.comparison == Comparison::Bool;
    if !operation.computes() {
        block.drop_empty();
    }
    if operation.computes() || bool {
        drop_names(&mut block, operation.removal, Dropped::Metadata, Duplicates::Join)?;
    }
    Ok(block)
}

/// The fast way: floats only. Tells whether the operator could be applied.
fn apply_floats(
    operation: &Operation,
    block: &mut Block,
    scalar: &Column,
    side: ScalarSide,
) -> bool {
    let left = side == ScalarSide::Left;
    if let Some(function) = arithmetic(operation.op) {
        block.map_steps(|step, value| {
            let other = scalar.at(step);
            if left { function(other, value) } else { function(value, other) }
        });
        return true;
    }
    let Some(holds) = comparison(operation.op) else { return false };
    let bool = operation.comparison == Comparison::Bool;
    block.map_steps(|step, value| {
        let other = scalar.at(step);
        let kept = if left { holds(other, value) } else { holds(value, other) };
        match (bool, kept) {
            (true, kept) => f64::from(u8::from(kept)),
            (false, true) => value,
            (false, false) => ABSENT,
        }
    });
    true
}

/// The slow way, cell by cell.
fn apply_cells(
    operation: &Operation,
    block: &Block,
    scalar: &Column,
    side: ScalarSide,
    notes: &mut Annotations,
) -> Block {
    let mut result = Block::with_capacity(block.steps, block.len());
    let mut buffer = RowBuffer::default();
    for (head, row) in block.rows() {
        buffer.reset(block.steps);
        for step in (0..block.steps).filter(|step| !is_absent(row.values[*step])) {
            let (element, other) = (row.cell(step), Cell::Float(scalar.at(step)));
            let (lhs, rhs) = match side {
                ScalarSide::Left => (other, element),
                ScalarSide::Right => (element, other),
            };
            let outcome = combine(operation, lhs, rhs, notes);
            let Outcome::Combined { value, kept } = outcome else { continue };
            if operation.comparison == Comparison::Bool {
                buffer.set(step, f64::from(u8::from(kept)));
            } else if kept && comparison(operation.op).is_some() {
                buffer.set_cell(step, element);
            } else if kept {
                value.store(&mut buffer, step);
            }
        }
        result.push(head.clone(), buffer.row());
    }
    result
}
