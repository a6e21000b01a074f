//! Rates of native histograms. (Source: Prometheus, `histogramRate`.)

use std::sync::Arc;

use crate::promql::kernels::rate::{self, Change, Span};
use crate::promql::plan::RangeFunction;
use crate::promql::window::{Frame, Samples};
use crate::sample::{CounterReset, Histogram, IncompatibleHistograms};
use crate::template::quote;

use super::range::{Output, Remarks};

impl Remarks<'_> {
    fn not_a(&mut self, kind: &str) {
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
    let last = histograms.len().checked_sub(1).filter(|last| *last > 0)?;
    let rise = match difference(histograms, change.counter, remarks) {
        Ok(rise) => rise,
        Err(IncompatibleHistograms) => {
            remarks.mixed_schemas();
            return None;
        }
    };
    let span = Span {
        start: frame.start,
        end: frame.end,
        first: times[0],
        last: times[last],
        intervals: last,
    };
    let zero = change.counter.then_some((histograms[0].count, rise.count));
    Some(rise.scaled(rate::factor(&span, change, zero)))
}

/// Last less first, with what resets have taken away; a gauge.
fn difference(
    histograms: &[Arc<Histogram>],
    counter: bool,
    remarks: &mut Remarks<'_>,
) -> Result<Histogram, IncompatibleHistograms> {
    let (first, last) = (&histograms[0], &histograms[histograms.len() - 1]);
    let gauge = |histogram: &Histogram| histogram.counter_reset == CounterReset::Gauge;
    if counter && histograms.iter().any(|histogram| gauge(histogram)) {
        remarks.not_a("counter");
    }
    let mut previous = Arc::clone(first);
    if counter && histograms[1].is_reset_after(first) {
        // The first sample counts for nothing, so its layout must not matter either.
        previous = Arc::new(Histogram {
            schema: histograms[1].schema,
            custom_bounds: histograms[1].custom_bounds.clone(),
            ..Histogram::default()
        });
    }
    let custom = previous.is_custom();
    let mixed = |histogram: &Arc<Histogram>| histogram.is_custom() != custom;
    if mixed(last) || (counter && histograms[1..].iter().any(mixed)) {
        return Err(IncompatibleHistograms);
    }
    let joined = last.minus(&previous)?;
    if joined.bounds_reconciled {
        remarks.reconciled("subtraction");
    }
    let mut rise = joined.histogram;
    if counter {
        for current in &histograms[1..] {
            if current.is_reset_after(&previous) {
                let joined = rise.plus(&previous)?;
                if joined.bounds_reconciled {
                    remarks.reconciled("addition");
                }
                rise = joined.histogram;
            }
            previous = Arc::clone(current);
        }
    } else if !gauge(first) || !gauge(last) {
        remarks.not_a("gauge");
    }
    rise.counter_reset = CounterReset::Gauge;
    rise.compact();
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
        let value = rate::instant(samples.times, samples.values, change);
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
            match instant_difference(h0, h1, counter, remarks) {
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
    if !counter || !last.is_reset_after(before) {
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
pub(super) fn count_changes(function: RangeFunction, samples: &Samples<'_>) -> usize {
    let floats = samples.times.iter().zip(samples.values);
    let histograms = samples.histogram_times.iter().zip(samples.histograms);
    let mut all: Vec<(i64, Last<'_>)> =
        floats.map(|(time, value)| (*time, Last::Float(*value))).collect();
    all.extend(histograms.map(|(time, it)| (*time, Last::Histogram(it.as_ref()))));
    all.sort_by_key(|(time, _)| *time);
    let differ = |pair: &&[(i64, Last<'_>)]| match (pair[0].1, pair[1].1) {
        (Last::Float(before), Last::Float(now)) if function == RangeFunction::Resets => {
            now < before
        }
        (Last::Float(before), Last::Float(now)) => {
            now != before && !(now.is_nan() && before.is_nan())
        }
        (Last::Histogram(before), Last::Histogram(now)) if function == RangeFunction::Resets => {
            now.is_reset_after(before)
        }
        (Last::Histogram(before), Last::Histogram(now)) => !now.same(before),
        _ => true,
    };
    all.windows(2).filter(differ).count()
}
