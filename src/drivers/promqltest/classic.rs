//! Classic histograms as native ones with custom buckets, which `load_with_nhcb` stores beside
//! them: `x_bucket{le=..}`, `x_count`, `x_sum` become `x`.
//! (Source: Prometheus, `util/convertnhcb`.)

use std::collections::BTreeMap;

use super::script::Load;
use super::store::time;
use crate::label::{BUCKET_LABEL, Labels, METRIC_NAME};
use crate::sample::{CUSTOM_SCHEMA, Histogram, Value};
use crate::time::Timestamp;

/// The parts of one histogram at one time.
#[derive(Debug, Default)]
struct Parts {
    /// Bounds and cumulative counts, by bound.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

/// Native histograms by labels and time.
type Converted = BTreeMap<Labels, BTreeMap<Timestamp, Histogram>>;

/// Converts all classic histograms of a load.
pub(super) fn convert(load: &Load) -> Result<Converted, String> {
    let mut parts: BTreeMap<Labels, BTreeMap<Timestamp, Parts>> = BTreeMap::new();
    for series in &load.series {
        let name = series.labels.value(METRIC_NAME);
        let Some((base, suffix)) = name.rsplit_once('_') else { continue };
        let bound = series.labels.value(BUCKET_LABEL).parse::<f64>().ok();
        let bound = bound.filter(|bound| !bound.is_nan());
        if !matches!((suffix, bound), ("bucket", Some(_)) | ("count" | "sum", _)) {
            continue;
        }
        let mut labels = series.labels.edit();
        let labels = labels.set(METRIC_NAME, base).remove(BUCKET_LABEL).build();
        let by_time = parts.entry(labels).or_default();
        for (index, noted) in series.values.iter().enumerate() {
            let Some(Value::Float(value)) = noted.as_ref().map(|noted| &noted.value) else {
                continue;
            };
            let at = by_time.entry(time(load, index)).or_default();
            match (suffix, bound) {
                ("bucket", Some(bound)) => at.add_bucket(bound, *value),
                ("count", _) => at.count = Some(*value),
                _ => at.sum = *value,
            }
        }
    }
    let mut converted = Converted::new();
    for (labels, by_time) in parts {
        for (at, parts) in by_time {
            let histogram = parts.histogram().map_err(|error| format!("{labels}: {error}"))?;
            converted.entry(labels.clone()).or_default().insert(at, histogram);
        }
    }
    Ok(converted)
}

impl Parts {
    /// Keeps the buckets sorted; of two with one bound the first stays.
    fn add_bucket(&mut self, bound: f64, count: f64) {
        let place = self.buckets.partition_point(|(other, _)| *other < bound);
        if self.buckets.get(place).is_none_or(|(other, _)| *other != bound) {
            self.buckets.insert(place, (bound, count));
        }
    }

    fn histogram(mut self) -> Result<Histogram, String> {
        let highest = self.buckets.last().copied();
        let count = self.count.or(highest.map(|(_, count)| count)).unwrap_or(0.0);
        if highest.is_none_or(|(bound, _)| bound != f64::INFINITY) {
            self.buckets.push((f64::INFINITY, count));
        }
        let mut histogram = Histogram {
            schema: CUSTOM_SCHEMA,
            count,
            sum: self.sum,
            positive_spans: vec![(0, self.buckets.len() as u32)],
            ..Histogram::default()
        };
        let mut below = 0.0;
        for (bound, cumulative) in &self.buckets {
            if *cumulative < below || *cumulative < 0.0 {
                return Err("bucket counts must not decrease".to_owned());
            }
            histogram.positive_buckets.push(cumulative - below);
            if *bound != f64::INFINITY {
                histogram.custom_bounds.push(*bound);
            }
            below = *cumulative;
        }
        if below != count {
            return Err("the count is not that of the highest bucket".to_owned());
        }
        histogram.compact();
        Ok(histogram)
    }
}
