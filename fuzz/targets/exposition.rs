//! Expositions, as text and as protobuf: every family that is taken has a name, and every sample
//! of it the name of its metric.

use firebell::ingest::exposition::{Family, Format, MAX_SAMPLES, parse};
use firebell::ingest::protobuf;
use firebell::label::METRIC_NAME;

/// One input.
pub fn run(data: &[u8]) {
    for format in [Format::Text, Format::OpenMetrics] {
        check(&parse(data, format).unwrap_or_default());
    }
    check(&protobuf::parse(data).unwrap_or_default());
}

fn check(families: &[Family]) {
    let points: Vec<_> = families.iter().flat_map(|family| &family.points).collect();
    assert!(points.len() <= MAX_SAMPLES);
    assert!(families.iter().all(|family| !family.name.is_empty()), "{families:?}");
    assert!(points.iter().all(|point| !point.labels.value(METRIC_NAME).is_empty()), "{points:?}");
}
