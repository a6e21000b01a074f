//! From what was written to what is run.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::read::{At, Reader};
use crate::config::yaml::{Plain, Scalar};
use crate::label::{ALERT_NAME, Labels};
use crate::time::{Span, Timestamp, rfc3339};

use super::messages::named;
use super::raw::{RawAlertTest, RawFile, RawQueryTest, RawTest};
use super::{
    AlertTest, ExpectedAlert, ExpectedSample, FloatComparison, InputSeries, Notifications,
    QueryTest, Test, TestFile,
};

/// The evaluation interval of files that name none.
const EVALUATION_INTERVAL: Span = Span::from_mins(1);
/// The longest a start may lie from the epoch, in seconds: the year 9999.
const START_MAX: f64 = 253_402_300_799.0;

pub(super) fn file(raw: RawFile, reader: &mut Reader) -> TestFile {
    repeated(&raw.group_eval_order, reader);
    let configured = raw.alertmanager_config.is_some();
    let messages = raw.tests.iter().find(|test| test.looks_at_messages());
    if let Some(test) = messages.filter(|_| !configured && raw.whole) {
        reader.problem(test.at, "messages are tested with an `alertmanager_config` in the file");
    }
    let evaluation_interval = or(raw.evaluation_interval.0, EVALUATION_INTERVAL);
    let tests = raw.tests.into_iter().map(|one| test(one, evaluation_interval, reader)).collect();
    TestFile {
        rule_files: raw.rule_files,
        evaluation_interval,
        group_eval_order: raw.group_eval_order.into_iter().map(|name| name.value).collect(),
        comparison: match raw.fuzzy_compare {
            true => FloatComparison::Fuzzy,
            false => FloatComparison::Exact,
        },
        alertmanager_config: raw.alertmanager_config,
        environment: raw.environment,
        tests,
    }
}

impl RawTest {
    fn looks_at_messages(&self) -> bool {
        !(self.silences.is_empty()
            && self.receiver_faults.is_empty()
            && self.restart_at.is_empty()
            && self.notification_test.is_empty()
            && self.exp_suppressed.is_empty()
            && self.exp_no_notification.is_empty())
    }

    /// What the test says of messages.
    fn notifications(&mut self, reader: &mut Reader) -> Option<Notifications> {
        if !self.looks_at_messages() {
            return None;
        }
        use std::mem::take;
        let quiet = &self.exp_no_notification;
        let named = named(&self.receiver_faults, &self.notification_test, quiet);
        let silences = take(&mut self.silences).into_iter();
        let faults = take(&mut self.receiver_faults).into_iter();
        let expected = take(&mut self.notification_test).into_iter();
        let suppressed = take(&mut self.exp_suppressed).into_iter();
        let quiet = take(&mut self.exp_no_notification).into_iter();
        Some(Notifications {
            silences: silences.map(|one| one.compile(reader)).collect(),
            faults: faults.map(|one| one.compile(reader)).collect(),
            restarts: self.restart_at.iter().map(|at| at.0).collect(),
            expected: expected.map(|one| one.compile(reader)).collect(),
            suppressed: suppressed.map(|one| one.compile(reader)).collect(),
            quiet: quiet.map(|one| one.compile(reader)).collect(),
            named,
        })
    }
}

fn or(span: Span, otherwise: Span) -> Span {
    if span == Span::ZERO { otherwise } else { span }
}

fn repeated(order: &[At<String>], reader: &mut Reader) {
    let mut seen = BTreeSet::new();
    for name in order {
        if !seen.insert(name.as_str()) {
            let message = format!("group name repeated in evaluation order: {}", name.as_str());
            reader.problem(name.at, message);
        }
    }
}

fn test(mut raw: RawTest, evaluation_interval: Span, reader: &mut Reader) -> Test {
    let notifications = raw.notifications(reader);
    let series = raw.input_series.into_iter().map(|series| InputSeries {
        line: series.at.line,
        series: series.series,
        values: series.values,
    });
    let alerts = raw.alert_rule_test.into_iter();
    Test {
        line: raw.at.line,
        interval: or(raw.interval.0, evaluation_interval),
        input_series: series.collect(),
        alerts: alerts.map(|one| alert_test(one, &raw.name, reader)).collect(),
        queries: raw.promql_expr_test.into_iter().map(query_test).collect(),
        external_labels: labels(&raw.external_labels),
        external_url: raw.external_url,
        start: raw.start_timestamp.and_then(|start| moment(&start, reader)).unwrap_or_default(),
        name: raw.name,
        notifications,
    }
}

fn labels(pairs: &BTreeMap<String, String>) -> Labels {
    Labels::from_pairs(pairs)
}

fn alert_test(raw: RawAlertTest, test: &str, reader: &mut Reader) -> AlertTest {
    let at = raw.eval_time.0;
    if raw.alertname.is_empty() && raw.whole {
        let within =
            if test.is_empty() { String::new() } else { format!(" (in TestGroup {test})") };
        let at = crate::time::duration::format_prometheus(at);
        reader.problem(
            raw.at,
            format!(
                "an item under alert_rule_test misses required attribute alertname at eval_time \
                 {at}{within}"
            ),
        );
    }
    let expected = raw.exp_alerts.into_iter().map(|mut alert| {
        alert.exp_labels.insert(ALERT_NAME.to_owned(), raw.alertname.clone());
        ExpectedAlert {
            labels: labels(&alert.exp_labels),
            annotations: labels(&alert.exp_annotations),
        }
    });
    let mut expected: Vec<ExpectedAlert> = expected.collect();
    expected.sort();
    AlertTest { line: raw.at.line, at, name: raw.alertname, expected }
}

fn query_test(raw: RawQueryTest) -> QueryTest {
    let expected = raw.exp_samples.into_iter().map(|sample| ExpectedSample {
        labels: sample.labels,
        value: sample.value,
        histogram: sample.histogram,
    });
    QueryTest {
        line: raw.at.line,
        expr: raw.expr,
        at: raw.eval_time.0,
        expected: expected.collect(),
    }
}

/// Seconds since the epoch, or RFC 3339.
fn moment(scalar: &Scalar, reader: &mut Reader) -> Option<Timestamp> {
    let seconds = match scalar.meant() {
        Plain::Int(seconds) => Some(seconds as f64),
        Plain::Float(seconds) => Some(seconds),
        _ => scalar.text.parse().ok(),
    };
    let found = match seconds {
        Some(seconds) if seconds.abs() <= START_MAX => {
            Some(Timestamp::from_millis((seconds * 1000.0).round() as i64))
        }
        Some(_) => None,
        None => rfc3339::parse(&scalar.text).ok(),
    };
    if found.is_none() {
        let message =
            format!("start_timestamp {:?} is neither RFC 3339 nor seconds since 1970", scalar.text);
        reader.problem(scalar.at, message);
    }
    found
}
