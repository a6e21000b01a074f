use super::*;
use crate::rules::RuleState;
use crate::rules::tests::{alert, group, minute, rule_alert};
use crate::sample::{Sample, Series, Value, stale_marker};

fn held(minutes: i64) -> Group {
    let rule = alert("Down", "1").hold(minutes);
    group(vec![rule.label("host", "{{ $labels.i }}").label("severity", "page")])
}

fn labels() -> Labels {
    Labels::from_pairs([("alertname", "Down"), ("host", "a"), ("i", "a"), ("severity", "page")])
}

fn pending(since: Timestamp) -> GroupState {
    let alert = rule_alert(&labels(), AlertState::Pending, since);
    let rule = RuleState { alerts: [(labels(), alert)].into(), ..Default::default() };
    GroupState { rules: vec![rule], restoration: Restoration::Awaited, ..Default::default() }
}

/// At minute 100 the alert is pending since then; the series, last written at minute `down`,
/// says `value`. Expected: since which minute it counts as active.
fn check(hold: i64, down: i64, value: f64, expected: i64) {
    let now = minute(100);
    let group = held(hold);
    let past = Series {
        labels: labels().edit().set(METRIC_NAME, ALERTS_FOR_STATE).build(),
        samples: vec![Sample { at: minute(down), value: Value::Float(value) }],
    };
    let set = [SeriesSet::from_series([past])];
    let state = restore_from_for_state(&group, &pending(now), now, Patience::default(), &set);
    assert_eq!(state.restoration, Restoration::Complete);
    assert_eq!(state.rules[0].alerts[&labels()].active_at, minute(expected));
}

#[test]
fn an_alert_that_fired_fires_again_at_once() {
    check(30, 90, 55.0 * 60.0, 55);
}

#[test]
fn an_alert_that_was_pending_waits_for_the_rest_of_for() {
    check(30, 90, 85.0 * 60.0, 95);
}

#[test]
fn no_pending_alert_fires_within_the_grace_period() {
    check(30, 90, 65.0 * 60.0, 80);
}

#[test]
fn an_alert_that_had_ended_is_not_restored() {
    check(30, 90, stale_marker(), 100);
    check(30, 90, f64::NAN, 100);
}

#[test]
fn rules_with_a_short_for_are_not_restored() {
    assert!(restore_needs(&held(9), minute(100), Patience::default()).is_empty());
    check(9, 90, 85.0 * 60.0, 100);
}

#[test]
fn the_series_are_found_by_the_labels_that_are_known() {
    let needs = restore_needs(&held(10), minute(100), Patience::default());
    assert_eq!(needs.len(), 1);
    assert_eq!(
        needs[0].matchers.to_string(),
        r#"{__name__="ALERTS_FOR_STATE",alertname="Down",severity="page"}"#
    );
    assert_eq!((needs[0].after + Span::from_millis(1), needs[0].until), (minute(40), minute(100)));
}

#[test]
fn without_an_answer_the_group_is_restored_as_it_is() {
    let state = pending(minute(100));
    let restored = restore_from_for_state(&held(30), &state, minute(100), Patience::default(), &[]);
    assert_eq!(restored.rules, state.rules);
    assert_eq!(restored.restoration, Restoration::Complete);
}
