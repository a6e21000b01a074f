//! How long things take: in all, in buckets, and by quantiles of late.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::{Span, Timestamp};

/// How far back quantiles look. (Source: Prometheus client libraries, the default of summaries.)
const WINDOW: Span = Span::from_mins(10);
/// How many durations quantiles are made of, at most: of more, the latest count.
const KEPT: usize = 10_000;
/// The upper bounds of the buckets, in seconds; what is longer is only counted.
/// (Source: Prometheus 3.14, `rules/group.go`.)
pub const BUCKETS: [f64; 4] = [0.01, 0.1, 1.0, 10.0];

/// Durations since the start, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Durations {
    /// How many there were.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// How many were at most as long as each of [`BUCKETS`].
    pub within: [u64; BUCKETS.len()],
    last: VecDeque<(Timestamp, f64)>,
}

impl Durations {
    /// One more.
    pub(super) fn add(&mut self, now: Timestamp, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (within, bound) in self.within.iter_mut().zip(BUCKETS) {
            *within += u64::from(seconds <= bound);
        }
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        while self.last.front().is_some_and(|(at, _)| now - *at > WINDOW) {
            self.last.pop_front();
        }
        self.last.push_back((now, seconds));
    }

    /// The quantiles of the last ten minutes; not a number when there was nothing.
    pub fn quantiles(&self, now: Timestamp, wanted: &[f64]) -> Vec<f64> {
        let late = self.last.iter().filter(|(at, _)| now - *at <= WINDOW);
        let mut late: Vec<f64> = late.map(|(_, seconds)| *seconds).collect();
        late.sort_by(f64::total_cmp);
        let rank = |quantile: f64| (quantile * late.len() as f64).ceil() as usize;
        wanted
            .iter()
            .map(|quantile| late.get(rank(*quantile).max(1) - 1).copied().unwrap_or(f64::NAN))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_late_and_sums_those_of_all() {
        let at = |minute: i64| Timestamp::from_millis(minute * 60_000);
        let mut durations = Durations::default();
        assert!(durations.quantiles(at(0), &[0.5])[0].is_nan());
        for millis in [5, 40, 300, 2000, 20_000] {
            durations.add(at(0), Duration::from_millis(millis));
        }
        assert_eq!((durations.count, durations.within), (5, [1, 2, 3, 4]));
        assert_eq!(durations.quantiles(at(10), &[0.01, 0.5, 0.9, 1.0]), [0.005, 0.3, 20.0, 20.0]);
        durations.add(at(11), Duration::from_secs(1));
        assert_eq!(durations.quantiles(at(11), &[0.01, 0.99]), [1.0, 1.0]);
        assert_eq!((durations.count, durations.sum), (6, 23.345));
        assert!(durations.quantiles(at(22), &[0.5])[0].is_nan());
    }

    #[test]
    fn no_more_than_the_limit_are_kept() {
        let mut durations = Durations::default();
        for number in 0..=KEPT {
            let long = if number == 0 { 9 } else { 1 };
            durations.add(Timestamp::from_millis(0), Duration::from_secs(long));
        }
        assert_eq!(durations.last.len(), KEPT);
        assert_eq!(durations.quantiles(Timestamp::from_millis(0), &[1.0]), [1.0]);
    }
}
