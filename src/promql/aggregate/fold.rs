//! Aggregations that take one element after the other, in the order of the series: they need no
//! more than one row at a time.

use std::ops::Range;

use crate::label::Labels;
use crate::promql::QueryError;
use crate::promql::block::{ABSENT, Block, NameFate, Row, Rows, is_absent};
use crate::promql::kernels::kahan::{Mean, Sum};
use crate::promql::kernels::spread::Welford;
use crate::promql::projection::Projection;
use crate::promql::syntax::ast::AggregateOp;

use super::groups::Grouper;

/// Folds rows of floats into one row for each group.
pub(in crate::promql) struct Folding {
    steps: usize,
    groups: Grouper,
    fold: Box<dyn Fold>,
    /// How many series came in, and how many samples.
    pub(in crate::promql) taken: (usize, usize),
    /// How many samples may come in.
    limit: usize,
    /// Whether the names of all series are still to be dropped.
    doomed: bool,
}

impl Folding {
    /// A folding of at most `limit` samples; nothing for operators that need more than one row.
    pub(super) fn new(
        op: AggregateOp,
        projection: Projection,
        steps: usize,
        limit: usize,
    ) -> Option<Folding> {
        let groups = Grouper::new(projection);
        Some(Folding { steps, groups, fold: fold(op)?, taken: (0, 0), limit, doomed: false })
    }

    /// Says that the names of all series are still to be dropped.
    pub(in crate::promql) fn doom(&mut self) {
        self.doomed = true;
    }

    /// Takes the floats of a series from step `from` on.
    pub(super) fn add(&mut self, labels: &Labels, name: NameFate, from: usize, values: &[f64]) {
        let present = values.iter().filter(|value| !is_absent(**value)).count();
        if present == 0 {
            return;
        }
        self.taken.0 += 1;
        self.taken.1 += present;
        let group = self.groups.find(labels, name);
        self.fold.grow(self.groups.heads.len() * self.steps);
        self.fold.add(group * self.steps + from, values);
    }

    /// The groups.
    pub(in crate::promql) fn finish(self) -> Block {
        let heads = self.groups.heads;
        let mut result = Block::with_capacity(self.steps, heads.len());
        let mut values = Vec::with_capacity(self.steps);
        for (group, head) in heads.into_iter().enumerate() {
            values.clear();
            self.fold.finish(group * self.steps..(group + 1) * self.steps, &mut values);
            result.push(head, Row { values: &values, histograms: &[] });
        }
        result
    }
}

impl Rows for Folding {
    fn take(
        &mut self,
        labels: &Labels,
        name: NameFate,
        row: Row<'_>,
        live: Range<usize>,
    ) -> Result<(), QueryError> {
        let name = if self.doomed { NameFate::Doomed } else { name };
        self.add(labels, name, live.start, &row.values[live]);
        if self.taken.1 > self.limit { Err(QueryError::TooManySamples) } else { Ok(()) }
    }
}

/// What a folding keeps in each cell: groups are one after the other, a cell for each step.
trait Fold {
    /// Makes empty cells, until there are that many.
    fn grow(&mut self, cells: usize);
    /// Takes floats, some of them absent, into the cells from `at` on.
    fn add(&mut self, at: usize, values: &[f64]);
    /// Appends what came of some cells.
    fn finish(&self, cells: Range<usize>, values: &mut Vec<f64>);
}

fn fold(op: AggregateOp) -> Option<Box<dyn Fold>> {
    Some(match op {
        AggregateOp::Sum => Box::new(Sums::default()),
        AggregateOp::Avg => cells(Mean::of, Mean::add, |mean: Mean| mean.mean()),
        AggregateOp::Min => cells(
            |value| value,
            |best: &mut f64, value: f64| {
                if *best > value || best.is_nan() {
                    *best = value;
                }
            },
            |best| best,
        ),
        AggregateOp::Max => cells(
            |value| value,
            |best: &mut f64, value: f64| {
                if *best < value || best.is_nan() {
                    *best = value;
                }
            },
            |best| best,
        ),
        AggregateOp::Count => cells(|_| 1.0, |count: &mut f64, _| *count += 1.0, |it| it),
        AggregateOp::Group => cells(|_| 1.0, |_, _| {}, |one: f64| one),
        AggregateOp::Stddev => cells(Welford::of, Welford::add, |it: Welford| it.variance().sqrt()),
        AggregateOp::Stdvar => cells(Welford::of, Welford::add, |it: Welford| it.variance()),
        _ => return None,
    })
}

/// Sums as columns: absent cells are the stale marker, which no sum yields.
#[derive(Default)]
struct Sums {
    sums: Vec<f64>,
    lost: Vec<f64>,
}

impl Fold for Sums {
    fn grow(&mut self, cells: usize) {
        if cells > self.sums.len() {
            self.sums.resize(cells, ABSENT);
            self.lost.resize(cells, 0.0);
        }
    }

    fn add(&mut self, at: usize, values: &[f64]) {
        let range = at..at + values.len();
        let cells = self.sums[range.clone()].iter_mut().zip(&mut self.lost[range]);
        // the loop is without branches, so that it is done several cells at a time
        for ((sum, lost), value) in cells.zip(values) {
            let next = Sum { sum: *sum, lost: *lost }.add(*value);
            let first = is_absent(*sum);
            let (kept, rounded) = if first { (*value, 0.0) } else { (next.sum, next.lost) };
            let skipped = is_absent(*value);
            *sum = if skipped { *sum } else { kept };
            *lost = if skipped { *lost } else { rounded };
        }
    }

    fn finish(&self, cells: Range<usize>, values: &mut Vec<f64>) {
        let sums = self.sums[cells.clone()].iter().zip(&self.lost[cells]);
        values.extend(sums.map(|(sum, lost)| {
            if is_absent(*sum) { ABSENT } else { Sum { sum: *sum, lost: *lost }.total() }
        }));
    }
}

/// Cells of any kind: what starts one, what adds to it, what comes of it.
struct Cells<A, S, D, F> {
    cells: Vec<Option<A>>,
    start: S,
    add: D,
    finish: F,
}

fn cells<A, S, D, F>(start: S, add: D, finish: F) -> Box<dyn Fold>
where
    A: Copy + 'static,
    S: Fn(f64) -> A + 'static,
    D: Fn(&mut A, f64) + 'static,
    F: Fn(A) -> f64 + 'static,
{
    Box::new(Cells { cells: Vec::new(), start, add, finish })
}

impl<A, S, D, F> Fold for Cells<A, S, D, F>
where
    A: Copy,
    S: Fn(f64) -> A,
    D: Fn(&mut A, f64),
    F: Fn(A) -> f64,
{
    fn grow(&mut self, cells: usize) {
        if cells > self.cells.len() {
            self.cells.resize(cells, None);
        }
    }

    fn add(&mut self, at: usize, values: &[f64]) {
        for (cell, value) in self.cells[at..].iter_mut().zip(values) {
            if is_absent(*value) {
                continue;
            }
            match cell {
                Some(folded) => (self.add)(folded, *value),
                None => *cell = Some((self.start)(*value)),
            }
        }
    }

    fn finish(&self, cells: Range<usize>, values: &mut Vec<f64>) {
        let cells = &self.cells[cells];
        values.extend(cells.iter().map(|cell| cell.map_or(ABSENT, &self.finish)));
    }
}
