//! Extremes and quantiles.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::promql::block::ABSENT;

/// The index of the greatest value; the first of equals. Not-a-number only among its like.
pub(in crate::promql) fn max(values: &[f64]) -> f64 {
    fold(values, |value, best| value > best)
}

/// The smallest value, or not-a-number if there is no other.
pub(in crate::promql) fn min(values: &[f64]) -> f64 {
    fold(values, |value, best| value < best)
}

fn fold(values: &[f64], better: impl Fn(f64, f64) -> bool) -> f64 {
    let first = values.first().copied().unwrap_or(f64::NAN);
    values.iter().fold(
        first,
        |best, value| {
            if better(*value, best) || best.is_nan() { *value } else { best }
        },
    )
}

/// Extremes of windows that only move forward, in constant time for each value: the queue holds
/// the values that nothing after them is better than.
#[derive(Clone, Debug, Default)]
pub(in crate::promql) struct Extremes {
    queue: VecDeque<usize>,
}

impl Extremes {
    /// [`max`] of each window, given as its first value and the one after its last.
    pub(in crate::promql) fn max(
        &mut self,
        values: &[f64],
        windows: &[(usize, usize)],
        out: &mut [f64],
    ) {
        match windows {
            [(from, to)] => out[0] = max(&values[*from..*to]),
            _ => self.sweep(values, windows, out, |value, best| value > best),
        }
    }

    /// [`min`] of each window.
    pub(in crate::promql) fn min(
        &mut self,
        values: &[f64],
        windows: &[(usize, usize)],
        out: &mut [f64],
    ) {
        match windows {
            [(from, to)] => out[0] = min(&values[*from..*to]),
            _ => self.sweep(values, windows, out, |value, best| value < best),
        }
    }

    fn sweep(
        &mut self,
        values: &[f64],
        windows: &[(usize, usize)],
        out: &mut [f64],
        better: impl Fn(f64, f64) -> bool,
    ) {
        self.queue.clear();
        let mut next = 0;
        for (out, (from, to)) in out.iter_mut().zip(windows) {
            next = next.max(*from);
            while next < *to {
                if !values[next].is_nan() {
                    while self
                        .queue
                        .pop_back_if(|back| better(values[next], values[*back]))
                        .is_some()
                    {}
                    self.queue.push_back(next);
                }
                next += 1;
            }
            while self.queue.pop_front_if(|front| *front < *from).is_some() {}
            *out = match self.queue.front() {
                _ if from == to => ABSENT,
                Some(best) => values[*best],
                None => values[to - 1],
            };
        }
    }
}

/// The index of the greatest value; the last of equals.
pub(in crate::promql) fn last_max(values: &[f64]) -> Option<usize> {
    last_best(values, |value, best| value >= best)
}

/// The index of the smallest value; the last of equals.
pub(in crate::promql) fn last_min(values: &[f64]) -> Option<usize> {
    last_best(values, |value, best| value <= best)
}

fn last_best(values: &[f64], better: impl Fn(f64, f64) -> bool) -> Option<usize> {
    let mut best = (*values.first()?, 0);
    for (index, value) in values.iter().enumerate() {
        if better(*value, best.0) || best.0.is_nan() {
            best = (*value, index);
        }
    }
    Some(best.1)
}

/// The quantile of values, which are put in another order on the way, not-a-number first; between
/// two values it is interpolated.
pub(in crate::promql) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let last = values.len() as f64 - 1.0;
    let rank = q * last;
    let index = (rank.floor().max(0.0) as usize).min(values.len() - 1);
    let weight = rank - rank.floor();
    let (_, lower, above) = values.select_nth_unstable_by(index, nan_first);
    let upper = above
        .iter()
        .copied()
        .reduce(|least, value| if nan_first(&value, &least).is_lt() { value } else { least });
    *lower * (1.0 - weight) + upper.unwrap_or(*lower) * weight
}

/// The median of the distances from the median; not-a-number if any value is.
pub(in crate::promql) fn median_deviation(values: &mut [f64]) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let median = quantile(0.5, values);
    values.iter_mut().for_each(|value| *value = (*value - median).abs());
    quantile(0.5, values)
}

/// Ascending, not-a-number before everything.
pub(in crate::promql) fn nan_first(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_an_extreme_only_when_alone() {
        assert_eq!(max(&[f64::NAN, 1.0, f64::NAN]), 1.0);
        assert_eq!(min(&[3.0, f64::NAN, 2.0]), 2.0);
        assert!(max(&[f64::NAN]).is_nan());
    }

    #[test]
    fn extremes_of_moving_windows_are_those_of_each() {
        let nan = f64::NAN;
        let values = [3.0, 1.0, nan, 2.0, -0.0, 0.0, nan, nan, 5.0, 5.0, -1.0, 4.0];
        for length in 1..=values.len() {
            let windows: Vec<_> = (0..values.len() + length)
                .map(|end| (end.saturating_sub(length), end.min(values.len())))
                .map(|(from, to)| (from.min(to), to))
                .collect();
            let (mut most, mut least) = (vec![0.0; windows.len()], vec![0.0; windows.len()]);
            Extremes::default().max(&values, &windows, &mut most);
            Extremes::default().min(&values, &windows, &mut least);
            for (index, (from, to)) in windows.into_iter().enumerate().filter(|(_, it)| it.0 < it.1)
            {
                let window = &values[from..to];
                assert_eq!(most[index].to_bits(), max(window).to_bits(), "{window:?}");
                assert_eq!(least[index].to_bits(), min(window).to_bits(), "{window:?}");
            }
        }
    }

    #[test]
    fn the_last_of_equals_tells_the_time() {
        assert_eq!(last_max(&[1.0, 2.0, 2.0, 0.0]), Some(2));
        assert_eq!(last_min(&[f64::NAN, 2.0, 2.0]), Some(2));
    }

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(0.5, &mut [1.0, 2.0]), 1.5);
        assert_eq!(quantile(0.0, &mut [2.0, 1.0]), 1.0);
        assert!(quantile(0.0, &mut [2.0, f64::NAN]).is_nan());
        assert_eq!(quantile(1.1, &mut [2.0]), f64::INFINITY);
        assert_eq!(median_deviation(&mut [4.0, 6.0, 2.0, 1.0, 999.0]), 2.0);
    }
}
