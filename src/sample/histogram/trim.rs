//! `</` and `>/`: the part of a histogram below or above a value. Buckets that the value cuts
//! are interpolated; the sum loses the removed observations at the middle of where they lay.
//! (Source: Prometheus, `trimHistogram`.)

use super::Histogram;
use super::buckets::Bucket;

/// Which observations go.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Removed {
    Above,
    Below,
}

/// How observations lie within a bucket.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Spread {
    Linear,
    Exponential,
}

impl Histogram {
    /// Without observations above a value.
    pub fn trimmed_above(&self, at: f64) -> Histogram {
        self.trimmed(at, Removed::Above)
    }

    /// Without observations below a value.
    pub fn trimmed_below(&self, at: f64) -> Histogram {
        self.trimmed(at, Removed::Below)
    }

    fn trimmed(&self, at: f64, removed: Removed) -> Histogram {
        let spread = if self.is_custom() { Spread::Linear } else { Spread::Exponential };
        let mut trim = Trim { at, removed, spread, count: 0.0, removed_sum: 0.0 };
        let mut histogram = self.clone();
        let (mut positive, mut negative) = (false, false);
        for bucket in self.positive_side().filter(|bucket| bucket.count != 0.0) {
            positive |= bucket.upper > 0.0;
            negative |= bucket.lower < 0.0 && self.is_custom() || bucket.upper <= 0.0;
        }
        negative |= self.negative_side().any(|bucket| bucket.count != 0.0);
        let kept: Vec<f64> = self.positive_side().map(|bucket| trim.keep(&bucket)).collect();
        histogram.positive_buckets = kept;
        let kept: Vec<f64> = self.negative_side().map(|bucket| trim.keep(&bucket)).collect();
        histogram.negative_buckets = kept;
        if self.zero_count > 0.0 {
            histogram.zero_count = trim.keep_zero(self);
        }
        histogram.count = trim.count;
        histogram.sum = 0.0;
        if trim.count != 0.0 {
            histogram.sum = self.sum - trim.removed_sum;
            let impossible =
                (!negative && histogram.sum < 0.0) || (!positive && histogram.sum > 0.0);
            if impossible {
                histogram.sum = 0.0;
            }
        }
        histogram.compact();
        histogram
    }
}

struct Trim {
    at: f64,
    removed: Removed,
    spread: Spread,
    /// How many observations are kept.
    count: f64,
    /// The sum of those removed.
    removed_sum: f64,
}

impl Trim {
    /// How many observations of a bucket stay.
    fn keep(&mut self, bucket: &Bucket) -> f64 {
        if bucket.count == 0.0 {
            return 0.0;
        }
        let whole = match self.removed {
            Removed::Above => bucket.upper <= self.at,
            Removed::Below => bucket.lower >= self.at,
        };
        let cut = bucket.lower < self.at && self.at < bucket.upper;
        let (kept, middle) = if whole {
            (bucket.count, 0.0)
        } else if bucket.lower.is_infinite() || bucket.upper.is_infinite() {
            let (kept, middle) = self.cut_infinite(bucket);
            (if cut { kept } else { 0.0 }, middle)
        } else if cut {
            self.cut(bucket)
        } else {
            (0.0, self.middle(bucket.lower, bucket.upper))
        };
        self.removed_sum += (bucket.count - kept) * middle;
        self.count += kept;
        kept
    }

    /// A bucket with finite bounds that the value cuts: what stays, and the middle of the rest.
    fn cut(&self, bucket: &Bucket) -> (f64, f64) {
        let below = below(bucket, self.at, self.spread);
        match self.removed {
            Removed::Above => (below, self.middle_of(bucket, bucket.lower, self.at)),
            Removed::Below => (bucket.count - below, self.middle_of(bucket, self.at, bucket.upper)),
        }
    }

    /// An end bucket of custom bounds. Where observations lie in it is unknown, so it goes
    /// whole, unless its upper bound is positive: then zero stands for its lower bound.
    fn cut_infinite(&self, bucket: &Bucket) -> (f64, f64) {
        if bucket.lower.is_infinite() {
            let finite = bucket.upper.is_finite();
            if self.at >= 0.0 && bucket.upper > self.at && finite {
                let share = self.at / bucket.upper;
                return match self.removed {
                    Removed::Above => (bucket.count * share, (self.at + bucket.upper) / 2.0),
                    Removed::Below => (bucket.count * (1.0 - share), self.at / 2.0),
                };
            }
            return (0.0, bucket.upper);
        }
        (0.0, bucket.lower)
    }

    fn middle_of(&self, bucket: &Bucket, from: f64, to: f64) -> f64 {
        match self.spread {
            Spread::Linear => (bucket.lower + bucket.upper) / 2.0,
            Spread::Exponential => self.middle(from, to),
        }
    }

    fn middle(&self, from: f64, to: f64) -> f64 {
        match self.spread {
            Spread::Linear => (from + to) / 2.0,
            Spread::Exponential => (from.abs() * to.abs()).sqrt().copysign(to + from),
        }
    }

    fn keep_zero(&mut self, histogram: &Histogram) -> f64 {
        let below = below(&histogram.zero_bucket(), self.at, Spread::Linear);
        let kept = match self.removed {
            Removed::Above => below,
            Removed::Below => histogram.zero_count - below,
        };
        self.count += kept;
        kept
    }
}

/// How many observations of a bucket lie at or below a value.
fn below(bucket: &Bucket, at: f64, spread: Spread) -> f64 {
    if at <= bucket.lower {
        return 0.0;
    }
    if at >= bucket.upper {
        return bucket.count;
    }
    let share = match spread {
        Spread::Linear => (at - bucket.lower) / (bucket.upper - bucket.lower),
        Spread::Exponential => {
            let [lower, upper, at] = [bucket.lower, bucket.upper, at].map(|it| it.abs().log2());
            if bucket.lower >= 0.0 {
                (at - lower) / (upper - lower)
            } else {
                1.0 - (at - upper) / (lower - upper)
            }
        }
    };
    bucket.count * share
}
