//! Quantiles and fractions of native histograms. Within exponential buckets the interpolation is
//! exponential, within the zero bucket and custom bounds linear.
//! (Source: Prometheus, `promql/quantile.go`.)

use crate::sample::{Bucket, Histogram};

/// The quantile, and what not-a-number among the observations did to it.
pub(super) fn quantile(q: f64, histogram: &Histogram) -> (f64, Option<&'static str>) {
    if q < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if q > 1.0 {
        return (f64::INFINITY, None);
    }
    if histogram.count == 0.0 || q.is_nan() {
        return (f64::NAN, None);
    }
    let skewed = histogram.sum.is_nan();
    let forward = skewed || q < 0.5;
    let mut buckets = histogram.buckets();
    let mut rank = q * histogram.count;
    if !forward {
        buckets.reverse();
        rank = (1.0 - q) * histogram.count;
    }
    let mut count = 0.0;
    let mut found = None;
    for bucket in buckets.into_iter().filter(|bucket| bucket.count != 0.0) {
        count += bucket.count;
        found = Some(bucket);
        if count >= rank {
            break;
        }
    }
    let Some(bucket) = found else {
        return (f64::NAN, skewed.then_some("result is NaN"));
    };
    let bucket = clipped(bucket, histogram);
    count = count.min(histogram.count);
    if count < rank {
        return if skewed { (f64::NAN, Some("result is NaN")) } else { (bucket.upper, None) };
    }
    let remark = skewed.then_some("result is skewed higher");
    if histogram.is_custom() {
        if bucket.lower == f64::NEG_INFINITY {
            return (bucket.upper, remark);
        }
        if bucket.upper == f64::INFINITY {
            return (bucket.lower, remark);
        }
    }
    let within = if forward { rank - (count - bucket.count) } else { count - rank };
    let share = within / bucket.count;
    (at_share(&bucket, share, histogram.is_custom()), remark)
}

/// The value below which a share of the bucket's observations lies.
fn at_share(bucket: &Bucket, share: f64, custom: bool) -> f64 {
    if custom || (bucket.lower <= 0.0 && bucket.upper >= 0.0) {
        return bucket.lower + (bucket.upper - bucket.lower) * share;
    }
    let (lower, upper) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
    if bucket.lower > 0.0 {
        (lower + (upper - lower) * share).exp2()
    } else {
        -(upper + (lower - upper) * (1.0 - share)).exp2()
    }
}

/// The zero bucket ends at zero when all other buckets lie on one side of it; the first bucket
/// of custom bounds begins at zero when its bound is positive.
fn clipped(mut bucket: Bucket, histogram: &Histogram) -> Bucket {
    if histogram.is_custom() {
        if bucket.lower == f64::NEG_INFINITY && bucket.upper > 0.0 {
            bucket.lower = 0.0;
        }
    } else if bucket.lower <= 0.0 && bucket.upper >= 0.0 {
        let positive = !histogram.positive_buckets.is_empty();
        match (!histogram.negative_buckets.is_empty(), positive) {
            (false, true) => bucket.lower = 0.0,
            (true, false) => bucket.upper = 0.0,
            _ => {}
        }
    }
    bucket
}

/// The share of observations between two limits.
pub(super) fn fraction(lower: f64, upper: f64, histogram: &Histogram) -> f64 {
    if histogram.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank(upper, histogram) - rank(lower, histogram)) / histogram.count
}

/// How many observations lie below a value.
fn rank(value: f64, histogram: &Histogram) -> f64 {
    let mut rank = 0.0_f64;
    for bucket in histogram.buckets() {
        let bucket = clipped(bucket, histogram);
        if bucket.lower >= value {
            return rank.min(histogram.count);
        }
        if bucket.upper > value {
            if bucket.lower == f64::NEG_INFINITY {
                // A bucket of infinite width tells nothing about where its observations lie.
                return bucket.count.min(histogram.count);
            }
            let linear = histogram.is_custom() || (bucket.lower <= 0.0 && bucket.upper >= 0.0);
            return (rank + bucket.count * share_below(&bucket, value, linear))
                .min(histogram.count);
        }
        rank += bucket.count;
    }
    // Observations that are not numbers are in no bucket.
    if histogram.sum.is_nan() { rank.min(histogram.count) } else { histogram.count }
}

fn share_below(bucket: &Bucket, value: f64, linear: bool) -> f64 {
    if linear {
        return (value - bucket.lower) / (bucket.upper - bucket.lower);
    }
    let [lower, upper, at] = [bucket.lower, bucket.upper, value].map(|it| it.abs().log2());
    if value > 0.0 { (at - lower) / (upper - lower) } else { 1.0 - (at - upper) / (lower - upper) }
}
