//! Variance by Welford's method.

use super::kahan::Sum;

/// The population variance of a window, with compensated sums.
pub(in crate::promql) fn variance(values: &[f64]) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, Sum::default(), Sum::default());
    for value in values {
        count += 1.0;
        let delta = value - mean.total();
        mean = mean.add(delta / count);
        squares = squares.add(delta * (value - mean.total()));
    }
    squares.total() / count
}

/// The running variance of an aggregation: without compensation, as Prometheus has it.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(in crate::promql) struct Welford {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Welford {
    /// Starts with a value; infinities and not-a-number poison it.
    pub(in crate::promql) fn of(value: f64) -> Welford {
        let squares = if value.is_finite() { 0.0 } else { f64::NAN };
        Welford { count: 1.0, mean: value, squares }
    }

    /// Takes in a value.
    pub(in crate::promql) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean;
        self.mean += delta / self.count;
        self.squares += delta * (value - self.mean);
    }

    /// The population variance.
    pub(in crate::promql) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_of_a_window_and_of_a_group_agree() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert_eq!(variance(&values), 4.0);
        let mut welford = Welford::of(values[0]);
        values[1..].iter().for_each(|value| welford.add(*value));
        assert_eq!(welford.variance(), 4.0);
        assert!(Welford::of(f64::INFINITY).variance().is_nan());
    }
}
