//! Prometheus' protobuf exposition, delimited: what Go's push client sends.
//!
//! ```text
//! (length as varint, MetricFamily)*
//! ```
//!
//! Of native histograms only the sum, the count and classic buckets are taken.
//! (Source: `io.prometheus.client`, metrics.proto.)

use prost::Message;

use super::exposition::{Family, MAX_SAMPLES, Point, canonical_number};
use super::limits;
use crate::label::{BUCKET_LABEL, Labels, METRIC_NAME};
use crate::source::MetricKind;
use crate::time::Timestamp;

/// What is wrong with a body, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metric family {number} at byte {at}: {what}")]
pub struct ProtobufError {
    /// Which family of the body, from 1.
    pub number: usize,
    /// Where it begins, in bytes.
    pub at: usize,
    /// What is wrong.
    pub what: String,
}

#[derive(Clone, PartialEq, Message)]
struct FamilyMessage {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    help: String,
    #[prost(int32, tag = "3")]
    kind: i32,
    #[prost(message, repeated, tag = "4")]
    metrics: Vec<MetricMessage>,
    #[prost(string, tag = "5")]
    unit: String,
}

#[derive(Clone, PartialEq, Message)]
struct MetricMessage {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<LabelMessage>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<NumberMessage>,
    #[prost(message, optional, tag = "3")]
    counter: Option<NumberMessage>,
    #[prost(message, optional, tag = "4")]
    summary: Option<SummaryMessage>,
    #[prost(message, optional, tag = "5")]
    untyped: Option<NumberMessage>,
    #[prost(int64, optional, tag = "6")]
    timestamp: Option<i64>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<HistogramMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct LabelMessage {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct NumberMessage {
    #[prost(double, tag = "1")]
    value: f64,
}

/// A quantile or a bucket: what it is of, and its value.
#[derive(Clone, Copy, PartialEq, Message)]
struct QuantileMessage {
    #[prost(double, tag = "1")]
    quantile: f64,
    #[prost(double, tag = "2")]
    value: f64,
}

#[derive(Clone, PartialEq, Message)]
struct SummaryMessage {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "2")]
    sum: f64,
    #[prost(message, repeated, tag = "3")]
    quantiles: Vec<QuantileMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct HistogramMessage {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "2")]
    sum: f64,
    #[prost(message, repeated, tag = "3")]
    buckets: Vec<BucketMessage>,
    #[prost(double, tag = "4")]
    count_float: f64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct BucketMessage {
    #[prost(uint64, tag = "1")]
    count: u64,
    #[prost(double, tag = "2")]
    bound: f64,
    #[prost(double, tag = "4")]
    count_float: f64,
}

/// The kinds by their number on the wire.
const KINDS: [MetricKind; 6] = [
    MetricKind::Counter,
    MetricKind::Gauge,
    MetricKind::Summary,
    MetricKind::Unknown,
    MetricKind::Histogram,
    MetricKind::GaugeHistogram,
];

/// The families of a body in the order given.
pub fn parse(body: &[u8]) -> Result<Vec<Family>, ProtobufError> {
    parse_at_most(MAX_SAMPLES, body)
}

fn parse_at_most(limit: usize, body: &[u8]) -> Result<Vec<Family>, ProtobufError> {
    let (mut families, mut samples) = (Vec::new(), 0);
    let mut rest = body;
    while !rest.is_empty() {
        let (at, number) = (body.len() - rest.len(), families.len() + 1);
        let fault = |what| ProtobufError { number, at, what };
        let message = FamilyMessage::decode_length_delimited(&mut rest)
            .map_err(|_| fault("not a delimited MetricFamily message".to_owned()))?;
        let family = family(message).map_err(fault)?;
        samples += family.points.len();
        if samples > limit {
            return Err(fault(format!("more than {limit} samples")));
        }
        families.push(family);
    }
    families.retain(|family| !family.points.is_empty());
    Ok(families)
}

