//! The situations of the alert generator compliance suite on a virtual clock: samples every 15 s,
//! groups every 30 s, and every alert that is handed on against a golden, then against the rules
//! that the suite checks. (Source: prometheus/compliance, `alert_generator`, its specification.)
//!
//! `UPDATE=1 cargo test --test alert_generator` writes the golden anew.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use firebell::config::Expansion;
use firebell::config::rules::{RuleOptions, parse};
use firebell::drivers::evaluate::Evaluator;
use firebell::engine::Evaluation;
use firebell::label::{ALERT_NAME, Labels};
use firebell::rules::{AlertState, DueAlert, Group, GroupState, Outcome, Surroundings};
use firebell::source::Batch;
use firebell::source::embedded::Store;
use firebell::source::notation::parse_series;
use firebell::time::duration::format_prometheus;
use firebell::time::{Span, Timestamp};

const INTERVAL: Span = Span::from_secs(30);
const RESEND: Span = Span::from_mins(1);
const START: Timestamp = Timestamp::from_millis(1_700_000_010_000);
const SLOTS: i64 = 60;

/// Samples every 15 s.
const SERIES: [&str; 5] = [
    r#"load{instance="web-a:9100"} 1x3 15x19 25x11 1x80"#,
    r#"spike{instance="a"} 1x7 50x4 1x100"#,
    r#"queue{name="q"} 1x3 2048x9 1x100"#,
    r#"member{name="a"} 0x3 1+1x40 0x60"#,
    r#"member{name="b"} 0x19 1x24 0x60"#,
];

/// Something that was handed on.
struct Sent {
    at: Timestamp,
    group: String,
    alert: DueAlert,
}

fn store() -> Arc<Store> {
    let store = Store::new();
    for line in SERIES {
        let series = parse_series(line).unwrap();
        let mut batch = Batch::new();
        for (value, index) in series.values.iter().zip(0..) {
            if let Some(noted) = value {
                batch.sample(START + Span::from_secs(15).times(index), &noted.value);
            }
        }
        batch.end(&series.labels);
        store.append(&batch);
    }
    Arc::new(store)
}

fn groups() -> Vec<Arc<Group>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alert_generator/rules.yml");
    let text = std::fs::read_to_string(file).unwrap();
    let parsed = parse("rules.yml", &text, &RuleOptions::default(), Expansion::Off);
    parsed.unwrap().0.into_iter().map(Arc::new).collect()
}

/// Runs all groups; `look` sees every outcome.
fn run(mut look: impl FnMut(Timestamp, &Group, &Outcome)) {
    let surroundings = Surroundings::in_virtual_time(Labels::empty(), "http://engine".into());
    let mut evaluator = Evaluator::new(store(), Arc::new(surroundings));
    let groups = groups();
    let mut states: Vec<_> = groups.iter().map(|one| Arc::new(GroupState::new(one))).collect();
    for slot in 0..SLOTS {
        let at = START + INTERVAL.times(slot);
        for (group, state) in groups.iter().zip(&mut states) {
            let (group, old) = (Arc::clone(group), Arc::clone(state));
            let evaluation = Evaluation { group, state: old, at, overdue: Timestamp::MAX };
            let outcome = evaluator.evaluate(&evaluation).unwrap();
            look(at, &evaluation.group, &outcome);
            *state = Arc::new(outcome.state);
            evaluator.append(outcome.series);
        }
    }
}

fn sent() -> Vec<Sent> {
    let mut all = Vec::new();
    run(|at, group, outcome| {
        assert!(outcome.notes.is_empty(), "{:?}", outcome.notes);
        let alerts = outcome.alerts.iter().cloned();
        all.extend(alerts.map(|alert| Sent { at, group: group.id.name.to_string(), alert }));
    });
    all
}

fn since(at: Timestamp) -> String {
    format_prometheus(at - START)
}

/// An alert that has ended says so by an end that is not ahead.
fn is_resolved(sent: &Sent) -> bool {
    sent.alert.ends_at <= sent.at
}

#[test]
fn alerts_are_handed_on_as_the_suite_expects() {
    let mut text = String::new();
    for one in sent() {
        let state = if is_resolved(&one) { "resolved" } else { "firing" };
        let DueAlert { labels, annotations, starts_at, ends_at, .. } = &one.alert;
        let (starts, ends) = (since(*starts_at), since(*ends_at));
        let at = since(one.at);
        writeln!(text, "{at:>6} {state:<8} {labels} {annotations} {starts}..{ends}").unwrap();
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alert_generator/sent.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(golden).unwrap());
}

/// What was sent of each alert, in order.
fn by_alert() -> BTreeMap<String, Vec<Sent>> {
    let mut alerts = BTreeMap::<String, Vec<Sent>>::new();
    for one in sent() {
        alerts.entry(one.alert.labels.to_string()).or_default().push(one);
    }
    alerts
}

#[test]
fn a_firing_alert_ends_four_resends_ahead_and_is_sent_again_after_each() {
    for (labels, sent) in by_alert() {
        for one in sent.iter().filter(|one| !is_resolved(one)) {
            assert_eq!(one.alert.ends_at, one.at + RESEND.max(INTERVAL).times(4), "{labels}");
        }
        for pair in sent.windows(2) {
            let resent = is_resolved(&pair[0]) == is_resolved(&pair[1]);
            let gap = pair[1].at - pair[0].at;
            // strictly later than the delay: the slot after it, with groups every 30 s
            let late = !resent || gap >= RESEND && gap <= RESEND + INTERVAL;
            let new = is_resolved(&pair[0]) && !is_resolved(&pair[1]);
            assert!(late || new, "{labels} again after {gap:?}");
        }
    }
}

#[test]
fn a_resolved_alert_is_sent_for_a_quarter_of_an_hour() {
    for (labels, sent) in by_alert() {
        let resolved: Vec<_> = sent.iter().filter(|one| is_resolved(one)).collect();
        for one in &resolved {
            let old = one.at - one.alert.ends_at;
            assert!(old <= Span::from_mins(15), "{labels} told {old:?} after its end");
        }
    }
}

#[test]
fn alerts_of_a_group_come_in_the_order_of_its_rules() {
    let all = sent();
    for pair in all.windows(2).filter(|pair| pair[0].at == pair[1].at) {
        if pair[0].group == pair[1].group {
            assert!(pair[0].alert.rule <= pair[1].alert.rule);
        }
    }
    // the second rule reads what the first has written in the same slot
    let first = |name: &str| {
        let named = all.iter().filter(|one| one.alert.labels.value(ALERT_NAME) == name);
        named.map(|one| one.at).min().unwrap()
    };
    let both = all.iter().filter(|one| one.alert.labels.value("name") == "b");
    assert_eq!(Some(first("Members")), both.map(|one| one.at).min());
}

#[test]
fn what_only_waits_is_never_handed_on() {
    let mut pending = 0;
    run(|_, group, outcome| {
        if *group.id.name == *"waits and ends, never begins" {
            assert!(outcome.alerts.is_empty());
            let alerts = outcome.state.rules.iter().flat_map(|rule| rule.alerts.values());
            for alert in alerts {
                assert_eq!(alert.state, AlertState::Pending);
                pending += 1;
            }
        }
    });
    assert_eq!(pending, 3);
}
