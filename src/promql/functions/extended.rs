//! `anchored` and `smoothed`: values at the borders of a window, and at a step, from the samples
//! around them.

use std::sync::Arc;

use crate::label::METRIC_NAME;
use crate::promql::Grid;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Head, RowBuffer};
use crate::promql::kernels::rate::{Change, before_or_at};
use crate::promql::plan::Selector;
use crate::promql::select::{is_stale_at, seconds_share};
use crate::promql::syntax::ast::PositionRange;
use crate::promql::window::Frame;
use crate::sample::{CounterReset, Histogram, IncompatibleHistograms, SeriesSet, SeriesView};

use super::range::Remarks;

/// A selector with `smoothed`: interpolates between the samples around each step, repeats the
/// last one where no next is near, and is empty where there is none before.
pub(in crate::promql) fn smoothed(
    set: &SeriesSet,
    selector: &Selector,
    grid: &Grid,
    lookback: i64,
    range: PositionRange,
    notes: &mut Annotations,
) -> Block {
    let mut block = Block::with_capacity(grid.steps(), set.len());
    let mut buffer = RowBuffer::default();
    for view in set.iter() {
        let live: Vec<usize> =
            (0..view.times.len()).filter(|index| !is_stale_at(&view, *index)).collect();
        let metric = view.labels.value(METRIC_NAME);
        let mut remarks = Remarks { notes: &mut *notes, range, metric };
        buffer.reset(grid.steps());
        for step in 0..grid.steps() {
            let at = selector.moment.of(grid.millis(step));
            let from = live.partition_point(|i| view.times[*i] <= at.saturating_sub(lookback));
            let until = live.partition_point(|i| view.times[*i] <= at.saturating_add(lookback));
            match at_step(&view, &live[from..until.max(from)], at, &mut remarks) {
                Some(Point::Float(value)) => buffer.set(step, value),
                Some(Point::Histogram(histogram)) => buffer.set_histogram(step, histogram),
                None => {}
            }
        }
        block.push(Head::settled(view.labels.clone()), buffer.row());
    }
    block
}

/// A sample of either kind.
enum Point {
    Float(f64),
    Histogram(Arc<Histogram>),
}

fn point(view: &SeriesView<'_>, index: usize) -> Point {
    match view.histograms.get(index) {
        Some(Some(histogram)) => Point::Histogram(Arc::clone(histogram)),
        _ => Point::Float(view.values[index]),
    }
}

fn at_step(
    view: &SeriesView<'_>,
    around: &[usize],
    at: i64,
    remarks: &mut Remarks<'_>,
) -> Option<Point> {
    let after = around.partition_point(|index| view.times[*index] < at);
    let next = around.get(after).copied();
    if let Some(next) = next
        && view.times[next] == at
    {
        return Some(point(view, next));
    }
    let previous = around[after.checked_sub(1)?];
    let Some(next) = next else { return Some(point(view, previous)) };
    let share = seconds_share(view.times[previous], view.times[next], at);
    match (point(view, previous), point(view, next)) {
        (Point::Float(before), Point::Float(after)) => {
            let (from, to) = (view.times[previous], view.times[next]);
            let rise = (after - before) * (at - from) as f64;
            Some(Point::Float(before + rise / (to - from) as f64))
        }
        (Point::Histogram(before), Point::Histogram(after)) => {
            let gauge = |it: &Histogram| it.counter_reset == CounterReset::Gauge;
            let counter = !gauge(&before) && !gauge(&after);
            match interpolated(&before, &after, share, counter) {
                Ok(histogram) => Some(Point::Histogram(Arc::new(histogram))),
                Err(IncompatibleHistograms) => {
                    remarks.mixed_schemas();
                    None
                }
            }
        }
        _ => {
            remarks.mixed();
            None
        }
    }
}

