//! Arithmetic and comparisons between two vectors, when every match group has one series on
//! each side that must be single: whole rows are combined. Everything else is `pairing`'s.

use std::collections::HashSet;

use crate::label::Labels;
use crate::promql::QueryError;
use crate::promql::annotation::Annotations;
use crate::promql::block::{ABSENT, Block, Head, NameFate, Row, RowBuffer, is_absent};
use crate::promql::kernels::value::{arithmetic, comparison};
use crate::promql::names::without_metadata;
use crate::promql::plan::{Comparison, Matching};
use crate::promql::syntax::ast::Cardinality;

use super::element::{Outcome, combine};
use super::{Operation, Signatures, pairing};

/// The two sides as matching sees them: of the `one` side each group has one element.
#[derive(Copy, Clone, Debug)]
pub(super) struct Sides<'a> {
    pub(super) many: &'a Block,
    pub(super) one: &'a Block,
    pub(super) many_groups: &'a [usize],
    pub(super) one_groups: &'a [usize],
    /// How many match groups there are.
    pub(super) groups: usize,
    /// Whether the many side stands on the right of the operator.
    pub(super) swapped: bool,
}

/// Applies an operator to the elements that match.
pub(in crate::promql) fn vector_vector(
    operation: &Operation,
    lhs: &Block,
    rhs: &Block,
    matching: &Matching,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
    if (lhs.len() == 0 || rhs.len() == 0) && !fills {
        return Ok(Block::new(lhs.steps));
    }
    let signatures = Signatures::of(&lhs.heads, &rhs.heads, matching);
    let swapped = matching.cardinality == Cardinality::OneToMany;
    let (left, right) = ((lhs, &signatures.lhs[..]), (rhs, &signatures.rhs[..]));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let sides = Sides {
        many: many.0,
        one: one.0,
        many_groups: many.1,
        one_groups: one.1,
        groups: signatures.count,
        swapped,
    };
    let partners = if fills { None } else { partners(&sides, matching) };
    let heads = partners.and_then(|partners| heads(operation, &sides, &partners, matching));
    match heads {
        Some(pairs) => Ok(rows(operation, &sides, pairs, notes)),
        None => pairing::vector_vector(operation, &sides, matching, notes),
    }
}

/// For each group its series on the one side; nothing if some group has several where it may
/// have but one.
fn partners(sides: &Sides<'_>, matching: &Matching) -> Option<Vec<Option<usize>>> {
    let mut partners = vec![None; sides.groups];
    for (index, group) in sides.one_groups.iter().enumerate() {
        if partners[*group].replace(index).is_some() {
            return None;
        }
    }
    if matching.cardinality == Cardinality::OneToOne {
        let mut seen = vec![false; sides.groups];
        for group in sides.many_groups {
            if std::mem::replace(&mut seen[*group], true) {
                return None;
            }
        }
    }
    Some(partners)
}

/// A series of the result, and the rows of the many and the one side that make it.
type Pair = (Head, usize, usize);

/// The series of the result; nothing if two of them have the same labels.
fn heads(
    operation: &Operation,
    sides: &Sides<'_>,
    partners: &[Option<usize>],
    matching: &Matching,
) -> Option<Vec<Pair>> {
    let mut pairs = Vec::with_capacity(sides.many.len());
    for (many, group) in sides.many_groups.iter().enumerate() {
        if let Some(one) = partners[*group] {
            let (many_labels, one_labels) =
                (&sides.many.heads[many].labels, &sides.one.heads[one].labels);
            pairs.push((head(operation, many_labels, one_labels, matching), many, one));
        }
    }
    if matching.cardinality != Cardinality::OneToOne {
        let mut distinct = HashSet::with_capacity(pairs.len());
        if !pairs.iter().all(|(head, _, _)| distinct.insert(&head.labels)) {
            return None;
        }
    }
    Some(pairs)
}

