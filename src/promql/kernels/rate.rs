//! How fast counters and gauges change. (Source: Prometheus, `extrapolatedRate`.)

use crate::promql::plan::RangeFunction;

/// What a change is to be: per second or in all, of a counter or a gauge.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::promql) struct Change {
    /// Whether falling values are resets.
    pub(in crate::promql) counter: bool,
    /// Whether it is divided by the window's length.
    pub(in crate::promql) per_second: bool,
}

impl Change {
    /// What `rate`, `increase` and `delta` are; nothing for other functions.
    pub(in crate::promql) fn of(function: RangeFunction) -> Option<Change> {
        Some(match function {
            RangeFunction::Rate => Change { counter: true, per_second: true },
            RangeFunction::Increase => Change { counter: true, per_second: false },
            RangeFunction::Delta => Change { counter: false, per_second: false },
            _ => return None,
        })
    }
}

/// Where samples lie in their window, in milliseconds.
#[derive(Copy, Clone, Debug)]
pub(in crate::promql) struct Span {
    /// Left border of the window.
    pub(in crate::promql) start: i64,
    /// Right border of the window.
    pub(in crate::promql) end: i64,
    /// The first sample.
    pub(in crate::promql) first: i64,
    /// The last sample.
    pub(in crate::promql) last: i64,
    /// How many samples there are, less one.
    pub(in crate::promql) intervals: usize,
}

/// The factor that turns the change between first and last sample into the change over the
/// window (or per second). `zero` is where a counter starts: its first value and its change.
pub(in crate::promql) fn factor(span: &Span, change: Change, zero: Option<(f64, f64)>) -> f64 {
    let mut to_start = (span.first - span.start) as f64 / 1000.0;
    let mut to_end = (span.end - span.last) as f64 / 1000.0;
    let sampled = (span.last - span.first) as f64 / 1000.0;
    let average = sampled / span.intervals as f64;
    let threshold = average * 1.1;
    if to_start >= threshold {
        to_start = average / 2.0;
    }
    if let Some((first, rise)) = zero
        && rise > 0.0
        && first >= 0.0
    {
        let to_zero = sampled * (first / rise);
        if to_zero < to_start {
            to_start = to_zero;
        }
    }
    if to_end >= threshold {
        to_end = average / 2.0;
    }
    let factor = (sampled + to_start + to_end) / sampled;
    if change.per_second { factor / ((span.end - span.start) as f64 / 1000.0) } else { factor }
}

/// The change of plain numbers over a window, extrapolated to its borders. Needs two samples.
pub(in crate::promql) fn extrapolated(
    times: &[i64],
    values: &[f64],
    borders: (i64, i64),
    change: Change,
) -> Option<f64> {
    let last = times.len().checked_sub(1).filter(|last| *last > 0)?;
    let mut rise = values[last] - values[0];
    if change.counter {
        for pair in values.windows(2) {
            if pair[1] < pair[0] {
                rise += pair[0];
            }
        }
    }
    let (start, end) = borders;
    let span = Span { start, end, first: times[0], last: times[last], intervals: last };
    let zero = change.counter.then_some((values[0], rise));
    Some(rise * factor(&span, change, zero))
}

/// The change between the last two samples: `irate`, `idelta`.
pub(in crate::promql) fn instant(times: &[i64], values: &[f64], change: Change) -> Option<f64> {
    let [.., t0, t1] = times else { return None };
    let [.., v0, v1] = values else { return None };
    if t1 == t0 {
        return None;
    }
    let rise = if change.counter && v1 < v0 { *v1 } else { v1 - v0 };
    Some(if change.per_second { rise / ((t1 - t0) as f64 / 1000.0) } else { rise })
}

