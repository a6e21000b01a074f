//! The samples that are asked about, in the notation of unit tests, and as remote write sends
//! them.

use firebell::label::Labels;
use firebell::sample::{CounterReset, Histogram, Value};
use firebell::source::Batch;
use firebell::source::embedded::Store;
use firebell::source::notation::parse_series;
use firebell::time::{Span, Timestamp};
use prost::Message;

/// When the first sample of each series is: a full hour.
pub const START: Timestamp = Timestamp::from_millis(1_699_999_200_000);
/// From one sample to the next.
pub const INTERVAL: Span = Span::from_secs(30);

/// One series; a gap is `None`.
pub struct Noted {
    pub labels: Labels,
    pub values: Vec<Option<Value>>,
}

/// All series.
pub fn series() -> Vec<Noted> {
    let lines = include_str!("samples.txt").lines();
    let noted = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        let series = parse_series(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let values = series.values.into_iter().map(|noted| noted.map(|noted| noted.value));
        Noted { labels: series.labels, values: values.collect() }
    });
    let mut noted: Vec<Noted> = noted.collect();
    // where answers depend on the order of series, both sides have the same
    noted.sort_by(|a, b| a.labels.cmp(&b.labels));
    noted
}

fn millis(index: usize) -> i64 {
    (START + INTERVAL.times(index as i64)).millis()
}

/// Our own store with the series.
pub fn store(series: &[Noted]) -> Store {
    let mut batch = Batch::new();
    for one in series {
        for (index, value) in one.values.iter().enumerate() {
            if let Some(value) = value {
                batch.sample(Timestamp::from_millis(millis(index)), value);
            }
        }
        batch.end(&one.labels);
    }
    let store = Store::new();
    let appended = store.append(&batch);
    assert_eq!(appended.refused(), 0);
    store
}

/// The bodies of remote-write requests: slices of ten samples a series, oldest first.
pub fn requests(series: &[Noted]) -> Vec<Vec<u8>> {
    let longest = series.iter().map(|one| one.values.len()).max().unwrap_or(0);
    let slices = (0..longest).step_by(10).map(|from| {
        let timeseries = series.iter().map(|one| TimeSeries::of(one, from..from + 10)).collect();
        let body = WriteRequest { timeseries }.encode_to_vec();
        snap::raw::Encoder::new().compress_vec(&body).unwrap()
    });
    slices.collect()
}

#[derive(Clone, PartialEq, Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    histograms: Vec<Counted>,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    /// Optional, or minus zero would be left out as a plain zero.
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
    #[prost(int64, tag = "2")]
    millis: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Run {
    #[prost(sint32, tag = "1")]
    offset: i32,
    #[prost(uint32, tag = "2")]
    length: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Counted {
    #[prost(double, optional, tag = "2")]
    count: Option<f64>,
    #[prost(double, tag = "3")]
    sum: f64,
    #[prost(sint32, tag = "4")]
    schema: i32,
    #[prost(double, tag = "5")]
    zero_threshold: f64,
    #[prost(double, optional, tag = "7")]
    zero_count: Option<f64>,
    #[prost(message, repeated, tag = "8")]
    negative_spans: Vec<Run>,
    #[prost(double, repeated, tag = "10")]
    negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    positive_spans: Vec<Run>,
    #[prost(double, repeated, tag = "13")]
    positive_counts: Vec<f64>,
    #[prost(int32, tag = "14")]
    reset_hint: i32,
    #[prost(int64, tag = "15")]
    millis: i64,
    #[prost(double, repeated, tag = "16")]
    custom_values: Vec<f64>,
}

impl TimeSeries {
    fn of(series: &Noted, slice: std::ops::Range<usize>) -> TimeSeries {
        let pair = |(name, value): (&str, &str)| Pair { name: name.into(), value: value.into() };
        let labels = series.labels.iter().map(pair).collect();
        let mut own = TimeSeries { labels, samples: Vec::new(), histograms: Vec::new() };
        for index in slice.start..slice.end.min(series.values.len()) {
            match &series.values[index] {
                None => {}
                Some(Value::Float(value)) => {
                    own.samples.push(Sample { value: Some(*value), millis: millis(index) });
                }
                Some(Value::Histogram(histogram)) => {
                    own.histograms.push(Counted::of(histogram, millis(index)));
                }
            }
        }
        own
    }
}

impl Counted {
    fn of(histogram: &Histogram, millis: i64) -> Counted {
        let runs = |spans: &[(i32, u32)]| {
            spans.iter().map(|(offset, length)| Run { offset: *offset, length: *length }).collect()
        };
        Counted {
            count: Some(histogram.count),
            sum: histogram.sum,
            schema: histogram.schema,
            zero_threshold: histogram.zero_threshold,
            zero_count: Some(histogram.zero_count),
            negative_spans: runs(&histogram.negative_spans),
            negative_counts: histogram.negative_buckets.clone(),
            positive_spans: runs(&histogram.positive_spans),
            positive_counts: histogram.positive_buckets.clone(),
            reset_hint: match histogram.counter_reset {
                CounterReset::Unknown => 0,
                CounterReset::Reset => 1,
                CounterReset::NotReset => 2,
                CounterReset::Gauge => 3,
            },
            millis,
            custom_values: histogram.custom_bounds.clone(),
        }
    }
}
