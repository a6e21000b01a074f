//! What the engine does by configuration, and how far a query may go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::time::Span;

/// When the metric name of a computed series is taken away.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum NameRemoval {
    /// By the operation that computes; what Prometheus does by default.
    #[default]
    Immediate,
    /// At the end of the query (`promql-delayed-name-removal`).
    Delayed,
}

/// Whether the start timestamps of counters are used (`use-start-timestamps`).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum StartTimestamps {
    /// Counters are read from their values alone; the default.
    #[default]
    Ignored,
    /// A known start is a zero sample, and tells resets.
    Used,
}

/// Where the type of a metric is read from when `rate` meets a gauge.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum MetricTypes {
    /// From the ending of the metric's name; the default.
    #[default]
    ByName,
    /// From the label `__type__` (`type-and-unit-labels`).
    ByLabel,
}

/// How queries are evaluated; the default is Prometheus' default.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How old the newest sample of an instant selector may be.
    pub lookback: Span,
    /// The resolution of a subquery that names none: the global evaluation interval.
    pub default_step: Span,
    /// When metric names are dropped.
    pub name_removal: NameRemoval,
    /// Whether start timestamps count.
    pub start_timestamps: StartTimestamps,
    /// How `rate` tells counters from gauges.
    pub metric_types: MetricTypes,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            lookback: Span::from_mins(5),
            default_step: Span::from_mins(1),
            name_removal: NameRemoval::default(),
            start_timestamps: StartTimestamps::default(),
            metric_types: MetricTypes::default(),
        }
    }
}

/// How far one run may go before it is given up.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Samples in memory at one time (`--query.max-samples`).
    pub samples: usize,
    /// Raised by whoever does not want the answer any more.
    pub cancelled: Arc<AtomicBool>,
}

impl Limits {
    /// At most that many samples, never cancelled.
    pub fn of_samples(samples: usize) -> Limits {
        Limits { samples, cancelled: Arc::default() }
    }

    /// Whether somebody cancelled the query.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::of_samples(50_000_000)
    }
}
