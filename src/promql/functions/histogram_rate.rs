//! Rates of native histograms. (Source: Prometheus, `histogramRate`.)

use std::sync::Arc;

use crate::promql::kernels::rate::{self, Change, Span, Starts};
use crate::promql::plan::RangeFunction;
use crate::promql::window::{Frame, Samples};
use crate::sample::{CounterReset, Histogram, IncompatibleHistograms};
use crate::template::quote;

use super::range::{Output, Remarks};

impl Remarks<'_> {
    pub(super) fn not_a(&mut self, kind: &str) {
        let metric = quote(self.metric);
        let text = format!("this native histogram metric is not a {kind}: {metric}");
        self.notes.warn(text, self.range);
    }

    pub(super) fn mixed_schemas(&mut self) {
        let metric = quote(self.metric);
        let text = format!(
            "vector contains a mix of histograms with exponential and custom buckets schemas for \
             metric name {metric}"
        );
        self.notes.warn(text, self.range);
    }

    pub(super) fn reconciled(&mut self, during: &str) {
        let text = format!("mismatched custom buckets were reconciled during {during}");
        self.notes.info(text, self.range);
    }
}

/// The change of histograms over a window, extrapolated to its borders. Needs two.
pub(super) fn extrapolated(
    frame: &Frame<'_>,
    change: Change,
    remarks: &mut Remarks<'_>,
) -> Option<Histogram> {
    let samples = &frame.samples;
    let (times, histograms) = (samples.histogram_times, samples.histograms);
    let starts = Starts { times, starts: samples.histogram_starts };
    let born = if change.counter { starts.born(frame.start) } else { None };
    let last = histograms.len().checked_sub(1).filter(|last| *last > 0 || born.is_some())?;
    let rise =
        difference(histograms, &starts, change.counter, remarks).and_then(|rise| match born {
            Some(_) => Ok(rise.plus(&histograms[0])?.histogram),
            None => Ok(rise),
        });
    let Ok(mut rise) = rise else {
        remarks.mixed_schemas();
        return None;
    };
    rise.counter_reset = CounterReset::Gauge;
    rise.compact();
    let span = Span {
        start: frame.start,
        end: frame.end,
        first: times[0],
        last: times[last],
        intervals: last,
        born,
    };
    let zero = change.counter.then_some((histograms[0].count, rise.count));
    Some(rise.scaled(rate::factor(&span, change, zero)))
}

/// Last less first, with what resets have taken away; a gauge.
fn difference(
    histograms: &[Arc<Histogram>],
    starts: &Starts<'_>,
    counter: bool,
    remarks: &mut Remarks<'_>,
) -> Result<Histogram, IncompatibleHistograms> {
    let (first, last) = (&histograms[0], &histograms[histograms.len() - 1]);
    let gauge = |histogram: &Histogram| histogram.counter_reset == CounterReset::Gauge;
    if counter && histograms.iter().any(|histogram| gauge(histogram)) {
        remarks.not_a("counter");
    }
    let stand_in;
    let mut previous: &Histogram = first;
    let resets = |index: usize, previous: &Histogram| {
        starts.restarts(index) || histograms[index].is_reset_after(previous)
    };
    if counter && histograms.len() > 1 && resets(1, first) {
        // The first sample counts for nothing, so its layout must not matter either.
        stand_in = Histogram {
            schema: histograms[1].schema,
            custom_bounds: histograms[1].custom_bounds.clone(),
            ..Histogram::default()
        };
        previous = &stand_in;
    }
    let custom = previous.is_custom();
    let mixed = |histogram: &Arc<Histogram>| histogram.is_custom() != custom;
    if mixed(last) || (counter && histograms[1..].iter().any(mixed)) {
        return Err(IncompatibleHistograms);
    }
    let joined = last.minus(previous)?;
    if joined.bounds_reconciled {
        remarks.reconciled("subtraction");
    }
    let mut rise = joined.histogram;
    if counter {
        for (index, current) in histograms.iter().enumerate().skip(1) {
            if resets(index, previous) {
                let joined = rise.plus(previous)?;
                if joined.bounds_reconciled {
                    remarks.reconciled("addition");
                }
                rise = joined.histogram;
            }
            previous = current;
        }
    } else if !gauge(first) || !gauge(last) {
        remarks.not_a("gauge");
    }
    Ok(rise)
}

/// One of the last two samples of a window.
#[derive(Copy, Clone)]
enum Last<'a> {
    Float(f64),
    Histogram(&'a Histogram),
}

