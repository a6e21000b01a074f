//! Compensated sums (Kahan, Neumaier).

/// A running sum with what its rounding lost.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(in crate::promql) struct Sum {
    pub(in crate::promql) sum: f64,
    pub(in crate::promql) lost: f64,
}

impl Sum {
    /// A sum that starts with a value.
    pub(in crate::promql) fn of(value: f64) -> Sum {
        Sum { sum: value, lost: 0.0 }
    }

    /// Adds a value. Once the sum is infinite, nothing is lost any more.
    pub(in crate::promql) fn add(self, value: f64) -> Sum {
        let sum = self.sum + value;
        let lost = if sum.is_infinite() {
            0.0
        } else if self.sum.abs() >= value.abs() {
            self.lost + ((self.sum - sum) + value)
        } else {
            self.lost + ((value - sum) + self.sum)
        };
        Sum { sum, lost }
    }

    /// The sum with its correction.
    pub(in crate::promql) fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// A running mean: the plain sum divided at the end, or, once that would overflow, a mean that
/// moves with each value.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(in crate::promql) struct Mean {
    sum: Sum,
    count: f64,
    moving: bool,
}

impl Mean {
    /// A mean that starts with a value.
    pub(in crate::promql) fn of(value: f64) -> Mean {
        Mean { sum: Sum::of(value), count: 1.0, moving: false }
    }

    /// Takes in a value.
    pub(in crate::promql) fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.moving {
            let next = self.sum.add(value);
            if !next.sum.is_infinite() {
                self.sum = next;
                return;
            }
            self.moving = true;
            let before = self.count - 1.0;
            self.sum = Sum { sum: self.sum.sum / before, lost: self.sum.lost / before };
        }
        let keep = (self.count - 1.0) / self.count;
        let shrunk = Sum { sum: keep * self.sum.sum, lost: keep * self.sum.lost };
        self.sum = shrunk.add(value / self.count);
    }

    /// The mean.
    pub(in crate::promql) fn mean(&self) -> f64 {
        if self.moving {
            self.sum.total()
        } else {
            self.sum.sum / self.count + self.sum.lost / self.count
        }
    }
}

/// The sum of values.
pub(in crate::promql) fn sum(values: &[f64]) -> f64 {
    let sum = values.iter().fold(Sum::default(), |sum, value| sum.add(*value));
    if sum.sum.is_infinite() { sum.sum } else { sum.total() }
}

/// The mean of values; not-a-number of none.
pub(in crate::promql) fn mean(values: &[f64]) -> f64 {
    let Some((first, rest)) = values.split_first() else { return f64::NAN };
    let mut mean = Mean::of(*first);
    rest.iter().for_each(|value| mean.add(*value));
    mean.mean()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_survive_big_ones() {
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn a_mean_does_not_overflow() {
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(mean(&[1.0, 2.0]), 1.5);
        assert!(mean(&[]).is_nan());
    }
}
