//! The buckets of a histogram with their bounds.

use super::bounds::BOUNDS;
use super::sparse::{self, Sparse};
use super::{CUSTOM_SCHEMA, Histogram};

/// The finest exponential schema; finer ones are made coarser when they are read.
const FINEST_SCHEMA: u32 = 8;

/// A bucket: how many observations lie between two bounds.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Lower bound; -Inf for the first bucket of custom bounds.
    pub lower: f64,
    /// Upper bound; +Inf for the last bucket of custom bounds.
    pub upper: f64,
    /// Whether the lower bound belongs to the bucket.
    pub lower_inclusive: bool,
    /// Whether the upper bound belongs to the bucket.
    pub upper_inclusive: bool,
    /// The number of observations.
    pub count: f64,
}

impl Histogram {
    /// Whether the bounds are custom bounds.
    pub fn is_custom(&self) -> bool {
        self.schema == CUSTOM_SCHEMA
    }

    /// The zero bucket.
    pub fn zero_bucket(&self) -> Bucket {
        Bucket {
            lower: -self.zero_threshold,
            upper: self.zero_threshold,
            lower_inclusive: true,
            upper_inclusive: true,
            count: self.zero_count,
        }
    }

    /// All buckets from the lowest to the highest, empty ones too, the zero bucket only if it
    /// is populated.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut buckets: Vec<Bucket> = self.negative_side().collect();
        buckets.reverse();
        if self.zero_count > 0.0 {
            buckets.push(self.zero_bucket());
        }
        buckets.extend(self.positive_side());
        buckets
    }

    /// The positive buckets from zero outwards.
    pub(super) fn positive_side(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.positive().into_iter().map(|(index, count)| {
            let (lower, upper) = (self.bound(index.saturating_sub(1)), self.bound(index));
            let custom = self.is_custom();
            Bucket {
                lower,
                upper,
                lower_inclusive: if custom { index == 0 } else { lower < 0.0 },
                upper_inclusive: custom || upper > 0.0,
                count,
            }
        })
    }

    /// The negative buckets from zero outwards.
    pub(super) fn negative_side(&self) -> impl Iterator<Item = Bucket> + '_ {
        self.negative().into_iter().map(|(index, count)| Bucket {
            lower: -self.bound(index),
            upper: -self.bound(index.saturating_sub(1)),
            lower_inclusive: true,
            upper_inclusive: false,
            count,
        })
    }

    /// The positive side as pairs.
    pub(super) fn positive(&self) -> Sparse {
        sparse::read(&self.positive_spans, &self.positive_buckets)
    }

    /// The negative side as pairs.
    pub(super) fn negative(&self) -> Sparse {
        sparse::read(&self.negative_spans, &self.negative_buckets)
    }

    /// Replaces the positive side.
    pub(super) fn set_positive(&mut self, side: &[(i32, f64)]) {
        (self.positive_spans, self.positive_buckets) = sparse::write(side);
    }

    /// Replaces the negative side.
    pub(super) fn set_negative(&mut self, side: &[(i32, f64)]) {
        (self.negative_spans, self.negative_buckets) = sparse::write(side);
    }

    /// The upper bound of a positive bucket.
    pub(super) fn bound(&self, index: i32) -> f64 {
        if !self.is_custom() {
            return exponential_bound(index, self.schema);
        }
        match usize::try_from(index) {
            Ok(index) => self.custom_bounds.get(index).copied().unwrap_or(f64::INFINITY),
            Err(_) => f64::NEG_INFINITY,
        }
    }

    /// Leaves out empty buckets and joins adjacent runs.
    pub fn compact(&mut self) {
        let (positive, negative) = (self.positive(), self.negative());
        self.set_positive(&positive);
        self.set_negative(&negative);
    }

    /// The population variance, with each bucket's observations at its middle.
    pub fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        let (mut sum, mut lost) = (0.0_f64, 0.0);
        for bucket in self.buckets().into_iter().filter(|bucket| bucket.count != 0.0) {
            let middle = if self.is_custom() {
                (bucket.upper + bucket.lower) / 2.0
            } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
                0.0
            } else {
                (bucket.upper * bucket.lower).sqrt().copysign(bucket.upper)
            };
            let delta = middle - mean;
            (sum, lost) =
                super::arithmetic::add_compensated(sum, lost, bucket.count * delta * delta);
        }
        (sum + lost) / self.count
    }
}

/// The upper bound of a bucket of an exponential schema: 2^(index * 2^-schema), the greatest
/// number before the bucket of infinities.
pub(super) fn exponential_bound(index: i32, schema: i32) -> f64 {
    let (whole, fraction) = if schema < 0 {
        (i64::from(index) << schema.unsigned_abs().min(31), 0)
    } else {
        let schema = schema.unsigned_abs().min(FINEST_SCHEMA);
        let part = index & ((1 << schema) - 1);
        (i64::from(index >> schema), (part as usize) << (FINEST_SCHEMA - schema))
    };
    if whole == 1024 && fraction == 0 {
        return f64::MAX;
    }
    let whole = (whole + 1).clamp(-2000, 2000) as i32;
    // Two factors, so that neither overflows before the product does.
    BOUNDS[fraction] * 2_f64.powi(whole / 2) * 2_f64.powi(whole - whole / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_powers_of_the_schemas_factor() {
        assert_eq!(exponential_bound(3, 0), 8.0);
        assert_eq!(exponential_bound(-1, 0), 0.5);
        assert_eq!(exponential_bound(1, -2), 16.0);
        assert_eq!(exponential_bound(8, 3), 2.0);
        assert_eq!(exponential_bound(1, 1), std::f64::consts::SQRT_2.next_down());
        assert_eq!(exponential_bound(255, 8), 1.9945921121709396);
        assert_eq!(exponential_bound(1024, 0), f64::MAX);
        assert_eq!(exponential_bound(1025, 0), f64::INFINITY);
        assert_eq!(exponential_bound(-1074, 0), 5e-324);
    }

    #[test]
    fn custom_bounds_are_open_at_both_ends() {
        let histogram = Histogram {
            schema: CUSTOM_SCHEMA,
            custom_bounds: vec![1.0, 2.0],
            positive_spans: vec![(0, 3)],
            positive_buckets: vec![1.0, 2.0, 3.0],
            ..Histogram::default()
        };
        let bounds: Vec<_> =
            histogram.buckets().iter().map(|bucket| (bucket.lower, bucket.upper)).collect();
        assert_eq!(bounds, [(f64::NEG_INFINITY, 1.0), (1.0, 2.0), (2.0, f64::INFINITY)]);
    }
}
