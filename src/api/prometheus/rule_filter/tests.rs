use std::sync::Arc;

use super::*;
use crate::config::Expansion;
use crate::config::rules::{RuleOptions, parse};
use crate::rules::{AlertState, GroupState, Health, RuleAlert, RuleState};
use crate::time::Timestamp;

const RULES: &str = r#"
groups:
- name: pages
  interval: 30s
  labels: {team: a}
  rules:
  - {record: "job:up:sum", expr: "sum  by(job) (up)"}
  - {alert: Down, expr: up == 0, for: 1m, labels: {severity: page}, annotations: {summary: "{{ $value }}"}}
- name: quiet
  limit: 3
  rules:
  - {alert: Never, expr: vector(1) < 0, keep_firing_for: 90s}
- name: sums
  rules:
  - {record: "a:b", expr: "1"}
"#;

fn alert(instance: &str, state: AlertState, value: f64) -> RuleAlert {
    RuleAlert {
        state,
        labels: Labels::from_pairs([("alertname", "Down"), ("instance", instance)]),
        annotations: Labels::from_pairs([("summary", "0")]),
        value,
        active_at: Timestamp::from_millis(60_000),
        fired_at: None,
        resolved_at: None,
        last_sent_at: None,
        keep_firing_since: (state == AlertState::Firing).then(|| Timestamp::from_millis(90_500)),
    }
}

/// The groups above; only the first ran, and its first rule failed.
fn views() -> Vec<RuleGroupView> {
    let (groups, _) = parse("rules.yml", RULES, &RuleOptions::default(), Expansion::Off).unwrap();
    let mut views: Vec<RuleGroupView> = groups
        .into_iter()
        .map(|group| RuleGroupView {
            state: Arc::new(GroupState {
                rules: vec![RuleState::default(); group.rules.len()],
                ..GroupState::default()
            }),
            group: Arc::new(group),
            last_slot: None,
            iterations: 0,
            missed: 0,
            evaluations: 0,
            failures: 0,
        })
        .collect();
    let ran = Some(Timestamp::from_millis(120_000));
    let alerts = [
        alert("a", AlertState::Pending, 0.0),
        alert("b", AlertState::Firing, 1234.5),
        alert("c", AlertState::Inactive, 0.0),
    ];
    let failed = RuleState {
        health: Health::Failed("no \"up\"".to_owned()),
        last_evaluation: ran,
        ..RuleState::default()
    };
    let fired = RuleState {
        alerts: alerts.into_iter().map(|alert| (alert.labels.clone(), alert)).collect(),
        health: Health::Good,
        last_evaluation: ran,
        evaluation_time: std::time::Duration::from_micros(1500),
        ..RuleState::default()
    };
    views[0].state = Arc::new(GroupState {
        rules: vec![failed, fired],
        last_evaluation: ran,
        ..GroupState::default()
    });
    views
}

fn ask(pairs: &[(&str, &str)]) -> Result<serde_json::Value, Refusal> {
    let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let filter = Filter::new(&Parameters(owned.collect()))?;
    Ok(serde_json::to_value(filter.page(&views())?).unwrap())
}

/// `group:rule,rule group:rule`, and whether there is more.
fn outline(pairs: &[(&str, &str)]) -> String {
    let page = match ask(pairs) {
        Ok(page) => page,
        Err(refusal) => return refusal.message,
    };
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let groups = page["groups"].as_array().unwrap().iter().map(|group| {
        let rules: Vec<String> = group["rules"].as_array().unwrap().iter().map(name).collect();
        format!("{}:{}", name(group), rules.join(","))
    });
    let mut text = groups.collect::<Vec<_>>().join(" ");
    if page.get("groupNextToken").is_some() {
        text.push_str(" ...");
    }
    text
}

