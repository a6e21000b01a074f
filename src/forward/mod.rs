//! What is sent on to other servers: alerts of rules to external Alertmanagers, samples of rules
//! by remote write. Here is what is sent and what an answer means; who sends it is the driver.
//!
//! ```text
//! alerts  --alert_relabel--+--> relabel --[queue]--> JSON      POST .../api/v2/alerts
//!                          '--> relabel --[queue]--> JSON      POST .../api/v2/alerts
//! samples --+--[queue]--> external labels, relabel --> protobuf, snappy    POST url
//!           '--[queue]--> ...
//! ```
//!
//! Every queue is bounded and drops the oldest; what is dropped is counted.

mod address;
pub mod alerts;
mod protobuf;
mod queue;
pub mod samples;

pub use address::{Address, AddressError};
pub use queue::Queue;

use std::sync::Arc;

use crate::label::Labels;
use crate::label::relabel::Rule;
use crate::notify::integration::HttpOptions;
use crate::time::Span;

/// How long an Alertmanager may take to answer, unless said otherwise.
pub const ALERTMANAGER_TIMEOUT: Span = Span::from_secs(10);
/// How long a remote write may take, unless said otherwise.
pub const WRITE_TIMEOUT: Span = Span::from_secs(30);
/// How many alerts may wait for one Alertmanager, unless said otherwise.
pub const QUEUE_CAPACITY: usize = 10_000;
/// How many alerts are sent to an Alertmanager in one request, unless said otherwise.
pub const BATCH_SIZE: usize = 256;
/// The most samples that may wait for one remote write endpoint, whatever its configuration says.
pub const WAITING_SAMPLES_LIMIT: usize = 5_000_000;
/// The most shards of one remote write endpoint.
pub const SHARDS_LIMIT: usize = 64;

/// Everything that is sent on.
#[derive(Clone, Debug, Default)]
pub struct Forwarding {
    /// Who is told of the alerts of rules.
    pub recipients: Recipients,
    /// Rewrites or drops alerts before any external Alertmanager sees them.
    pub alert_relabel: Vec<Rule>,
    /// The external Alertmanagers, no two with the same URL.
    pub alertmanagers: Vec<Arc<Alertmanager>>,
    /// The addresses of those that relabelling of addresses left out.
    pub dropped_alertmanagers: Vec<Arc<str>>,
    /// How alerts wait for an Alertmanager.
    pub waiting: Waiting,
    /// Where samples are written on to, no two with the same name.
    pub remote_writes: Vec<Arc<RemoteWrite>>,
    /// Labels that samples get which lack them.
    pub external_labels: Labels,
}

/// Who is told of the alerts of rules.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Recipients {
    /// Our own notification pipeline.
    #[default]
    Pipeline,
    /// External Alertmanagers.
    Alertmanagers,
    /// Both.
    Both,
}

impl Recipients {
    /// Whether our own notification pipeline is told.
    pub fn has_pipeline(self) -> bool {
        self != Recipients::Alertmanagers
    }

    /// Whether external Alertmanagers are told.
    pub fn has_alertmanagers(self) -> bool {
        self != Recipients::Pipeline
    }
}

/// How alerts wait for an Alertmanager.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many may wait for one Alertmanager; more push the oldest out.
    pub capacity: usize,
    /// How many go into one request.
    pub batch: usize,
    /// What happens with them when the process stops.
    pub at_stop: AtStop,
}

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting { capacity: QUEUE_CAPACITY, batch: BATCH_SIZE, at_stop: AtStop::Drain }
    }
}

/// What happens with waiting alerts when the process stops.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum AtStop {
    /// They are sent first, as far as there is time.
    #[default]
    Drain,
    /// They are forgotten, and counted as dropped.
    Drop,
}

/// An external Alertmanager.
#[derive(Clone, Debug)]
pub struct Alertmanager {
    /// Where alerts are posted to, without user and password.
    pub url: Arc<str>,
    /// How requests are made.
    pub http: HttpOptions,
    /// How long one may take.
    pub timeout: Span,
    /// Rewrites or drops alerts for this one only.
    pub relabel: Vec<Rule>,
}

