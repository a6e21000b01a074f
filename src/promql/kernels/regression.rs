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
    through(values.len() as f64, [x, y, xy, xx].map(Sum::total))
}

/// What a line through samples needs of their times: kept for the next samples, which often
/// have the same.
#[derive(Clone, Debug, Default)]
pub(in crate::promql) struct Abscissas {
    times: Vec<i64>,
    origin: i64,
    seconds: Vec<f64>,
    x: f64,
    xx: f64,
}

impl Abscissas {
    /// [`line`] through two samples or more.
    pub(in crate::promql) fn line(
        &mut self,
        times: &[i64],
        values: &[f64],
        origin: i64,
    ) -> Option<(f64, f64)> {
        let [first, _, ..] = values else { return None };
        if values.iter().all(|value| value == first) {
            return Some(line(times, values, origin));
        }
        if self.origin != origin || self.times != times {
            self.place(times, origin);
        }
        let [mut y, mut xy] = [Sum::default(); 2];
        for (seconds, value) in self.seconds.iter().zip(values) {
            y = y.add(*value);
            xy = xy.add(seconds * value);
        }
        Some(through(values.len() as f64, [self.x, y.total(), xy.total(), self.xx]))
    }

    fn place(&mut self, times: &[i64], origin: i64) {
        self.origin = origin;
        self.times.clear();
        self.times.extend_from_slice(times);
        self.seconds.clear();
        self.seconds.extend(times.iter().map(|time| (time - origin) as f64 / 1e3));
        let [mut x, mut xx] = [Sum::default(); 2];
        for seconds in &self.seconds {
            x = x.add(*seconds);
            xx = xx.add(seconds * seconds);
        }
        (self.x, self.xx) = (x.total(), xx.total());
    }
}

/// Slope and value at zero of the line through points of which there are the sums.
fn through(count: f64, [x, y, xy, xx]: [f64; 4]) -> (f64, f64) {
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
