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
    /// When the counter started from zero, if that is known and in the window.
    pub(in crate::promql) born: Option<i64>,
}

/// How far samples reach in their window, in seconds.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(in crate::promql) struct Reach {
    /// From the first sample (or the start of its counter) to the last one.
    pub(in crate::promql) sampled: f64,
    /// How much further the change may be taken to go on before the first sample.
    pub(in crate::promql) before: f64,
    /// The same for after the last.
    pub(in crate::promql) after: f64,
}

impl Reach {
    /// As far as the borders of the window; half of the average interval where they are further
    /// away than about one.
    pub(in crate::promql) fn of(span: &Span) -> Reach {
        let mut before = (span.first - span.start) as f64 / 1000.0;
        let mut after = (span.end - span.last) as f64 / 1000.0;
        let average = match span.intervals {
            0 => 0.0,
            intervals => (span.last - span.first) as f64 / 1000.0 / intervals as f64,
        };
        let threshold = average * 1.1;
        if before >= threshold {
            before = average / 2.0;
        }
        if after >= threshold {
            after = average / 2.0;
        }
        let sampled = (span.last - span.born.unwrap_or(span.first)) as f64 / 1000.0;
        Reach { sampled, before, after }
    }

    /// The same for a counter that starts at zero: not before it was there. Given are its first
    /// value and its change.
    #[inline]
    pub(in crate::promql) fn risen_from_zero(self, first: f64, rise: f64) -> Reach {
        let to_zero = self.sampled * (first / rise);
        let nearer = (rise > 0.0) & (first >= 0.0) & (to_zero < self.before);
        Reach { before: if nearer { to_zero } else { self.before }, ..self }
    }

    /// The factor that turns the change between first and last sample into that of the window.
    #[inline]
    pub(in crate::promql) fn factor(self) -> f64 {
        (self.sampled + self.before + self.after) / self.sampled
    }
}

/// The factor that turns the change between first and last sample into the change over the
/// window (or per second). `zero` is where a counter starts: its first value and its change.
pub(in crate::promql) fn factor(span: &Span, change: Change, zero: Option<(f64, f64)>) -> f64 {
    let mut reach = Reach::of(span);
    if let Some((first, rise)) = zero {
        reach = reach.risen_from_zero(first, rise);
    }
    if span.born.is_some() {
        reach.before = 0.0;
    }
    let factor = reach.factor();
    if change.per_second { factor / ((span.end - span.start) as f64 / 1000.0) } else { factor }
}

/// The start timestamps of counters, in milliseconds; empty when none is known, 0 where one is
/// not.
#[derive(Copy, Clone, Debug, Default)]
pub(in crate::promql) struct Starts<'a> {
    pub(in crate::promql) times: &'a [i64],
    pub(in crate::promql) starts: &'a [i64],
}

impl Starts<'_> {
    /// Whether a counter started anew between a sample and its predecessor. A start at the very
    /// time of the predecessor is that of a delta, if the predecessor had a start of its own;
    /// else it only means that the true start is unknown.
    pub(in crate::promql) fn restarts(&self, index: usize) -> bool {
        let (Some(start), Some(before)) = (self.starts.get(index), self.starts.get(index - 1))
        else {
            return false;
        };
        let (time, previous) = (self.times[index], self.times[index - 1]);
        let known = *start != 0 && *start < time;
        let delta = *start == previous && *before != 0 && *before < previous;
        known && (*start > previous || delta)
    }

    /// When the counter of the first sample started, if that lies in the window.
    pub(in crate::promql) fn born(&self, window_start: i64) -> Option<i64> {
        let (start, time) = (*self.starts.first()?, *self.times.first()?);
        (start != 0 && start > window_start && start < time).then_some(start)
    }

    /// Whether some start lies before the sample that came before it, and is a new one.
    pub(in crate::promql) fn overlap(&self) -> bool {
        let pairs = self.starts.windows(2).zip(self.times);
        pairs
            .into_iter()
            .any(|(pair, previous)| pair[1] != 0 && pair[1] < *previous && pair[1] != pair[0])
    }
}

