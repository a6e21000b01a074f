//! Range selectors: for each series and step the samples of a left-open window.

use std::sync::Arc;

use crate::label::Labels;
use crate::sample::{CounterReset, Histogram, SeriesSet, SeriesView, is_stale};

use super::block::{Block, Cell, NameFate};
use super::plan::{ResetHints, Window};
use super::select::{first_after, is_stale_at};
use super::{Grid, StartTimestamps};

/// The samples of one series without stale markers, floats and histograms apart.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Samples<'a> {
    pub(super) times: &'a [i64],
    pub(super) values: &'a [f64],
    /// Start timestamps of the floats; empty when none is known.
    pub(super) starts: &'a [i64],
    pub(super) histogram_times: &'a [i64],
    pub(super) histograms: &'a [Arc<Histogram>],
    /// Start timestamps of the histograms; empty when none is known.
    pub(super) histogram_starts: &'a [i64],
}

/// One window: the samples it holds (and those in its margins), and where it lies.
#[derive(Copy, Clone, Debug)]
pub(super) struct Frame<'a> {
    pub(super) samples: Samples<'a>,
    /// Left border in milliseconds, exclusive.
    pub(super) start: i64,
    /// Right border in milliseconds, inclusive.
    pub(super) end: i64,
    /// The evaluation time in milliseconds.
    pub(super) at: i64,
}

impl<'a> Samples<'a> {
    /// Whether there are no samples.
    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histogram_times.is_empty()
    }

    /// How many samples there are, as Prometheus counts them.
    pub(super) fn size(&self) -> usize {
        let histograms = self.histograms.iter().map(|histogram| histogram.sample_size());
        self.times.len() + histograms.sum::<usize>()
    }

    fn between(&self, floats: (usize, usize), histograms: (usize, usize)) -> Samples<'a> {
        let (floats, histograms) = (floats.0..floats.1, histograms.0..histograms.1);
        Samples {
            times: &self.times[floats.clone()],
            values: &self.values[floats.clone()],
            starts: self.starts.get(floats).unwrap_or_default(),
            histogram_times: &self.histogram_times[histograms.clone()],
            histograms: &self.histograms[histograms.clone()],
            histogram_starts: self.histogram_starts.get(histograms).unwrap_or_default(),
        }
    }
}

/// How stored samples are read.
#[derive(Copy, Clone, Debug)]
pub(super) struct Reading {
    pub(super) starts: StartTimestamps,
    pub(super) hints: ResetHints,
}

/// What windows slide over: stored series, or the result of a subquery on its own grid.
pub(super) enum Source<'a> {
    Series(&'a SeriesSet, Reading),
    Subquery(&'a Block, Grid),
}

impl Source<'_> {
    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Source::Series(set, _) => set.len(),
            Source::Subquery(block, _) => block.len(),
        }
    }

    /// Whether a series' name is doomed.
    pub(super) fn name_fate(&self, index: usize) -> NameFate {
        match self {
            Source::Series(..) => NameFate::Settled,
            Source::Subquery(block, _) => block.heads[index].name,
        }
    }

    /// A series' labels.
    pub(super) fn labels(&self, index: usize) -> &Labels {
        match self {
            Source::Series(set, _) => set.series(index).labels,
            Source::Subquery(block, _) => &block.heads[index].labels,
        }
    }

    /// A series' samples; `space` holds them when they cannot be borrowed.
    pub(super) fn samples<'s>(&'s self, index: usize, space: &'s mut Space) -> Samples<'s> {
        match self {
            Source::Series(set, reading) => space.of_view(set.series(index), *reading),
            Source::Subquery(block, grid) => space.of_row(block, index, grid),
        }
    }
}

/// Room for the samples of one series; used again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Space {
    times: Vec<i64>,
    values: Vec<f64>,
    starts: Vec<i64>,
    histogram_times: Vec<i64>,
    histograms: Vec<Arc<Histogram>>,
    histogram_starts: Vec<i64>,
}