/// The histogram at a share of the way between two; a counter that was reset starts from zero.
fn interpolated(
    before: &Histogram,
    after: &Histogram,
    share: f64,
    counter: bool,
) -> Result<Histogram, IncompatibleHistograms> {
    if before.is_custom() != after.is_custom() {
        return Err(IncompatibleHistograms);
    }
    let mut histogram = if counter && after.is_reset_after(before) {
        after.scaled(share)
    } else {
        let rise = after.minus(before)?.histogram.scaled(share);
        before.plus(&rise)?.histogram
    };
    histogram.compact();
    Ok(histogram)
}

/// The change of histograms over a window whose samples reach beyond its borders.
pub(super) fn change(
    frame: &Frame<'_>,
    change: Change,
    smoothed: bool,
    remarks: &mut Remarks<'_>,
) -> Option<Histogram> {
    let samples = &frame.samples;
    let window = Window {
        times: samples.histogram_times,
        histograms: samples.histograms,
        start: frame.start,
        end: frame.end,
        smoothed,
        counter: change.counter,
    };
    let (first, last) = window.ends()?;
    window.check_kinds(first, last, remarks);
    let Ok(mut rise) = window.rise(first, last, remarks) else {
        remarks.mixed_schemas();
        return None;
    };
    rise.counter_reset = CounterReset::Gauge;
    rise.compact();
    if change.per_second {
        rise = rise.divided((frame.end - frame.start) as f64 / 1000.0);
    }
    Some(rise)
}

/// Histograms in and around a window.
struct Window<'a> {
    times: &'a [i64],
    histograms: &'a [Arc<Histogram>],
    start: i64,
    end: i64,
    smoothed: bool,
    counter: bool,
}

impl Window<'_> {
    /// The samples at or around the borders; nothing if none lies in the window.
    fn ends(&self) -> Option<(usize, usize)> {
        let newest = self.times.len().checked_sub(1)?;
        let first = before_or_at(self.times, self.start);
        let last = if self.smoothed {
            self.times[..newest].partition_point(|time| *time < self.end)
        } else {
            newest
        };
        let outside =
            self.times[last] <= self.start || (self.smoothed && self.times[first] > self.end);
        if outside { None } else { Some((first, last)) }
    }

    fn check_kinds(&self, first: usize, last: usize, remarks: &mut Remarks<'_>) {
        let gauge = |index: usize| self.histograms[index].counter_reset == CounterReset::Gauge;
        if self.counter && (first..=last).any(gauge) {
            remarks.not_a("counter");
        }
        if !self.counter && (!gauge(first) || !gauge(last)) {
            remarks.not_a("gauge");
        }
    }

    fn between(&self, before: usize, at: i64) -> Result<Histogram, IncompatibleHistograms> {
        let share = seconds_share(self.times[before], self.times[before + 1], at);
        let (before, after) = (&self.histograms[before], &self.histograms[before + 1]);
        interpolated(before, after, share, self.counter)
    }

    /// Right border less left border, with what resets in between have taken away. A reset that
    /// the left border was interpolated across is in that value already.
    fn rise(
        &self,
        first: usize,
        last: usize,
        remarks: &mut Remarks<'_>,
    ) -> Result<Histogram, IncompatibleHistograms> {
        let cut_left = self.smoothed && self.times[first] < self.start;
        let cut_right = self.smoothed && last > 0 && self.times[last] > self.end;
        let left = if cut_left {
            self.between(first, self.start)?
        } else {
            Histogram::clone(&self.histograms[first])
        };
        let right = if cut_right {
            self.between(last - 1, self.end)?
        } else {
            Histogram::clone(&self.histograms[last])
        };
        let joined = right.minus(&left)?;
        if joined.bounds_reconciled {
            remarks.reconciled("subtraction");
        }
        let mut rise = joined.histogram;
        let from = if cut_left { first + 1 } else { first };
        if self.counter {
            for index in from + 1..=last {
                let previous = &self.histograms[index - 1];
                if self.histograms[index].is_reset_after(previous) {
                    let joined = rise.plus(previous)?;
                    if joined.bounds_reconciled {
                        remarks.reconciled("addition");
                    }
                    rise = joined.histogram;
                }
            }
        }
        Ok(rise)
    }
}