/// The change of plain numbers over a window, extrapolated to its borders. Needs two samples,
/// or one and the time when its counter started.
pub(in crate::promql) fn extrapolated(
    values: &[f64],
    starts: &Starts<'_>,
    borders: (i64, i64),
    change: Change,
) -> Option<f64> {
    let times = starts.times;
    let born = if change.counter { starts.born(borders.0) } else { None };
    let last = times.len().checked_sub(1).filter(|last| *last > 0 || born.is_some())?;
    let mut rise = values[last] - values[0];
    if change.counter {
        let restarts = !starts.starts.is_empty();
        for (index, pair) in values.windows(2).enumerate() {
            if pair[1] < pair[0] || (restarts && starts.restarts(index + 1)) {
                rise += pair[0];
            }
        }
    }
    if born.is_some() {
        rise += values[0];
    }
    let (start, end) = borders;
    let span = Span { start, end, first: times[0], last: times[last], intervals: last, born };
    let zero = change.counter.then_some((values[0], rise));
    Some(rise * factor(&span, change, zero))
}

/// The change between the last two samples: `irate`, `idelta`.
pub(in crate::promql) fn instant(
    values: &[f64],
    starts: &Starts<'_>,
    change: Change,
) -> Option<f64> {
    let [.., t0, t1] = starts.times else { return None };
    let [.., v0, v1] = values else { return None };
    if t1 == t0 {
        return None;
    }
    let reset = change.counter && (v1 < v0 || starts.restarts(values.len() - 1));
    let rise = if reset { *v1 } else { v1 - v0 };
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
        if times[last] <= start || (smoothed && times[first] > end) {
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

/// How often values fall, or counters start anew.
pub(in crate::promql) fn resets(values: &[f64], starts: &Starts<'_>) -> usize {
    let pairs = values.windows(2).enumerate();
    pairs.filter(|(index, pair)| pair[1] < pair[0] || starts.restarts(index + 1)).count()
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

    fn change(values: &[f64], starts: &[i64], end: i64, change: Change) -> Option<f64> {
        let times = [10_000, 20_000, 30_000];
        let starts = Starts { times: &times[..values.len()], starts };
        extrapolated(values, &starts, (0, end), change)
    }

    #[test]
    fn a_full_window_is_extrapolated_to_both_borders() {
        assert_eq!(change(&[10.0, 20.0, 30.0], &[], 30_000, RATE), Some(1.0));
        assert_eq!(change(&[10.0], &[], 30_000, RATE), None);
    }

    #[test]
    fn a_reset_adds_what_was_counted_before_it() {
        assert_eq!(change(&[10.0, 20.0, 5.0], &[], 30_000, INCREASE), Some(22.5));
    }

    #[test]
    fn a_counter_is_not_extrapolated_below_zero() {
        assert_eq!(change(&[1.0, 11.0], &[], 20_000, INCREASE), Some(11.0));
    }

    #[test]
    fn a_known_start_is_a_zero_sample() {
        assert_eq!(change(&[5.0], &[5_000], 10_000, INCREASE), Some(5.0));
        assert_eq!(change(&[5.0, 6.0], &[5_000, 5_000], 20_000, INCREASE), Some(6.0));
    }

    #[test]
    fn a_new_start_is_a_reset() {
        assert_eq!(change(&[5.0, 6.0], &[0, 15_000], 20_000, INCREASE), Some(11.0));
    }

    #[test]
    fn changes_count_every_difference_but_nan_to_nan() {
        assert_eq!(changes(&[1.0, f64::NAN, f64::NAN, 1.0, 1.0]), 2);
        assert_eq!(resets(&[1.0, 0.0, 2.0, 1.0], &Starts::default()), 2);
    }
}