/// A remote write endpoint.
#[derive(Clone, Debug)]
pub struct RemoteWrite {
    /// Its name in metrics and logs.
    pub name: Arc<str>,
    /// Where samples are posted to, without user and password.
    pub url: Arc<str>,
    /// How requests are made.
    pub http: HttpOptions,
    /// How long one may take.
    pub timeout: Span,
    /// Rewrites or drops series.
    pub relabel: Vec<Rule>,
    /// Whether native histograms are sent, or left out.
    pub histograms: Histograms,
    /// How samples wait.
    pub queue: QueueOptions,
}

/// Whether native histograms are sent.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Histograms {
    /// They are.
    #[default]
    Sent,
    /// Only plain numbers are.
    LeftOut,
}

/// How samples wait for a remote write endpoint. (Source: Prometheus docs, `queue_config`.)
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    /// How many samples may wait in one shard; more push the oldest out.
    pub capacity: usize,
    /// How many requests may be under way at once; the samples of a series keep their order.
    pub shards: usize,
    /// How many samples go into one request.
    pub batch: usize,
    /// How long a smaller batch waits for more.
    pub batch_wait: Span,
    /// How long after the first failure a request is made again; doubled with every failure.
    pub min_backoff: Span,
    /// The most that it is doubled to.
    pub max_backoff: Span,
    /// What "too many requests" means.
    pub too_many_requests: TooManyRequests,
    /// Samples older than this are dropped instead of sent; zero: never.
    pub age_limit: Span,
}

/// What the status 429 of a remote write means.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum TooManyRequests {
    /// The request is made again later.
    #[default]
    Retry,
    /// Its samples are dropped.
    Drop,
}

impl Default for QueueOptions {
    /// Prometheus' defaults; the most that its shards would hold together wait in one.
    fn default() -> QueueOptions {
        QueueOptions {
            capacity: 500_000,
            shards: 1,
            batch: 2000,
            batch_wait: Span::from_secs(5),
            min_backoff: Span::from_millis(30),
            max_backoff: Span::from_secs(5),
            too_many_requests: TooManyRequests::Retry,
            age_limit: Span::ZERO,
        }
    }
}

impl QueueOptions {
    /// The options of a file's `capacity` (of one shard), `min_shards` and `max_shards`: samples
    /// may wait that all shards together would hold, within our own limits.
    #[must_use]
    pub fn sized(self, capacity: u64, min_shards: u64, max_shards: u64) -> QueueOptions {
        let bounded =
            |number: u64, most: usize| usize::try_from(number).unwrap_or(usize::MAX).clamp(1, most);
        let shards = bounded(min_shards, SHARDS_LIMIT);
        let all = bounded(capacity.saturating_mul(max_shards.max(1)), WAITING_SAMPLES_LIMIT);
        QueueOptions { capacity: (all / shards).max(1), shards, ..self }
    }
}

impl Alertmanager {
    /// The Alertmanager below a base address, with the usual settings.
    pub fn at(address: Address) -> Alertmanager {
        let base = address.url.trim_end_matches('/');
        Alertmanager {
            url: Arc::from(format!("{base}{}", alerts::PATH)),
            http: HttpOptions { authorization: address.login, ..HttpOptions::default() },
            timeout: ALERTMANAGER_TIMEOUT,
            relabel: Vec::new(),
        }
    }
}

impl RemoteWrite {
    /// The endpoint at an address, with the usual settings.
    pub fn at(address: Address) -> RemoteWrite {
        RemoteWrite {
            name: samples::default_name(&address.url),
            http: HttpOptions { authorization: address.login, ..HttpOptions::default() },
            url: address.url,
            timeout: WRITE_TIMEOUT,
            relabel: Vec::new(),
            histograms: Histograms::Sent,
            queue: QueueOptions::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_waits_as_all_shards_would_hold_within_the_limits() {
        let check = |capacity, min, max, expect| {
            let queue = QueueOptions::default().sized(capacity, min, max);
            assert_eq!((queue.capacity, queue.shards), expect, "{capacity} {min} {max}");
        };
        check(10_000, 1, 50, (500_000, 1));
        check(10_000, 4, 50, (125_000, 4));
        check(0, 0, 0, (1, 1));
        check(u64::MAX, u64::MAX, u64::MAX, (WAITING_SAMPLES_LIMIT / SHARDS_LIMIT, SHARDS_LIMIT));
    }
}
