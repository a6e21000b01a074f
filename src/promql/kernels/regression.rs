//! Least squares and exponential smoothing.

use super::kahan::Sum;

/// Slope and value at `origin` (milliseconds) of the line through samples.
/// (Source: Prometheus, `linearRegression`.)
pub(in crate::promql) fn line(times: &[i64], values: &[f64], origin: i64) -> (f64, f64) {
    let Some(first) = values.first() else { return (f64::NAN, f64::NAN) };
    if values.iter().all(|value| value == first) || values.len() == 1 {
        let level = if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, *first) };
        return level;
    }
    let [mut x, mut y, mut xy, mut xx] = [Sum::default(); 4];
    for (time, value) in times.iter().zip(values) {
        let seconds = (time - origin) as f64 / 1e3;
        x = x.add(seconds);
        y = y.add(*value);
        xy = xy.add(seconds * value);
        xx = xx.add(seconds * seconds);
    }
    let count = values.len() as f64;
    let [x, y, xy, xx] = [x, y, xy, xx].map(Sum::total);
    let covariance = xy - x * y / count;
    let variance = xx - x * x / count;
    let slope = covariance / variance;
    (slope, y / count - slope * x / count)
}

/// Holt's double exponential smoothing; needs two values.
pub(in crate::promql) fn smoothed(values: &[f64], smoothing: f64, trend: f64) -> Option<f64> {
    let [first, second, ..] = values else { return None };
    let (mut before, mut level, mut slope) = (0.0, *first, second - first);
    for (index, value) in values.iter().enumerate().skip(1) {
        let scaled = smoothing * value;
        if index > 1 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let expected = (1.0 - smoothing) * (level + slope);
        (before, level) = (level, scaled + expected);
    }
    Some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_a_constant_has_no_slope() {
        let times = [0, 1000, 2000];
        assert_eq!(line(&times, &[1.0, 3.0, 5.0], 0), (2.0, 1.0));
        assert_eq!(line(&times, &[4.0, 4.0, 4.0], 0), (0.0, 4.0));
        assert!(line(&times, &[f64::INFINITY; 3], 0).0.is_nan());
    }

    #[test]
    fn smoothing_follows_a_straight_line() {
        assert_eq!(smoothed(&[1.0, 2.0, 3.0, 4.0], 0.5, 0.5), Some(4.0));
        assert_eq!(smoothed(&[1.0], 0.5, 0.5), None);
    }
}
