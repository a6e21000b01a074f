//! Pushes, scrapes and removals, and the samples that come of them.

use super::*;
use crate::ingest::exposition::{self, Family, Format};
use crate::sample::{Value, is_stale};
use crate::source::Batch;
use crate::time::{Span, Timestamp};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn families(text: &str) -> Vec<Family> {
    exposition::parse(text.as_bytes(), Format::Text).expect("a good exposition")
}

fn push(groups: &mut Groups, now: i64, method: Method, path: &str, text: &str) -> Change {
    let key = GroupKey::from_path(path).expect("a good path");
    groups.push(at(now), method, &key, families(text))
}

/// A batch as lines `labels @milliseconds value`, sorted; the time of failure is left out while
/// it is 0.
fn shown(batch: &Batch) -> Vec<String> {
    let mut lines = Vec::new();
    for series in batch.to_series() {
        for sample in &series.samples {
            let value = match sample.value {
                Value::Float(value) if is_stale(value) => "stale".to_owned(),
                Value::Float(value) => value.to_string(),
                Value::Histogram(_) => "histogram".to_owned(),
            };
            let dull = series.labels.value("__name__") == "push_failure_time_seconds";
            if !(dull && value == "0") {
                lines.push(format!("{} @{} {value}", series.labels, sample.at.millis()));
            }
        }
    }
    lines.sort();
    lines
}

#[test]
fn a_push_is_stored_at_once_and_again_at_every_scrape() {
    let mut groups = Groups::new(None);
    let change = push(&mut groups, 10, Method::Put, "/metrics/job/a", "x{job=\"z\",i=\"1\"} 5\n");
    assert_eq!(change.verdict, Ok(None));
    let expected = |millis: i64| {
        vec![
            format!("{{__name__=\"push_time_seconds\", job=\"a\"}} @{millis} 10"),
            format!("{{__name__=\"x\", i=\"1\", job=\"a\"}} @{millis} 5"),
        ]
    };
    assert_eq!(shown(&change.samples), expected(10_000));
    assert_eq!(shown(&groups.scrape(at(10))), [""; 0], "stored at this moment already");
    assert_eq!(shown(&groups.scrape(at(15))), expected(15_000));
    assert_eq!(shown(&groups.scrape(at(3600))), expected(3_600_000), "for ever");
}

#[test]
fn put_replaces_the_group_and_post_only_families_of_the_same_name() {
    let mut groups = Groups::new(None);
    let before = "x{i=\"1\"} 1\nx{i=\"2\"} 1\ny 1\n";
    let after = "x{i=\"2\"} 2\n";
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/put", before);
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/post", before);
    let put = push(&mut groups, 2, Method::Put, "/metrics/job/put", after);
    assert_eq!(
        shown(&put.samples),
        [
            "{__name__=\"push_time_seconds\", job=\"put\"} @2000 2",
            "{__name__=\"x\", i=\"1\", job=\"put\"} @2000 stale",
            "{__name__=\"x\", i=\"2\", job=\"put\"} @2000 2",
            "{__name__=\"y\", job=\"put\"} @2000 stale",
        ]
    );
    let post = push(&mut groups, 2, Method::Post, "/metrics/job/post", after);
    assert_eq!(
        shown(&post.samples),
        [
            "{__name__=\"push_time_seconds\", job=\"post\"} @2000 2",
            "{__name__=\"x\", i=\"1\", job=\"post\"} @2000 stale",
            "{__name__=\"x\", i=\"2\", job=\"post\"} @2000 2",
            "{__name__=\"y\", job=\"post\"} @2000 1",
        ]
    );
}

#[test]
fn delete_marks_everything_stale_and_what_comes_after_is_stored_later() {
    let mut groups = Groups::new(None);
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/a", "x 1\n");
    let gone = push(&mut groups, 1, Method::Delete, "/metrics/job/a", "");
    assert_eq!(
        shown(&gone.samples),
        [
            "{__name__=\"push_failure_time_seconds\", job=\"a\"} @1001 stale",
            "{__name__=\"push_time_seconds\", job=\"a\"} @1001 stale",
            "{__name__=\"x\", job=\"a\"} @1001 stale",
        ]
    );
    assert!(groups.is_empty());
    assert_eq!(groups.scrape(at(2)), Batch::new());
    let mut groups_again = groups.clone();
    let back = push(&mut groups_again, 1, Method::Put, "/metrics/job/a", "x 2\n");
    assert_eq!(shown(&back.samples)[1], "{__name__=\"x\", job=\"a\"} @1002 2");
    let never = push(&mut groups, 3, Method::Delete, "/metrics/job/never", "");
    assert_eq!((never.verdict, never.samples), (Ok(None), Batch::new()));
}

