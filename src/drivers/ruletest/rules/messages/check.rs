//! The messages that came against those that were expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::ruletest::{ExpectedMember, ExpectedMessage, Notifications, SuppressionTest};
use crate::drivers::ruletest::rules::Fault;
use crate::drivers::ruletest::scenario::check::part;
use crate::drivers::ruletest::scenario::outside::{Got, Receivers};

use crate::drivers::world::World;
use crate::engine::{Decision, DecisionKind};
use crate::label::{ALERT_NAME, Labels, METRIC_NAME, Pattern};
use crate::promql::syntax::parse_metric;
use crate::template::data::AlertData;
use crate::time::Timestamp;
use crate::time::duration::format_prometheus;

/// Compares everything; messages that nobody expects are faults, too.
pub(super) fn check(
    expected: &Notifications,
    world: &World<Receivers>,
    start: Timestamp,
    line: usize,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut open: Vec<&Got> = world.outside.got.iter().collect();
    let mut tests: Vec<_> = expected.expected.iter().collect();
    tests.sort_by_key(|test| test.at);
    for test in tests {
        let until = start + test.at;
        let is_due = |got: &&Got| *got.delivery.receiver.name == *test.receiver && got.at <= until;
        let (came, rest) = open.into_iter().partition(is_due);
        open = rest;
        let head =
            format!("    notification: {}, time: {},", test.receiver, format_prometheus(test.at));
        for (line, text) in compare(&test.expected, came, start) {
            let line = line.unwrap_or(test.line);
            faults.push(Fault::new(line, format!("{head}{text}")));
        }
    }
    for got in open {
        let text = format!("    unexpected notification: {}", show(got, start));
        faults.push(Fault::new(line, text));
    }
    for (at, error) in &world.outside.refused {
        let text = format!("    silence at {}: {error}", format_prometheus(*at - start));
        faults.push(Fault::new(line, text));
    }
    faults.extend(quiet(expected, world, start));
    let holds = &world.outside.holds;
    faults.extend(expected.suppressed.iter().filter_map(|test| kept_back(test, holds, start)));
    faults
}

fn quiet(expected: &Notifications, world: &World<Receivers>, start: Timestamp) -> Vec<Fault> {
    let mut faults = Vec::new();
    for test in &expected.quiet {
        let (from, until) = (start + test.from, start + test.until);
        let in_time = |got: &&Got| {
            *got.delivery.receiver.name == *test.receiver && from <= got.at && got.at <= until
        };
        for got in world.outside.got.iter().filter(in_time) {
            let text = format!("    no notification was expected, got: {}", show(got, start));
            faults.push(Fault::new(test.line, text));
        }
    }
    faults
}

/// What keeps alerts back at the moment of a test: of each group what was said last.
fn kept_back(test: &SuppressionTest, holds: &[Arc<Decision>], start: Timestamp) -> Option<Fault> {
    let fault = |text: String| Some(Fault::new(test.line, format!("    suppressed: {text}")));
    let wanted = match parse_metric(&test.alert) {
        Ok((labels, _)) => labels,
        Err(error) => return fault(format!("{:?}: {error}", test.alert)),
    };
    let name = |name: &str| if name == METRIC_NAME { ALERT_NAME } else { name }.to_owned();
    let wanted = Labels::from_pairs(wanted.iter().map(|(key, value)| (name(key), value)));
    let is_wanted = |alert: &Labels| wanted.iter().all(|(name, value)| alert.value(name) == value);
    let mut causes = BTreeMap::new();
    for decision in holds.iter().filter(|decision| decision.at <= start + test.at) {
        let (alert, cause) = match &decision.verdict {
            DecisionKind::Suppressed { alert, cause } => (alert, Some(cause.text())),
            DecisionKind::Released { alert } => (alert, None),
            _ => continue,
        };
        if is_wanted(alert) {
            causes.insert((&decision.group_key, alert), cause);
        }
    }
    let is_meant = |by: &str| by == test.by || test.by == "time interval" && by.ends_with(TIME);
    let mut causes: Vec<&str> = causes.into_values().flatten().collect();
    if causes.iter().any(|by| is_meant(by)) {
        return None;
    }
    causes.sort_unstable();
    causes.dedup();
    let time = format_prometheus(test.at);
    let got = if causes.is_empty() { "not kept back".to_owned() } else { causes.join(", ") };
    fault(format!("{}, time: {time},\n        exp: {}\n        got: {got}", test.alert, test.by))
}

/// How the causes end that are time intervals.
const TIME: &str = "time_interval";

