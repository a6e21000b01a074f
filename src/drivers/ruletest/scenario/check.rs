//! Compares what a script expects with what happened.

use crate::label::Labels;
use crate::notify::message::Message;
use crate::time::{Span, Timestamp};

use super::outside::Got;
use super::play::START;
use super::{Action, Comparison, Content, Event, Expected, Report, Script};

/// What happened.
pub(super) struct Observed<'a> {
    pub(super) got: &'a [Got],
    pub(super) refused: &'a [(Timestamp, String)],
    pub(super) suppressed: Vec<Suppressed>,
}

/// An alert that was kept from its receiver.
pub(super) struct Suppressed {
    pub(super) at: Timestamp,
    pub(super) alert: Labels,
    pub(super) by: &'static str,
}

/// Pairs every expectation with the first message that is like it; what is left over on either
/// side is a failure.
pub(super) fn check(script: &Script, observed: &Observed<'_>) -> Report {
    let mut report = Report::default();
    let mut open: Vec<&Got> = observed.got.iter().collect();
    for event in &script.events {
        match &event.action {
            Action::Expect(expected) => {
                let found = open.iter().position(|got| is_like(event, expected, got));
                match found.map(|position| open.remove(position)) {
                    None => report.failures.push((event.line, missing(event, expected, &open))),
                    Some(got) => {
                        let faults = contents(&expected.contents, got);
                        if faults.is_empty() {
                            report.passed += 1;
                        }
                        report.failures.extend(faults);
                    }
                }
            }
            Action::ExpectSuppressed { alert, by } => {
                let hit = observed
                    .suppressed
                    .iter()
                    .any(|one| one.alert == *alert && one.by == by && is_within(event, one.at));
                if hit {
                    report.passed += 1;
                } else {
                    report
                        .failures
                        .push((event.line, format!("{alert} was not suppressed by {by}")));
                }
            }
            _ => {}
        }
    }
    let unexpected = open.iter().map(|got| (0, format!("unexpected: {}", show(got))));
    report.failures.extend(unexpected);
    let refused = observed.refused.iter();
    report.failures.extend(refused.map(|(at, error)| (0, format!("{}: {error}", time(*at)))));
    report.timeline = observed.got.iter().map(show).collect();
    report
}

fn is_within(event: &Event, at: Timestamp) -> bool {
    START + event.from <= at && at <= START + event.to
}

fn is_like(event: &Event, expected: &Expected, got: &Got) -> bool {
    is_within(event, got.at)
        && expected.target == got.target
        && expected.reason == got.delivery.reason
        && expected.retried == (got.delivery.attempt > 1)
        && expected.alerts.as_ref().is_none_or(|alerts| *alerts == alerts_of(got))
}

fn alerts_of(got: &Got) -> Vec<(Labels, bool)> {
    let alerts = got.delivery.alerts.iter();
    let mut alerts: Vec<_> = alerts.map(|alert| (alert.labels.clone(), alert.firing)).collect();
    alerts.sort();
    alerts
}

fn missing(event: &Event, expected: &Expected, open: &[&Got]) -> String {
    let same_target = open.iter().filter(|got| got.target == expected.target);
    let mut text = format!("no such message: {} {}", expected.target, expected.reason);
    if let Some(alerts) = &expected.alerts {
        text.push_str(&format!(" {}", show_alerts(alerts)));
    }
    let near = same_target.min_by_key(|got| (got.at - START - event.from).millis().abs());
    match near {
        Some(got) => text.push_str(&format!("\n     nearest: {}", show(got))),
        None => text.push_str("\n     this receiver got nothing else"),
    }
    text
}

fn contents(expected: &[Content], got: &Got) -> Vec<(usize, String)> {
    let mut faults = Vec::new();
    for content in expected {
        let Some(part) = part(&content.part, got) else {
            faults.push((content.line, format!("the message has no {}", content.part)));
            continue;
        };
        let holds = match content.comparison {
            Comparison::Equals => part == content.text,
            Comparison::Contains => part.contains(&content.text),
        };
        if !holds {
            faults.push((content.line, format!("{} is {part:?}", content.part)));
        }
    }
    faults
}

/// A part of a message as text: strings as they are, other values as JSON.
pub(in crate::drivers::ruletest) fn part(name: &str, got: &Got) -> Option<String> {
    match got.message.as_ref().ok()? {
        Message::Http(http) => {
            let body: serde_json::Value = serde_json::from_str(&http.body).ok()?;
            let value = body.pointer(name)?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        }
        Message::Mail(mail) => match name {
            "html" => mail.html.clone(),
            "text" => mail.text.clone(),
            _ => {
                let header = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
                mail.headers.iter().find(header).map(|(_, value)| value.clone())
            }
        },
    }
}

fn show(got: &Got) -> String {
    let attempt = match got.delivery.attempt {
        1 => String::new(),
        attempt => format!(" attempt {attempt}"),
    };
    let alerts = show_alerts(&alerts_of(got));
    format!("{} {} {}{attempt} {alerts}", time(got.at), got.target, got.delivery.reason)
}

fn show_alerts(alerts: &[(Labels, bool)]) -> String {
    let one = |(labels, firing): &(Labels, bool)| {
        let end = if *firing { "" } else { " resolved" };
        format!("{labels}{end}")
    };
    format!("[{}]", alerts.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// A moment as the script writes it.
fn time(at: Timestamp) -> String {
    let since: Span = at - START;
    format!("{}.{:03}s", since.millis() / 1000, since.millis() % 1000)
}
