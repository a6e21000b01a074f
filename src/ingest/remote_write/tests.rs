//! Requests and what becomes of them. prost, with messages of our own, is the other side.

use std::sync::Arc;

use prost::Message;

use super::message::{BucketSpan, HistogramMessage, MetadataMessage};
use super::*;
use crate::label::Labels;
use crate::sample::{CounterReset, Series, Value};

#[derive(Clone, PartialEq, Message)]
struct RequestMessage {
    #[prost(message, repeated, tag = "1")]
    series: Vec<SeriesMessage>,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<MetadataMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct SeriesMessage {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<LabelMessage>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<SampleMessage>,
    #[prost(message, repeated, tag = "3")]
    exemplars: Vec<SampleMessage>,
    #[prost(message, repeated, tag = "4")]
    histograms: Vec<HistogramMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelMessage {
    #[prost(bytes, tag = "1")]
    name: Vec<u8>,
    #[prost(bytes, tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct SampleMessage {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn series(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> SeriesMessage {
    let labels = labels.iter().map(|(name, value)| LabelMessage {
        name: name.as_bytes().to_vec(),
        value: value.as_bytes().to_vec(),
    });
    let sample = |&(timestamp, value): &(i64, f64)| SampleMessage { value, timestamp };
    let samples: Vec<_> = samples.iter().map(sample).collect();
    let exemplars = samples.clone();
    SeriesMessage { labels: labels.collect(), samples, exemplars, histograms: vec![] }
}

fn packed(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(message).expect("small enough")
}

fn request(series: Vec<SeriesMessage>) -> Result<Decoded, WriteError> {
    let message = RequestMessage { series, metadata: vec![] };
    decode(&packed(&message.encode_to_vec()), NOW)
}

fn shown(decoded: &Decoded) -> Vec<String> {
    let line = |one: Series| {
        let samples = one.samples.iter().map(|sample| match &sample.value {
            Value::Float(value) => format!(" {value}@{}", sample.at.millis()),
            Value::Histogram(histogram) => format!(" h{}@{}", histogram.count, sample.at.millis()),
        });
        format!("{}{}", one.labels, samples.collect::<String>())
    };
    decoded.samples.to_series().into_iter().map(line).collect()
}

#[test]
fn a_request_written_by_hand_is_read() {
    let message = b"\x0a\x2a\
        \x0a\x0e\x0a\x08__name__\x12\x02up\
        \x0a\x06\x0a\x01a\x12\x01b\
        \x12\x10\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\xe8\x07\x18\x01\x18\x01";
    let decoded = decode(&packed(message), NOW).expect("a good request");
    assert_eq!(shown(&decoded), ["{__name__=\"up\", a=\"b\"} 1.5@1000"]);
    assert_eq!(decoded.refused, None);
}

#[test]
fn labels_are_sorted_and_empty_ones_left_out() {
    let labels = [("b", "1"), ("__name__", "up"), ("a", ""), ("A", "é")];
    let decoded = request(vec![series(&labels, &[(1, 1.0), (2, 2.0)])]).expect("a good request");
    let expected = Labels::from_pairs([("__name__", "up"), ("A", "é"), ("b", "1")]);
    assert_eq!(decoded.samples.labels(0), expected);
    assert_eq!(decoded.samples.series(0).times, [1, 2]);
}

#[test]
fn a_bad_series_is_named_and_the_others_are_taken() {
    let ahead = NOW.millis() + MAX_AHEAD.millis();
    let long = "x".repeat(limits::MAX_LABEL_VALUE + 1);
    let mut not_unicode = series(&[("__name__", "up")], &[(1, 1.0)]);
    not_unicode.labels[0].value = vec![0xff];
    let cases = [
        (series(&[("a", "1")], &[(1, 1.0)]), "no metric name (label __name__)", 0),
        (series(&[("__name__", ""), ("a", "1")], &[]), "no metric name (label __name__)", 0),
        (series(&[("__name__", "up"), ("", "1")], &[(1, 1.0)]), "a label without a name", 0),
        (
            series(&[("a", "2"), ("__name__", "up"), ("a", "1")], &[(1, 1.0)]),
            "label \"a\" is given twice",
            0,
        ),
        (
            series(&[("__name__", "up"), ("a", &long)], &[(1, 1.0)]),
            "label \"a\" has 65537 bytes of value, limit 65536",
            0,
        ),
        (not_unicode, "labels that are not valid UTF-8", 0),
        (
            series(&[("__name__", "up")], &[(ahead, 1.0), (ahead + 1, 1.0)]),
            "sample at 1970-01-01T00:26:40.001Z is more than 10 minutes ahead of the clock",
            1,
        ),
    ];
    for (bad, expected, taken) in cases {
        let good = |name| series(&[("__name__", name)], &[(1, 1.0)]);
        let decoded = request(vec![good("one"), bad, good("two")]).expect("a good message");
        let error = decoded.refused.expect(expected);
        assert_eq!(error.status(), 400);
        let text = error.to_string();
        assert!(text.ends_with(expected), "{text}");
        assert!(text.contains("(number 2 of the request)"), "{text}");
        assert_eq!(decoded.samples.sample_count(), 2 + taken);
    }
}

#[test]
fn broken_bodies_are_refused_whole() {
    let bomb = packed(&vec![0; MAX_DECODED + 1]);
    let cases: [(Vec<u8>, &str, u16); 6] = [
        (b"noise".to_vec(), "remote write: body is not valid snappy", 400),
        (bomb, "remote write: decoded body is larger than the limit of 33554432 bytes", 413),
        (vec![0; MAX_BODY + 1], "remote write: decoded body is larger", 413),
        (
            packed(b"\x0a\x05ab"),
            "remote write: malformed message at byte 2 of the unpacked body: field longer than its \
          message",
            400,
        ),
        (
            packed(b"\x0a\x03\x12\x01\x08"),
            "remote write: malformed message at byte 5 of the unpacked body: number that does not \
          end",
            400,
        ),
        (
            packed(b"\x1a\x02\x12\x05"),
            "remote write: malformed message at byte 2 of the unpacked body: broken metadata",
            400,
        ),
    ];
    for (body, expected, status) in cases {
        let error = decode(&body, NOW).expect_err(expected);
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(error.status(), status, "{error}");
    }
    assert_eq!(decode(&packed(b""), NOW), Ok(Decoded::default()));
}

#[test]
fn what_came_before_does_not_matter_to_a_decoder() {
    let one = |name: &str, samples| series(&[("__name__", name)], &vec![(1000, 1.5); samples]);
    let body = |series: Vec<SeriesMessage>| {
        packed(&RequestMessage { series, metadata: vec![] }.encode_to_vec())
    };
    let large = body((0..100).map(|number| one(&format!("long_name_{number}"), 9)).collect());
    let mut decoder = Decoder::default();
    for body in [large.clone(), body(vec![one("a", 1)]), packed(b"\x0a"), body(vec![]), large] {
        let decoded = decoder.decode(&body, NOW);
        assert_eq!(decoded, decode(&body, NOW));
        decoded.into_iter().for_each(|decoded| decoder.reuse(decoded.samples));
    }
    assert!(decoder.bytes() > 0);
}

#[test]
fn the_number_of_series_and_samples_is_limited() {
    let many = b"\x0a\x00".repeat(MAX_SERIES + 1);
    let error = decode(&packed(&many), NOW).expect_err("too many series");
    assert_eq!(error.to_string(), "remote write: more than 1000000 series in one request");
    let samples = b"\x12\x00".repeat(MAX_SAMPLES + 2);
    let mut message = vec![0x0a];
    prost::encoding::encode_varint(samples.len() as u64, &mut message);
    message.extend(samples);
    let error = decode(&packed(&message), NOW).expect_err("too many samples");
    assert_eq!(error.to_string(), "remote write: more than 4000000 samples in one request");
}

#[test]
fn only_remote_write_1_is_spoken() {
    let protobuf = "application/x-protobuf";
    let two = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
    let cases = [
        (Some(protobuf), Some("snappy"), None),
        (Some("application/x-protobuf; proto=prometheus.WriteRequest"), Some("snappy"), None),
        (None, None, None),
        (Some(two), Some("snappy"), Some(415)),
        (Some("application/json"), Some("snappy"), Some(415)),
        (Some(protobuf), Some("gzip"), Some(415)),
    ];
    for (content_type, encoding, expected) in cases {
        let status = check_headers(content_type, encoding).err().map(|error| error.status());
        assert_eq!(status, expected, "{content_type:?} {encoding:?}");
    }
}

fn histogram_message() -> HistogramMessage {
    HistogramMessage {
        count_int: Some(9),
        sum: 3.5,
        schema: 1,
        zero_threshold: 0.001,
        zero_count_int: Some(1),
        positive_spans: vec![
            BucketSpan { offset: -1, length: 2 },
            BucketSpan { offset: 3, length: 1 },
        ],
        positive_deltas: vec![2, 1, -1],
        negative_spans: vec![BucketSpan { offset: 0, length: 1 }],
        negative_deltas: vec![1],
        reset_hint: 2,
        timestamp: 7,
        ..HistogramMessage::default()
    }
}

fn with_histogram(histogram: HistogramMessage) -> Decoded {
    let mut one = series(&[("__name__", "h")], &[(5, 1.0)]);
    one.histograms = vec![histogram];
    request(vec![one]).expect("a good message")
}

#[test]
fn histograms_become_absolute_counts() {
    let decoded = with_histogram(histogram_message());
    assert_eq!(decoded.refused, None);
    assert_eq!(shown(&decoded), ["{__name__=\"h\"} 1@5 h9@7"]);
    let series = decoded.samples.series(0);
    let histogram = series.histogram(1).map(Arc::as_ref).expect("a histogram");
    assert_eq!(histogram.positive_buckets, [2.0, 3.0, 2.0]);
    assert_eq!(histogram.positive_spans, [(-1, 2), (3, 1)]);
    assert_eq!((histogram.zero_count, histogram.counter_reset), (1.0, CounterReset::NotReset));
    let float = HistogramMessage {
        count_int: None,
        count_float: Some(4.5),
        schema: -53,
        positive_spans: vec![BucketSpan { offset: 0, length: 2 }],
        positive_counts: vec![1.5, 3.0],
        custom_values: vec![1.0],
        ..HistogramMessage::default()
    };
    assert_eq!(shown(&with_histogram(float)), ["{__name__=\"h\"} 1@5 h4.5@0"]);
}

#[test]
fn impossible_histograms_are_refused() {
    let base = histogram_message;
    let span = |offset, length| BucketSpan { offset, length };
    let cases = [
        (HistogramMessage { schema: 9, ..base() }, "histogram with unknown schema 9"),
        (
            HistogramMessage { positive_deltas: vec![1], ..base() },
            "histogram whose positive spans say 3 buckets, but 1 came",
        ),
        (
            HistogramMessage { positive_spans: vec![span(0, u32::MAX)], ..base() },
            "histogram whose positive spans say 4294967295 buckets, but 3 came",
        ),
        (
            HistogramMessage { positive_spans: vec![span(0, 2), span(-1, 1)], ..base() },
            "histogram with a positive span that goes back",
        ),
        (
            HistogramMessage { positive_deltas: vec![1, -2, 1], ..base() },
            "histogram with a negative count",
        ),
        (
            HistogramMessage { count_int: Some(3), ..base() },
            "histogram with 9 observations in buckets of 3 in all",
        ),
        (
            HistogramMessage { custom_values: vec![1.0], ..base() },
            "exponential histogram with custom bounds",
        ),
        (
            HistogramMessage { schema: -53, custom_values: vec![2.0, 1.0], ..base() },
            "histogram whose custom bounds are not finite and increasing",
        ),
        (
            HistogramMessage { schema: -53, ..base() },
            "histogram with custom bounds and negative or zero buckets",
        ),
        (
            HistogramMessage {
                positive_spans: vec![span(0, 10_001)],
                positive_deltas: vec![0; 10_001],
                ..base()
            },
            "histogram with 10002 buckets, limit 10000",
        ),
    ];
    for (histogram, expected) in cases {
        let decoded = with_histogram(histogram);
        let text = decoded.refused.as_ref().map(WriteError::to_string).unwrap_or_default();
        assert!(text.ends_with(expected), "{text} / {expected}");
        assert_eq!(decoded.samples.sample_count(), 1, "the plain sample stays");
    }
}

#[test]
fn a_stale_histogram_is_taken_whatever_else_it_says() {
    let stale = HistogramMessage { sum: crate::sample::stale_marker(), ..Default::default() };
    assert_eq!(with_histogram(stale).refused, None);
}

#[test]
fn metadata_is_kept() {
    let metadata = |kind, metric: &str| MetadataMessage {
        kind,
        metric: metric.to_owned(),
        help: "What it is".to_owned(),
        unit: "s".to_owned(),
    };
    let metadata = vec![metadata(1, "a_total"), metadata(99, "b"), metadata(2, "")];
    let message = RequestMessage { series: vec![], metadata };
    let decoded = decode(&packed(&message.encode_to_vec()), NOW).expect("a good message");
    let got: Vec<_> = decoded.metadata.iter().map(|one| (&*one.metric, one.kind.text())).collect();
    assert_eq!(got, [("a_total", "counter"), ("b", "unknown")]);
}
