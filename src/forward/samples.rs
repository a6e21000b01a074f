//! Samples on their way to a remote write endpoint.
//! (Source: the Prometheus Remote-Write 1.0 specification; `prompb/types.proto`.)

use std::sync::Arc;

use md5::{Digest, Md5};

use crate::label::Labels;
use crate::label::relabel::relabel;
use crate::rules::handover::with_external_labels;
use crate::sample::{CounterReset, Histogram, Sample, Series, Value};
use crate::time::{Span, Timestamp};

use super::protobuf::Writer;
use super::{Histograms, QueueOptions, RemoteWrite, TooManyRequests};

/// A sample that waits, with its series' labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The labels as the rule wrote them.
    pub labels: Labels,
    /// Time and value.
    pub sample: Sample,
}

/// A request that is ready to be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The body, one snappy block.
    pub body: Vec<u8>,
    /// How many plain numbers are in it.
    pub samples: usize,
    /// How many native histograms are in it.
    pub histograms: usize,
    /// How many samples relabelling dropped.
    pub relabelled_away: usize,
    /// How many samples were older than the endpoint wants them.
    pub too_old: usize,
    /// The newest time in it.
    pub newest: Option<Timestamp>,
}

impl Request {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.samples + self.histograms == 0
    }
}

/// What an answer means for the samples of a request.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are written.
    Written,
    /// The request is to be made again.
    Retry,
    /// They are refused for good.
    Refused,
}

/// What the status of an answer means.
pub fn judge(status: u16, options: &QueueOptions) -> Verdict {
    match (status, options.too_many_requests) {
        (200..300, _) => Verdict::Written,
        (500..600, _) | (429, TooManyRequests::Retry) => Verdict::Retry,
        _ => Verdict::Refused,
    }
}

/// How long to wait after a failure, when the wait before the one that failed was `last`.
pub fn backoff(last: Option<Span>, options: &QueueOptions) -> Span {
    let next = last.map_or(options.min_backoff, |last| last.times(2));
    next.clamp(Span::from_millis(1), options.max_backoff.max(Span::from_millis(1)))
}

/// The name of an endpoint that has none: it is short, and stays the same.
pub fn default_name(url: &str) -> Arc<str> {
    let digest = Md5::digest(url);
    let hex: String = digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    Arc::from(hex)
}

/// Which of several shards a series belongs to: always the same one, so that its samples keep
/// their order.
pub fn shard(labels: &Labels, shards: usize) -> usize {
    if shards <= 1 {
        return 0;
    }
    usize::try_from(labels.notification_hash() % shards as u64).unwrap_or(0)
}

/// The samples of some series, one by one.
pub fn waiting(series: &[Series]) -> impl Iterator<Item = Waiting> {
    series.iter().flat_map(|series| {
        let one =
            |sample: &Sample| Waiting { labels: series.labels.clone(), sample: sample.clone() };
        series.samples.iter().map(one)
    })
}

/// Makes a request of a batch: external labels, relabelling, protobuf, snappy. Samples of one
/// series that follow each other share their labels.
pub fn request(
    batch: &[Waiting],
    endpoint: &RemoteWrite,
    external: &Labels,
    now: Timestamp,
) -> Request {
    let (mut request, mut message) = (Request::default(), Writer::default());
    let limit = endpoint.queue.age_limit;
    for run in batch.chunk_by(|a, b| a.labels == b.labels) {
        let is_young = |one: &&Waiting| limit == Span::ZERO || now - one.sample.at <= limit;
        let young: Vec<&Sample> = run.iter().filter(is_young).map(|one| &one.sample).collect();
        request.too_old += run.len() - young.len();
        let labels = with_external_labels(&run[0].labels, external);
        match relabel(&labels, &endpoint.relabel).filter(|labels| !labels.is_empty()) {
            Some(labels) => add(&mut message, &mut request, &labels, &young, endpoint.histograms),
            None => request.relabelled_away += young.len(),
        }
    }
    if !request.is_empty() {
        // it fails only for bodies that are far larger than any batch
        request.body = snap::raw::Encoder::new().compress_vec(&message.bytes).unwrap_or_default();
    }
    request
}

/// A request's body with all samples of these series, as they are.
pub fn body(series: &[Series]) -> Vec<u8> {
    let (mut request, mut message) = (Request::default(), Writer::default());
    for one in series {
        let samples: Vec<&Sample> = one.samples.iter().collect();
        add(&mut message, &mut request, &one.labels, &samples, Histograms::Sent);
    }
    snap::raw::Encoder::new().compress_vec(&message.bytes).unwrap_or_default()
}

fn add(
    message: &mut Writer,
    request: &mut Request,
    labels: &Labels,
    samples: &[&Sample],
    histograms: Histograms,
) {
    let is_sent = |sample: &&&Sample| {
        histograms == Histograms::Sent || matches!(sample.value, Value::Float(_))
    };
    let samples: Vec<&&Sample> = samples.iter().filter(is_sent).collect();
    if samples.is_empty() {
        return;
    }
    message.message(1, |series| {
        for (name, value) in labels {
            series.message(1, |label| {
                label.text(1, name);
                label.text(2, value);
            });
        }
        for sample in samples {
            request.newest = request.newest.max(Some(sample.at));
            match &sample.value {
                Value::Float(value) => {
                    request.samples += 1;
                    series.message(2, |one| {
                        one.double(1, *value);
                        one.int64(2, sample.at.millis());
                    });
                }
                Value::Histogram(histogram) => {
                    request.histograms += 1;
                    series.message(4, |one| write_histogram(one, histogram, sample.at));
                }
            }
        }
    });
}

/// The float flavour, with absolute counts.
fn write_histogram(message: &mut Writer, histogram: &Histogram, at: Timestamp) {
    message.double(2, histogram.count);
    message.double(3, histogram.sum);
    message.sint32(4, histogram.schema);
    message.double(5, histogram.zero_threshold);
    message.double(7, histogram.zero_count);
    write_spans(message, 8, &histogram.negative_spans);
    message.doubles(10, &histogram.negative_buckets);
    write_spans(message, 11, &histogram.positive_spans);
    message.doubles(13, &histogram.positive_buckets);
    let hint = match histogram.counter_reset {
        CounterReset::Unknown => 0,
        CounterReset::Reset => 1,
        CounterReset::NotReset => 2,
        CounterReset::Gauge => 3,
    };
    message.int64(14, hint);
    message.int64(15, at.millis());
    message.doubles(16, &histogram.custom_bounds);
}

fn write_spans(message: &mut Writer, field: u32, spans: &[(i32, u32)]) {
    for (offset, length) in spans {
        message.message(field, |span| {
            span.sint32(1, *offset);
            span.int64(2, i64::from(*length));
        });
    }
}

#[cfg(test)]
mod tests;
