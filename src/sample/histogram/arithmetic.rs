//! Sums, differences and multiples of histograms.
//!
//! Two histograms are brought to one layout first: the coarser schema, the wider zero bucket
//! (widened further to the edge of a populated bucket it would cut), or the custom bounds that
//! both have. (Source: Prometheus, `FloatHistogram.Add`.)

use super::sparse::{self, Sparse};
use super::{CounterReset, Histogram};

/// Exponential buckets do not go together with custom bounds.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot combine histograms with exponential buckets and with custom bounds")]
pub struct IncompatibleHistograms;

/// A sum or difference, and what had to be decided on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    /// The result; buckets may be empty.
    pub histogram: Histogram,
    /// Whether one side knew of a counter reset and the other knew there was none.
    pub resets_conflict: bool,
    /// Whether custom bounds differed.
    pub bounds_reconciled: bool,
}

/// A running sum of histograms whose rounding losses are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramTotal {
    sum: Histogram,
    lost: Histogram,
}

/// One step of a compensated sum (Kahan, Neumaier): the new sum and what it has lost.
pub(super) fn add_compensated(sum: f64, lost: f64, value: f64) -> (f64, f64) {
    let next = sum + value;
    let lost = if next.is_infinite() {
        0.0
    } else if sum.abs() >= value.abs() {
        lost + ((sum - next) + value)
    } else {
        lost + ((value - next) + sum)
    };
    (next, lost)
}

/// Two histograms in one layout.
struct Aligned {
    schema: i32,
    zero_threshold: f64,
    zero_counts: (f64, f64),
    positive: (Sparse, Sparse),
    negative: (Sparse, Sparse),
    custom_bounds: Vec<f64>,
    bounds_reconciled: bool,
}

impl Histogram {
    /// The sum of two histograms.
    pub fn plus(&self, other: &Histogram) -> Result<Joined, IncompatibleHistograms> {
        self.join(other, |a, b| a + b)
    }

    /// The difference of two histograms.
    pub fn minus(&self, other: &Histogram) -> Result<Joined, IncompatibleHistograms> {
        self.join(other, |a, b| a - b)
    }

    fn join(
        &self,
        other: &Histogram,
        combine: impl Fn(f64, f64) -> f64,
    ) -> Result<Joined, IncompatibleHistograms> {
        let aligned = align(self, other)?;
        let (counter_reset, resets_conflict) = join_resets(self.counter_reset, other.counter_reset);
        let side = |(left, right): &(Sparse, Sparse)| -> Sparse {
            let zipped = sparse::zip(left, right).into_iter();
            zipped.map(|(index, a, b)| (index, combine(a, b))).collect()
        };
        let mut histogram = Histogram {
            counter_reset,
            schema: aligned.schema,
            count: combine(self.count, other.count),
            sum: combine(self.sum, other.sum),
            zero_threshold: aligned.zero_threshold,
            zero_count: combine(aligned.zero_counts.0, aligned.zero_counts.1),
            custom_bounds: aligned.custom_bounds,
            ..Histogram::default()
        };
        histogram.set_positive(&side(&aligned.positive));
        histogram.set_negative(&side(&aligned.negative));
        let bounds_reconciled = aligned.bounds_reconciled;
        Ok(Joined { histogram, resets_conflict, bounds_reconciled })
    }

    /// A multiple; a negative factor makes a gauge of it.
    pub fn scaled(&self, factor: f64) -> Histogram {
        let mut histogram = self.clone();
        histogram.each_count(|count| count * factor);
        histogram.sum *= factor;
        if factor < 0.0 {
            histogram.counter_reset = CounterReset::Gauge;
        }
        histogram
    }

    /// A fraction; dividing by zero leaves no buckets.
    pub fn divided(&self, divisor: f64) -> Histogram {
        let mut histogram = self.clone();
        histogram.each_count(|count| count / divisor);
        histogram.sum /= divisor;
        if divisor == 0.0 {
            histogram.set_positive(&[]);
            histogram.set_negative(&[]);
        }
        if divisor < 0.0 {
            histogram.counter_reset = CounterReset::Gauge;
        }
        histogram
    }

    fn each_count(&mut self, change: impl Fn(f64) -> f64) {
        self.count = change(self.count);
        self.zero_count = change(self.zero_count);
        let buckets = self.positive_buckets.iter_mut().chain(&mut self.negative_buckets);
        buckets.for_each(|count| *count = change(*count));
    }

    /// Whether a count or the sum is infinite.
    pub fn has_overflow(&self) -> bool {
        let buckets = self.positive_buckets.iter().chain(&self.negative_buckets);
        [self.count, self.sum, self.zero_count].iter().chain(buckets).any(|it| it.is_infinite())
    }