/// Faults with the lines of messages; those without belong to the test.
fn compare(
    expected: &[ExpectedMessage],
    mut came: Vec<&Got>,
    start: Timestamp,
) -> Vec<(Option<usize>, String)> {
    let mut missing = Vec::new();
    for message in expected {
        match came.iter().position(|got| differences(message, got).is_empty()) {
            Some(index) => drop(came.remove(index)),
            None => missing.push(message),
        }
    }
    let mut came = came.into_iter();
    let mut faults = Vec::new();
    for message in missing {
        let text = match came.next() {
            None => "\n        exp: one more message\n        got: none".to_owned(),
            Some(got) => {
                let differences = differences(message, got).concat();
                format!("{differences}\n        in: {}", show(got, start))
            }
        };
        faults.push((Some(message.line), text));
    }
    let unexpected = |got| (None, format!("\n        unexpected: {}", show(got, start)));
    faults.extend(came.map(unexpected));
    faults
}

/// Field by field what the message is not.
fn differences(expected: &ExpectedMessage, got: &Got) -> Vec<String> {
    let mut differences = Vec::new();
    let mut field = |name: &str, expected: &Option<String>, got: Option<String>| {
        let Some(expected) = expected else { return };
        if !got.as_ref().is_some_and(|got| holds(expected, got)) {
            let got = got.unwrap_or_else(|| "nothing".to_owned());
            differences.push(format!(
                "\n        {name}\n            exp: {expected}\n            got: {got}"
            ));
        }
    };
    let kind = got.delivery.integration().settings.kind();
    field("integration", &expected.integration, Some(kind.to_owned()));
    let firing = got.delivery.alerts.iter().any(|alert| alert.firing);
    field("status", &expected.status, Some(status(firing).to_owned()));
    field("reason", &expected.reason, Some(got.delivery.reason.text().to_owned()));
    let (title, text) = places(kind);
    let first = |names: &[&str]| names.iter().find_map(|name| part(name, got));
    field("title", &expected.title, first(title));
    field("text", &expected.text, first(text));
    for (name, value) in &expected.payload {
        field(name, &Some(value.clone()), part(name, got));
    }
    if let Some(labels) = &expected.group_labels
        && !are_labels(labels, &got.delivery.group_labels)
    {
        let got = &got.delivery.group_labels;
        differences.push(format!(
            "\n        group_labels\n            exp: {}\n            got: {got}",
            Labels::from_pairs(labels)
        ));
    }
    if let Some(alerts) = &expected.alerts
        && !are_members(alerts, &got.delivery.alerts)
    {
        differences.push(format!(
            "\n        alerts\n            exp: {}\n            got: {}",
            alerts.iter().map(show_member).collect::<Vec<_>>().join(", "),
            got.delivery.alerts.iter().map(show_alert).collect::<Vec<_>>().join(", "),
        ));
    }
    if let Err(failure) = &got.message {
        differences.push(format!("\n        not rendered: {}", failure.message));
    }
    differences
}

fn status(firing: bool) -> &'static str {
    if firing { "firing" } else { "resolved" }
}

/// Where each kind of message has its title and its text.
fn places(kind: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        "slack" => (&["/attachments/0/title"], &["/attachments/0/text", "/text"]),
        "pagerduty" => (&["/payload/summary", "/description"], &["/payload/summary"]),
        "email" => (&["Subject"], &["text", "html"]),
        _ => (&[], &[""]),
    }
}

/// An exact text, or a pattern between slashes.
fn holds(expected: &str, got: &str) -> bool {
    let pattern = expected.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match pattern.filter(|pattern| !pattern.is_empty()) {
        None => expected == got,
        Some(pattern) => Pattern::unanchored(pattern).is_ok_and(|pattern| pattern.is_match(got)),
    }
}

fn are_labels(expected: &BTreeMap<String, String>, got: &Labels) -> bool {
    expected.len() == got.len()
        && expected.iter().all(|(name, value)| got.get(name).is_some_and(|got| holds(value, got)))
}

fn are_members(expected: &[ExpectedMember], got: &[AlertData]) -> bool {
    let is = |expected: &ExpectedMember, got: &AlertData| {
        let state = expected.status.as_deref().is_none_or(|wanted| wanted == status(got.firing));
        let annotations = expected.annotations.as_ref();
        state
            && are_labels(&expected.labels, &got.labels)
            && annotations.is_none_or(|wanted| are_labels(wanted, &got.annotations))
    };
    let mut open: Vec<&AlertData> = got.iter().collect();
    let found = expected.iter().all(|member| {
        let position = open.iter().position(|got| is(member, got));
        position.map(|index| open.remove(index)).is_some()
    });
    found && open.is_empty()
}

fn show_member(member: &ExpectedMember) -> String {
    let status = member.status.as_deref().map(|status| format!(" {status}")).unwrap_or_default();
    format!("{}{status}", Labels::from_pairs(&member.labels))
}

fn show_alert(alert: &AlertData) -> String {
    format!("{} {}", alert.labels, status(alert.firing))
}

fn show(got: &Got, start: Timestamp) -> String {
    let alerts = got.delivery.alerts.iter().map(show_alert);
    let alerts = alerts.collect::<Vec<_>>().join(", ");
    let time = format_prometheus(got.at - start);
    format!("{time} {} {} [{alerts}]", got.target, got.delivery.reason)
}
