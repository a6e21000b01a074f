//! Binary operators between vectors, and between vectors and scalars.

mod element;
mod matched;
mod pairing;
mod scalar;
mod set;

pub(super) use matched::vector_vector;
pub(super) use scalar::vector_scalar;
pub(super) use set::set_operation;

use std::collections::HashMap;

use crate::label::{Labels, METRIC_NAME};

use super::NameRemoval;
use super::block::Head;
use super::plan::{Comparison, Matching};
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
        let mut ids = HashMap::<Vec<u8>, usize>::with_capacity(lhs.len());
        let mut bytes = Vec::new();
        let mut number = |heads: &[Head]| -> Vec<usize> {
            let id_of = |head: &Head| {
                bytes.clear();
                for (name, value) in head.labels.iter().filter(|(name, _)| takes(matching, name)) {
                    for text in [name, value] {
                        bytes.extend_from_slice(text.as_bytes());
                        bytes.push(0xff);
                    }
                }
                if let Some(id) = ids.get(&bytes[..]) {
                    return *id;
                }
                let id = ids.len();
                ids.insert(bytes.clone(), id);
                id
            };
            heads.iter().map(id_of).collect()
        };
        let (lhs, rhs) = (number(lhs), number(rhs));
        Signatures { lhs, rhs, count: ids.len() }
    }
}

/// Whether a label takes part in matching.
fn takes(matching: &Matching, name: &str) -> bool {
    let listed = matching.labels.iter().any(|label| label == name);
    if matching.on { listed } else { !listed && name != METRIC_NAME }
}

/// The labels of the match group of a label set.
fn group_labels(labels: &Labels, matching: &Matching) -> Labels {
    labels.filter(|name| takes(matching, name))
}