#[test]
fn an_inconsistent_push_is_refused_and_leaves_its_time_behind() {
    let mut groups = Groups::new(None);
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/a", "# TYPE x counter\nx 1\ny 1\n");
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/c/instance/q", "y 1\n");
    let cases = [
        (
            "/metrics/job/a",
            "x 1 5\n",
            "pushed metrics must not have timestamps: metric \"x\" has one",
        ),
        (
            "/metrics/job/b",
            "x 1\n",
            "pushed metric \"x\" has type unknown, but type counter in other groups",
        ),
        (
            "/metrics/job/b",
            "z 1\nz{job=\"7\"} 1\n",
            "pushed series {__name__=\"z\", job=\"b\"} comes twice (the labels in the path replace \
          those of the body)",
        ),
        (
            "/metrics/job/c",
            "y{instance=\"q\"} 1\n",
            "pushed series {__name__=\"y\", instance=\"q\", job=\"c\"} is in the group \
          {instance=\"q\", job=\"c\"} already (the labels in the path replace those of the body)",
        ),
        (
            "/metrics/job/a",
            "# TYPE y histogram\ny_count 1\n# TYPE y_count gauge\ny_count 1\n",
            "pushed metric \"y\" has type histogram, but type unknown in other groups",
        ),
    ];
    for (path, text, expected) in cases {
        let change = push(&mut groups, 7, Method::Post, path, text);
        let error = change.verdict.expect_err(text);
        assert_eq!((error.to_string().as_str(), error.status()), (expected, 400));
        let failure = shown(&change.samples);
        assert!(failure.iter().any(|line| line.contains("failure") && line.ends_with(" 7")));
    }
    let a = shown(&groups.scrape(at(8)));
    assert!(a.contains(&"{__name__=\"x\", job=\"a\"} @8000 1".to_owned()), "{a:?}");
    assert!(a.contains(&"{__name__=\"push_time_seconds\", job=\"b\"} @8000 0".to_owned()));
}

#[test]
fn a_series_cannot_move_between_families_of_a_group_unseen() {
    let mut groups = Groups::new(None);
    let histogram = "# TYPE h histogram\nh_count 1\n";
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/a", histogram);
    let change = push(&mut groups, 2, Method::Post, "/metrics/job/a", "h_count 2\n");
    assert!(change.verdict.is_err());
    let change = push(&mut groups, 3, Method::Put, "/metrics/job/a", "h_count 2\n");
    assert_eq!(change.verdict, Ok(None));
    assert!(
        shown(&change.samples).contains(&"{__name__=\"h_count\", job=\"a\"} @3000 2".to_owned())
    );
}

#[test]
fn a_kind_may_change_where_no_other_group_has_the_metric() {
    let mut groups = Groups::new(None);
    for text in ["# TYPE x counter\nx 1\n", "# TYPE x gauge\nx 1\n", "x 1\n"] {
        let change = push(&mut groups, 1, Method::Post, "/metrics/job/a", text);
        assert_eq!(change.verdict, Ok(None), "{text}");
    }
}

#[test]
fn an_empty_push_is_taken_and_said_once_a_job() {
    let mut groups = Groups::new(None);
    let notice = |groups: &mut Groups, path| push(groups, 1, Method::Put, path, "").verdict;
    let expected = Ok(Some(Notice::EmptyPush { job: "a".to_owned() }));
    assert_eq!(notice(&mut groups, "/metrics/job/a"), expected);
    assert_eq!(notice(&mut groups, "/metrics/job/a"), Ok(None));
    assert_eq!(notice(&mut groups, "/metrics/job/a/instance/1"), Ok(None));
    assert!(matches!(notice(&mut groups, "/metrics/job/b"), Ok(Some(_))));
    assert_eq!(groups.len(), 3);
}

