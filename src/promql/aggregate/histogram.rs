//! `sum` and `avg` of native histograms. A group that mixes kinds or layouts has no result.

use std::sync::Arc;

use crate::label::METRIC_NAME;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Cell, RowBuffer};
use crate::promql::functions::HistogramMean;
use crate::promql::kernels::kahan::{Mean, Sum};
use crate::promql::syntax::ast::{AggregateOp, PositionRange};
use crate::sample::{CounterReset, Histogram, HistogramTotal, IncompatibleHistograms};
use crate::template::quote;

use super::Groups;

/// Sums or averages groups that may hold floats or histograms.
pub(super) fn sum_or_mean(
    op: AggregateOp,
    groups: &Groups,
    block: &Block,
    range: PositionRange,
    notes: &mut Annotations,
) -> Block {
    let mut members = vec![Vec::new(); groups.heads.len()];
    groups.of.iter().enumerate().for_each(|(series, group)| members[*group].push(series));
    let mut result = Block::with_capacity(block.steps, groups.heads.len());
    let mut buffer = RowBuffer::default();
    for (head, members) in groups.heads.iter().zip(members) {
        buffer.reset(block.steps);
        for step in 0..block.steps {
            let mut cell = GroupCell { op, range, state: State::Empty, resets: [false; 2] };
            for series in &members {
                let metric = block.heads[*series].labels.value(METRIC_NAME);
                cell.add(block.row(*series).cell(step), metric, notes);
            }
            cell.finish(step, &mut buffer, notes);
        }
        result.push(head.clone(), buffer.row());
    }
    result
}

enum State {
    Empty,
    Sum(Sum),
    Mean(Mean),
    HistogramSum(HistogramTotal),
    HistogramMean(HistogramMean),
    /// Floats and histograms.
    Mixed,
    /// Exponential buckets and custom bounds.
    Incompatible,
}

/// One group at one step.
struct GroupCell {
    op: AggregateOp,
    range: PositionRange,
    state: State,
    /// Whether a reset and whether its absence has been seen.
    resets: [bool; 2],
}

impl GroupCell {
    fn add(&mut self, cell: Cell<'_>, metric: &str, notes: &mut Annotations) {
        match cell {
            Cell::Absent => {}
            Cell::Float(value) => self.add_float(value),
            Cell::Histogram(histogram) => {
                self.resets[0] |= histogram.counter_reset == CounterReset::Reset;
                self.resets[1] |= histogram.counter_reset == CounterReset::NotReset;
                match self.add_histogram(histogram) {
                    Ok(true) => {
                        let text = "mismatched custom buckets were reconciled during aggregation";
                        notes.info(text, self.range);
                    }
                    Ok(false) => {}
                    Err(IncompatibleHistograms) => {
                        let metric = quote(metric);
                        let text = format!(
                            "vector contains a mix of histograms with exponential and custom \
                             buckets schemas for metric name {metric}"
                        );
                        notes.warn(text, self.range);
                        self.state = State::Incompatible;
                    }
                }
            }
        }
    }

    fn add_float(&mut self, value: f64) {
        match &mut self.state {
            State::Empty if self.op == AggregateOp::Sum => self.state = State::Sum(Sum::of(value)),
            State::Empty => self.state = State::Mean(Mean::of(value)),
            State::Sum(sum) => *sum = sum.add(value),
            State::Mean(mean) => mean.add(value),
            State::HistogramSum(_) | State::HistogramMean(_) => self.state = State::Mixed,
            State::Mixed | State::Incompatible => {}
        }
    }

    fn add_histogram(&mut self, histogram: &Histogram) -> Result<bool, IncompatibleHistograms> {
        match &mut self.state {
            State::Empty if self.op == AggregateOp::Sum => {
                self.state = State::HistogramSum(HistogramTotal::of(histogram));
            }
            State::Empty => self.state = State::HistogramMean(HistogramMean::of(histogram)),
            State::HistogramSum(total) => return total.add(histogram),
            State::HistogramMean(mean) => return mean.add(histogram),
            State::Sum(_) | State::Mean(_) => self.state = State::Mixed,
            State::Mixed | State::Incompatible => {}
        }
        Ok(false)
    }

    fn finish(self, step: usize, buffer: &mut RowBuffer, notes: &mut Annotations) {
        match self.state {
            State::Empty | State::Incompatible => return,
            State::Mixed => {
                notes
                    .warn("encountered a mix of histograms and floats for aggregation", self.range);
                return;
            }
            State::Sum(sum) => buffer.set(step, sum.total()),
            State::Mean(mean) => buffer.set(step, mean.mean()),
            State::HistogramSum(total) => buffer.set_histogram(step, Arc::new(total.total())),
            State::HistogramMean(mean) => buffer.set_histogram(step, Arc::new(mean.mean())),
        }
        if self.resets == [true; 2] {
            notes.warn("conflicting counter resets during histogram aggregation", self.range);
        }
    }
}
