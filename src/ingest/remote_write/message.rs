//! The rare messages: histograms and metadata.

use std::sync::Arc;

use prost::Message;

use super::histogram::counted;
use super::wire::Fault;
use crate::sample::Histogram;
use crate::source::{Metadata, MetricKind};

/// A run of populated buckets.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BucketSpan {
    #[prost(sint32, tag = "1")]
    pub(super) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(super) length: u32,
}

/// A native histogram: integer flavour (counts and deltas) or float flavour (absolute counts).
#[derive(Clone, PartialEq, Message)]
pub(super) struct HistogramMessage {
    #[prost(uint64, optional, tag = "1")]
    pub(super) count_int: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(super) count_float: Option<f64>,
    #[prost(double, tag = "3")]
    pub(super) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(super) schema: i32,
    #[prost(double, tag = "5")]
    pub(super) zero_threshold: f64,
    #[prost(uint64, optional, tag = "6")]
    pub(super) zero_count_int: Option<u64>,
    #[prost(double, optional, tag = "7")]
    pub(super) zero_count_float: Option<f64>,
    #[prost(message, repeated, tag = "8")]
    pub(super) negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub(super) negative_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "10")]
    pub(super) negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    pub(super) positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub(super) positive_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "13")]
    pub(super) positive_counts: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub(super) reset_hint: i32,
    #[prost(int64, tag = "15")]
    pub(super) timestamp: i64,
    #[prost(double, repeated, tag = "16")]
    pub(super) custom_values: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct MetadataMessage {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(string, tag = "2")]
    pub(super) metric: String,
    #[prost(string, tag = "4")]
    pub(super) help: String,
    #[prost(string, tag = "5")]
    pub(super) unit: String,
}

/// The kinds by their number on the wire.
const KINDS: [MetricKind; 8] = [
    MetricKind::Unknown,
    MetricKind::Counter,
    MetricKind::Gauge,
    MetricKind::Histogram,
    MetricKind::GaugeHistogram,
    MetricKind::Summary,
    MetricKind::Info,
    MetricKind::StateSet,
];

/// A histogram and its time in milliseconds; the inner error is about an impossible histogram.
pub(super) fn histogram(bytes: &[u8]) -> Result<Result<(i64, Arc<Histogram>), String>, Fault<'_>> {
    let message = HistogramMessage::decode(bytes)
        .map_err(|_| Fault { at: bytes, what: "broken histogram" })?;
    let millis = message.timestamp;
    Ok(counted(message).map(|histogram| (millis, Arc::new(histogram))))
}

/// What is said of a metric; nothing when it has no name.
pub(super) fn metadata(bytes: &[u8]) -> Result<Option<Metadata>, Fault<'_>> {
    let message =
        MetadataMessage::decode(bytes).map_err(|_| Fault { at: bytes, what: "broken metadata" })?;
    let kind = usize::try_from(message.kind).ok().and_then(|kind| KINDS.get(kind));
    Ok((!message.metric.is_empty()).then(|| Metadata {
        metric: Arc::from(message.metric),
        kind: kind.copied().unwrap_or_default(),
        help: Arc::from(message.help),
        unit: Arc::from(message.unit),
    }))
}
