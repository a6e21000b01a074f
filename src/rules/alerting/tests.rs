//! The state machine, told as tables: a tick a minute, the elements that are there, and what
//! the alerts look like afterwards.
//!
//! ```text
//! a=1            element `a` with value 1
//! a P0           alert `a` is pending, its condition holds since minute 0
//! a F0/5         it fires since minute 5
//! a F0/5 k7      ... since minute 7 only because of keep_firing_for
//! a R9           it was resolved in minute 9
//! ```

use super::*;

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

fn rule(hold: i64, keep: i64) -> Alerting {
    Alerting {
        name: "Down".into(),
        hold: Span::from_mins(hold),
        keep_firing_for: Span::from_mins(keep),
        annotations: Vec::new(),
    }
}

fn labels(name: &str) -> Labels {
    Labels::from_pairs([("alertname", "Down"), ("i", name)])
}

fn elements(text: &str) -> Vec<Element> {
    let element = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        let annotations = Labels::from_pairs([("value", value)]);
        Element { labels: labels(name), annotations, value: value.parse().unwrap() }
    };
    text.split_whitespace().map(element).collect()
}

fn show(alerts: &Alerts) -> String {
    let minutes = |at: Option<Timestamp>| at.map_or(-1, |at| at.millis() / 60_000);
    let one = |alert: &RuleAlert| {
        let name = alert.labels.value("i");
        let (since, fired) = (minutes(Some(alert.active_at)), minutes(alert.fired_at));
        match (alert.state, alert.keep_firing_since) {
            (AlertState::Pending, _) => format!("{name} P{since}"),
            (AlertState::Inactive, _) => format!("{name} R{}", minutes(alert.resolved_at)),
            (AlertState::Firing, None) => format!("{name} F{since}/{fired}"),
            (AlertState::Firing, keep) => format!("{name} F{since}/{fired} k{}", minutes(keep)),
        }
    };
    alerts.values().map(one).collect::<Vec<_>>().join(", ")
}

/// Runs ticks (minute, elements, expected alerts) over a rule.
fn check(rule: &Alerting, ticks: &[(i64, &str, &str)]) -> Alerts {
    let mut alerts = Alerts::new();
    for (at, given, expected) in ticks {
        alerts = advance(&alerts, rule, elements(given), when(minute(*at), 0)).unwrap();
        assert_eq!(show(&alerts), *expected, "minute {at}");
    }
    alerts
}

fn when(at: Timestamp, limit: usize) -> Circumstances {
    Circumstances { at, limit, unseen_before: Timestamp::MIN }
}

#[test]
fn alerts_whose_series_were_lost_with_the_process_wait_to_be_seen() {
    let rule = rule(5, 0);
    let unseen = |alerts: &Alerts, given: &str, at: i64| {
        let circumstances = Circumstances { unseen_before: minute(10), ..when(minute(at), 0) };
        advance(alerts, &rule, elements(given), circumstances).unwrap()
    };
    let seen = advance(&Alerts::new(), &rule, elements("a=1"), when(minute(2), 0)).unwrap();
    let seen = advance(&seen, &rule, elements("a=1 b=1"), when(minute(7), 0)).unwrap();
    // the process came back at minute 10: neither is forgotten, and pending does not fire unseen
    let kept = unseen(&seen, "", 13);
    assert_eq!(kept, seen);
    let kept = unseen(&kept, "a=1 b=1 c=1", 14);
    assert!(kept.values().take(2).all(|alert| alert.state == AlertState::Firing));
    // what began afterwards is judged by what is seen
    assert_eq!(unseen(&kept, "a=1 b=1", 15).len(), 2);
}

#[test]
fn without_for_an_alert_fires_at_once() {
    check(&rule(0, 0), &[(3, "a=1", "a F3/3"), (4, "", "a R4")]);
}

#[test]
fn an_alert_fires_when_for_is_reached_not_later() {
    let ticks =
        [(0, "a=1", "a P0"), (4, "a=1", "a P0"), (5, "a=1", "a F0/5"), (6, "a=0", "a F0/5")];
    check(&rule(5, 0), &ticks);
}

#[test]
fn any_value_counts() {
    check(&rule(0, 0), &[(0, "a=0 b=NaN c=-1", "a F0/0, b F0/0, c F0/0")]);
}

#[test]
fn a_pending_alert_that_vanishes_is_forgotten_at_once() {
    check(&rule(5, 0), &[(0, "a=1", "a P0"), (1, "", ""), (2, "a=1", "a P2"), (6, "a=1", "a P2")]);
}

#[test]
fn a_resolved_alert_is_kept_for_fifteen_minutes() {
    let ticks = [(0, "a=1", "a F0/0"), (1, "", "a R1"), (16, "", "a R1"), (17, "", "")];
    check(&rule(0, 0), &ticks);
}

#[test]
fn a_resolved_alert_that_comes_back_is_a_new_one() {
    let ticks = [(0, "a=1", "a P0"), (2, "a=1", "a F0/2"), (3, "", "a R3"), (5, "a=1", "a P5")];
    let alerts = check(&rule(2, 0), &ticks);
    let alert = &alerts[&labels("a")];
    assert_eq!((alert.resolved_at, alert.last_sent_at, alert.fired_at), (None, None, None));
}

