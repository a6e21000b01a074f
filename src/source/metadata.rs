//! What is known of a metric beside its samples.

use std::sync::Arc;

/// What a metric measures, as its exposition says.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricKind {
    /// Only goes up, until it starts again at zero.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations in buckets, cumulative.
    Histogram,
    /// Observations in buckets that may also go down.
    GaugeHistogram,
    /// Observations as quantiles.
    Summary,
    /// A constant 1 whose labels say something.
    Info,
    /// One of several states.
    StateSet,
    /// Nobody said.
    #[default]
    Unknown,
}

/// The description of a metric family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The family's name.
    pub metric: Arc<str>,
    /// What it measures.
    pub kind: MetricKind,
    /// What it means, in the words of whoever exposes it; empty when nobody said.
    pub help: Arc<str>,
    /// Its unit; empty when nobody said.
    pub unit: Arc<str>,
}

impl MetricKind {
    /// The word for it in Prometheus' API.
    pub fn text(self) -> &'static str {
        match self {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            MetricKind::GaugeHistogram => "gaugehistogram",
            MetricKind::Summary => "summary",
            MetricKind::Info => "info",
            MetricKind::StateSet => "stateset",
            MetricKind::Unknown => "unknown",
        }
    }

    /// The kind of that name; `untyped` is what the text format says for unknown.
    pub fn from_text(text: &str) -> Option<MetricKind> {
        Some(match text {
            "counter" => MetricKind::Counter,
            "gauge" => MetricKind::Gauge,
            "histogram" => MetricKind::Histogram,
            "gaugehistogram" => MetricKind::GaugeHistogram,
            "summary" => MetricKind::Summary,
            "info" => MetricKind::Info,
            "stateset" => MetricKind::StateSet,
            "unknown" | "untyped" => MetricKind::Unknown,
            _ => return None,
        })
    }
}
