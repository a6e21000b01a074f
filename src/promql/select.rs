//! Instant selectors: the newest sample of each series at each step.

use crate::sample::{SeriesSet, SeriesView, is_stale};

use super::block::{ABSENT, Block, Cell, Head, Row, RowBuffer};
use super::plan::{Extension, Selector};
use super::{Grid, QueryError};

/// What of a sample is wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its value.
    Value,
    /// Its time in seconds.
    Time,
    /// The start time of its counter in seconds.
    Start,
}

/// The samples a selector sees: the newest that is younger than `lookback`, unless it is stale.
pub(super) fn select(
    set: &SeriesSet,
    selector: &Selector,
    grid: &Grid,
    lookback: i64,
    wanted: Wanted,
) -> Result<Block, QueryError> {
    let steps = grid.steps();
    let mut block = Block::with_capacity(steps, set.len());
    if selector.extension == Some(Extension::Smoothed) {
        smooth(set, selector, grid, lookback, &mut block)?;
        return Ok(block);
    }
    let mut buffer = RowBuffer::default();
    for view in set.iter() {
        if steps == 1 {
            let at = selector.moment.of(grid.start.millis());
            let next = first_after(view.times, at);
            if let Some(cell) = newest(&view, next, at, lookback, wanted) {
                block.push_one(Head::settled(view.labels.clone()), cell);
            }
            continue;
        }
        buffer.reset(steps);
        let mut next = first_after(view.times, selector.moment.of(grid.start.millis()));
        for step in 0..steps {
            let at = selector.moment.of(grid.millis(step));
            while next < view.times.len() && view.times[next] <= at {
                next += 1;
            }
            if let Some(cell) = newest(&view, next, at, lookback, wanted) {
                buffer.set_cell(step, cell);
            }
        }
        block.push(Head::settled(view.labels.clone()), buffer.row());
    }
    Ok(block)
}

/// The index of the first sample after a time.
pub(super) fn first_after(times: &[i64], at: i64) -> usize {
    match times.last() {
        Some(last) if *last <= at => times.len(),
        _ => times.partition_point(|time| *time <= at),
    }
}

fn newest<'a>(
    view: &SeriesView<'a>,
    next: usize,
    at: i64,
    lookback: i64,
    wanted: Wanted,
) -> Option<Cell<'a>> {
    let index = next.checked_sub(1)?;
    let time = view.times[index];
    if time <= at.saturating_sub(lookback) || is_stale_at(view, index) {
        return None;
    }
    Some(match wanted {
        Wanted::Time => Cell::Float(time as f64 / 1000.0),
        Wanted::Start => match view.starts.get(index) {
            None | Some(0) => return None,
            Some(start) => Cell::Float(*start as f64 / 1000.0),
        },
        Wanted::Value => match view.histograms.get(index) {
            Some(Some(histogram)) => Cell::Histogram(histogram),
            _ => Cell::Float(view.values[index]),
        },
    })
}

/// Whether the sample at `index` marks the end of the series.
pub(super) fn is_stale_at(view: &SeriesView<'_>, index: usize) -> bool {
    match view.histograms.get(index) {
        Some(Some(histogram)) => is_stale(histogram.sum),
        _ => is_stale(view.values[index]),
    }
}

/// `smoothed`: interpolates between the samples around each step.
fn smooth(
    set: &SeriesSet,
    selector: &Selector,
    grid: &Grid,
    lookback: i64,
    block: &mut Block,
) -> Result<(), QueryError> {
    let mut row = Vec::new();
    for view in set.iter() {
        let live: Vec<usize> =
            (0..view.times.len()).filter(|index| !is_stale_at(&view, *index)).collect();
        row.clear();
        for step in 0..grid.steps() {
            let at = selector.moment.of(grid.millis(step));
            let from = live.partition_point(|i| view.times[*i] <= at.saturating_sub(lookback));
            let until = live.partition_point(|i| view.times[*i] <= at.saturating_add(lookback));
            let around = &live[from..until.max(from)];
            if around.iter().any(|index| matches!(view.histograms.get(*index), Some(Some(_)))) {
                return Err(no_histograms());
            }
            row.push(interpolated(&view, around, at));
        }
        block.push(Head::settled(view.labels.clone()), Row { values: &row, histograms: &[] });
    }
    Ok(())
}

fn interpolated(view: &SeriesView<'_>, around: &[usize], at: i64) -> f64 {
    let after = around.partition_point(|index| view.times[*index] < at);
    match (after.checked_sub(1).map(|before| around[before]), around.get(after)) {
        (_, Some(next)) if view.times[*next] == at => view.values[*next],
        (Some(previous), Some(next)) => {
            let (t0, t1) = (view.times[previous], view.times[*next]);
            let (v0, v1) = (view.values[previous], view.values[*next]);
            v0 + (v1 - v0) * (at - t0) as f64 / (t1 - t0) as f64
        }
        (Some(previous), None) => view.values[previous],
        (None, _) => ABSENT,
    }
}

/// The error of `anchored` and `smoothed` on native histograms.
pub(super) fn no_histograms() -> QueryError {
    QueryError::execution("smoothed and anchored modifiers do not work with native histograms")
}
