//! Finding counter resets by comparing a histogram with its predecessor.

use super::arithmetic::common_bounds;
use super::sparse::{self, Sparse};
use super::{CounterReset, Histogram};

impl Histogram {
    /// Whether the counter was reset between `previous` and this histogram. A hint decides; else
    /// anything that went down, or a resolution that got finer.
    /// (Source: Prometheus, `FloatHistogram.DetectReset`.)
    pub fn is_reset_after(&self, previous: &Histogram) -> bool {
        match self.counter_reset {
            CounterReset::Reset => return true,
            CounterReset::NotReset => return false,
            CounterReset::Unknown | CounterReset::Gauge => {}
        }
        if self.count < previous.count {
            return true;
        }
        match (self.is_custom(), previous.is_custom()) {
            (true, true) => self.custom_buckets_fell(previous),
            (false, false) => self.exponential_buckets_fell(previous),
            _ => true,
        }
    }

    /// Whether both have the same buckets, so that their counts can be compared one by one.
    fn has_buckets_of(&self, other: &Histogram) -> bool {
        self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && self.positive_buckets.len() == other.positive_buckets.len()
            && self.negative_buckets.len() == other.negative_buckets.len()
            && self.positive_spans == other.positive_spans
            && self.negative_spans == other.negative_spans
            && self.custom_bounds == other.custom_bounds
    }

    fn custom_buckets_fell(&self, previous: &Histogram) -> bool {
        if self.has_buckets_of(previous) {
            return any_fell(&previous.positive_buckets, &self.positive_buckets);
        }
        if self.custom_bounds == previous.custom_bounds {
            return fell(&previous.positive(), &self.positive());
        }
        let bounds = common_bounds(&self.custom_bounds, &previous.custom_bounds);
        fell(&previous.within_bounds(&bounds), &self.within_bounds(&bounds))
    }

    fn exponential_buckets_fell(&self, previous: &Histogram) -> bool {
        if self.has_buckets_of(previous) {
            return self.zero_count < previous.zero_count
                || any_fell(&previous.positive_buckets, &self.positive_buckets)
                || any_fell(&previous.negative_buckets, &self.negative_buckets);
        }
        if self.schema > previous.schema || self.zero_threshold < previous.zero_threshold {
            return true;
        }
        let (zero_count, threshold) = previous.zero_count_within(self.zero_threshold);
        if threshold != self.zero_threshold || self.zero_count < zero_count {
            return true;
        }
        let levels = previous.schema.saturating_sub(self.schema).unsigned_abs();
        let coarse = |side: Sparse| {
            let outside = previous.outside(side, threshold);
            if levels == 0 { outside } else { sparse::coarsen(&outside, levels) }
        };
        fell(&coarse(previous.positive()), &self.positive())
            || fell(&coarse(previous.negative()), &self.negative())
    }
}

/// Whether some count of the same bucket is less than before.
fn any_fell(previous: &[f64], current: &[f64]) -> bool {
    // without a way out on the way the loop is done several counts at a time
    let pairs = previous.iter().zip(current);
    pairs.fold(false, |fell, (before, now)| fell | (now < before))
}

fn fell(previous: &[(i32, f64)], current: &[(i32, f64)]) -> bool {
    sparse::zip(previous, current).iter().any(|(_, before, now)| now < before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(schema: i32, count: f64, buckets: &[f64]) -> Histogram {
        Histogram {
            schema,
            count,
            positive_spans: vec![(0, buckets.len() as u32)],
            positive_buckets: buckets.to_vec(),
            ..Histogram::default()
        }
    }

    #[test]
    fn a_bucket_that_falls_is_a_reset_whatever_the_count_says() {
        let before = histogram(0, 3.0, &[1.0, 2.0]);
        assert!(!histogram(0, 4.0, &[2.0, 2.0]).is_reset_after(&before));
        assert!(histogram(0, 4.0, &[0.0, 4.0]).is_reset_after(&before));
        assert!(histogram(0, 2.0, &[1.0, 1.0]).is_reset_after(&before));
    }

    #[test]
    fn a_finer_resolution_is_a_reset_and_a_hint_decides() {
        let before = histogram(0, 3.0, &[1.0, 2.0]);
        let mut finer = histogram(1, 9.0, &[9.0]);
        assert!(finer.is_reset_after(&before));
        finer.counter_reset = CounterReset::NotReset;
        assert!(!finer.is_reset_after(&before));
        let coarser = histogram(-1, 3.0, &[1.0, 2.0]);
        assert!(!coarser.is_reset_after(&before));
    }
}
