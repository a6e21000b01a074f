//! A histogram from the list of its buckets, as Prometheus' HTTP API shows it: with bounds, but
//! without schema and without empty buckets.
//!
//! ```text
//! bounds  (1, 2]   hi / lo = 2^(2^-schema)  ==> schema 0
//!         (2, 4]   log2(hi) * 2^schema      ==> index  2
//! ```
//!
//! Bounds that fit no exponential schema are custom bounds. Custom bounds that happen to be
//! those of an exponential schema cannot be told from one; their counts mean the same.

use super::buckets::{Bucket, exponential_bound};
use super::{CUSTOM_SCHEMA, Histogram};

/// The coarsest and the finest exponential schema.
const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;
/// How far printed bounds may be from computed ones, relatively.
const TOLERANCE: f64 = 1e-9;

impl Histogram {
    /// The histogram with these populated buckets, lowest first.
    pub fn from_buckets(count: f64, sum: f64, buckets: &[Bucket]) -> Histogram {
        let blank = Histogram { count, sum, ..Histogram::default() };
        exponential(&blank, buckets).unwrap_or_else(|| custom(blank, buckets))
    }
}

/// The exponential histogram, if the bounds are those of one.
fn exponential(blank: &Histogram, buckets: &[Bucket]) -> Option<Histogram> {
    let mut histogram = blank.clone();
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    for bucket in buckets {
        if bucket.lower == -bucket.upper && bucket.upper.is_finite() {
            histogram.zero_threshold = bucket.upper;
            histogram.zero_count = bucket.count;
        } else if bucket.lower >= 0.0 {
            positive.push((bucket.lower, bucket.upper, bucket.count));
        } else if bucket.upper <= 0.0 {
            negative.push((-bucket.upper, -bucket.lower, bucket.count));
        } else {
            return None;
        }
    }
    negative.reverse();
    histogram.schema = positive.iter().chain(&negative).find_map(schema_of).unwrap_or(0);
    let indexed = |side: &[(f64, f64, f64)]| -> Option<Vec<(i32, f64)>> {
        side.iter().map(|bucket| index_of(bucket, histogram.schema)).collect()
    };
    let (positive, negative) = (indexed(&positive)?, indexed(&negative)?);
    histogram.set_positive(&positive);
    histogram.set_negative(&negative);
    Some(histogram)
}

/// The schema in which a bucket has its width.
fn schema_of((lower, upper, _): &(f64, f64, f64)) -> Option<i32> {
    let schema = -(upper / lower).log2().log2().round();
    let fits = upper.is_finite() && *upper < f64::MAX && *lower > 0.0 && schema.is_finite();
    Some(schema as i32).filter(|schema| fits && SCHEMAS.contains(schema))
}

/// The index and the count of a bucket, if the schema has it.
fn index_of((lower, upper, count): &(f64, f64, f64), schema: i32) -> Option<(i32, f64)> {
    let from_lower = (lower.log2() * 2_f64.powi(schema)).round();
    if !from_lower.is_finite() {
        return None;
    }
    let index = from_lower as i32 + 1;
    let fits = near(exponential_bound(index - 1, schema), *lower)
        && near(exponential_bound(index, schema), *upper);
    fits.then_some((index, *count))
}

fn near(one: f64, other: f64) -> bool {
    one == other || ((one - other) / other).abs() < TOLERANCE
}

/// The histogram whose custom bounds are all the bounds that occur.
fn custom(blank: Histogram, buckets: &[Bucket]) -> Histogram {
    let mut bounds: Vec<f64> = buckets
        .iter()
        .flat_map(|bucket| [bucket.lower, bucket.upper])
        .filter(|bound| bound.is_finite())
        .collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let index = |bucket: &Bucket| bounds.partition_point(|bound| *bound < bucket.upper);
    let mut side: Vec<(i32, f64)> = buckets
        .iter()
        .map(|bucket| (i32::try_from(index(bucket)).unwrap_or(i32::MAX), bucket.count))
        .collect();
    side.sort_by_key(|(index, _)| *index);
    let mut histogram = Histogram { schema: CUSTOM_SCHEMA, ..blank };
    histogram.set_positive(&side);
    histogram.custom_bounds = bounds;
    histogram
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rebuilds a histogram from its populated buckets; bounds of empty ones are not told.
    fn check(histogram: &Histogram) {
        let buckets = histogram.buckets();
        let populated: Vec<Bucket> =
            buckets.into_iter().filter(|bucket| bucket.count != 0.0).collect();
        let rebuilt = Histogram::from_buckets(histogram.count, histogram.sum, &populated);
        assert_eq!(&rebuilt, histogram);
    }

    fn exponential(schema: i32, positive: &[(i32, f64)], negative: &[(i32, f64)]) -> Histogram {
        let mut histogram = Histogram {
            schema,
            count: 9.0,
            sum: 4.5,
            zero_threshold: 0.001,
            zero_count: 2.0,
            ..Histogram::default()
        };
        histogram.set_positive(positive);
        histogram.set_negative(negative);
        histogram
    }

    #[test]
    fn exponential_buckets_are_found_again_at_every_resolution() {
        for schema in SCHEMAS {
            let positive = [(-3, 1.0), (0, 2.0), (1, 3.0), (4, 0.5)];
            check(&exponential(schema, &positive, &[]));
            check(&exponential(schema, &positive, &[(1, 2.0), (5, 1.0)]));
            check(&exponential(schema, &[], &[(7, 2.0)]));
        }
        check(&exponential(0, &[], &[]));
    }

    #[test]
    fn other_bounds_are_custom() {
        let custom = |bounds: &[f64], counts: &[(i32, f64)]| {
            let mut histogram = Histogram {
                schema: CUSTOM_SCHEMA,
                count: 6.0,
                sum: 1.0,
                custom_bounds: bounds.to_vec(),
                ..Histogram::default()
            };
            histogram.set_positive(counts);
            histogram
        };
        check(&custom(&[0.1, 0.25, 0.5, 1.0], &[(0, 1.0), (1, 2.0), (3, 1.0), (4, 2.0)]));
        check(&custom(&[-1.0, 0.5, 2.0], &[(0, 1.0), (2, 2.0)]));
        check(&custom(&[5.0], &[(0, 4.0), (1, 2.0)]));
    }

    #[test]
    fn strange_buckets_make_some_histogram() {
        let bucket = |lower, upper| Bucket {
            lower,
            upper,
            lower_inclusive: false,
            upper_inclusive: true,
            count: 1.0,
        };
        for (lower, upper) in [(2.0, 1.0), (0.0, f64::INFINITY), (f64::NAN, 1.0), (1.0, 1.0)] {
            let rebuilt = Histogram::from_buckets(1.0, 1.0, &[bucket(lower, upper)]);
            assert_eq!(rebuilt.schema, CUSTOM_SCHEMA, "{lower} {upper}");
        }
    }
}
