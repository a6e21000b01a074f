//! Functions from one element to one element.

use crate::promql::block::{Block, Cell, Head, Row, RowBuffer};
use crate::promql::column::Column;
use crate::promql::kernels::date::part;
use crate::promql::kernels::value::{clamp, round, unary};
use crate::promql::names::{Dropped, Duplicates, drop_names};
use crate::promql::plan::{DateFunction, HistogramStatistic, ValueFunction};
use crate::promql::{Grid, NameRemoval, QueryError};

/// Applies a function to each float; histograms are left out.
pub(in crate::promql) fn value(
    function: ValueFunction,
    mut block: Block,
    scalars: &[Column],
    removal: NameRemoval,
) -> Result<Block, QueryError> {
    let scalar = |index: usize, step: usize, otherwise: f64| {
        scalars.get(index).map_or(otherwise, |column: &Column| column.at(step))
    };
    let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
    match function {
        ValueFunction::Round if !scalars.is_empty() => {
            block.map_steps(|step, value| round(value, scalar(0, step, 1.0)));
        }
        ValueFunction::Clamp => block
            .map_steps(|step, value| clamped(value, scalar(0, step, low), scalar(1, step, high))),
        ValueFunction::ClampMin => {
            block.map_steps(|step, value| clamped(value, scalar(0, step, low), high));
        }
        ValueFunction::ClampMax => {
            block.map_steps(|step, value| clamped(value, low, scalar(0, step, high)));
        }
        _ => block.map_floats(unary(function)),
    }
    block.drop_empty();
    drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Join)?;
    Ok(block)
}

/// Nothing is between limits that are the wrong way round.
fn clamped(value: f64, min: f64, max: f64) -> f64 {
    if max < min { crate::promql::block::ABSENT } else { clamp(value, min, max) }
}

/// A part of the date of each float, or of the evaluation time when there is no vector.
pub(in crate::promql) fn date(
    function: DateFunction,
    block: Option<Block>,
    grid: &Grid,
    removal: NameRemoval,
) -> Result<Block, QueryError> {
    let Some(mut block) = block else {
        let steps = grid.steps();
        let seconds = |step: usize| (grid.millis(step) / 1000) as f64;
        let values: Vec<f64> = (0..steps).map(|step| part(function, seconds(step))).collect();
        let mut block = Block::new(steps);
        block.push(Head::settled(Default::default()), Row { values: &values, histograms: &[] });
        return Ok(block);
    };
    block.map_floats(|value| part(function, value));
    block.drop_empty();
    drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Join)?;
    Ok(block)
}

/// `timestamp` of what is not a selector: the evaluation time of each element.
pub(in crate::promql) fn evaluation_time(
    mut block: Block,
    grid: &Grid,
    removal: NameRemoval,
) -> Result<Block, QueryError> {
    block.histograms = Vec::new();
    block.map_steps(|step, _| grid.millis(step) as f64 / 1000.0);
    drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Join)?;
    Ok(block)
}

/// A number from each native histogram; floats are left out.
pub(in crate::promql) fn histogram_statistic(
    function: HistogramStatistic,
    block: &Block,
    removal: NameRemoval,
) -> Result<Block, QueryError> {
    let mut result = Block::with_capacity(block.steps, block.len());
    let mut buffer = RowBuffer::default();
    for (head, row) in block.rows() {
        buffer.reset(block.steps);
        for step in 0..block.steps {
            let Cell::Histogram(histogram) = row.cell(step) else { continue };
            let value = match function {
                HistogramStatistic::Count => histogram.count,
                HistogramStatistic::Sum => histogram.sum,
                HistogramStatistic::Avg => histogram.sum / histogram.count,
                HistogramStatistic::Stdvar => histogram.variance(),
                HistogramStatistic::Stddev => histogram.variance().sqrt(),
            };
            buffer.set(step, value);
        }
        result.push(head.clone(), buffer.row());
    }
    drop_names(&mut result, removal, Dropped::Name, Duplicates::Join)?;
    Ok(result)
}