fn family(message: FamilyMessage) -> Result<Family, String> {
    let FamilyMessage { name, help, kind, metrics, unit } = message;
    if name.is_empty() {
        return Err("a family without a name".to_owned());
    }
    let kind = usize::try_from(kind).ok().and_then(|kind| KINDS.get(kind)).copied();
    let kind = kind.ok_or_else(|| format!("unknown type of {}", limits::shorten(&name)))?;
    let mut points = Vec::with_capacity(metrics.len());
    for metric in &metrics {
        let at = metric.timestamp.map(Timestamp::from_millis);
        for (suffix, extra, value) in numbers(metric) {
            let labels = labels(&format!("{name}{suffix}"), &metric.labels, extra)?;
            points.push(Point { labels, value, at });
        }
    }
    Ok(Family { name, kind, help, unit, points })
}

/// A suffix of the name, one more label, and a value.
type Number = (&'static str, Option<(&'static str, String)>, f64);

fn numbers(metric: &MetricMessage) -> Vec<Number> {
    let MetricMessage { gauge, counter, untyped, .. } = metric;
    if let Some(number) = gauge.or(*counter).or(*untyped) {
        return vec![("", None, number.value)];
    }
    if let Some(summary) = &metric.summary {
        let quantile = |one: &QuantileMessage| {
            ("", Some(("quantile", canonical_number(one.quantile))), one.value)
        };
        let mut numbers: Vec<Number> = summary.quantiles.iter().map(quantile).collect();
        numbers.push(("_sum", None, summary.sum));
        numbers.push(("_count", None, summary.count as f64));
        return numbers;
    }
    metric.histogram.as_ref().map(histogram_numbers).unwrap_or_default()
}

fn histogram_numbers(histogram: &HistogramMessage) -> Vec<Number> {
    let pick = |float: f64, integer: u64| if float > 0.0 { float } else { integer as f64 };
    let count = pick(histogram.count_float, histogram.count);
    let bucket = |bound, count| ("_bucket", Some((BUCKET_LABEL, canonical_number(bound))), count);
    let buckets = histogram.buckets.iter();
    let mut numbers: Vec<Number> =
        buckets.map(|one| bucket(one.bound, pick(one.count_float, one.count))).collect();
    if !histogram.buckets.iter().any(|one| one.bound == f64::INFINITY) {
        numbers.push(bucket(f64::INFINITY, count));
    }
    numbers.push(("_sum", None, histogram.sum));
    numbers.push(("_count", None, count));
    numbers
}