    /// Whether two histograms are the same to the bit; hints do not count.
    pub fn same(&self, other: &Histogram) -> bool {
        let equal = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
        };
        let own = [self.count, self.sum, self.zero_count];
        let pairs = |side: Sparse| -> (Vec<i32>, Vec<f64>) { side.into_iter().unzip() };
        let matches = |a: Sparse, b: Sparse| {
            let (a, b) = (pairs(a), pairs(b));
            a.0 == b.0 && equal(&a.1, &b.1)
        };
        self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && equal(&own, &[other.count, other.sum, other.zero_count])
            && equal(&self.custom_bounds, &other.custom_bounds)
            && matches(self.positive(), other.positive())
            && matches(self.negative(), other.negative())
    }

    /// The zero count when the zero bucket is widened to at least `threshold`, and the threshold
    /// that then is: a populated bucket is swallowed whole.
    pub(super) fn zero_count_within(&self, threshold: f64) -> (f64, f64) {
        let mut threshold = threshold;
        if threshold == self.zero_threshold {
            return (self.zero_count, threshold);
        }
        loop {
            let mut count = self.zero_count;
            let before = threshold;
            for bucket in self.positive_side().take_while(|bucket| bucket.lower < before) {
                count += bucket.count;
                if bucket.upper > threshold && bucket.count != 0.0 {
                    threshold = bucket.upper;
                }
            }
            let reached = threshold;
            for bucket in self.negative_side().take_while(|bucket| bucket.upper > -reached) {
                count += bucket.count;
                if bucket.lower < -threshold && bucket.count != 0.0 {
                    threshold = -bucket.lower;
                }
            }
            if threshold == before || threshold == reached {
                return (count, threshold);
            }
        }
    }

    /// A side's pairs without what the zero bucket up to `threshold` holds.
    pub(super) fn outside(&self, side: Sparse, threshold: f64) -> Sparse {
        if threshold == self.zero_threshold {
            return side;
        }
        side.into_iter()
            .filter(|(index, _)| self.bound(index.saturating_sub(1)) >= threshold)
            .collect()
    }
}

fn align(left: &Histogram, right: &Histogram) -> Result<Aligned, IncompatibleHistograms> {
    match (left.is_custom(), right.is_custom()) {
        (true, true) => Ok(align_custom(left, right)),
        (false, false) => Ok(align_exponential(left, right)),
        _ => Err(IncompatibleHistograms),
    }
}

fn align_exponential(left: &Histogram, right: &Histogram) -> Aligned {
    let mut threshold = left.zero_threshold.max(right.zero_threshold);
    let zero_counts = loop {
        let (left_count, left_threshold) = left.zero_count_within(threshold);
        let (right_count, right_threshold) = right.zero_count_within(left_threshold);
        if left_threshold == right_threshold {
            threshold = right_threshold;
            break (left_count, right_count);
        }
        threshold = right_threshold;
    };
    let schema = left.schema.min(right.schema);
    let side = |histogram: &Histogram, side: Sparse| {
        let levels = histogram.schema.saturating_sub(schema).unsigned_abs();
        let outside = histogram.outside(side, threshold);
        if levels == 0 { outside } else { sparse::coarsen(&outside, levels) }
    };
    Aligned {
        schema,
        zero_threshold: threshold,
        zero_counts,
        positive: (side(left, left.positive()), side(right, right.positive())),
        negative: (side(left, left.negative()), side(right, right.negative())),
        custom_bounds: Vec::new(),
        bounds_reconciled: false,
    }
}

fn align_custom(left: &Histogram, right: &Histogram) -> Aligned {
    let same = left.custom_bounds == right.custom_bounds;
    let bounds = if same {
        left.custom_bounds.clone()
    } else {
        common_bounds(&left.custom_bounds, &right.custom_bounds)
    };
    let side = |histogram: &Histogram| {
        if same { histogram.positive() } else { histogram.within_bounds(&bounds) }
    };
    Aligned {
        schema: left.schema,
        zero_threshold: left.zero_threshold,
        zero_counts: (left.zero_count, right.zero_count),
        positive: (side(left), side(right)),
        negative: (Sparse::new(), Sparse::new()),
        custom_bounds: bounds,
        bounds_reconciled: !same,
    }
}

/// The bounds that both lists have.
pub(super) fn common_bounds(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().filter(|bound| right.contains(bound)).copied().collect()
}

