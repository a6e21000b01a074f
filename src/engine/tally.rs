//! What is counted of notifications, by integration.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::notify::{FailureClass, LogKey};
use crate::time::Span;

/// Upper bounds of the buckets of [`Latency`], in seconds.
/// (Source: Alertmanager, `alertmanager_notification_latency_seconds`.)
pub const LATENCY_BUCKETS: [f64; 5] = [1.0, 5.0, 10.0, 15.0, 20.0];

/// Whose notifications are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Channel {
    /// The kind of integration, `slack`.
    pub kind: Arc<str>,
    /// The receiver.
    pub receiver: Arc<str>,
}

/// What has been counted of a channel since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Notifications that came to an end, well or not.
    pub notifications: u64,
    /// Notifications that failed for good, by class.
    pub failures: BTreeMap<FailureClass, u64>,
    /// Attempts.
    pub requests: u64,
    /// Attempts that failed.
    pub failed_requests: u64,
    /// How long attempts took.
    pub latency: Latency,
}

/// How long attempts took that reported back.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct Latency {
    /// How many took at most as long as each of [`LATENCY_BUCKETS`].
    pub at_most: [u64; LATENCY_BUCKETS.len()],
    /// How many there are.
    pub count: u64,
    /// All of them together, in seconds.
    pub sum: f64,
}

impl Channel {
    /// The channel of an entry of the notification log.
    pub(super) fn of(key: &LogKey) -> Channel {
        Channel { kind: Arc::clone(&key.kind), receiver: Arc::clone(&key.receiver) }
    }
}

impl Tally {
    /// What two channels come to together.
    pub fn add(&mut self, other: &Tally) {
        self.notifications += other.notifications;
        self.requests += other.requests;
        self.failed_requests += other.failed_requests;
        for (class, count) in &other.failures {
            *self.failures.entry(*class).or_default() += count;
        }
        let (own, others) = (&mut self.latency, &other.latency);
        own.count += others.count;
        own.sum += others.sum;
        for (own, other) in own.at_most.iter_mut().zip(others.at_most) {
            *own += other;
        }
    }
}

impl Latency {
    /// One more attempt.
    pub(super) fn observe(&mut self, took: Span) {
        let seconds = took.seconds().max(0.0);
        self.count += 1;
        self.sum += seconds;
        for (count, bound) in self.at_most.iter_mut().zip(LATENCY_BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_added_up() {
        let mut slow = Tally { notifications: 1, requests: 2, ..Tally::default() };
        slow.latency.observe(Span::from_secs(7));
        slow.failures.insert(FailureClass::Other, 1);
        let mut both = slow.clone();
        both.latency.observe(Span::from_millis(1000));
        both.add(&slow);
        assert_eq!((both.notifications, both.requests, both.latency.count), (2, 4, 3));
        assert_eq!((both.latency.at_most, both.latency.sum), ([1, 1, 3, 3, 3], 15.0));
        assert_eq!(both.failures[&FailureClass::Other], 2);
    }
}
