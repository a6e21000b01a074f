//! Extremes and quantiles.

use std::cmp::Ordering;

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

/// The quantile of values, which are sorted on the way, not-a-number first; between two values
/// it is interpolated.
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
    values.sort_unstable_by(nan_first);
    let last = values.len() as f64 - 1.0;
    let rank = q * last;
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(last);
    let weight = rank - rank.floor();
    values[lower as usize] * (1.0 - weight) + values[upper as usize] * weight
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
