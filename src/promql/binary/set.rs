//! `and`, `or`, `unless`.

use crate::promql::QueryError;
use crate::promql::block::{Block, Row, RowBuffer};
use crate::promql::names::{Duplicates, unify};
use crate::promql::plan::Matching;
use crate::promql::syntax::ast::BinaryOp;

use super::Signatures;

/// Applies a set operator. Values are not compared, names are kept.
pub(in crate::promql) fn set_operation(
    op: BinaryOp,
    lhs: &Block,
    rhs: &Block,
    matching: &Matching,
) -> Result<Block, QueryError> {
    let signatures = Signatures::of(&lhs.heads, &rhs.heads, matching);
    let steps = lhs.steps;
    let mut result = Block::with_capacity(steps, lhs.len());
    if op == BinaryOp::Or {
        let present = presence(lhs, &signatures.lhs, signatures.count);
        lhs.rows().for_each(|(head, row)| result.push(head.clone(), row));
        keep(rhs, &signatures.rhs, &present, false, &mut result);
        if lhs.len() > 0 && rhs.len() > 0 {
            unify(&mut result, Duplicates::Join)?;
        }
    } else {
        let present = presence(rhs, &signatures.rhs, signatures.count);
        keep(lhs, &signatures.lhs, &present, op == BinaryOp::And, &mut result);
    }
    Ok(result)
}

/// For each match group and step: whether some element is there.
fn presence(block: &Block, signatures: &[usize], count: usize) -> Vec<bool> {
    let mut present = vec![false; count * block.steps];
    for ((_, row), signature) in block.rows().zip(signatures) {
        let group = &mut present[signature * block.steps..(signature + 1) * block.steps];
        for (step, seen) in group.iter_mut().enumerate() {
            *seen |= row.has(step);
        }
    }
    present
}

/// Keeps the elements whose match group is (or is not) on the other side.
fn keep(block: &Block, signatures: &[usize], present: &[bool], there: bool, result: &mut Block) {
    let steps = block.steps;
    let mut buffer = RowBuffer::default();
    for ((head, row), signature) in block.rows().zip(signatures) {
        let group = &present[signature * steps..(signature + 1) * steps];
        if group.iter().all(|seen| *seen == there) {
            result.push(head.clone(), row);
        } else if group.contains(&there) {
            buffer.reset(steps);
            let kept = (0..steps).filter(|step| group[*step] == there);
            kept.for_each(|step| buffer.set_cell(step, Row::cell(&row, step)));
            result.push(head.clone(), buffer.row());
        }
    }
}