impl Space {
    fn of_view<'s>(&'s mut self, mut view: SeriesView<'s>, reading: Reading) -> Samples<'s> {
        if reading.starts == StartTimestamps::Ignored {
            view.starts = &[];
        }
        let plain = view.histograms.iter().all(Option::is_none) && !any_stale(view.values);
        if plain {
            let SeriesView { times, values, starts, .. } = view;
            return Samples { times, values, starts, ..Samples::default() };
        }
        self.clear();
        let compared = reading.hints == ResetHints::Compared;
        for index in (0..view.times.len()).filter(|index| !is_stale_at(&view, *index)) {
            let time = view.times[index];
            match view.histograms.get(index) {
                Some(Some(histogram)) => {
                    self.histogram_times.push(time);
                    let known = match self.histograms.last() {
                        Some(previous) if compared => compare(previous, histogram),
                        _ => Arc::clone(histogram),
                    };
                    self.histograms.push(known);
                    self.histogram_starts.extend(view.starts.get(index));
                }
                _ => {
                    self.times.push(time);
                    self.values.push(view.values[index]);
                    self.starts.extend(view.starts.get(index));
                }
            }
        }
        self.samples()
    }

    /// The row of a subquery's result. Hints on counter resets are about neighbours that the
    /// subquery may have skipped, so they are forgotten.
    fn of_row<'s>(&'s mut self, block: &Block, index: usize, grid: &Grid) -> Samples<'s> {
        self.clear();
        let row = block.row(index);
        for step in 0..block.steps {
            match row.cell(step) {
                Cell::Absent => {}
                Cell::Float(value) => {
                    self.times.push(grid.millis(step));
                    self.values.push(value);
                }
                Cell::Histogram(histogram) => {
                    self.histogram_times.push(grid.millis(step));
                    self.histograms.push(forget_reset(histogram));
                }
            }
        }
        self.samples()
    }

    fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
        self.starts.clear();
        self.histogram_times.clear();
        self.histograms.clear();
        self.histogram_starts.clear();
    }

    fn samples(&self) -> Samples<'_> {
        Samples {
            times: &self.times,
            values: &self.values,
            starts: &self.starts,
            histogram_times: &self.histogram_times,
            histograms: &self.histograms,
            histogram_starts: &self.histogram_starts,
        }
    }
}

/// Whether there is a stale marker among values.
pub(super) fn any_stale(values: &[f64]) -> bool {
    // without a way out on the way the loop is done several values at a time
    values.iter().fold(false, |found, value| found | is_stale(*value))
}

/// A histogram whose hint, if it has none, tells what comparing with its predecessor finds.
pub(super) fn compare(previous: &Histogram, histogram: &Arc<Histogram>) -> Arc<Histogram> {
    if histogram.counter_reset != CounterReset::Unknown {
        return Arc::clone(histogram);
    }
    let reset = histogram.is_reset_after(previous);
    let mut histogram = Histogram::clone(histogram);
    histogram.counter_reset = if reset { CounterReset::Reset } else { CounterReset::NotReset };
    Arc::new(histogram)
}

fn forget_reset(histogram: &Arc<Histogram>) -> Arc<Histogram> {
    match histogram.counter_reset {
        CounterReset::Unknown | CounterReset::Gauge => Arc::clone(histogram),
        CounterReset::Reset | CounterReset::NotReset => {
            let mut histogram = Histogram::clone(histogram);
            histogram.counter_reset = CounterReset::Unknown;
            Arc::new(histogram)
        }
    }
}

/// Calls `visit` with each step whose window holds a sample, in order; stops at its first error.
pub(super) fn slide<E>(
    samples: &Samples<'_>,
    window: &Window,
    margins: (i64, i64),
    grid: &Grid,
    mut visit: impl FnMut(usize, &Frame<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut floats = Sweep::default();
    let mut histograms = Sweep::default();
    for step in 0..grid.steps() {
        let at = grid.millis(step);
        let end = window.moment.of(at);
        let start = end.saturating_sub(window.length);
        let (after, until) = (start.saturating_sub(margins.0), end.saturating_add(margins.1));
        let held = samples.between(
            floats.advance(samples.times, after, until),
            histograms.advance(samples.histogram_times, after, until),
        );
        if !held.is_empty() {
            visit(step, &Frame { samples: held, start, end, at })?;
        }
    }
    Ok(())
}

/// The borders of a window that only moves forward.
#[derive(Default)]
struct Sweep {
    from: usize,
    to: usize,
    placed: bool,
}

impl Sweep {
    fn advance(&mut self, times: &[i64], after: i64, until: i64) -> (usize, usize) {
        if !self.placed {
            self.from = first_after(times, after);
            self.to = first_after(times, until);
            self.placed = true;
            return (self.from, self.to);
        }
        while self.from < times.len() && times[self.from] <= after {
            self.from += 1;
        }
        while self.to < times.len() && times[self.to] <= until {
            self.to += 1;
        }
        (self.from, self.to)
    }
}
