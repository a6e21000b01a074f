//! The store as a whole.

use std::sync::Arc;

use super::*;
use crate::label::matcher::{MatchOp, Matcher};
use crate::label::pattern::Dialect;
use crate::sample::{Histogram, Value};

pub(super) fn histogram(sum: f64) -> Histogram {
    Histogram {
        schema: 0,
        count: 1.0,
        sum,
        zero_threshold: 0.0,
        zero_count: 0.0,
        positive_spans: vec![(0, 1)],
        positive_buckets: vec![1.0],
        negative_spans: vec![],
        negative_buckets: vec![],
        custom_bounds: vec![],
        counter_reset: crate::sample::CounterReset::Unknown,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn labels(name: &str, job: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", job)])
}

/// `up` and `down` of jobs 0 to 9, `up` of job 0 without a job; one sample each at 1000.
fn store() -> Store {
    let store = Store::new();
    let mut batch = Batch::new();
    for job in 0..10 {
        let job = if job == 0 { String::new() } else { job.to_string() };
        batch.push(&labels("up", &job), at(1000), &Value::Float(1.0));
        batch.push(&labels("down", &job), at(1000), &Value::Float(2.0));
    }
    assert_eq!(store.append(&batch).samples, 20);
    store
}

fn matchers(text: &[(&str, MatchOp, &str)]) -> Matchers {
    let compiled = text.iter().map(|(name, op, value)| {
        Matcher::new(name, *op, value, Dialect::PromQl).expect("a good pattern")
    });
    Matchers(compiled.collect())
}

fn select(store: &Store, matchers: Matchers) -> Vec<Labels> {
    let selection = Selection { matchers, after: at(0), until: at(2000), narrowing: None };
    let sets = store.select(&[selection]);
    sets[0].iter().map(|series| series.labels.clone()).collect()
}

#[test]
fn a_selection_finds_what_its_matchers_say() {
    use MatchOp::{Equal, NotEqual, NotRegex, Regex};
    let store = store();
    type Text<'a> = &'a [(&'a str, MatchOp, &'a str)];
    let cases: [(Text<'_>, usize); 14] = [
        (&[], 20),
        (&[("__name__", Equal, "up")], 10),
        (&[("__name__", Equal, "up"), ("job", Equal, "3")], 1),
        (&[("__name__", Equal, "up"), ("job", Equal, "")], 1),
        (&[("__name__", Equal, "up"), ("job", NotEqual, "")], 9),
        (&[("__name__", Equal, "up"), ("job", Regex, "1|2")], 2),
        (&[("__name__", Equal, "up"), ("job", NotRegex, "1|2")], 8),
        (&[("job", Regex, "1|2")], 4),
        (&[("job", Regex, "1|")], 4),
        (&[("job", Regex, ".*")], 20),
        (&[("job", Regex, ".+"), ("job", NotEqual, "9")], 16),
        (&[("none", Equal, "")], 20),
        (&[("none", NotEqual, "")], 0),
        (&[("__name__", Regex, "up|down"), ("__name__", NotRegex, "d.*")], 10),
    ];
    for (text, count) in cases {
        let by_index = select(&store, matchers(text));
        assert_eq!(by_index.len(), count, "{text:?}");
        let mut sorted = by_index.clone();
        sorted.sort();
        assert_eq!(by_index, sorted, "{text:?} is in label order");
        assert_eq!(select(&store, matchers(text)), by_index, "{text:?} asked again");
    }
}

#[test]
fn many_series_come_in_label_order_whatever_the_order_of_arrival() {
    let store = Store::new();
    for round in 0..3 {
        let mut batch = Batch::new();
        for number in 0..500 {
            let job = format!("{:05}", (number * 7919 + round) % 5000);
            batch.push(&labels("up", &job), at(1000 + round), &Value::Float(1.0));
        }
        store.append(&batch);
        let found = select(&store, matchers(&[("__name__", MatchOp::Equal, "up")]));
        assert!(found.is_sorted());
        assert_eq!(found.len(), store.counts().series);
    }
}

#[test]
fn what_is_valid_is_kept_and_what_is_not_is_counted_and_named() {
    let store = store();
    let mut batch = Batch::new();
    for (time, value) in [(1000, 1.0), (1000, 9.0), (900, 1.0), (1100, 1.0)] {
        batch.float(time, value);
    }
    batch.end(&labels("up", "1"));
    let appended = store.append(&batch);
    assert_eq!((appended.samples, appended.repeated), (1, 1));
    assert_eq!((appended.conflicting, appended.out_of_order, appended.refused()), (1, 1, 2));
    assert_eq!(
        appended.first_refused.expect("one was refused").to_string(),
        "sample of {__name__=\"up\", job=\"1\"} at 1970-01-01T00:00:01.000Z: \
         the series has another value at that time"
    );
    assert_eq!((store.counts().appended, store.counts().refused), (21, 2));
}

#[test]
fn the_number_of_series_is_limited() {
    let store = Store::with_limits(Limits { series: 2, metadata: 1, ..Limits::default() });
    let mut batch = Batch::new();
    for job in ["1", "2", "3", "1"] {
        batch.push(&labels("up", job), at(1000), &Value::Float(1.0));
    }
    let appended = store.append(&batch);
    assert_eq!((appended.samples, appended.repeated, appended.over_limit), (2, 1, 1));
    assert_eq!(appended.first_refused.expect("one was refused").why, Refusal::SeriesLimit);
}

#[test]
fn the_number_of_described_metrics_is_limited() {
    let store = Store::with_limits(Limits { series: 2, metadata: 1, ..Limits::default() });
    let describe = |metric: &str, help: &str| Metadata {
        metric: Arc::from(metric),
        kind: super::super::MetricKind::Gauge,
        help: Arc::from(help),
        unit: Arc::from(""),
    };
    store.describe([describe("a", "1"), describe("b", "1"), describe("a", "2")]);
    assert_eq!(store.metadata(None), [describe("a", "2")]);
    assert_eq!(store.metadata(Some("b")), []);
}

#[test]
fn eviction_forgets_samples_then_series_and_later_ones_come_back() {
    let store = store();
    store.evict(at(1_000_000));
    assert_eq!(store.counts().series, 20, "no retention, no eviction");
    store.set_retention(Span::from_secs(10));
    let mut batch = Batch::new();
    batch.push(&labels("up", "1"), at(5000), &Value::Float(1.0));
    store.append(&batch);
    store.evict(at(11_000));
    assert_eq!(store.counts().series, 1);
    assert_eq!(select(&store, Matchers::default()).len(), 0, "a block goes as a whole");
    assert_eq!(store.label_values("job", &[], at(0), Timestamp::MAX), ["1"]);

    let mut batch = Batch::new();
    batch.push(&labels("up", "1"), at(1000), &Value::Float(1.0));
    batch.push(&labels("new", "7"), at(12_000), &Value::Float(1.0));
    let appended = store.append(&batch);
    assert_eq!((appended.samples, appended.expired, appended.refused()), (1, 1, 0));
    let names = matchers(&[("__name__", MatchOp::Equal, "new")]);
    assert_eq!(store.series(&[names], at(0), Timestamp::MAX), [labels("new", "7")]);
}

#[test]
fn labels_and_series_are_those_with_samples_in_the_time_asked() {
    let store = store();
    let mut batch = Batch::new();
    batch.push(&Labels::from_pairs([("zone", "x")]), at(5000), &Value::Float(1.0));
    store.append(&batch);
    let up_1 = || matchers(&[("__name__", MatchOp::Equal, "up"), ("job", MatchOp::Equal, "1")]);
    let zone = || matchers(&[("zone", MatchOp::Equal, "x")]);
    assert_eq!(store.label_names(&[], at(1000), at(1000)), ["__name__", "job"]);
    assert_eq!(store.label_names(&[], at(1001), at(5000)), ["zone"]);
    assert_eq!(store.label_names(&[up_1(), zone()], at(0), at(5000)), ["__name__", "job", "zone"]);
    assert_eq!(store.label_values("__name__", &[], at(0), at(1000)), ["down", "up"]);
    assert_eq!(store.label_values("__name__", &[up_1()], at(0), at(1000)), ["up"]);
    assert_eq!(store.series(&[up_1(), up_1()], at(0), at(1000)), [labels("up", "1")]);
    assert_eq!(store.series(&[], at(1001), at(4999)), [] as [Labels; 0]);
}

#[test]
fn stale_markers_and_histograms_are_kept_as_they_are() {
    let store = Store::new();
    let mut batch = Batch::new();
    batch.push(&labels("up", "1"), at(1), &Value::Float(crate::sample::stale_marker()));
    batch.push(&labels("up", "2"), at(1), &Value::Histogram(Arc::new(histogram(3.0))));
    store.append(&batch);
    let all =
        Selection { matchers: Matchers::default(), after: at(0), until: at(1), narrowing: None };
    let sets = store.select(&[all]);
    assert!(crate::sample::is_stale(sets[0].series(0).values[0]));
    assert_eq!(sets[0].series(1).histograms[0].as_deref(), Some(&histogram(3.0)));
}

#[test]
fn the_number_of_samples_of_one_query_is_limited() {
    let everything =
        Selection { matchers: Matchers::default(), after: at(0), until: at(2000), narrowing: None };
    let store = Store { limits: Limits { selected: 40, ..Limits::default() }, ..store() };
    let fetch = |times: usize| {
        let selections = vec![everything.clone(); times];
        let mut answer = Source::select(&store, &selections);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match answer.as_mut().poll(&mut context) {
            std::task::Poll::Ready(answer) => answer.map(|sets| sets.len()),
            std::task::Poll::Pending => panic!("an embedded store answers at once"),
        }
    };
    assert_eq!(fetch(2).expect("40 samples"), 2);
    let error = fetch(3).expect_err("60 samples").to_string();
    assert_eq!(error, crate::promql::QueryError::TooManySamples.to_string());
}