#[test]
fn keep_firing_for_counts_from_the_first_absence() {
    let ticks = [
        (0, "a=1", "a F0/0"),
        (2, "", "a F0/0 k2"),
        (4, "", "a F0/0 k2"),
        (5, "", "a R5"),
        (6, "a=1", "a F6/6"),
    ];
    check(&rule(0, 3), &ticks);
}

#[test]
fn keep_firing_for_starts_over_when_the_element_comes_back() {
    let ticks = [
        (0, "a=1", "a F0/0"),
        (2, "", "a F0/0 k2"),
        (4, "a=1", "a F0/0"),
        (6, "", "a F0/0 k6"),
        (8, "", "a F0/0 k6"),
        (9, "", "a R9"),
    ];
    check(&rule(0, 3), &ticks);
}

#[test]
fn a_pending_alert_is_not_kept() {
    check(&rule(5, 10), &[(0, "a=1", "a P0"), (1, "", "")]);
}

#[test]
fn value_and_annotations_follow_but_labels_and_times_do_not() {
    let alerts = check(&rule(5, 0), &[(0, "a=1", "a P0"), (1, "a=7", "a P0")]);
    let alert = &alerts[&labels("a")];
    assert_eq!((alert.value, alert.annotations.value("value")), (7.0, "7"));
    let kept = advance(&alerts, &rule(5, 0), elements("a=7"), when(minute(5), 0)).unwrap();
    let kept = advance(&kept, &rule(5, 9), Vec::new(), when(minute(6), 0)).unwrap();
    assert_eq!(kept[&labels("a")].value, 7.0);
}

#[test]
fn a_raised_for_sends_a_firing_alert_back_to_pending() {
    let mut alerts = check(&rule(1, 0), &[(0, "a=1", "a P0"), (1, "a=1", "a F0/1")]);
    for alert in alerts.values_mut() {
        alert.last_sent_at = Some(minute(1));
    }
    let alerts = advance(&alerts, &rule(5, 0), elements("a=1"), when(minute(2), 0)).unwrap();
    assert_eq!(show(&alerts), "a P0");
    let alert = &alerts[&labels("a")];
    assert_eq!((alert.fired_at, alert.last_sent_at), (None, None));
    let alerts = advance(&alerts, &rule(5, 0), elements("a=1"), when(minute(5), 0)).unwrap();
    assert_eq!(show(&alerts), "a F0/5");
}

#[test]
fn alerts_do_not_disturb_each_other() {
    let ticks = [
        (0, "a=1 b=1", "a P0, b P0"),
        (1, "b=1 c=1", "b P0, c P1"),
        (2, "a=1 b=1 c=1", "a P2, b F0/2, c P1"),
        (3, "c=1", "b R3, c F1/3"),
    ];
    check(&rule(2, 0), &ticks);
}

#[test]
fn two_elements_of_one_identity_are_an_error() {
    let refused = advance(&Alerts::new(), &rule(0, 0), elements("a=1 a=2"), when(minute(0), 0));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "vector contains metrics with the same labelset after applying alert labels"
    );
}

#[test]
fn the_limit_counts_pending_firing_and_kept_alerts_but_not_resolved_ones() {
    let tick = |alerts: &Alerts, given, at, limit| {
        advance(alerts, &rule(0, 0), elements(given), when(minute(at), limit))
    };
    let alerts = tick(&Alerts::new(), "a=1 b=1", 0, 2).unwrap();
    let alerts = tick(&alerts, "a=1 c=1", 1, 2).unwrap();
    assert_eq!(show(&alerts), "a F0/0, b R1, c F1/1");
    let error = tick(&alerts, "a=1 c=1 d=1", 2, 2).unwrap_err();
    assert_eq!(error.to_string(), "exceeded limit of 2 with 3 alerts");
}

#[test]
fn labels_are_the_elements_then_the_rules_then_the_name() {
    let element = Labels::from_pairs([
        ("__name__", "up"),
        ("alertname", "own"),
        ("job", "api"),
        ("instance", "a:1"),
    ]);
    let made = alert_labels(&element, [("severity", "page"), ("job", "")], "Down");
    assert_eq!(made.to_string(), r#"{alertname="Down", instance="a:1", severity="page"}"#);
}

#[test]
fn alerts_are_written_as_two_series_while_they_are_active() {
    let mut alerts = check(
        &rule(2, 0),
        &[
            (0, "a=1 c=1", "a P0, c P0"),
            (2, "a=1 b=1 c=1", "a F0/2, b P2, c F0/2"),
            (3, "a=1 b=1", "a F0/2, b P2, c R3"),
        ],
    );
    for alert in alerts.values_mut() {
        alert.active_at = alert.active_at + Span::from_millis(1_999);
    }
    let lines: Vec<String> =
        series(&alerts).iter().map(|(labels, value)| format!("{labels} {value}")).collect();
    let expected = [
        r#"{__name__="ALERTS", alertname="Down", alertstate="firing", i="a"} 1"#,
        r#"{__name__="ALERTS_FOR_STATE", alertname="Down", i="a"} 1"#,
        r#"{__name__="ALERTS", alertname="Down", alertstate="pending", i="b"} 1"#,
        r#"{__name__="ALERTS_FOR_STATE", alertname="Down", i="b"} 121"#,
    ];
    assert_eq!(lines, expected);
}
