//! A vector over the steps of a grid, as columns.
//!
//! ```text
//!                step 0  1  2
//! heads[0]  values [ v  v  -    heads[0]: labels, and whether the name is still to be dropped
//! heads[1]           -  v  v    - : absent, the bits of the stale marker
//! heads[2]           v  v  v ]
//! histograms [ ]  (empty while every cell is a float; else one slot a cell)
//! ```
//!
//! An absent cell is the stale marker, which no computation yields: selectors leave stale
//! samples out. A cell with a histogram has a float that means nothing but is not absent.

use std::ops::Range;
use std::sync::Arc;

use crate::label::Labels;
use crate::sample::{Histogram, STALE_BITS, is_stale};

use super::QueryError;

/// What stands where a series has no value.
pub(super) const ABSENT: f64 = f64::from_bits(STALE_BITS);

/// Whether a cell is empty.
pub(super) fn is_absent(value: f64) -> bool {
    is_stale(value)
}

/// What is still to happen to a series' metric name.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum NameFate {
    /// It stays, or has been dropped already.
    Settled,
    /// It is dropped at the end of the query.
    Doomed,
}

/// One series of a block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) labels: Labels,
    pub(super) name: NameFate,
}

impl Head {
    /// A series whose name needs no dropping.
    pub(super) fn settled(labels: Labels) -> Head {
        Head { labels, name: NameFate::Settled }
    }
}

/// One cell.
#[derive(Copy, Clone, Debug)]
pub(super) enum Cell<'a> {
    Absent,
    Float(f64),
    Histogram(&'a Arc<Histogram>),
}

/// The cells of one series.
#[derive(Copy, Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) values: &'a [f64],
    /// Empty when all cells are floats.
    pub(super) histograms: &'a [Option<Arc<Histogram>>],
}

impl<'a> Row<'a> {
    /// The cell at a step.
    pub(super) fn cell(&self, step: usize) -> Cell<'a> {
        match self.histograms.get(step) {
            Some(Some(histogram)) => Cell::Histogram(histogram),
            _ if is_absent(self.values[step]) => Cell::Absent,
            _ => Cell::Float(self.values[step]),
        }
    }

    /// Whether the cell at a step holds anything.
    pub(super) fn has(&self, step: usize) -> bool {
        !is_absent(self.values[step])
    }
}

/// A row that is being made; used again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct RowBuffer {
    values: Vec<f64>,
    histograms: Vec<Option<Arc<Histogram>>>,
}

impl RowBuffer {
    /// Makes all cells absent.
    pub(super) fn reset(&mut self, steps: usize) {
        self.values.clear();
        self.values.resize(steps, ABSENT);
        self.histograms.clear();
    }

    /// The floats of the cells.
    pub(super) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Sets a cell.
    pub(super) fn set(&mut self, step: usize, value: f64) {
        self.values[step] = value;
    }

    /// Sets a cell to a histogram.
    pub(super) fn set_histogram(&mut self, step: usize, histogram: Arc<Histogram>) {
        if self.histograms.is_empty() {
            self.histograms.resize(self.values.len(), None);
        }
        self.values[step] = 0.0;
        self.histograms[step] = Some(histogram);
    }

    /// Sets a cell to what another one holds.
    pub(super) fn set_cell(&mut self, step: usize, cell: Cell<'_>) {
        match cell {
            Cell::Absent => {}
            Cell::Float(value) => self.set(step, value),
            Cell::Histogram(histogram) => self.set_histogram(step, Arc::clone(histogram)),
        }
    }

    /// The row made so far.
    pub(super) fn row(&self) -> Row<'_> {
        Row { values: &self.values, histograms: &self.histograms }
    }
}

/// Takes the rows of a vector one after the other.
pub(super) trait Rows {
    /// Takes a series. Outside of the `live` steps all of its cells are absent.
    fn take(
        &mut self,
        labels: &Labels,
        name: NameFate,
        row: Row<'_>,
        live: Range<usize>,
    ) -> Result<(), QueryError>;
}

impl Rows for Block {
    fn take(
        &mut self,
        labels: &Labels,
        name: NameFate,
        row: Row<'_>,
        live: Range<usize>,
    ) -> Result<(), QueryError> {
        if !row.values[live].iter().all(|value| is_absent(*value)) {
            self.add(Head { labels: labels.clone(), name }, row);
        }
        Ok(())
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) steps: usize,
    pub(super) heads: Vec<Head>,
    pub(super) values: Vec<f64>,
    pub(super) histograms: Vec<Option<Arc<Histogram>>>,
}