/// The series that comes of two matching ones.
pub(super) fn head(
    operation: &Operation,
    many: &Labels,
    one: &Labels,
    matching: &Matching,
) -> Head {
    let bool = operation.comparison == Comparison::Bool;
    let at_once = operation.removal == crate::promql::NameRemoval::Immediate;
    let mut labels = many.clone();
    if operation.computes() {
        labels = without_metadata(&labels);
    }
    if matching.cardinality == Cardinality::OneToOne {
        let listed = |name: &str| matching.labels.iter().any(|label| label == name);
        if matching.on || labels.iter().any(|(name, _)| listed(name)) {
            labels = labels.filter(|name| listed(name) == matching.on);
        }
    }
    if !matching.include.is_empty() {
        let mut edit = labels.edit();
        for name in &matching.include {
            edit.set(name, one.value(name));
        }
        labels = edit.build();
    }
    if bool && at_once {
        labels = without_metadata(&labels);
    }
    let name = if bool && !at_once { NameFate::Doomed } else { NameFate::Settled };
    Head { labels, name }
}

fn rows(
    operation: &Operation,
    sides: &Sides<'_>,
    pairs: Vec<Pair>,
    notes: &mut Annotations,
) -> Block {
    let steps = sides.many.steps;
    let mut result = Block::with_capacity(steps, pairs.len());
    let floats = sides.many.histograms.is_empty() && sides.one.histograms.is_empty();
    let kernel = if floats { Kernel::of(operation) } else { None };
    let mut values = vec![ABSENT; steps];
    let mut buffer = RowBuffer::default();
    for (head, many, one) in pairs {
        let (many, one) = (sides.many.row(many), sides.one.row(one));
        let (lhs, rhs) = if sides.swapped { (one, many) } else { (many, one) };
        if let Some(kernel) = kernel {
            kernel.apply(lhs.values, rhs.values, &mut values);
            result.push(head, Row { values: &values, histograms: &[] });
            continue;
        }
        buffer.reset(steps);
        for step in (0..steps).filter(|step| lhs.has(*step) && rhs.has(*step)) {
            let outcome = combine(operation, lhs.cell(step), rhs.cell(step), notes);
            store(operation, outcome, &mut buffer, step);
        }
        result.push(head, buffer.row());
    }
    result
}

/// Puts the outcome of an operator into a cell. An element that does not fit is left out.
pub(super) fn store(operation: &Operation, outcome: Outcome, buffer: &mut RowBuffer, step: usize) {
    let Outcome::Combined { value, kept } = outcome else { return };
    if operation.comparison == Comparison::Bool {
        buffer.set(step, f64::from(u8::from(kept)));
    } else if kept {
        value.store(buffer, step);
    }
}

/// An operator on floats.
#[derive(Copy, Clone)]
enum Kernel {
    Arithmetic(fn(f64, f64) -> f64),
    Filter(fn(f64, f64) -> bool),
    Bool(fn(f64, f64) -> bool),
}

impl Kernel {
    fn of(operation: &Operation) -> Option<Kernel> {
        if let Some(function) = arithmetic(operation.op) {
            return Some(Kernel::Arithmetic(function));
        }
        let holds = comparison(operation.op)?;
        Some(match operation.comparison {
            Comparison::Bool => Kernel::Bool(holds),
            Comparison::Filter => Kernel::Filter(holds),
        })
    }

    fn apply(self, lhs: &[f64], rhs: &[f64], out: &mut [f64]) {
        let cells = out.iter_mut().zip(lhs.iter().zip(rhs));
        for (out, (lhs, rhs)) in cells {
            *out = if is_absent(*lhs) || is_absent(*rhs) {
                ABSENT
            } else {
                match self {
                    Kernel::Arithmetic(function) => function(*lhs, *rhs),
                    Kernel::Bool(holds) => f64::from(u8::from(holds(*lhs, *rhs))),
                    Kernel::Filter(holds) if holds(*lhs, *rhs) => *lhs,
                    Kernel::Filter(_) => ABSENT,
                }
            };
        }
    }
}