#[test]
fn the_gateway_writes_its_own_metrics_itself() {
    let mut groups = Groups::new(None);
    let text = "# TYPE push_time_seconds counter\npush_time_seconds 7\n";
    let change = push(&mut groups, 5, Method::Put, "/metrics/job/a", text);
    assert_eq!(shown(&change.samples), ["{__name__=\"push_time_seconds\", job=\"a\"} @5000 5"]);
    let kinds: Vec<_> = change.metadata.iter().map(|one| (&*one.metric, one.kind.text())).collect();
    assert_eq!(kinds, [("push_time_seconds", "gauge"), ("push_failure_time_seconds", "gauge")]);
}

#[test]
fn groups_expire_if_they_are_told_to() {
    let mut groups = Groups::new(Some(Span::from_mins(1)));
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/a", "x 1\n");
    let _ = push(&mut groups, 30, Method::Put, "/metrics/job/b", "x 1\n");
    let _ = groups.scrape(at(60));
    assert_eq!(groups.len(), 2);
    let samples = shown(&groups.scrape(at(61)));
    assert!(
        samples.contains(&"{__name__=\"x\", job=\"a\"} @61001 stale".to_owned()),
        "{samples:?}"
    );
    assert_eq!(groups.len(), 1);
}

#[test]
fn groups_survive_a_restart() {
    let mut groups = Groups::new(None);
    let text = "# HELP x y\n# TYPE x gauge\nx{a=\"1\"} NaN\nx{a=\"2\"} +Inf\n";
    let _ = push(&mut groups, 1, Method::Put, "/metrics/job/a", text);
    let _ = push(&mut groups, 2, Method::Put, "/metrics/job/b", "x 1\n");
    let saved = groups.export();
    let json = serde_json::to_string(&saved).expect("plain data");
    let mut after = Groups::new(None);
    after.import(serde_json::from_str(&json).expect("what was written"));
    assert_eq!(after.export(), saved);
    assert_eq!(shown(&after.scrape(at(9))), shown(&groups.scrape(at(9))));
    let change = push(&mut after, 10, Method::Put, "/metrics/job/c", "# TYPE x counter\nx 1\n");
    assert!(change.verdict.is_err(), "kinds are known again");
    after.import(saved.clone());
    assert_eq!(after.len(), 3, "what is there stays");
    assert_eq!(after.export_one(&saved[0].labels()), Some(saved[0].clone()));
}

#[test]
fn the_number_of_groups_is_limited() {
    let mut groups = Groups::with_limits(None, Limits { groups: 2, ..Limits::default() });
    for path in ["/metrics/job/a", "/metrics/job/b"] {
        assert_eq!(push(&mut groups, 1, Method::Post, path, "x 1\n").verdict, Ok(None));
    }
    let change = push(&mut groups, 1, Method::Post, "/metrics/job/c", "x 1\n");
    assert_eq!(change.verdict.expect_err("one too many").to_string(), "groups: more than 2");
    assert_eq!(change.samples, Batch::new());
    let change = push(&mut groups, 1, Method::Post, "/metrics/job/a", "x 1\n");
    assert_eq!(change.verdict, Ok(None), "known groups go on");
}

#[test]
fn the_number_of_series_of_a_group_is_limited() {
    let mut groups = Groups::with_limits(None, Limits { group_series: 2, ..Limits::default() });
    let mut verdict = |method, text| push(&mut groups, 1, method, "/metrics/job/a", text).verdict;
    let refused = Err(PushError::Limit { what: "series in a group", limit: 2 });
    assert_eq!(verdict(Method::Put, "x{a=\"1\"} 1\nx 1\n"), Ok(None));
    assert_eq!(verdict(Method::Post, "y 1\n"), refused);
    assert_eq!(verdict(Method::Put, "x 1\ny 1\nz 1\n"), refused);
    assert_eq!(verdict(Method::Post, "x 1\n"), Ok(None));
    assert_eq!(verdict(Method::Put, "x 1\ny 1\n"), Ok(None));
}

#[test]
fn the_number_of_jobs_warned_is_limited() {
    let mut groups = Groups::new(None);
    for number in 0..=MAX_WARNED {
        let path = format!("/metrics/job/{number}");
        let notice = push(&mut groups, 1, Method::Post, &path, "").verdict.expect("taken");
        assert_eq!(notice.is_some(), number < MAX_WARNED);
    }
}
