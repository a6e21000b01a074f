//! Binary operators between vectors, and between vectors and scalars.

mod element;
mod matched;
mod pairing;
mod scalar;
mod set;

pub(super) use matched::vector_vector;
pub(super) use scalar::vector_scalar;
pub(super) use set::set_operation;

use crate::label::Labels;

use super::NameRemoval;
use super::block::Head;
use super::plan::{Comparison, Matching};
use super::projection::{Besides, Numbers, Projection};
use super::syntax::ast::{BinaryOp, PositionRange};

/// What an operator is asked to do, and where it stands.
#[derive(Copy, Clone, Debug)]
pub(super) struct Operation {
    pub(super) op: BinaryOp,
    pub(super) comparison: Comparison,
    pub(super) removal: NameRemoval,
    pub(super) range: PositionRange,
}

impl Operation {
    /// Whether the result is another thing than what was put in, and loses its name.
    fn computes(&self) -> bool {
        use BinaryOp as O;
        matches!(self.op, O::Add | O::Sub | O::Mul | O::Div | O::Mod | O::Pow | O::Atan2)
    }
}

/// Dense ids of match groups: elements of equal id match.
#[derive(Debug)]
struct Signatures {
    lhs: Vec<usize>,
    rhs: Vec<usize>,
    count: usize,
}

impl Signatures {
    fn of(lhs: &[Head], rhs: &[Head], matching: &Matching) -> Signatures {
        let mut numbers = Numbers::new(projection(matching));
        let mut number = |heads: &[Head]| -> Vec<usize> {
            heads.iter().map(|head| numbers.number(&head.labels).get()).collect()
        };
        let (lhs, rhs) = (number(lhs), number(rhs));
        Signatures { lhs, rhs, count: numbers.len() }
    }
}

/// The labels that take part in matching.
fn projection(matching: &Matching) -> Projection {
    if matching.on {
        Projection::listed(&matching.labels)
    } else {
        Projection::others(&matching.labels, Besides::Name)
    }
}

/// The labels of the match group of a label set.
fn group_labels(labels: &Labels, matching: &Matching) -> Labels {
    projection(matching).of(labels)
}
