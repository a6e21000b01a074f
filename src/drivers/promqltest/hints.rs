//! Counter-reset hints as Prometheus' store gives them back.
//!
//! Its chunks hold counters that only grow: a sample that continues a chunk comes back with
//! "not reset", the first of a chunk with "unknown", even where a reset began it. Gauges stay
//! gauges. Scripts expect these hints. (Source: Prometheus, `tsdb/chunkenc`, float histograms.)

use std::sync::Arc;

use super::store::Samples;
use crate::sample::{CounterReset, Histogram, Value, is_stale};

/// The samples with the hints that come back.
pub(in crate::drivers) fn as_stored(written: &Samples) -> Samples {
    let mut open = None;
    let mut stored = Samples::new();
    for (at, (value, start)) in written {
        let value = match value {
            Value::Float(_) => {
                open = None;
                value.clone()
            }
            Value::Histogram(histogram) => {
                let hint = hint(histogram, open);
                open =
                    (hint != CounterReset::Gauge && !is_stale(histogram.sum)).then_some(histogram);
                Value::Histogram(with_hint(histogram, hint))
            }
        };
        stored.insert(*at, (value, *start));
    }
    stored
}

/// The hint of a histogram; `open` is the one before it in its chunk.
fn hint(histogram: &Histogram, open: Option<&Arc<Histogram>>) -> CounterReset {
    match histogram.counter_reset {
        CounterReset::Gauge => CounterReset::Gauge,
        CounterReset::Reset => CounterReset::Unknown,
        _ if open.is_some_and(|open| continues(histogram, open)) => CounterReset::NotReset,
        _ => CounterReset::Unknown,
    }
}

/// Whether a chunk that ends with `before` takes the histogram: same layout, nothing less.
fn continues(histogram: &Histogram, before: &Histogram) -> bool {
    let unhinted = Histogram { counter_reset: CounterReset::Unknown, ..histogram.clone() };
    histogram.schema == before.schema
        && histogram.zero_threshold == before.zero_threshold
        && histogram.custom_bounds == before.custom_bounds
        && !unhinted.is_reset_after(before)
}

fn with_hint(histogram: &Arc<Histogram>, hint: CounterReset) -> Arc<Histogram> {
    if histogram.counter_reset == hint {
        return Arc::clone(histogram);
    }
    Arc::new(Histogram { counter_reset: hint, ..(**histogram).clone() })
}
