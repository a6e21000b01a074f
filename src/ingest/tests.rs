//! From a request to what a rule can see.

use std::sync::Arc;

use super::pushgateway::{Method, PushError};
use super::*;
use crate::label::{Matcher, Matchers};
use crate::sample::{Selection, is_stale};
use crate::source::embedded::Store;
use crate::time::Timestamp;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn intake() -> Intake {
    Intake::new(Arc::new(Store::new()), None)
}

fn push(intake: &Intake, now: i64, method: Method, body: &str) -> Result<PushAnswer, PushError> {
    let request = PushRequest {
        method,
        path: "/metrics/job/airflow",
        content_type: Some("text/plain; version=0.0.4; charset=utf-8"),
        content_encoding: None,
        body: body.as_bytes(),
    };
    intake.push(at(now), &request)
}

fn values(intake: &Intake, metric: &str) -> Vec<(i64, f64)> {
    let matchers = Matchers(vec![Matcher::equal("__name__", metric)]);
    let all = Selection { matchers, after: Timestamp::MIN, until: Timestamp::MAX, narrowing: None };
    let sets = intake.store().select(&[all]);
    let series = sets[0].iter().flat_map(|one| one.times.iter().zip(one.values));
    series.map(|(time, value)| (time / 1000, *value)).collect()
}

#[test]
fn a_pushed_counter_looks_as_if_it_were_scraped() {
    let intake = intake();
    let body = "# TYPE dag_failure counter\ndag_failure_total{dag_id=\"etl\"} 1.0\n";
    let answer = push(&intake, 100, Method::Put, body);
    assert_eq!(answer, Ok(PushAnswer { status: 200, notice: None }));
    for now in [115, 130, 145] {
        assert_eq!(intake.tick(at(now)).refused(), 0);
    }
    let body = body.replace("1.0", "3.0");
    assert!(push(&intake, 150, Method::Put, &body).is_ok());
    intake.tick(at(160));
    let expected = [(100, 1.0), (115, 1.0), (130, 1.0), (145, 1.0), (150, 3.0), (160, 3.0)];
    assert_eq!(values(&intake, "dag_failure_total"), expected);
    assert_eq!(values(&intake, "push_time_seconds").last(), Some(&(160, 150.0)));

    let answer = push(&intake, 170, Method::Delete, "");
    assert_eq!(answer, Ok(PushAnswer { status: 202, notice: None }));
    intake.tick(at(175));
    let last = values(&intake, "dag_failure_total").pop().expect("samples");
    assert!(last.0 == 170 && is_stale(last.1));
    assert_eq!((intake.counts().pushes, intake.counts().groups), (3, 0));
}

#[test]
fn what_is_wrong_with_a_push_is_said_with_its_place_and_the_right_status() {
    let intake = intake();
    let base = PushRequest {
        method: Method::Post,
        path: "/metrics/job/a",
        content_type: None,
        content_encoding: None,
        body: b"x 1\n",
    };
    let protobuf = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily";
    let delimited = format!("{protobuf}; encoding=delimited");
    let large = vec![b'\n'; pushgateway::MAX_BODY + 1];
    let cases = [
        (PushRequest { path: "/metrics/jo", ..base }, 404, "no such path"),
        (PushRequest { path: "/metrics/job/a/b", ..base }, 400, "odd number of components"),
        (
            PushRequest { body: b"x 1\ny{ 1\n", ..base },
            400,
            "text format parsing error: line 2, column 4: expected a label name",
        ),
        (PushRequest { body: b"x 1 1\n", ..base }, 400, "pushed metrics must not have timestamps"),
        (PushRequest { body: &large, ..base }, 413, "decoded body is larger than the limit"),
        (PushRequest { content_encoding: Some("br"), ..base }, 415, "content encoding \"br\""),
        (PushRequest { content_type: Some(protobuf), ..base }, 415, "content type \"application"),
        (PushRequest { content_type: Some(&delimited), ..base }, 400, "protobuf parsing error: "),
    ];
    for (request, status, message) in cases {
        let error = intake.push(at(1), &request).expect_err(message);
        assert_eq!(error.status(), status, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
    assert_eq!((intake.counts().pushes, intake.counts().pushes_refused), (0, 8));
    assert!(values(&intake, "x").is_empty());
    assert_eq!(values(&intake, "push_failure_time_seconds"), [(1, 1.0)]);
}

#[test]
fn descriptions_of_pushed_metrics_are_kept() {
    let intake = intake();
    assert!(push(&intake, 1, Method::Put, "# HELP x What x is\n# TYPE x gauge\nx 1\n").is_ok());
    let described = intake.store().metadata(Some("x"));
    assert_eq!((described[0].kind.text(), &*described[0].help), ("gauge", "What x is"));
}

#[test]
fn groups_come_back_after_a_restart() {
    let before = intake();
    assert!(push(&before, 1, Method::Put, "x 1\n").is_ok());
    let after = intake();
    after.import(before.export());
    after.tick(at(9));
    assert_eq!(values(&after, "x"), [(9, 1.0)]);
}

/// A request with one series `up` and these samples: (milliseconds, value).
fn write(intake: &Intake, samples: &[(u8, f64)]) -> Result<WriteAnswer, remote_write::WriteError> {
    let mut series = b"\x0a\x0e\x0a\x08__name__\x12\x02up".to_vec();
    for (millis, value) in samples {
        series.extend_from_slice(b"\x12\x0b\x09");
        series.extend_from_slice(&value.to_le_bytes());
        series.extend_from_slice(&[0x10, *millis]);
    }
    let mut message = vec![0x0a, u8::try_from(series.len()).expect("a short series")];
    message.extend(series);
    let body = snap::raw::Encoder::new().compress_vec(&message).expect("small enough");
    let request = WriteRequest {
        content_type: Some("application/x-protobuf"),
        content_encoding: Some("snappy"),
        body: &body,
    };
    intake.write(at(1), &request)
}

#[test]
fn remote_write_stores_what_fits_and_says_what_does_not() {
    let intake = intake();
    let answer = write(&intake, &[(1, 1.0), (2, 2.0)]).expect("in order");
    assert_eq!((answer.status, answer.appended.samples), (204, 2));
    let again = write(&intake, &[(1, 1.0), (2, 2.0)]).expect("a request sent again is no error");
    assert_eq!((again.appended.samples, again.appended.repeated), (0, 2));
    let error = write(&intake, &[(2, 9.0), (3, 3.0)]).expect_err("in conflict");
    assert_eq!(error.status(), 400);
    assert_eq!(
        error.to_string(),
        "remote write: 1 samples refused, 1 taken; the first: sample of {__name__=\"up\"} at \
         1970-01-01T00:00:00.002Z: the series has another value at that time"
    );
    assert!(write(&intake, &[(0, 1.0)]).is_err(), "out of order");
    assert_eq!(values(&intake, "up").len(), 3);
    assert_eq!((intake.counts().writes, intake.counts().writes_refused), (2, 2));
}
