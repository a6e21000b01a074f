use super::*;
use crate::forward::Address;
use crate::label::Pattern;
use crate::label::pattern::Dialect;
use crate::label::relabel::{Action, Rule};
use crate::sample::stale_marker;

fn endpoint() -> RemoteWrite {
    RemoteWrite::at(Address::parse("http://w/api/v1/write").unwrap())
}

fn one(pairs: &[(&str, &str)], seconds: i64, value: f64) -> Waiting {
    let at = Timestamp::from_millis(seconds * 1000);
    Waiting {
        labels: Labels::from_pairs(pairs.iter().copied()),
        sample: Sample { at, value: Value::Float(value) },
    }
}

fn unpacked(request: &Request) -> Vec<u8> {
    snap::raw::Decoder::new().decompress_vec(&request.body).unwrap()
}

#[test]
fn a_request_is_protobuf_in_one_snappy_block() {
    let batch = [one(&[("__name__", "x")], 1, 1.5), one(&[("__name__", "x")], 2, stale_marker())];
    let request = request(&batch, &endpoint(), &Labels::empty(), Timestamp::from_millis(9));
    let expect = b"\x0a\x2b\
        \x0a\x0d\x0a\x08__name__\x12\x01x\
        \x12\x0c\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x10\xe8\x07\
        \x12\x0c\x09\x02\x00\x00\x00\x00\x00\xf0\x7f\x10\xd0\x0f";
    assert_eq!(unpacked(&request), expect.map(|byte| byte), "{:x?}", unpacked(&request));
    assert_eq!((request.samples, request.newest), (2, Some(Timestamp::from_millis(2000))));
}

#[test]
fn series_get_external_labels_before_they_are_relabelled() {
    let drop = Rule {
        source_labels: vec!["site".to_owned(), "b".to_owned()],
        separator: ";".to_owned(),
        target_label: String::new(),
        pattern: Pattern::anchored("z;2", Dialect::PromQl).unwrap(),
        modulus: 0,
        replacement: String::new(),
        action: Action::Drop,
    };
    let endpoint = RemoteWrite { relabel: vec![drop], ..endpoint() };
    let external = Labels::from_pairs([("site", "z")]);
    let batch = [
        one(&[("b", "1")], 1, 1.0),
        one(&[("b", "2")], 1, 1.0),
        one(&[("b", "3"), ("site", "own")], 1, 1.0),
    ];
    let made = request(&batch, &endpoint, &external, Timestamp::from_millis(0));
    assert_eq!((made.samples, made.relabelled_away), (2, 1));
    let text = String::from_utf8_lossy(&unpacked(&made)).into_owned();
    assert!(
        text.contains("site\u{12}\u{1}z") && text.contains("own") && !text.contains('2'),
        "{text:?}"
    );
    let nothing = request(&batch[1..2], &endpoint, &external, Timestamp::from_millis(0));
    assert!(nothing.is_empty() && nothing.body.is_empty());
}

#[test]
fn old_samples_and_histograms_that_are_not_wanted_are_left_out() {
    let mut endpoint = endpoint();
    endpoint.queue.age_limit = Span::from_secs(10);
    endpoint.histograms = Histograms::LeftOut;
    let histogram = Sample {
        at: Timestamp::from_millis(95_000),
        value: Value::Histogram(Arc::new(Histogram::default())),
    };
    let histogram = Waiting { labels: Labels::from_pairs([("h", "1")]), sample: histogram };
    let batch = [one(&[("a", "1")], 89, 1.0), one(&[("a", "1")], 90, 1.0), histogram];
    let now = Timestamp::from_millis(100_000);
    let made = request(&batch, &endpoint, &Labels::empty(), now);
    assert_eq!((made.samples, made.histograms, made.too_old), (1, 0, 1));
    endpoint.histograms = Histograms::Sent;
    let made = request(&batch, &endpoint, &Labels::empty(), now);
    assert_eq!((made.samples, made.histograms, made.too_old), (1, 1, 1));
}

#[test]
fn answers_say_whether_to_try_again() {
    let retry = QueueOptions::default();
    let drop = QueueOptions { too_many_requests: TooManyRequests::Drop, ..retry };
    let cases = [
        (200, Verdict::Written),
        (204, Verdict::Written),
        (301, Verdict::Refused),
        (400, Verdict::Refused),
        (409, Verdict::Refused),
        (429, Verdict::Retry),
        (500, Verdict::Retry),
        (503, Verdict::Retry),
    ];
    for (status, expect) in cases {
        assert_eq!(judge(status, &retry), expect, "{status}");
    }
    assert_eq!(judge(429, &drop), Verdict::Refused);
}

#[test]
fn waits_double_up_to_the_most() {
    let options = QueueOptions { max_backoff: Span::from_millis(100), ..QueueOptions::default() };
    let mut last = None;
    for expect in [30, 60, 100, 100] {
        last = Some(backoff(last, &options));
        assert_eq!(last, Some(Span::from_millis(expect)));
    }
    let none = QueueOptions { min_backoff: Span::ZERO, max_backoff: Span::ZERO, ..options };
    assert_eq!(backoff(None, &none), Span::from_millis(1), "never without a pause");
}

#[test]
fn a_series_stays_in_its_shard() {
    let labels = Labels::from_pairs([("a", "1")]);
    assert_eq!(shard(&labels, 1), 0);
    assert_eq!(shard(&labels, 7), shard(&labels.clone(), 7));
    let used: std::collections::BTreeSet<_> =
        (0..100).map(|n| shard(&Labels::from_pairs([("a", n.to_string())]), 4)).collect();
    assert_eq!(used.len(), 4);
    assert_eq!(default_name("http://w").len(), 6);
}
