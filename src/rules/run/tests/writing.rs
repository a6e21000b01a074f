//! What runs fetch, write, and mark stale.

use super::*;

#[test]
fn all_rules_are_fetched_for_at_once() {
    let mut world = World::new(group(vec![
        record("a", "up"),
        alert("Down", "up == 0"),
        record("b", "sum_over_time(up[1h])"),
        record("c", "other"),
        record("d", "vector(1)"),
    ]));
    world.tick(minute(100));
    let [fetch] = world.fetches.as_slice() else { panic!("{:?}", world.fetches) };
    let shown: Vec<String> = fetch.iter().map(|selection| selection.matchers.to_string()).collect();
    assert_eq!(shown, [r#"{__name__="other"}"#, r#"{__name__="up"}"#]);
    let up = &fetch[1];
    assert!(up.until == minute(100) && minute(40) - up.after < Span::from_secs(1));
}

#[test]
fn a_rule_without_series_needs_no_fetch() {
    let mut world = World::new(group(vec![record("a", "vector(7)"), record("b", "3")]));
    let outcome = world.tick(minute(0));
    assert_eq!(world.fetches.len(), 0);
    assert_eq!(written(&outcome), ["a 7", "b 3"]);
    assert_eq!(outcome.state.rules[0].samples, 1);
}

#[test]
fn later_rules_see_what_earlier_ones_wrote_but_not_the_other_way() {
    let mut world = World::new(group(vec![
        record("late", "early"),
        record("early", "up * 2"),
        alert("High", "early > 2"),
        record("firing", r#"ALERTS{alertstate="firing"}"#),
        record("since", "ALERTS_FOR_STATE"),
    ]));
    world.push(minute(1), "up a=1 b=2");
    let lines = [
        r#"ALERTS{alertstate="firing", i="b"} 1"#,
        r#"ALERTS_FOR_STATE{i="b"} 60"#,
        r#"early{i="a"} 2"#,
        r#"early{i="b"} 4"#,
        r#"firing{alertstate="firing", i="b"} 1"#,
    ];
    let first = world.tick(minute(1));
    assert_eq!(written(&first)[..5], lines);
    assert_eq!(written(&first)[5..], [r#"since{i="b"} 60"#]);
    let second = world.tick(minute(2));
    assert_eq!(written(&second)[..5], lines);
    assert_eq!(
        written(&second)[5..],
        [r#"late{i="a"} 2"#, r#"late{i="b"} 4"#, r#"since{i="b"} 60"#]
    );
}

#[test]
fn series_that_vanish_are_marked_stale_once_and_later_rules_see_it() {
    let mut world =
        World::new(group(vec![record("a", "up"), record("n", "count(a) or vector(0)")]));
    world.push(minute(0), "up x=1 y=1");
    assert_eq!(written(&world.tick(minute(0)))[2..], ["n 2"]);
    world.push(minute(1), "up x=1");
    world.put("up", "y", minute(1), crate::sample::stale_marker());
    assert_eq!(written(&world.tick(minute(1))), [r#"a{i="x"} 1"#, r#"a{i="y"} stale"#, "n 1"]);
    assert_eq!(written(&world.tick(minute(2))), [r#"a{i="x"} 1"#, "n 1"]);
}

#[test]
fn a_failed_fetch_writes_nothing_and_forgets_nothing() {
    let mut world = World::new(group(vec![record("a", "up"), record("b", "vector(1)")]));
    world.push(minute(0), "up x=1 y=1");
    world.tick(minute(0));
    world.outage = "source is down";
    let outcome = world.tick(minute(1));
    assert_eq!(written(&outcome), ["b 1"]);
    assert_eq!(healths(&outcome), ["source is down", ""]);
    assert_eq!(outcome.notes, ["a: source is down"]);
    assert_eq!(outcome.state.rules[0].written.len(), 2);
    world.outage = "";
    world.samples.retain(|labels, _| labels.value("i") != "y");
    let outcome = world.tick(minute(2));
    assert_eq!(written(&outcome), [r#"a{i="x"} 1"#, r#"a{i="y"} stale"#, "b 1"]);
    assert_eq!(healths(&outcome), ["", ""]);
}

#[test]
fn a_rule_that_fails_leaves_the_others_alone() {
    let mut world = World::new(group(vec![
        record("a", "sum(up)").label("i", ""),
        record("b", "up").label("i", ""),
        record("c", "up + on() group_left() up"),
        record("d", "up[1m]"),
        alert("Twice", "up").label("i", ""),
        record("e", "a"),
    ]));
    world.push(minute(0), "up x=1 y=1");
    let outcome = world.tick(minute(0));
    assert_eq!(written(&outcome), ["a 2", "e 2"]);
    let healths = healths(&outcome);
    let same = "vector contains metrics with the same labelset after applying";
    assert_eq!(healths[1], format!("{same} rule labels"));
    assert!(healths[2].starts_with("found duplicate series for the match group"), "{}", healths[2]);
    assert_eq!(healths[3], "rule result is not a vector or scalar");
    assert_eq!(healths[4], format!("{same} alert labels"));
    assert_eq!(outcome.notes.len(), 4);
}

#[test]
fn more_series_than_the_limit_are_not_written() {
    let mut limited = group(vec![record("a", "up")]);
    limited.limit = 2;
    let mut world = World::new(limited);
    world.push(minute(0), "up x=1 y=1");
    assert_eq!(written(&world.tick(minute(0))).len(), 2);
    world.push(minute(1), "up x=1 y=1 z=1");
    let outcome = world.tick(minute(1));
    assert_eq!(healths(&outcome), ["exceeded limit of 2 with 3 series"]);
    assert!(outcome.series.is_empty());
}

#[test]
fn of_two_rules_that_write_one_series_the_first_wins() {
    let mut world = World::new(group(vec![record("a", "1"), record("a", "2"), record("a", "1")]));
    let outcome = world.tick(minute(0));
    assert_eq!(written(&outcome), ["a 1"]);
    let refused = "duplicate sample for timestamp: an earlier rule wrote {__name__=\"a\"}";
    assert_eq!(healths(&outcome), ["", refused, ""]);
}

#[test]
fn the_query_offset_moves_queries_and_samples_but_not_alerts() {
    let mut shifted = group(vec![record("a", "up"), alert("Up", "up"), record("t", "time()")]);
    shifted.query_offset = Span::from_mins(2);
    let mut world = World::new(shifted);
    world.push(minute(8), "up x=1");
    world.push(minute(10), "up x=5");
    let outcome = world.tick(minute(10));
    assert_eq!(
        written(&outcome),
        [
            r#"ALERTS{alertstate="firing", i="x"} 1 @8"#,
            r#"ALERTS_FOR_STATE{i="x"} 600 @8"#,
            r#"a{i="x"} 1 @8"#,
            "t 480 @8",
        ]
    );
    assert_eq!(outcome.alerts[0].starts_at, minute(10));
}

#[test]
fn orphans_of_a_reload_are_marked_stale_unless_a_rule_writes_them_again() {
    let mut world = World::new(group(vec![record("a", "1")]));
    let orphan = |name| Labels::from_pairs([(METRIC_NAME, name)]);
    world.state.orphans = vec![orphan("a"), orphan("b")].into();
    assert_eq!(written(&world.tick(minute(0))), ["a 1", "b stale"]);
    assert_eq!(written(&world.tick(minute(1))), ["a 1"]);
}

#[test]
fn a_run_that_is_given_up_fails_the_rules_that_were_not_reached() {
    let world = World::new(group(vec![record("a", "up")]));
    let state = Arc::new(world.state.clone());
    let surroundings = Arc::new(world.surroundings.clone());
    let mut run = Run::new(Arc::clone(&world.compiled), state, minute(0), surroundings);
    assert!(run.needs().is_some());
    let outcome = run.finish();
    assert_eq!(healths(&outcome), ["the evaluation was given up before it was complete"]);
    assert_eq!(outcome.state.last_evaluation, Some(minute(0)));
}

#[test]
fn a_state_of_another_shape_counts_as_none() {
    let mut world = World::new(group(vec![record("a", "1")]));
    world.state = GroupState::default();
    assert_eq!(written(&world.tick(minute(0))), ["a 1"]);
}

#[test]
fn reach_is_the_longest_window_and_the_query_offset() {
    let mut shifted = group(vec![record("a", "up"), record("b", "rate(up[1h] offset 10m)")]);
    shifted.query_offset = Span::from_mins(2);
    let world = World::new(shifted);
    let reach = crate::rules::look_back([&*world.compiled]);
    assert_eq!(reach, crate::promql::Reach::Back(Span::from_mins(72)));
}
