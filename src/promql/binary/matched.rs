//! Arithmetic and comparisons between two vectors, when every match group has one series on
//! each side that must be single: whole rows are combined. Everything else is `pairing`'s.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::label::Labels;
use crate::promql::annotation::Annotations;
use crate::promql::block::{ABSENT, Block, Head, NameFate, Row, RowBuffer, is_absent};
use crate::promql::kernels::value::{arithmetic, comparison};
use crate::promql::names::{METADATA, without_metadata};
use crate::promql::plan::{Comparison, Matching};
use crate::promql::syntax::ast::Cardinality;
use crate::promql::{NameRemoval, QueryError};

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
    let heads = Heads::new(operation, matching);
    let mut pairs = Vec::with_capacity(sides.many.len());
    for (many, group) in sides.many_groups.iter().enumerate() {
        if let Some(one) = partners[*group] {
            let (many_labels, one_labels) =
                (&sides.many.heads[many].labels, &sides.one.heads[one].labels);
            pairs.push((heads.head(many_labels, one_labels), many, one));
        }
    }
    if matching.cardinality != Cardinality::OneToOne {
        let mut distinct = HashSet::with_capacity_and_hasher(pairs.len(), RandomState::default());
        if !pairs.iter().all(|(head, _, _)| distinct.insert(&head.labels)) {
            return None;
        }
    }
    Some(pairs)
}

/// The series that come of two matching ones.
pub(super) struct Heads<'a> {
    operation: &'a Operation,
    matching: &'a Matching,
    /// Sorted.
    include: Vec<&'a str>,
}

impl<'a> Heads<'a> {
    pub(super) fn new(operation: &'a Operation, matching: &'a Matching) -> Heads<'a> {
        let mut include: Vec<&str> = matching.include.iter().map(String::as_str).collect();
        include.sort_unstable();
        include.dedup();
        Heads { operation, matching, include }
    }

    pub(super) fn head(&self, many: &Labels, one: &Labels) -> Head {
        let bool = self.operation.comparison == Comparison::Bool;
        let at_once = self.operation.removal == NameRemoval::Immediate;
        let nameless = bool && at_once;
        let mut labels = match self.include[..] {
            [] if many.iter().all(|(name, _)| self.stays(name)) => many.clone(),
            [] => many.filter(|name| self.stays(name)),
            _ => self.enriched(many, one),
        };
        if nameless {
            labels = without_metadata(&labels);
        }
        let name = if bool && !at_once { NameFate::Doomed } else { NameFate::Settled };
        Head { labels, name }
    }

    /// Whether a label of the many side stays when nothing is included.
    fn stays(&self, name: &str) -> bool {
        if self.operation.computes() && METADATA.contains(&name) {
            return false;
        }
        self.matching.cardinality != Cardinality::OneToOne
            || self.matching.labels.iter().any(|label| label == name) == self.matching.on
    }

    /// The labels of the many side with those of the one side that are to be included, or
    /// without them where the one side does not have them.
    fn enriched(&self, many: &Labels, one: &Labels) -> Labels {
        let own = |name: &str| self.stays(name) && !self.include.contains(&name);
        let mut own = many.iter().filter(|(name, _)| own(name)).peekable();
        let included = self.include.iter().map(|name| (*name, one.value(name)));
        let mut included = included.filter(|(_, value)| !value.is_empty()).peekable();
        Labels::from_sorted(std::iter::from_fn(|| match (own.peek(), included.peek()) {
            (Some((own_name, _)), Some((name, _))) if own_name > name => included.next(),
            (None, _) => included.next(),
            _ => own.next(),
        }))
    }
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
