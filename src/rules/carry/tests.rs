use std::sync::Arc;

use super::*;
use crate::rules::tests::{self as example, alert, record, rule_alert};
use crate::rules::{AlertState, Health};
use crate::time::{Span, Timestamp};

/// A rule from `alert NAME label=value` or `record NAME`.
fn rule(text: &str) -> Rule {
    let mut words = text.split_whitespace();
    let (kind, name) = (words.next().unwrap(), words.next().unwrap());
    let rule = if kind == "alert" { alert(name, "1") } else { record(name, "1") };
    words.fold(rule, |rule, word| {
        let (name, value) = word.split_once('=').unwrap();
        rule.label(name, value)
    })
}

fn group(rules: &[&str]) -> Group {
    example::group(rules.iter().map(|text| rule(text)).collect())
}

fn labels(text: &str) -> Labels {
    Labels::from_pairs([("i", text)])
}

/// A state whose n-th rule wrote the series `n` and has the alert `n`.
fn state(group: &Group) -> GroupState {
    let rule = |index: usize| {
        let labels = labels(&index.to_string());
        let alert = rule_alert(&labels, AlertState::Firing, Timestamp::from_millis(0));
        let health = Health::Failed("old".to_owned());
        let written = Arc::from([labels.clone()]);
        RuleState { alerts: [(labels, alert)].into(), written, health, ..Default::default() }
    };
    GroupState { rules: (0..group.rules.len()).map(rule).collect(), ..Default::default() }
}

/// Which old rule each new one inherits from (`-`: none), and the orphans.
fn check(old: &[&str], new: &[&str], expected: &str, orphans: &[&str]) {
    let (old, new) = (group(old), group(new));
    let carried = GroupState::carry_over(&old, &state(&old), &new);
    let source = |rule: &RuleState| {
        assert_eq!(rule.health, Health::Unknown);
        assert!(rule.alerts.keys().eq(rule.written.iter()));
        rule.written.first().map_or("-".to_owned(), |labels| labels.value("i").to_owned())
    };
    let sources: Vec<String> = carried.rules.iter().map(source).collect();
    assert_eq!(sources.join(" "), expected);
    let expected: Vec<Labels> = orphans.iter().map(|text| labels(text)).collect();
    assert_eq!(*carried.orphans, expected);
}

#[test]
fn rules_inherit_by_name_and_labels() {
    check(&["alert A", "alert B s=1"], &["alert B s=1", "alert A"], "1 0", &[]);
    check(&["alert A s=1"], &["alert A s=2"], "-", &["0"]);
    check(&["alert A"], &["alert A", "alert B"], "0 -", &[]);
    check(&["alert A", "record a"], &["record A"], "-", &["0", "1"]);
}

#[test]
fn the_nth_of_several_inherits_from_the_nth() {
    check(&["alert A", "alert B", "alert A"], &["alert A", "alert A", "alert A"], "0 2 -", &["1"]);
    check(&["alert A", "alert A"], &["alert A"], "0", &["1"]);
}

#[test]
fn orphans_that_were_not_marked_yet_are_not_forgotten() {
    let (two, one) = (group(&["record a", "record b"]), group(&["record a"]));
    let first = GroupState::carry_over(&two, &state(&two), &one);
    let second = GroupState::carry_over(&one, &first, &group(&[]));
    assert_eq!(*second.orphans, [labels("0"), labels("1")]);
    assert_eq!(second.series(), [labels("0"), labels("1")]);
}

#[test]
fn groups_are_the_same_wherever_their_expressions_stand() {
    let one = group(&["alert A s=1", "record b"]);
    let mut other = one.clone();
    other.rules[0].expr.range.start = 17;
    assert!(one.same_as(&other));
    type Change = fn(&mut Group);
    let changes: [Change; 6] = [
        |group| group.id.name = "h".into(),
        |group| group.interval = Span::from_secs(31),
        |group| group.limit = 1,
        |group| group.query_offset = Span::from_secs(1),
        |group| group.rules[1].expr_text = "2".into(),
        |group| drop(group.rules.pop()),
    ];
    for change in changes {
        let mut other = one.clone();
        change(&mut other);
        assert!(!one.same_as(&other));
    }
}
