//! `</` and `>/`: the part of a histogram below or above a value. Buckets that the value cuts
//! are interpolated; the sum is estimated anew from the middles of what is left.
//! (Source: Prometheus 3.14, `FloatHistogram.TrimBuckets`.)

use super::Histogram;
use super::buckets::Bucket;

/// Which observations stay.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kept {
    Below,
    Above,
}

/// How observations lie within a bucket.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Spread {
    Linear,
    Positive,
    Negative,
}

impl Histogram {
    /// Without observations above a value.
    pub fn trimmed_above(&self, at: f64) -> Histogram {
        self.trimmed(at, Kept::Below)
    }

    /// Without observations below a value.
    pub fn trimmed_below(&self, at: f64) -> Histogram {
        self.trimmed(at, Kept::Above)
    }

    fn trimmed(&self, at: f64, kept: Kept) -> Histogram {
        let mut trim = Trim { at, kept, count: 0.0, sum: 0.0, changed: false };
        let mut histogram = self.clone();
        let custom = self.is_custom();
        let spread = |own: Spread| if custom { Spread::Linear } else { own };
        histogram.positive_buckets = self
            .positive_side()
            .map(|bucket| trim.keep(&bucket, spread(Spread::Positive)))
            .collect();
        histogram.negative_buckets = self
            .negative_side()
            .map(|bucket| trim.keep(&bucket, spread(Spread::Negative)))
            .collect();
        if self.zero_count > 0.0 {
            histogram.zero_count = trim.keep_zero(self);
        }
        if !trim.changed {
            return self.clone();
        }
        histogram.count = trim.count;
        histogram.sum = trim.sum;
        histogram.compact();
        histogram
    }
}

struct Trim {
    at: f64,
    kept: Kept,
    /// How many observations are kept, and their estimated sum.
    count: f64,
    sum: f64,
    /// Whether any observation goes.
    changed: bool,
}

impl Trim {
    /// How many observations of a bucket stay.
    fn keep(&mut self, bucket: &Bucket, spread: Spread) -> f64 {
        if bucket.count == 0.0 {
            return 0.0;
        }
        let (inside, cut) = match self.kept {
            Kept::Below => (bucket.upper <= self.at, bucket.lower < self.at),
            Kept::Above => (bucket.lower >= self.at, bucket.upper > self.at),
        };
        let (kept, middle) = if inside {
            (bucket.count, middle(bucket.lower, bucket.upper, spread))
        } else if !cut {
            (0.0, 0.0)
        } else if bucket.lower.is_infinite() || bucket.upper.is_infinite() {
            self.cut_infinite(bucket)
        } else {
            self.cut(bucket, spread)
        };
        self.take(bucket.count, kept, middle)
    }

    fn take(&mut self, count: f64, kept: f64, middle: f64) -> f64 {
        self.changed |= kept != count;
        self.count += kept;
        if kept != 0.0 {
            self.sum += middle * kept;
        }
        kept
    }

    /// A bucket with finite bounds that the value cuts: what stays, and its middle.
    fn cut(&self, bucket: &Bucket, spread: Spread) -> (f64, f64) {
        let below = bucket.count * share_below(bucket, self.at, spread);
        match self.kept {
            Kept::Below => (below, middle(bucket.lower, self.at, spread)),
            Kept::Above => (bucket.count - below, middle(self.at, bucket.upper, spread)),
        }
    }

    /// An end bucket of custom bounds. Where observations lie in it is unknown: it stays or goes
    /// whole, unless its upper bound is positive, when zero stands for its lower bound.
    fn cut_infinite(&self, bucket: &Bucket) -> (f64, f64) {
        let Bucket { lower, upper, count, .. } = *bucket;
        let share = self.at / upper;
        match self.kept {
            Kept::Below if lower.is_finite() => (0.0, 0.0),
            Kept::Below if upper <= 0.0 => (count, self.at),
            Kept::Below if self.at > 0.0 && upper.is_finite() => (count * share, self.at / 2.0),
            Kept::Above if lower.is_finite() => (count, self.at),
            Kept::Above if self.at == f64::NEG_INFINITY => (count, 0.0),
            Kept::Above if self.at >= 0.0 && upper.is_finite() => {
                (count * (1.0 - share), (self.at + upper) / 2.0)
            }
            Kept::Below | Kept::Above => (0.0, 0.0),
        }
    }

    /// The zero bucket ends at zero if all other observations lie on one side of it.
    fn keep_zero(&mut self, histogram: &Histogram) -> f64 {
        let mut bucket = histogram.zero_bucket();
        let populated = |side: &[f64]| side.iter().any(|count| *count != 0.0);
        let negative = populated(&histogram.negative_buckets);
        let positive = populated(&histogram.positive_buckets);
        if negative && !positive {
            bucket.upper = 0.0;
        }
        if positive && !negative {
            bucket.lower = 0.0;
        }
        let at = self.at.clamp(bucket.lower, bucket.upper);
        let (from, to) = match self.kept {
            Kept::Below => (bucket.lower, at),
            Kept::Above => (at, bucket.upper),
        };
        let share = (to - from) / (bucket.upper - bucket.lower);
        let whole = from == bucket.lower && to == bucket.upper;
        let kept = if whole { bucket.count } else { bucket.count * share };
        self.take(bucket.count, kept, (from + to) / 2.0)
    }
}

/// What share of a bucket's observations lies at or below a value within it.
fn share_below(bucket: &Bucket, at: f64, spread: Spread) -> f64 {
    let [lower, upper, log_at] = [bucket.lower, bucket.upper, at].map(|it| it.abs().log2());
    match spread {
        Spread::Linear => (at - bucket.lower) / (bucket.upper - bucket.lower),
        Spread::Positive => (log_at - lower) / (upper - lower),
        Spread::Negative => 1.0 - (log_at - upper) / (lower - upper),
    }
}

/// The value that stands for the observations between two bounds.
fn middle(lower: f64, upper: f64, spread: Spread) -> f64 {
    match (lower.is_infinite(), upper.is_infinite(), spread) {
        (true, true, _) => 0.0,
        (true, false, _) if upper > 0.0 => upper / 2.0,
        (true, false, _) => upper,
        (false, true, _) => lower,
        (false, false, Spread::Linear) => (lower + upper) / 2.0,
        (false, false, Spread::Positive) => (lower * upper).abs().sqrt(),
        (false, false, Spread::Negative) => -(lower * upper).abs().sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::CUSTOM_SCHEMA;

    fn custom() -> Histogram {
        Histogram {
            schema: CUSTOM_SCHEMA,
            count: 101.0,
            sum: 33.0,
            custom_bounds: vec![5.0],
            positive_spans: vec![(0, 2)],
            positive_buckets: vec![1.0, 100.0],
            ..Histogram::default()
        }
    }

    #[test]
    fn a_cut_bucket_keeps_its_share_and_the_sum_is_estimated() {
        let below = custom().trimmed_above(2.0);
        assert_eq!((below.count, below.sum), (0.4, 0.4));
        let above = custom().trimmed_below(2.0);
        assert_eq!((above.count, above.sum), (100.6, 502.1));
    }

    #[test]
    fn what_is_not_cut_stays_as_it_is() {
        assert_eq!(custom().trimmed_above(f64::INFINITY), custom());
        assert_eq!(custom().trimmed_below(0.0), custom());
    }
}
