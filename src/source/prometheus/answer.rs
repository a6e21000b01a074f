//! What the server answers, as it is on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::label::Labels;
use crate::sample::{Bucket, Histogram, NAN_BITS, Sample, Series, Value};
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
    #[serde(default)]
    pub(super) warnings: Vec<String>,
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
    #[serde(default)]
    histograms: Vec<(f64, Buckets)>,
}

/// The value of an expression at one moment.
#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum Evaluated {
    Vector(Vec<Element>),
    Scalar((f64, String)),
    String(IgnoredAny),
    Matrix(IgnoredAny),
}

#[derive(Deserialize)]
pub(super) struct Element {
    metric: Metric,
    value: Option<(f64, String)>,
    histogram: Option<(f64, Buckets)>,
}

/// A native histogram as its populated buckets: kind of bounds, lower, upper, count.
#[derive(Deserialize)]
struct Buckets {
    count: String,
    sum: String,
    #[serde(default)]
    buckets: Vec<(u8, String, String, String)>,
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
        let series = self.result.into_iter().map(|row| {
            let floats = row.values.iter().filter_map(|(at, text)| Some((*at, float(text)?)));
            let floats = floats.map(|(at, value)| (at, Value::Float(value)));
            let histograms = row.histograms.iter();
            let histograms = histograms.filter_map(|(at, shown)| Some((*at, shown.histogram()?)));
            let samples = floats.chain(histograms);
            let mut samples: Vec<Sample> =
                samples.map(|(at, value)| Sample { at: moment(at), value }).collect();
            samples.sort_by_key(|sample| sample.at);
            Series { labels: Labels::from_pairs(row.metric), samples }
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

impl Evaluated {
    /// The elements; a scalar is one without labels.
    ///
    /// # Errors
    /// What there is instead of elements.
    pub(super) fn elements(self) -> Result<Vec<(Labels, Value)>, String> {
        match self {
            Evaluated::Vector(elements) => elements.into_iter().map(Element::read).collect(),
            Evaluated::Scalar((_, text)) => {
                let value = float(&text).ok_or_else(|| format!("{text:?} is not a number"))?;
                Ok(vec![(Labels::empty(), Value::Float(value))])
            }
            Evaluated::String(_) | Evaluated::Matrix(_) => {
                Err("rule result is not a vector or scalar".to_owned())
            }
        }
    }
}

impl Element {
    fn read(self) -> Result<(Labels, Value), String> {
        let labels = Labels::from_pairs(self.metric);
        let value = match (&self.value, &self.histogram) {
            (Some((_, text)), _) => float(text).map(Value::Float),
            (None, Some((_, shown))) => shown.histogram(),
            (None, None) => None,
        };
        let value = value.ok_or_else(|| format!("{labels} has no value that can be read"))?;
        Ok((labels, value))
    }
}

impl Buckets {
    fn histogram(&self) -> Option<Value> {
        let bucket = |(kind, lower, upper, count): &(u8, String, String, String)| {
            Some(Bucket {
                lower: float(lower)?,
                upper: float(upper)?,
                lower_inclusive: matches!(kind, 1 | 3),
                upper_inclusive: matches!(kind, 0 | 3),
                count: float(count)?,
            })
        };
        let buckets: Option<Vec<Bucket>> = self.buckets.iter().map(bucket).collect();
        let (count, sum) = (float(&self.count)?, float(&self.sum)?);
        Some(Value::Histogram(Arc::new(Histogram::from_buckets(count, sum, &buckets?))))
    }
}

fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0).round() as i64)
}

/// A number as the API writes it.
fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    Some(if value.is_nan() { f64::from_bits(NAN_BITS) } else { value })
}
