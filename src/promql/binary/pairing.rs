//! Matching step by step: when a group has several series on a side that must be single (an
//! error only if two have a value at one step), and when missing elements are filled in.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::label::Labels;
use crate::promql::QueryError;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Cell, Head, RowBuffer};
use crate::promql::names::same_labels;
use crate::promql::plan::{Comparison, Matching};
use crate::promql::syntax::ast::Cardinality;

use super::element::{Outcome, combine};
use super::matched::{Heads, Sides, store};
use super::{Operation, group_labels};

/// Applies an operator to the elements that match, one step after the other.
pub(super) fn vector_vector(
    operation: &Operation,
    sides: &Sides<'_>,
    matching: &Matching,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let mut pairing =
        Pairing { operation, sides, matching, notes, results: Results::new(sides.many.steps) };
    for step in 0..sides.many.steps {
        pairing.step(step)?;
    }
    Ok(pairing.results.block())
}

struct Pairing<'a> {
    operation: &'a Operation,
    sides: &'a Sides<'a>,
    matching: &'a Matching,
    notes: &'a mut Annotations,
    results: Results,
}

/// What has been matched at one step: for each group the results it has given.
type Matched = HashMap<usize, HashSet<Labels>>;

impl Pairing<'_> {
    fn step(&mut self, step: usize) -> Result<(), QueryError> {
        let sides = self.sides;
        let present = |block: &Block| -> Vec<usize> {
            (0..block.len()).filter(|index| block.row(*index).has(step)).collect()
        };
        let (many, one) = (present(sides.many), present(sides.one));
        let fill = self.matching.fill_left.is_some() || self.matching.fill_right.is_some();
        if (many.is_empty() && one.is_empty()) || ((many.is_empty() || one.is_empty()) && !fill) {
            return Ok(());
        }
        let mut partners = HashMap::with_capacity(one.len());
        for index in &one {
            if let Some(other) = partners.insert(sides.one_groups[*index], *index) {
                return Err(self.not_single(*index, other));
            }
        }
        let mut matched = Matched::new();
        for index in many {
            let group = sides.many_groups[index];
            match (partners.get(&group), self.matching.fill_right) {
                (Some(partner), _) => {
                    self.pair(step, Some(index), Some(*partner), group, &mut matched)?;
                }
                (None, Some(_)) => self.pair(step, Some(index), None, group, &mut matched)?,
                (None, None) => {}
            }
        }
        if self.matching.fill_left.is_some() {
            for index in one {
                let group = sides.one_groups[index];
                if !matched.contains_key(&group) {
                    self.pair(step, None, Some(index), group, &mut matched)?;
                }
            }
        }
        Ok(())
    }

    fn pair(
        &mut self,
        step: usize,
        many: Option<usize>,
        one: Option<usize>,
        group: usize,
        matched: &mut Matched,
    ) -> Result<(), QueryError> {
        let (sides, matching) = (self.sides, self.matching);
        let filled =
            |bits: Option<u64>| bits.map_or(Cell::Absent, |bits| Cell::Float(f64::from_bits(bits)));
        let many_cell =
            many.map_or(filled(matching.fill_left), |index| sides.many.row(index).cell(step));
        let one_cell =
            one.map_or(filled(matching.fill_right), |index| sides.one.row(index).cell(step));
        let (lhs, rhs) = if sides.swapped { (one_cell, many_cell) } else { (many_cell, one_cell) };
        let outcome = combine(self.operation, lhs, rhs, self.notes);
        let Outcome::Combined { kept, .. } = outcome else { return Ok(()) };
        let slot = self.result(many, one);
        self.check_unique(slot, group, matched)?;
        if !kept && self.operation.comparison == Comparison::Filter {
            return Ok(());
        }
        if self.results.rows[slot].1.row().has(step) {
            return Err(same_labels());
        }
        store(self.operation, outcome, &mut self.results.rows[slot].1, step);
        Ok(())
    }

    fn check_unique(
        &self,
        slot: usize,
        group: usize,
        matched: &mut Matched,
    ) -> Result<(), QueryError> {
        let labels = self.results.rows[slot].0.labels.clone();
        let single = self.matching.cardinality == Cardinality::OneToOne;
        let message = match matched.entry(group) {
            Entry::Vacant(vacant) => {
                vacant.insert(HashSet::from([labels]));
                return Ok(());
            }
            Entry::Occupied(_) if single => {
                "many-to-one matching must be explicit (group_left/group_right)"
            }
            Entry::Occupied(mut seen) => {
                if seen.get_mut().insert(labels) {
                    return Ok(());
                }
                "grouping labels must ensure unique matches"
            }
        };
        let message = format!("multiple matches for labels: {message}");
        Err(QueryError::Execution { message, range: Some(self.operation.range) })
    }

    /// The row of the result that a pair of series writes to.
    fn result(&mut self, many: Option<usize>, one: Option<usize>) -> usize {
        if let Some(slot) = self.results.by_pair.get(&(many, one)) {
            return *slot;
        }
        let sides = self.sides;
        let own = |block: &Block, index: Option<usize>| {
            index.map(|index| block.heads[index].labels.clone())
        };
        let (of_many, of_one) = (own(sides.many, many), own(sides.one, one));
        let group = |labels: &Option<Labels>| {
            labels.as_ref().map(|labels| group_labels(labels, self.matching)).unwrap_or_default()
        };
        let many_labels = of_many.clone().unwrap_or_else(|| group(&of_one));
        let one_labels = of_one.unwrap_or_else(|| group(&of_many));
        let heads = Heads::new(self.operation, self.matching);
        let head = heads.head(&many_labels, &one_labels);
        self.results.slot((many, one), head)
    }

    fn not_single(&self, index: usize, other: usize) -> QueryError {
        let side = if self.sides.swapped { "left" } else { "right" };
        let [labels, other] =
            [index.min(other), index.max(other)].map(|it| &self.sides.one.heads[it].labels);
        let group = group_labels(labels, self.matching);
        let [labels, other] =
            if labels <= other { [labels, other] } else { [other, labels] }.map(Labels::to_string);
        let message = format!(
            "found duplicate series for the match group {group} on the {side} hand-side of the \
             operation: [{labels}, {other}];many-to-many matching not allowed: matching labels \
             must be unique on one side"
        );
        QueryError::Execution { message, range: Some(self.operation.range) }
    }
}

/// The rows of the result, found by the pair that makes them and by their labels.
struct Results {
    steps: usize,
    rows: Vec<(Head, RowBuffer)>,
    by_pair: HashMap<(Option<usize>, Option<usize>), usize>,
    by_labels: HashMap<Labels, usize>,
}

impl Results {
    fn new(steps: usize) -> Results {
        Results { steps, rows: Vec::new(), by_pair: HashMap::new(), by_labels: HashMap::new() }
    }

    fn slot(&mut self, pair: (Option<usize>, Option<usize>), head: Head) -> usize {
        let slot = match self.by_labels.get(&head.labels) {
            Some(slot) => *slot,
            None => {
                let mut buffer = RowBuffer::default();
                buffer.reset(self.steps);
                self.by_labels.insert(head.labels.clone(), self.rows.len());
                self.rows.push((head, buffer));
                self.rows.len() - 1
            }
        };
        self.by_pair.insert(pair, slot);
        slot
    }

    fn block(self) -> Block {
        let mut block = Block::with_capacity(self.steps, self.rows.len());
        for (head, buffer) in self.rows {
            block.push(head, buffer.row());
        }
        block
    }
}
