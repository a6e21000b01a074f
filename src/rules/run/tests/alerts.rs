//! Alerts over several runs: their series, and when they are handed on.

use super::*;
use crate::rules::DueAlert;

/// The alerts of an outcome: labels, since which minute, until which.
fn due(outcome: &Outcome) -> Vec<String> {
    let text = |alert: &DueAlert| {
        let minutes = |at: Timestamp| at.millis() as f64 / 60_000.0;
        let (starts, ends) = (minutes(alert.starts_at), minutes(alert.ends_at));
        format!("{} {starts}..{ends}", rest(&alert.labels))
    };
    outcome.alerts.iter().map(text).collect()
}

#[test]
fn a_pending_alert_that_fires_leaves_its_pending_series_stale() {
    let mut world = World::new(group(vec![alert("Down", "up == 0").hold(1)]));
    world.push(minute(0), "up a=0");
    assert_eq!(
        written(&world.tick(minute(0))),
        [r#"ALERTS{alertstate="pending", i="a"} 1"#, r#"ALERTS_FOR_STATE{i="a"} 0"#]
    );
    assert_eq!(
        written(&world.tick(minute(1))),
        [
            r#"ALERTS{alertstate="firing", i="a"} 1"#,
            r#"ALERTS{alertstate="pending", i="a"} stale"#,
            r#"ALERTS_FOR_STATE{i="a"} 0"#,
        ]
    );
    world.push(minute(2), "up a=1");
    let outcome = world.tick(minute(2));
    assert_eq!(
        written(&outcome),
        [r#"ALERTS{alertstate="firing", i="a"} stale"#, r#"ALERTS_FOR_STATE{i="a"} stale"#]
    );
    assert_eq!(outcome.state.rules[0].alert_state(), AlertState::Inactive);
    assert!(written(&world.tick(minute(3))).is_empty());
}

#[test]
fn firing_alerts_are_handed_on_when_they_fire_and_then_after_the_resend_delay() {
    let mut fast = group(vec![alert("Down", "up == 0").hold(1)]);
    fast.interval = Span::from_secs(20);
    let mut world = World::new(fast);
    world.push(minute(0), "up a=0");
    let mut sent = Vec::new();
    for slot in 0..15 {
        let at = minute(0) + Span::from_secs(20).times(slot);
        if slot == 11 {
            world.push(at, "up a=1");
        }
        let outcome = world.tick(at);
        sent.extend(due(&outcome).into_iter().map(|alert| format!("{slot}: {alert}")));
    }
    let alert = r#"{cluster="eu", i="a"}"#;
    let resolved = 1.0 + 8.0 / 3.0;
    let expected = [
        format!("3: {alert} 1..5"),
        format!("7: {alert} 1..{}", 5.0 + 4.0 / 3.0),
        format!("11: {alert} 1..{resolved}"),
    ];
    assert_eq!(sent, expected);
    let again = world.tick(minute(5));
    assert_eq!(due(&again), [format!("{alert} 1..{resolved}")]);
}

#[test]
fn a_handed_on_alert_tells_where_its_expression_is() {
    let rule = alert("Down", "up == 0").label("cluster", "own").annotation("summary", "it is");
    let mut world = World::new(group(vec![record("a", "1"), rule]));
    world.push(minute(0), "up a=0");
    let outcome = world.tick(minute(0));
    let alert = &outcome.alerts[0];
    assert_eq!(alert.rule, 1);
    assert_eq!(alert.labels.to_string(), r#"{alertname="Down", cluster="own", i="a"}"#);
    assert_eq!(alert.annotations.to_string(), r#"{summary="it is"}"#);
    assert_eq!(&*alert.generator_url, "http://firebell/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
}

#[test]
fn beyond_the_limit_all_alerts_are_forgotten_and_no_series_is_marked() {
    let mut limited = group(vec![alert("Down", "up == 0")]);
    limited.limit = 1;
    let mut world = World::new(limited);
    world.push(minute(0), "up a=0");
    world.tick(minute(0));
    world.push(minute(1), "up a=0 b=0");
    let outcome = world.tick(minute(1));
    assert_eq!(healths(&outcome), ["exceeded limit of 1 with 2 alerts"]);
    assert!(outcome.series.is_empty() && outcome.alerts.is_empty());
    assert!(outcome.state.rules[0].alerts.is_empty());
    world.push(minute(2), "up a=0 b=1");
    let outcome = world.tick(minute(2));
    assert_eq!(outcome.alerts[0].starts_at, minute(2));
    assert_eq!(
        written(&outcome),
        [r#"ALERTS{alertstate="firing", i="a"} 1"#, r#"ALERTS_FOR_STATE{i="a"} 120"#]
    );
}

#[test]
fn a_failed_query_leaves_alerts_as_they_are_and_hands_nothing_on() {
    let mut world = World::new(group(vec![alert("Down", "up == 0").hold(2)]));
    world.push(minute(0), "up a=0");
    world.tick(minute(0));
    world.outage = "down";
    let outcome = world.tick(minute(2));
    assert_eq!(outcome.state.rules[0].alert_state(), AlertState::Pending);
    assert!(outcome.alerts.is_empty());
    world.outage = "";
    assert_eq!(due(&world.tick(minute(3))), [r#"{cluster="eu", i="a"} 3..7"#]);
}

#[test]
fn until_the_past_is_restored_no_alert_series_are_written() {
    let mut world = World::new(group(vec![alert("Down", "up == 0"), record("a", "1")]));
    world.state.restoration = Restoration::Awaited;
    world.push(minute(0), "up a=0");
    let outcome = world.tick(minute(0));
    assert_eq!(written(&outcome), ["a 1"]);
    assert_eq!(outcome.alerts.len(), 1);
    world.state.restoration = Restoration::Complete;
    assert_eq!(written(&world.tick(minute(1))).len(), 3);
}

#[test]
fn alerts_restored_from_records_leave_no_series_behind() {
    let mut world = World::new(group(vec![alert("Down", "up == 0").hold(1)]));
    world.push(minute(0), "up a=0 b=0");
    world.tick(minute(0));
    let mut restored = GroupState::new(world.compiled.group());
    restored.rules[0].alerts = world.state.rules[0].alerts.clone();
    world.state = restored;
    world.push(minute(1), "up a=0 b=1");
    assert_eq!(
        written(&world.tick(minute(1))),
        [
            r#"ALERTS{alertstate="firing", i="a"} 1"#,
            r#"ALERTS{alertstate="pending", i="a"} stale"#,
            r#"ALERTS{alertstate="pending", i="b"} stale"#,
            r#"ALERTS_FOR_STATE{i="a"} 0"#,
            r#"ALERTS_FOR_STATE{i="b"} stale"#,
        ]
    );
}

#[test]
fn a_scalar_makes_one_alert_without_labels() {
    let mut world = World::new(group(vec![alert("Always", "0")]));
    let outcome = world.tick(minute(0));
    assert_eq!(due(&outcome), [r#"{cluster="eu"} 0..4"#]);
}

#[test]
fn the_same_inputs_give_the_same_outcome() {
    let run = || {
        let mut world = World::new(group(vec![
            record("r", "sum by (i) (up)"),
            alert("Down", "r == 0").hold(1).annotation("v", "{{ $value }}"),
        ]));
        let mut outcomes = Vec::new();
        for slot in 0..5 {
            world.push(minute(slot), "up a=0 b=1 c=0 d=0");
            outcomes.push(world.tick(minute(slot)));
        }
        outcomes
    };
    // As texts: a stale marker, being a NaN, does not equal itself.
    assert!(format!("{:?}", run()) == format!("{:?}", run()));
}