fn labels(
    name: &str,
    given: &[LabelMessage],
    extra: Option<(&'static str, String)>,
) -> Result<Labels, String> {
    let extra = extra.iter().map(|(name, value)| (*name, value.as_str()));
    let given = given.iter().map(|label| (label.name.as_str(), label.value.as_str()));
    let mut pairs: Vec<(&str, &str)> = given.chain(extra).collect();
    pairs.sort_unstable();
    if let Some((bad, _)) = pairs.iter().find(|(n, _)| n.is_empty() || n.starts_with("__")) {
        let (bad, name) = (limits::shorten(bad), limits::shorten(name));
        return Err(format!("metric {name} has the reserved label name {bad}"));
    }
    if let Some(twice) = pairs.windows(2).find(|two| two[0].0 == two[1].0) {
        let (label, name) = (limits::shorten(twice[0].0), limits::shorten(name));
        return Err(format!("label {label} of metric {name} is given twice"));
    }
    let all = [(METRIC_NAME, name)].into_iter().chain(pairs);
    match limits::excess(all.clone()) {
        Some(message) => Err(message),
        None => Ok(Labels::from_pairs(all)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, kind: i32, metric: MetricMessage) -> FamilyMessage {
        FamilyMessage { name: name.to_owned(), kind, metrics: vec![metric], ..Default::default() }
    }

    fn labelled(name: &str) -> MetricMessage {
        let label = LabelMessage { name: name.to_owned(), value: "1".to_owned() };
        let gauge = Some(NumberMessage { value: 5.0 });
        MetricMessage { labels: vec![label], gauge, ..Default::default() }
    }

    fn shown(messages: &[FamilyMessage]) -> Result<Vec<String>, String> {
        let body: Vec<u8> =
            messages.iter().flat_map(Message::encode_length_delimited_to_vec).collect();
        let families = parse(&body).map_err(|error| error.to_string())?;
        let points = families.iter().flat_map(|family| {
            let kind = family.kind.text();
            family.points.iter().map(move |one| format!("{kind} {} {}", one.labels, one.value))
        });
        Ok(points.collect())
    }

    #[test]
    fn families_are_read_one_after_the_other() {
        // Written by hand: `g{a="b"} 1.5`, a gauge.
        let body = b"\x18\x0a\x01g\x18\x01\x22\x11\x0a\x06\x0a\x01a\x12\x01b\x12\x07\
                     \x09\x00\x00\x00\x00\x00\x00";
        assert!(parse(body).is_err(), "cut off");
        let body = b"\x1a\x0a\x01g\x18\x01\x22\x13\x0a\x06\x0a\x01a\x12\x01b\x12\x09\
                     \x09\x00\x00\x00\x00\x00\x00\xf8\x3f";
        let families = parse(body).expect("a good body");
        assert_eq!(families[0].points[0].labels.to_string(), "{__name__=\"g\", a=\"b\"}");
        assert_eq!((families[0].kind, families[0].points[0].value), (MetricKind::Gauge, 1.5));
    }

    #[test]
    fn histograms_and_summaries_become_series() {
        let bucket = BucketMessage { count: 2, bound: 0.5, ..Default::default() };
        let histogram =
            HistogramMessage { count: 3, sum: 4.0, buckets: vec![bucket], ..Default::default() };
        let histogram = MetricMessage { histogram: Some(histogram), ..Default::default() };
        let quantiles = vec![QuantileMessage { quantile: 0.99, value: 7.0 }];
        let summary = SummaryMessage { count: 1, sum: 7.0, quantiles };
        let summary = MetricMessage { summary: Some(summary), ..Default::default() };
        let got = shown(&[message("h", 4, histogram), message("s", 2, summary)]);
        let expected = [
            "histogram {__name__=\"h_bucket\", le=\"0.5\"} 2",
            "histogram {__name__=\"h_bucket\", le=\"+Inf\"} 3",
            "histogram {__name__=\"h_sum\"} 4",
            "histogram {__name__=\"h_count\"} 3",
            "summary {__name__=\"s\", quantile=\"0.99\"} 7",
            "summary {__name__=\"s_sum\"} 7",
            "summary {__name__=\"s_count\"} 1",
        ];
        assert_eq!(got, Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn bad_families_are_named() {
        let twice = MetricMessage {
            labels: [labelled("a").labels, labelled("a").labels].concat(),
            ..labelled("a")
        };
        let cases = [
            (message("", 1, labelled("a")), "a family without a name"),
            (message("g", 9, labelled("a")), "unknown type of \"g\""),
            (message("g", 1, labelled("__a")), "metric \"g\" has the reserved label name \"__a\""),
            (message("g", 1, labelled("")), "metric \"g\" has the reserved label name \"\""),
            (message("g", 1, twice), "label \"a\" of metric \"g\" is given twice"),
        ];
        for (bad, expected) in cases {
            let good = message("x", 1, labelled("a"));
            let error = format!("metric family 2 at byte 27: {expected}");
            assert_eq!(shown(&[good, bad]), Err(error));
        }
        let error = parse(b"\x03abc").expect_err("noise");
        assert_eq!(
            error.to_string(),
            "metric family 1 at byte 0: not a delimited MetricFamily message"
        );
    }

    #[test]
    fn the_number_of_samples_is_limited() {
        let body = message("x", 1, labelled("a")).encode_length_delimited_to_vec().repeat(3);
        assert!(parse_at_most(3, &body).is_ok());
        let error = parse_at_most(2, &body).expect_err("one too many");
        assert_eq!(error.to_string(), "metric family 3 at byte 54: more than 2 samples");
    }
}
