//! From a histogram on the wire to one with absolute counts, checked.
//! (Source of the checks: Prometheus, `model/histogram`, Validate.)

use super::message::{BucketSpan, HistogramMessage};
use crate::sample::{CounterReset, Histogram, is_stale};

/// The most buckets of one histogram, both sides together.
pub const MAX_BUCKETS: usize = 10_000;
/// The schema of histograms with custom bounds.
const CUSTOM: i32 = -53;

/// The histogram with absolute counts, or why there can be no such histogram.
pub(super) fn counted(message: HistogramMessage) -> Result<Histogram, String> {
    let integer = message.count_int.is_some();
    let positive = side(
        &message.positive_spans,
        if integer { absolute(&message.positive_deltas) } else { message.positive_counts },
        "positive",
    )?;
    let negative = side(
        &message.negative_spans,
        if integer { absolute(&message.negative_deltas) } else { message.negative_counts },
        "negative",
    )?;
    let count = message.count_int.map_or(message.count_float, |count| Some(count as f64));
    let zero = message.zero_count_int.map_or(message.zero_count_float, |zero| Some(zero as f64));
    let histogram = Histogram {
        counter_reset: match message.reset_hint {
            1 => CounterReset::Reset,
            2 => CounterReset::NotReset,
            3 => CounterReset::Gauge,
            _ => CounterReset::Unknown,
        },
        schema: message.schema,
        count: count.unwrap_or(0.0),
        sum: message.sum,
        zero_threshold: message.zero_threshold,
        zero_count: zero.unwrap_or(0.0),
        positive_spans: spans(&message.positive_spans),
        positive_buckets: positive,
        negative_spans: spans(&message.negative_spans),
        negative_buckets: negative,
        custom_bounds: message.custom_values,
    };
    check(&histogram)?;
    Ok(histogram)
}

fn check(histogram: &Histogram) -> Result<(), String> {
    if is_stale(histogram.sum) {
        return Ok(());
    }
    let buckets = histogram.positive_buckets.len() + histogram.negative_buckets.len();
    if buckets > MAX_BUCKETS {
        return Err(format!("histogram with {buckets} buckets, limit {MAX_BUCKETS}"));
    }
    match histogram.schema {
        -4..=8 if histogram.custom_bounds.is_empty() => {}
        -4..=8 => return Err("exponential histogram with custom bounds".to_owned()),
        CUSTOM => check_custom(histogram)?,
        schema => return Err(format!("histogram with unknown schema {schema}")),
    }
    let populated: f64 = histogram.positive_buckets.iter().sum::<f64>()
        + histogram.negative_buckets.iter().sum::<f64>()
        + histogram.zero_count;
    let every = [histogram.count, histogram.zero_count];
    let every = every.iter().chain(&histogram.positive_buckets).chain(&histogram.negative_buckets);
    if every.into_iter().any(|count| *count < 0.0) {
        return Err("histogram with a negative count".to_owned());
    }
    // Observations of not-a-number are counted but in no bucket.
    if populated > histogram.count * (1.0 + 1e-12) {
        let count = histogram.count;
        return Err(format!(
            "histogram with {populated} observations in buckets of {count} in all"
        ));
    }
    Ok(())
}

fn check_custom(histogram: &Histogram) -> Result<(), String> {
    let bounds = &histogram.custom_bounds;
    if !bounds.iter().all(|bound| bound.is_finite()) || !bounds.is_sorted_by(|a, b| a < b) {
        return Err("histogram whose custom bounds are not finite and increasing".to_owned());
    }
    if !histogram.negative_buckets.is_empty() || histogram.zero_count != 0.0 {
        return Err("histogram with custom bounds and negative or zero buckets".to_owned());
    }
    let reach: i64 = histogram
        .positive_spans
        .iter()
        .map(|(offset, length)| i64::from(*offset) + i64::from(*length))
        .sum();
    if reach > bounds.len() as i64 + 1 {
        return Err("histogram with more buckets than custom bounds".to_owned());
    }
    Ok(())
}

/// The buckets of one side, if the spans describe as many.
fn side(spans: &[BucketSpan], buckets: Vec<f64>, side: &str) -> Result<Vec<f64>, String> {
    let described: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if described != buckets.len() as u64 {
        let given = buckets.len();
        return Err(format!(
            "histogram whose {side} spans say {described} buckets, but {given} came"
        ));
    }
    if spans.iter().skip(1).any(|span| span.offset < 0) {
        return Err(format!("histogram with a {side} span that goes back"));
    }
    Ok(buckets)
}

/// Each delta is against the bucket before.
fn absolute(deltas: &[i64]) -> Vec<f64> {
    let counts = deltas.iter().scan(0i64, |count, delta| {
        *count = count.saturating_add(*delta);
        Some(*count as f64)
    });
    counts.collect()
}

fn spans(spans: &[BucketSpan]) -> Vec<(i32, u32)> {
    spans.iter().map(|span| (span.offset, span.length)).collect()
}