impl Histogram {
    /// The buckets of a custom histogram, folded into those of fewer bounds.
    pub(super) fn within_bounds(&self, bounds: &[f64]) -> Sparse {
        let mut folded = Sparse::new();
        for (index, count) in self.positive() {
            let upper = self.bound(index);
            let target = bounds.partition_point(|bound| *bound < upper) as i32;
            match folded.last_mut() {
                Some(last) if last.0 == target => last.1 += count,
                _ => folded.push((target, count)),
            }
        }
        folded
    }
}

/// The hint of a sum, and whether the two hints contradict each other.
fn join_resets(left: CounterReset, right: CounterReset) -> (CounterReset, bool) {
    use CounterReset as C;
    match (left, right) {
        (left, right) if left == right => (left, false),
        (C::Gauge, _) | (_, C::Gauge) => (C::Gauge, false),
        (C::Unknown, _) | (_, C::Unknown) => (C::Unknown, false),
        _ => (C::Unknown, true),
    }
}

impl HistogramTotal {
    /// A total that starts with a histogram.
    pub fn of(histogram: &Histogram) -> HistogramTotal {
        let lost = Histogram {
            schema: histogram.schema,
            zero_threshold: histogram.zero_threshold,
            custom_bounds: histogram.custom_bounds.clone(),
            ..Histogram::default()
        };
        HistogramTotal { sum: histogram.clone(), lost }
    }

    /// Adds a histogram; tells whether custom bounds had to be reconciled.
    pub fn add(&mut self, other: &Histogram) -> Result<bool, IncompatibleHistograms> {
        let aligned = align(&self.sum, other)?;
        let losses = align(&self.lost, &aligned.empty())?;
        let side = |sums: &(Sparse, Sparse), losses: &(Sparse, Sparse)| {
            let values: Vec<(i32, f64, f64)> = sparse::zip(&sums.0, &sums.1);
            let (mut sum, mut lost) = (Sparse::new(), Sparse::new());
            let mut before = losses.0.iter().peekable();
            for (index, total, value) in values {
                while let Some(other) = before.next_if(|(at, _)| *at < index) {
                    lost.push(*other);
                }
                let was = before.next_if(|(at, _)| *at == index).map_or(0.0, |(_, it)| *it);
                let (total, missing) = add_compensated(total, was, value);
                sum.push((index, total));
                lost.push((index, missing));
            }
            lost.extend(before);
            (sum, lost)
        };
        let (positive, positive_lost) = side(&aligned.positive, &losses.positive);
        let (negative, negative_lost) = side(&aligned.negative, &losses.negative);
        let (sum, lost) = (&mut self.sum, &mut self.lost);
        (sum.count, lost.count) = add_compensated(sum.count, lost.count, other.count);
        (sum.sum, lost.sum) = add_compensated(sum.sum, lost.sum, other.sum);
        (sum.zero_count, lost.zero_count) =
            add_compensated(aligned.zero_counts.0, losses.zero_counts.0, aligned.zero_counts.1);
        sum.counter_reset = join_resets(sum.counter_reset, other.counter_reset).0;
        for histogram in [&mut *sum, &mut *lost] {
            histogram.schema = aligned.schema;
            histogram.zero_threshold = aligned.zero_threshold;
            histogram.custom_bounds.clone_from(&aligned.custom_bounds);
        }
        sum.set_positive(&positive);
        sum.set_negative(&negative);
        lost.set_positive(&positive_lost);
        lost.set_negative(&negative_lost);
        Ok(aligned.bounds_reconciled)
    }

    /// Changes both sum and losses.
    pub fn scale(&mut self, factor: f64) {
        self.sum = self.sum.scaled(factor);
        self.lost = self.lost.scaled(factor);
    }

    /// Divides both sum and losses.
    pub fn divide(&mut self, divisor: f64) {
        self.sum = self.sum.divided(divisor);
        self.lost = self.lost.divided(divisor);
    }

    /// Whether the sum has become infinite.
    pub fn has_overflow(&self) -> bool {
        self.sum.has_overflow()
    }

    /// The sum, with what was lost added back; compacted.
    pub fn total(&self) -> Histogram {
        let mut total = match self.sum.plus(&self.lost) {
            Ok(joined) => joined.histogram,
            Err(IncompatibleHistograms) => self.sum.clone(),
        };
        total.counter_reset = self.sum.counter_reset;
        total.compact();
        total
    }
}

impl Aligned {
    /// A histogram without observations in the common layout.
    fn empty(&self) -> Histogram {
        Histogram {
            schema: self.schema,
            zero_threshold: self.zero_threshold,
            custom_bounds: self.custom_bounds.clone(),
            ..Histogram::default()
        }
    }
}
