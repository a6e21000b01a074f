//! What the server answers, as it is on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;

use crate::label::Labels;
use crate::sample::{NAN_BITS, Sample, Series, Value};
use crate::source::{Metadata, MetricKind};
use crate::time::Timestamp;

/// The labels of a series.
pub(super) type Metric = BTreeMap<String, String>;

/// Around every answer.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: Option<T>,
    #[serde(default)]
    pub(super) error: String,
    #[serde(default, rename = "errorType")]
    pub(super) error_type: String,
}

/// The answer to a query.
#[derive(Deserialize)]
pub(super) struct Found {
    result: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    metric: Metric,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

/// The answer about metadata.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Described(BTreeMap<String, Vec<Description>>);

#[derive(Deserialize)]
struct Description {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    help: String,
    #[serde(default)]
    unit: String,
}

impl Found {
    /// The series of a range vector.
    pub(super) fn series(self) -> Vec<Series> {
        let series = self.result.into_iter().map(|row| Series {
            labels: Labels::from_pairs(row.metric),
            samples: row.values.iter().filter_map(sample).collect(),
        });
        series.collect()
    }

    /// The series of an instant vector.
    pub(super) fn present(self) -> BTreeSet<Labels> {
        self.result.into_iter().map(|row| Labels::from_pairs(row.metric)).collect()
    }
}

impl Described {
    pub(super) fn metadata(self) -> Vec<Metadata> {
        let first = |(metric, described): (String, Vec<Description>)| {
            let one = described.into_iter().next()?;
            Some(Metadata {
                metric: Arc::from(metric),
                kind: MetricKind::from_text(&one.kind).unwrap_or_default(),
                help: Arc::from(one.help),
                unit: Arc::from(one.unit),
            })
        };
        self.0.into_iter().filter_map(first).collect()
    }
}

/// Seconds and the text of a number.
fn sample((seconds, text): &(f64, String)) -> Option<Sample> {
    let value: f64 = text.parse().ok()?;
    let value = if value.is_nan() { f64::from_bits(NAN_BITS) } else { value };
    let at = Timestamp::from_millis((seconds * 1000.0).round() as i64);
    Some(Sample { at, value: Value::Float(value) })
}
