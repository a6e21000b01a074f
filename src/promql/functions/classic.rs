//! Classic histograms: series that count the observations up to the bound in their `le` label.
//! (Source: Prometheus, `promql/quantile.go`.)

/// Differences of counts below this share of a count are rounding, not data.
const TOLERANCE: f64 = 1e-12;

/// The observations up to a bound.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct ClassicBucket {
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// What had to be changed because counts went down from one bound to a higher one.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(in crate::promql) struct Forced {
    pub(in crate::promql) lowest: f64,
    pub(in crate::promql) highest: f64,
    pub(in crate::promql) greatest: f64,
}

/// Sorts buckets by bound and joins those of equal bounds. Without a bucket for everything
/// there is nothing to tell.
fn prepared(buckets: &mut Vec<ClassicBucket>) -> Option<()> {
    buckets.sort_by(|a, b| a.bound.total_cmp(&b.bound));
    if buckets.last()?.bound != f64::INFINITY {
        return None;
    }
    buckets.dedup_by(|next, kept| {
        let same = next.bound == kept.bound;
        if same {
            kept.count += next.count;
        }
        same
    });
    Some(())
}

/// The quantile of a classic histogram, interpolated within its bucket.
pub(super) fn quantile(q: f64, buckets: &mut Vec<ClassicBucket>) -> (f64, Option<Forced>) {
    if q.is_nan() {
        return (f64::NAN, None);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, None);
    }
    if q > 1.0 {
        return (f64::INFINITY, None);
    }
    if prepared(buckets).is_none() {
        return (f64::NAN, None);
    }
    let forced = make_monotonic(buckets);
    let Some(top) = buckets.len().checked_sub(1).filter(|top| *top > 0) else {
        return (f64::NAN, None);
    };
    let observations = buckets[top].count;
    if observations == 0.0 || observations.is_nan() {
        return (f64::NAN, None);
    }
    let mut rank = q * observations;
    let index = buckets[..top].partition_point(|bucket| bucket.count < rank);
    if index == top {
        return (buckets[top - 1].bound, forced);
    }
    if index == 0 && buckets[0].bound <= 0.0 {
        return (buckets[0].bound, forced);
    }
    let ClassicBucket { bound: end, mut count } = buckets[index];
    let mut start = 0.0;
    if index > 0 {
        let below = buckets[index - 1];
        start = below.bound;
        count -= below.count;
        rank -= below.count;
    }
    (start + (end - start) * (rank / count), forced)
}

fn make_monotonic(buckets: &mut [ClassicBucket]) -> Option<Forced> {
    let mut previous = buckets.first()?.count;
    for bucket in &mut buckets[1..] {
        let difference = (bucket.count - previous).abs();
        if difference != 0.0 && difference / bucket.count <= TOLERANCE {
            bucket.count = previous;
        } else if difference != 0.0 {
            previous = bucket.count;
        }
    }
    let mut most = buckets[0].count;
    let mut forced: Option<Forced> = None;
    for bucket in &mut buckets[1..] {
        if bucket.count > most {
            most = bucket.count;
        } else if bucket.count < most {
            let difference = most - bucket.count;
            let (bound, greatest) = (bucket.bound, difference);
            let so_far = forced.get_or_insert(Forced { lowest: bound, highest: bound, greatest });
            so_far.highest = bound;
            so_far.greatest = so_far.greatest.max(difference);
            bucket.count = most;
        }
    }
    forced
}

/// The share of observations between two limits.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &mut Vec<ClassicBucket>) -> f64 {
    if prepared(buckets).is_none() {
        return f64::NAN;
    }
    let total = buckets[buckets.len() - 1].count;
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank(upper, buckets) - rank(lower, buckets)) / total
}

/// How many observations lie below a value.
fn rank(value: f64, buckets: &[ClassicBucket]) -> f64 {
    let total = buckets[buckets.len() - 1].count;
    let mut rank = 0.0_f64;
    let mut start = if buckets[0].bound > 0.0 { 0.0 } else { f64::NEG_INFINITY };
    for bucket in buckets {
        if start >= value {
            return rank.min(total);
        }
        if bucket.bound > value {
            if start == f64::NEG_INFINITY {
                // A bucket of infinite width tells nothing about where its observations lie.
                return bucket.count;
            }
            let share = (value - start) / (bucket.bound - start);
            return (rank + (bucket.count - rank) * share).min(total);
        }
        rank = bucket.count;
        start = bucket.bound;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<ClassicBucket> {
        pairs.iter().map(|(bound, count)| ClassicBucket { bound: *bound, count: *count }).collect()
    }

    #[test]
    fn a_quantile_is_interpolated_within_its_bucket() {
        let mut it = buckets(&[(f64::INFINITY, 10.0), (1.0, 5.0), (2.0, 10.0)]);
        assert_eq!(quantile(0.25, &mut it).0, 0.5);
        assert_eq!(quantile(0.75, &mut it).0, 1.5);
    }

    #[test]
    fn without_an_infinite_bound_there_is_no_quantile() {
        assert!(quantile(0.5, &mut buckets(&[(1.0, 5.0), (2.0, 10.0)])).0.is_nan());
        assert!(quantile(0.5, &mut buckets(&[(f64::INFINITY, 5.0)])).0.is_nan());
    }

    #[test]
    fn counts_that_fall_are_lifted_and_told() {
        let mut it = buckets(&[(1.0, 5.0), (2.0, 3.0), (f64::INFINITY, 10.0)]);
        let (value, forced) = quantile(1.0, &mut it);
        assert_eq!(value, 2.0);
        assert_eq!(forced, Some(Forced { lowest: 2.0, highest: 2.0, greatest: 2.0 }));
    }

    #[test]
    fn a_fraction_counts_what_lies_between_two_values() {
        let mut it = buckets(&[(1.0, 5.0), (2.0, 10.0), (f64::INFINITY, 10.0)]);
        assert_eq!(fraction(0.5, 1.5, &mut it), 0.5);
        assert_eq!(fraction(f64::NEG_INFINITY, f64::INFINITY, &mut it), 1.0);
        assert_eq!(fraction(2.0, 1.0, &mut it), 0.0);
    }
}