/// The change over a window whose samples reach beyond its borders: `anchored` takes the last
/// sample before the left border, `smoothed` interpolates at both.
pub(in crate::promql) fn extended(
    times: &[i64],
    values: &[f64],
    borders: (i64, i64),
    change: Change,
    smoothed: bool,
) -> Option<f64> {
    let edges = Edges::of(times, values, borders, smoothed, change.counter)?;
    let mut rise = edges.right - edges.left;
    if change.counter {
        let mut previous = edges.left;
        let inside = values.get(edges.inside.clone()).unwrap_or_default();
        for value in inside.iter().chain([&edges.right]) {
            if *value < previous {
                rise += previous;
            }
            previous = *value;
        }
    }
    Some(if change.per_second { rise / ((borders.1 - borders.0) as f64 / 1000.0) } else { rise })
}

/// The values at the borders of an extended window, and the samples strictly inside.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::promql) struct Edges {
    pub(in crate::promql) left: f64,
    pub(in crate::promql) right: f64,
    pub(in crate::promql) inside: std::ops::Range<usize>,
}

impl Edges {
    /// Nothing if no sample lies in the window.
    pub(in crate::promql) fn of(
        times: &[i64],
        values: &[f64],
        borders: (i64, i64),
        smoothed: bool,
        counter: bool,
    ) -> Option<Edges> {
        let newest = times.len().checked_sub(1)?;
        let (start, end) = borders;
        let first = before_or_at(times, start);
        let mut last = newest;
        if smoothed {
            last = times[..newest].partition_point(|time| *time < end);
        }
        if times[last] <= start {
            return None;
        }
        let interpolate = |a: usize, b: usize, at: i64| {
            let base = if counter && values[b] < values[a] { 0.0 } else { values[a] };
            let share = (values[b] - base) * (at - times[a]) as f64;
            base + share / (times[b] - times[a]) as f64
        };
        let left = match smoothed && times[first] < start {
            true => interpolate(first, first + 1, start),
            false => values[first],
        };
        let right = match smoothed && last > 0 && times[last] > end {
            true => interpolate(last - 1, last, end),
            false => values[last],
        };
        let from = if times[first] <= start { first + 1 } else { first };
        let to = if times[last] >= end { last } else { last + 1 };
        Some(Edges { left, right, inside: from..to.max(from) })
    }
}

/// The last sample at or before a time among all but the newest, else the first.
pub(in crate::promql) fn before_or_at(times: &[i64], at: i64) -> usize {
    let older = times.len().saturating_sub(1);
    times[..older].partition_point(|time| *time <= at).saturating_sub(1)
}

/// How often values fall.
pub(in crate::promql) fn resets(values: &[f64]) -> usize {
    values.windows(2).filter(|pair| pair[1] < pair[0]).count()
}

/// How often values change; not-a-number after not-a-number is no change.
pub(in crate::promql) fn changes(values: &[f64]) -> usize {
    let changed = |pair: &&[f64]| pair[1] != pair[0] && !(pair[1].is_nan() && pair[0].is_nan());
    values.windows(2).filter(changed).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Change = Change { counter: true, per_second: true };
    const INCREASE: Change = Change { counter: true, per_second: false };

    #[test]
    fn a_full_window_is_extrapolated_to_both_borders() {
        let times = [10_000, 20_000, 30_000];
        assert_eq!(extrapolated(&times, &[10.0, 20.0, 30.0], (0, 30_000), RATE), Some(1.0));
        assert_eq!(extrapolated(&times[..1], &[10.0], (0, 30_000), RATE), None);
    }

    #[test]
    fn a_reset_adds_what_was_counted_before_it() {
        let times = [10_000, 20_000, 30_000];
        let rise = extrapolated(&times, &[10.0, 20.0, 5.0], (0, 30_000), INCREASE);
        assert_eq!(rise, Some(22.5));
    }

    #[test]
    fn a_counter_is_not_extrapolated_below_zero() {
        let times = [10_000, 20_000];
        let rise = extrapolated(&times, &[1.0, 11.0], (0, 20_000), INCREASE);
        assert_eq!(rise, Some(11.0));
    }

    #[test]
    fn changes_count_every_difference_but_nan_to_nan() {
        assert_eq!(changes(&[1.0, f64::NAN, f64::NAN, 1.0, 1.0]), 2);
        assert_eq!(resets(&[1.0, 0.0, 2.0, 1.0]), 2);
    }
}