/// `irate` and `idelta`: the change between the last two samples of either kind.
pub(super) fn instant(
    function: RangeFunction,
    frame: &Frame<'_>,
    remarks: &mut Remarks<'_>,
) -> Output {
    let counter = function == RangeFunction::Irate;
    let samples = &frame.samples;
    if samples.histograms.is_empty() {
        let change = Change { counter, per_second: counter };
        let starts = Starts { times: samples.times, starts: samples.starts };
        let value = rate::instant(samples.values, &starts, change);
        return value.map_or(Output::Nothing, Output::Float);
    }
    let Some(((t0, before), (t1, last))) = last_two(samples) else { return Output::Nothing };
    if t0 == t1 {
        return Output::Nothing;
    }
    let seconds = (t1 - t0) as f64 / 1000.0;
    match (before, last) {
        (Last::Float(v0), Last::Float(v1)) => {
            let rise = if counter && v1 < v0 { v1 } else { v1 - v0 };
            Output::Float(if counter { rise / seconds } else { rise })
        }
        (Last::Histogram(h0), Last::Histogram(h1)) => {
            let starts =
                Starts { times: samples.histogram_times, starts: samples.histogram_starts };
            let restarts = starts.restarts(samples.histograms.len() - 1);
            match instant_difference(h0, h1, counter, restarts, remarks) {
                Ok(rise) if counter => Output::Histogram(rise.divided(seconds)),
                Ok(rise) => Output::Histogram(rise),
                Err(IncompatibleHistograms) => {
                    remarks.mixed_schemas();
                    Output::Nothing
                }
            }
        }
        _ => {
            remarks.mixed();
            Output::Nothing
        }
    }
}

fn last_two<'a>(samples: &Samples<'a>) -> Option<((i64, Last<'a>), (i64, Last<'a>))> {
    let floats = samples.times.iter().zip(samples.values).rev().take(2);
    let histograms = samples.histogram_times.iter().zip(samples.histograms).rev().take(2);
    let mut last: Vec<(i64, Last<'a>)> =
        floats.map(|(time, value)| (*time, Last::Float(*value))).collect();
    last.extend(histograms.map(|(time, it)| (*time, Last::Histogram(it.as_ref()))));
    last.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    match last[..] {
        [newest, before, ..] => Some((before, newest)),
        _ => None,
    }
}

fn instant_difference(
    before: &Histogram,
    last: &Histogram,
    counter: bool,
    restarts: bool,
    remarks: &mut Remarks<'_>,
) -> Result<Histogram, IncompatibleHistograms> {
    let gauges = [before, last].map(|it| it.counter_reset == CounterReset::Gauge);
    if counter && gauges.contains(&true) {
        remarks.not_a("counter");
    }
    if !counter && gauges.contains(&false) {
        remarks.not_a("gauge");
    }
    let mut rise = last.clone();
    if !counter || !(restarts || last.is_reset_after(before)) {
        let joined = last.minus(before)?;
        if joined.bounds_reconciled {
            remarks.reconciled("subtraction");
        }
        rise = joined.histogram;
    }
    rise.counter_reset = CounterReset::Gauge;
    rise.compact();
    Ok(rise)
}

/// `resets` and `changes` over samples of both kinds: a change of kind counts.
pub(super) fn count_changes(function: RangeFunction, samples: &Samples<'_>, from: i64) -> usize {
    let starts = |times, starts| Starts { times, starts };
    let floats = starts(samples.times, samples.starts);
    let histograms = starts(samples.histogram_times, samples.histogram_starts);
    let resets = function == RangeFunction::Resets;
    let mut all: Vec<(i64, usize, Last<'_>)> = Vec::new();
    for (index, (time, value)) in samples.times.iter().zip(samples.values).enumerate() {
        all.push((*time, index, Last::Float(*value)));
    }
    for (index, histogram) in samples.histograms.iter().enumerate() {
        all.push((samples.histogram_times[index], index, Last::Histogram(histogram)));
    }
    all.sort_by_key(|(time, _, _)| *time);
    let older = all.len().saturating_sub(1);
    let first = all[..older].partition_point(|(time, _, _)| *time <= from).saturating_sub(1);
    let differ = |pair: &&[(i64, usize, Last<'_>)]| match (pair[0].2, (pair[1].1, pair[1].2)) {
        (Last::Float(before), (index, Last::Float(now))) if resets => {
            now < before || floats.restarts(index)
        }
        (Last::Float(before), (_, Last::Float(now))) => {
            now != before && !(now.is_nan() && before.is_nan())
        }
        (Last::Histogram(before), (index, Last::Histogram(now))) if resets => {
            histograms.restarts(index) || now.is_reset_after(before)
        }
        (Last::Histogram(before), (_, Last::Histogram(now))) => !now.same(before),
        _ => true,
    };
    all[first..].windows(2).filter(differ).count()
}
