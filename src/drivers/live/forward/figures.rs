//! What is counted of what is sent on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::forward::QueueOptions;
use crate::time::Timestamp;

/// How many of the last durations quantiles are made of.
const RECENT: usize = 500;
/// The upper bounds of buckets of durations, in seconds.
/// (Source: Prometheus, `remote_storage_sent_batch_duration_seconds`.)
pub const BUCKETS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 120.0, 300.0];

/// Everything that is counted, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// How many alerts may wait for one Alertmanager.
    pub queue_capacity: usize,
    /// By Alertmanager.
    pub alertmanagers: Vec<AlertmanagerFigures>,
    /// By remote write endpoint.
    pub remote_writes: Vec<WriteFigures>,
    /// The newest sample that was to be written on.
    pub newest: Option<Timestamp>,
}

/// What is counted of one Alertmanager.
#[derive(Clone, Debug, Default)]
pub struct AlertmanagerFigures {
    /// Where alerts are posted to.
    pub url: Arc<str>,
    /// Alerts in requests that were made.
    pub sent: u64,
    /// Alerts in requests that failed.
    pub errors: u64,
    /// Alerts that never arrived: pushed out of the queue, or in a request that failed.
    pub dropped: u64,
    /// How many wait.
    pub waiting: usize,
    /// How long requests took.
    pub latency: Durations,
}

/// What is counted of one remote write endpoint.
#[derive(Clone, Debug, Default)]
pub struct WriteFigures {
    /// Its name.
    pub name: Arc<str>,
    /// Where samples are posted to.
    pub url: Arc<str>,
    /// How it was configured.
    pub queue: QueueOptions,
    /// Plain samples that were sent, whatever came of it.
    pub samples: u64,
    /// Native histograms that were sent, whatever came of it.
    pub histograms: u64,
    /// Samples and histograms that were refused for good.
    pub failed: u64,
    /// Samples and histograms that were sent once more.
    pub retried: u64,
    /// Samples that relabelling dropped.
    pub relabelled_away: u64,
    /// Samples that were too old to be sent.
    pub too_old: u64,
    /// Samples that newer ones pushed out of the queue, or the end of the process.
    pub pushed_out: u64,
    /// How many wait or are under way.
    pub waiting: usize,
    /// Bytes of bodies that were taken.
    pub bytes: u64,
    /// The newest sample that was taken.
    pub newest: Option<Timestamp>,
    /// How long requests took.
    pub durations: Durations,
}

/// Durations, summed up.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    /// How many there were.
    pub count: u64,
    /// All of them together, in seconds.
    pub sum: f64,
    /// How many there were up to each of [`BUCKETS`].
    pub buckets: [u64; BUCKETS.len()],
    recent: VecDeque<f64>,
}

impl Durations {
    pub(super) fn add(&mut self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (bucket, bound) in self.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(seconds);
    }

    /// The quantile of the last durations, in seconds; not-a-number without any.
    pub fn quantile(&self, quantile: f64) -> f64 {
        let mut sorted: Vec<f64> = self.recent.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let rank = (quantile * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_and_the_last_are_ranked() {
        let mut durations = Durations::default();
        assert!(durations.quantile(0.5).is_nan());
        for millis in 0..=(RECENT as u64) {
            durations.add(Duration::from_millis(millis));
        }
        assert_eq!((durations.count, durations.buckets[1]), (RECENT as u64 + 1, 11));
        assert_eq!((durations.quantile(0.5), durations.quantile(0.99)), (0.25, 0.495));
    }
}