impl Block {
    /// A block without series.
    pub(super) fn new(steps: usize) -> Block {
        Block::with_capacity(steps, 0)
    }

    /// A block with room for that many series.
    pub(super) fn with_capacity(steps: usize, series: usize) -> Block {
        let heads = Vec::with_capacity(series);
        Block { steps, heads, values: Vec::new(), histograms: Vec::new() }
    }

    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// One series' cells.
    pub(super) fn row(&self, index: usize) -> Row<'_> {
        let range = index * self.steps..(index + 1) * self.steps;
        Row {
            values: &self.values[range.clone()],
            histograms: self.histograms.get(range).unwrap_or_default(),
        }
    }

    /// All series with their cells.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&Head, Row<'_>)> {
        self.heads.iter().enumerate().map(|(index, head)| (head, self.row(index)))
    }

    /// Adds a series, unless all of its cells are absent.
    pub(super) fn push(&mut self, head: Head, row: Row<'_>) {
        if row.values.iter().all(|value| is_absent(*value)) {
            return;
        }
        self.add(head, row);
    }

    fn add(&mut self, head: Head, row: Row<'_>) {
        let before = self.values.len();
        self.values.extend_from_slice(row.values);
        self.heads.push(head);
        let mixed = row.histograms.iter().any(Option::is_some);
        if !self.histograms.is_empty() || mixed {
            self.histograms.resize(before, None);
            self.histograms.extend_from_slice(row.histograms);
            self.histograms.resize(self.values.len(), None);
        }
    }

    /// Adds a series of one step.
    pub(super) fn push_one(&mut self, head: Head, cell: Cell<'_>) {
        debug_assert_eq!(self.steps, 1);
        match cell {
            Cell::Absent => return,
            Cell::Float(value) => self.values.push(value),
            Cell::Histogram(histogram) => {
                self.histograms.resize(self.values.len(), None);
                self.histograms.push(Some(Arc::clone(histogram)));
                self.values.push(0.0);
            }
        }
        self.heads.push(head);
        if !self.histograms.is_empty() {
            self.histograms.resize(self.values.len(), None);
        }
    }

    /// How many samples there are, as Prometheus counts them: a histogram counts for several.
    pub(super) fn samples(&self) -> usize {
        let present = self.values.iter().filter(|value| !is_absent(**value)).count();
        let histograms = self.histograms.iter().flatten();
        present + histograms.map(|histogram| histogram.sample_size() - 1).sum::<usize>()
    }

    /// Makes every histogram an absent cell.
    pub(super) fn drop_histograms(&mut self) {
        for (value, histogram) in self.values.iter_mut().zip(&self.histograms) {
            if histogram.is_some() {
                *value = ABSENT;
            }
        }
        self.histograms = Vec::new();
    }

    /// Replaces every float; histograms become absent.
    pub(super) fn map_floats(&mut self, function: impl Fn(f64) -> f64) {
        self.drop_histograms();
        for value in &mut self.values {
            *value = if is_absent(*value) { ABSENT } else { function(*value) };
        }
    }

    /// Replaces every float, knowing its step; histograms become absent.
    pub(super) fn map_steps(&mut self, function: impl Fn(usize, f64) -> f64) {
        self.drop_histograms();
        let steps = self.steps.max(1);
        for row in self.values.chunks_exact_mut(steps) {
            for (step, value) in row.iter_mut().enumerate() {
                *value = if is_absent(*value) { ABSENT } else { function(step, *value) };
            }
        }
    }

    /// Leaves out series whose cells are all absent.
    pub(super) fn drop_empty(&mut self) {
        let empty = |row: Row<'_>| row.values.iter().all(|value| is_absent(*value));
        if !self.rows().any(|(_, row)| empty(row)) {
            return;
        }
        let mut kept = Block::with_capacity(self.steps, self.len());
        for index in 0..self.len() {
            let row = self.row(index);
            if !empty(row) {
                kept.push(self.heads[index].clone(), row);
            }
        }
        *self = kept;
    }

    /// The same cell at every one of `steps` steps, of a block of one step.
    pub(super) fn broadcast(&self, steps: usize) -> Block {
        let repeat = |index: usize| std::iter::repeat_n(index, steps);
        let cells = 0..self.values.len();
        let histograms = if self.histograms.is_empty() {
            Vec::new()
        } else {
            cells.clone().flat_map(repeat).map(|index| self.histograms[index].clone()).collect()
        };
        let values = cells.flat_map(repeat).map(|index| self.values[index]).collect();
        Block { steps, heads: self.heads.clone(), values, histograms }
    }
}