#[test]
fn filters_narrow_and_empty_groups_are_left_out() {
    let next = token(&GroupId { file: "rules.yml".into(), name: "quiet".into() });
    for (pairs, expect) in [
        (&[][..], "pages:job:up:sum,Down quiet:Never sums:a:b"),
        (&[("type", "alert")], "pages:Down quiet:Never"),
        (&[("type", "RECORD")], "pages:job:up:sum sums:a:b"),
        (&[("type", "x")], "invalid parameter \"type\": not supported value \"x\""),
        (&[("rule_name[]", "Down"), ("rule_name[]", "a:b")], "pages:Down sums:a:b"),
        (&[("rule_group[]", "sums"), ("file[]", "rules.yml")], "sums:a:b"),
        (&[("file[]", "other.yml")], ""),
        (&[("match[]", "{severity=\"page\"}"), ("match[]", "{team=\"b\"}")], "pages:Down"),
        (&[("match[]", "{team=\"a\"}")], "pages:job:up:sum,Down"),
        (&[("match[]", "{}")], "match[] must contain at least one non-empty matcher"),
        (&[("group_limit", "1")], "pages:job:up:sum,Down ..."),
        (&[("group_limit", "3")], "pages:job:up:sum,Down quiet:Never sums:a:b"),
        (&[("group_limit", "1"), ("type", "record")], "pages:job:up:sum ..."),
        (&[("group_limit", "1"), ("group_next_token", &next)], "quiet:Never ..."),
        (&[("group_limit", "2"), ("group_next_token", &next)], "quiet:Never sums:a:b"),
        (
            &[("group_limit", "2"), ("group_next_token", "x")],
            "invalid parameter \"group_next_token\": invalid group_next_token 'x'. were rule \
             groups changed?",
        ),
        (
            &[("group_next_token", "x")],
            "invalid parameter \"group_next_token\": group_limit needs to be present in order to \
             paginate over the groups",
        ),
        (
            &[("group_limit", "0")],
            "invalid parameter \"group_limit\": group_limit needs to be greater than 0",
        ),
        (
            &[("group_limit", "x")],
            "invalid parameter \"group_limit\": group_limit needs to be a valid number: \
             strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
        (
            &[("exclude_alerts", "maybe")],
            "invalid parameter \"exclude_alerts\": error converting exclude_alerts: \
             strconv.ParseBool: parsing \"maybe\": invalid syntax",
        ),
    ] {
        assert_eq!(outline(pairs), expect, "{pairs:?}");
    }
}

#[test]
fn a_group_is_shown_with_all_its_fields() {
    let page = ask(&[("rule_group[]", "pages")]).unwrap();
    assert_eq!(
        page["groups"][0],
        serde_json::json!({
            "name": "pages", "file": "rules.yml", "interval": 30, "limit": 0,
            "evaluationTime": 0, "lastEvaluation": "1970-01-01T00:02:00Z",
            "rules": [
                {"name": "job:up:sum", "query": "sum by (job) (up)", "labels": {"team": "a"},
                 "health": "err", "lastError": "no \"up\"", "evaluationTime": 0,
                 "lastEvaluation": "1970-01-01T00:02:00Z", "type": "recording"},
                {"state": "firing", "name": "Down", "query": "up == 0", "duration": 60,
                 "keepFiringFor": 0, "labels": {"severity": "page", "team": "a"},
                 "annotations": {"summary": "{{ $value }}"},
                 "alerts": [
                    {"labels": {"alertname": "Down", "instance": "a"},
                     "annotations": {"summary": "0"}, "state": "pending",
                     "activeAt": "1970-01-01T00:01:00Z", "value": "0e+00"},
                    {"labels": {"alertname": "Down", "instance": "b"},
                     "annotations": {"summary": "0"}, "state": "firing",
                     "activeAt": "1970-01-01T00:01:00Z",
                     "keepFiringSince": "1970-01-01T00:01:30.5Z", "value": "1.2345e+03"}],
                 "health": "ok", "evaluationTime": 0.0015,
                 "lastEvaluation": "1970-01-01T00:02:00Z", "type": "alerting"}],
        })
    );
}

#[test]
fn what_never_ran_says_so_and_alerts_can_be_left_out() {
    let page = ask(&[("rule_group[]", "quiet"), ("exclude_alerts", "true")]).unwrap();
    assert_eq!(
        page["groups"][0]["rules"][0],
        serde_json::json!({
            "state": "unknown", "name": "Never", "query": "vector(1) < 0", "duration": 0,
            "keepFiringFor": 90, "labels": {}, "annotations": {}, "alerts": null,
            "health": "unknown", "evaluationTime": 0, "lastEvaluation": "0001-01-01T00:00:00Z",
            "type": "alerting",
        })
    );
    let recording = ask(&[("rule_group[]", "sums")]).unwrap();
    assert!(recording["groups"][0]["rules"][0].get("labels").is_none());
}
