//! Instant selectors: the newest sample of each series at each step.

use std::sync::Arc;

use crate::sample::{Histogram, SeriesSet, SeriesView, is_stale};

use super::block::{ABSENT, Block, Cell, Head, NameFate, RowBuffer, Rows};
use super::borders::{Borders, Placed, Windows};
use super::plan::{ResetHints, Selector};
use super::window::{any_stale, compare};
use super::{Grid, QueryError, StartTimestamps};

/// What of a sample is wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its value.
    Value,
    /// Its time in seconds.
    Time,
    /// The start time of its counter in seconds, 0 when it is unknown or not to be used.
    Start(StartTimestamps),
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
    if steps != 1 {
        select_rows(set, selector, grid, lookback, wanted, &mut block)?;
        return Ok(block);
    }
    let at = selector.moment.of(grid.start.millis());
    for view in set.iter() {
        let hinted = compared(&view, selector.hints);
        let view = view_with(view, hinted.as_deref());
        if let Some(cell) = newest(&view, first_after(view.times, at), at, lookback, wanted) {
            block.push_one(Head::settled(view.labels.clone()), cell);
        }
    }
    Ok(block)
}

/// The same, row by row.
pub(super) fn select_rows(
    set: &SeriesSet,
    selector: &Selector,
    grid: &Grid,
    lookback: i64,
    wanted: Wanted,
    rows: &mut impl Rows,
) -> Result<(), QueryError> {
    let steps = grid.steps();
    let mut borders =
        Borders::new(Windows { grid: *grid, moment: selector.moment, length: lookback });
    let mut buffer = RowBuffer::default();
    let mut settled = false;
    for view in set.iter() {
        let hinted = compared(&view, selector.hints);
        let view = view_with(view, hinted.as_deref());
        let anew = borders.place(view.times) == Placed::Anew;
        let plain = wanted == Wanted::Value && view.histograms.is_empty();
        let plain = plain && !any_stale(view.values);
        if anew || !plain || !settled {
            buffer.reset(steps);
            settled = plain;
        }
        let live = borders.live.clone();
        if plain {
            let out = &mut buffer.values_mut()[live.clone()];
            for (out, (from, to)) in out.iter_mut().zip(&borders.spans) {
                *out = if from < to { view.values[to - 1] } else { ABSENT };
            }
        } else {
            for (step, _, at, range) in borders.frames() {
                if let Some(cell) = newest(&view, range.end, at, lookback, wanted) {
                    buffer.set_cell(step, cell);
                }
            }
        }
        rows.take(view.labels, NameFate::Settled, buffer.row(), live)?;
    }
    Ok(())
}

fn view_with<'a>(
    view: SeriesView<'a>,
    histograms: Option<&'a [Option<Arc<Histogram>>]>,
) -> SeriesView<'a> {
    SeriesView { histograms: histograms.unwrap_or(view.histograms), ..view }
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
        Wanted::Start(StartTimestamps::Ignored) => Cell::Float(0.0),
        Wanted::Start(StartTimestamps::Used) => {
            let start = view.starts.get(index).copied().unwrap_or_default();
            Cell::Float(start as f64 / 1000.0)
        }
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

/// A series' histograms with hints that come of comparing neighbours, if that is asked for.
fn compared(view: &SeriesView<'_>, hints: ResetHints) -> Option<Vec<Option<Arc<Histogram>>>> {
    if hints != ResetHints::Compared || view.histograms.is_empty() {
        return None;
    }
    let mut previous: Option<Arc<Histogram>> = None;
    let mut hinted = Vec::with_capacity(view.histograms.len());
    for histogram in view.histograms {
        let live = histogram.as_ref().filter(|histogram| !is_stale(histogram.sum));
        let known = match (live, &previous) {
            (Some(histogram), Some(previous)) => Some(compare(previous, histogram)),
            _ => histogram.clone(),
        };
        if live.is_some() {
            previous.clone_from(&known);
        }
        hinted.push(known);
    }
    Some(hinted)
}

/// How far a time lies on the way between two others.
pub(super) fn seconds_share(from: i64, to: i64, at: i64) -> f64 {
    (at - from) as f64 / (to - from) as f64
}
