use std::sync::Arc;

use super::*;
use crate::alerts::PostedAlert;
use crate::drivers::simulate::{START, labels, setup};
use crate::label::Labels;
use crate::notify::{Delivery, Failure, FailureClass, Receipt, Verdict};
use crate::rules::{Group, GroupId, GroupState, Outcome};
use crate::time::Details;

fn posted(alert: usize) -> PostedAlert {
    PostedAlert {
        labels: labels(alert),
        annotations: Labels::empty(),
        starts_at: None,
        ends_at: None,
        generator_url: "".into(),
        details: Details::default(),
    }
}

fn after(seconds: i64) -> Timestamp {
    START + Span::from_secs(seconds)
}

fn started() -> Engine {
    let mut engine = Engine::new();
    let step = engine.step(START, Input::Configure(Arc::new(setup())));
    assert_eq!(step.wake.map(|wake| wake.why), Some(WakeReason::Maintenance));
    engine
}

fn deliveries(step: &Step) -> Vec<Delivery> {
    let deliver = |effect: &Effect| match effect {
        Effect::Deliver(delivery) => Some(delivery.clone()),
        _ => None,
    };
    step.effects.iter().filter_map(deliver).collect()
}

fn report(engine: &mut Engine, at: i64, delivery: &Delivery, verdict: Verdict) -> Step {
    engine.step(after(at), Input::Delivered(Receipt { delivery: delivery.id, verdict }))
}

#[test]
fn a_wake_up_says_when_and_why() {
    let mut engine = started();
    let step = engine.step(START, Input::Alerts(vec![posted(2)]));
    assert_eq!(step.wake, Some(Wake { at: after(10), why: WakeReason::GroupWait }));
    let step = engine.step(after(10), Input::Wake);
    let sent = deliveries(&step);
    assert_eq!(sent.len(), 2);
    for delivery in &sent {
        let _ = report(&mut engine, 11, delivery, Verdict::Delivered);
    }
    let step = engine.step(after(12), Input::Wake);
    // the first slot, of one a minute, at which the alert has run out
    assert_eq!(step.wake, Some(Wake { at: after(310), why: WakeReason::GroupInterval }));
}

#[test]
fn calls_that_nobody_asked_for_do_nothing() {
    let mut engine = started();
    let _ = engine.step(START, Input::Alerts(vec![posted(2)]));
    for _ in 0..3 {
        let step = engine.step(after(5), Input::Wake);
        assert!(step.records.is_empty() && step.effects.is_empty());
    }
    let stranger =
        Receipt { delivery: crate::notify::DeliveryId(999), verdict: Verdict::Delivered };
    let step = engine.step(after(5), Input::Delivered(stranger));
    assert!(step.records.is_empty() && step.effects.is_empty());
    let outcome = Outcome {
        group: GroupId { file: "f".into(), name: "g".into() },
        at: after(5),
        state: GroupState::default(),
        series: Vec::new(),
        alerts: Vec::new(),
        notes: Vec::new(),
    };
    let step = engine.step(after(5), Input::Evaluated(outcome));
    assert!(step.records.is_empty() && step.effects.is_empty());
}

#[test]
fn a_second_report_and_a_late_one_count_once() {
    let mut engine = started();
    let _ = engine.step(START, Input::Alerts(vec![posted(2)]));
    let sent = deliveries(&engine.step(after(10), Input::Wake));
    let failure = Failure { class: FailureClass::ServerError, message: "503".into() };
    let _ = report(&mut engine, 11, &sent[0], Verdict::Retry(failure.clone()));
    // a report of the first attempt that comes after all ends the retries
    let told = report(&mut engine, 11, &sent[0], Verdict::Delivered);
    assert!(!told.records.is_empty());
    let again = report(&mut engine, 12, &sent[0], Verdict::Delivered);
    assert!(again.records.is_empty() && again.effects.is_empty());
    assert!(deliveries(&engine.step(after(20), Input::Wake)).is_empty(), "no second attempt");
}

#[test]
fn a_flush_that_is_due_when_we_come_back_needs_no_new_timer() {
    let timers = |step: &Step| {
        let timer = |record: &Record| match record {
            Record::Put(_, RecordValue::Group(timer)) => Some(*timer),
            _ => None,
        };
        step.records.iter().filter_map(timer).collect::<Vec<_>>()
    };
    let mut engine = started();
    let born = engine.step(START, Input::Alerts(vec![posted(2)]));
    let timer = GroupTimer { next_flush: after(10), unfinished: false };
    assert_eq!(timers(&born), [timer]);
    let flushed = engine.step(after(10), Input::Wake);
    let sent = deliveries(&flushed);
    assert_eq!((sent.len(), timers(&flushed)), (2, vec![]));
    assert_eq!(timers(&report(&mut engine, 11, &sent[0], Verdict::Delivered)), []);
    let told = timers(&report(&mut engine, 11, &sent[1], Verdict::Delivered));
    assert!(told.len() == 1 && told[0].next_flush > after(11) && !told[0].unfinished);
}

#[test]
fn what_is_restored_is_not_written_again() {
    let mut engine = started();
    let born = engine.step(START, Input::Alerts(vec![posted(2), posted(3)]));
    let flushed = engine.step(after(10), Input::Wake);
    let mut records = born.records;
    for (now, due) in [(5, 10), (12, 12)] {
        let mut again = Engine::new();
        let _ = again.step(after(now), Input::Restore(records.clone()));
        let step = again.step(after(now), Input::Configure(Arc::new(setup())));
        assert_eq!(step.records, [], "at {now}");
        assert_eq!(step.wake.map(|wake| wake.at), Some(after(due)));
        assert!(!deliveries(&again.step(after(due), Input::Wake)).is_empty());
        records.extend(flushed.records.clone());
    }
}

#[test]
fn of_records_of_one_key_the_last_is_restored() {
    let alert = posted(2);
    let mut engine = started();
    let mut records = engine.step(START, Input::Alerts(vec![alert])).records;
    let gone = records.iter().map(|record| Record::Forget(record.key().clone()));
    records.extend(gone.collect::<Vec<_>>());
    for (records, expect) in [(records.clone(), 0), ([&records[..], &records[..1]].concat(), 1)] {
        let mut again = Engine::new();
        let _ = again.step(after(1), Input::Restore(records));
        assert_eq!(again.alerts.iter().count(), expect);
    }
}

#[test]
fn time_that_goes_backwards_counts_as_standing_still() {
    let mut engine = started();
    let _ = engine.step(after(100), Input::Alerts(vec![posted(2)]));
    let step = engine.step(after(50), Input::Alerts(vec![posted(3)]));
    assert_eq!(step.wake.map(|wake| wake.at), Some(after(110)));
}

#[test]
fn decisions_are_kept_up_to_their_limit() {
    let mut engine = started();
    let mut step = Step::default();
    for number in 0..DECISIONS_LIMIT + 10 {
        let verdict = DecisionKind::Released { alert: Labels::empty() };
        let (group_key, receiver) = (Arc::from(number.to_string()), Arc::from("r"));
        engine.decide(Decision { at: START, group_key, receiver, verdict }, &mut step);
    }
    assert_eq!(engine.decisions().count(), DECISIONS_LIMIT);
    assert_eq!(engine.decisions().next().map(|(number, _)| number), Some(10));
    let forgotten = step.records.iter().filter(|record| matches!(record, Record::Forget(_)));
    assert_eq!(forgotten.count(), 10);
}

#[test]
fn an_evaluation_that_never_answers_is_given_up() {
    let group = Group {
        id: GroupId { file: "f".into(), name: "g".into() },
        interval: Span::from_secs(30),
        query_offset: Span::ZERO,
        limit: 0,
        source: None,
        rules: Vec::new(),
    };
    let mut engine = Engine::new();
    let setup = Setup { groups: vec![Arc::new(group)], ..setup() };
    let first = engine.step(START, Input::Configure(Arc::new(setup))).wake.unwrap();
    assert_eq!(first.why, WakeReason::Evaluate);
    assert_eq!(engine.step(first.at, Input::Wake).effects.len(), 1);
    let (mut now, mut evaluations) = (first.at, 0);
    while now < first.at + EVALUATION_TIMEOUT {
        now = now + Span::from_secs(30);
        evaluations += engine.step(now, Input::Wake).effects.len();
    }
    assert_eq!(evaluations, 0, "the group is busy");
    let missed = engine.rule_groups()[0].missed;
    assert_eq!(missed, EVALUATION_TIMEOUT.millis() as u64 / 30_000);
    let step = engine.step(now + Span::from_secs(30), Input::Wake);
    assert_eq!(step.effects.len(), 1, "and free again");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let run = || {
        let mut engine = started();
        let mut trace = String::new();
        for minute in 0..30 {
            let alerts = (0..12).filter(|alert| (minute + alert) % 5 < 3).map(posted).collect();
            let now = START + Span::from_mins(minute as i64);
            let mut steps = vec![engine.step(now, Input::Alerts(alerts))];
            steps.push(engine.step(now + Span::from_secs(30), Input::Wake));
            for delivery in deliveries(&steps[1]) {
                let receipt = Receipt { delivery: delivery.id, verdict: Verdict::Delivered };
                steps.push(engine.step(now + Span::from_secs(31), Input::Delivered(receipt)));
            }
            trace.push_str(&format!("{steps:?}\n"));
        }
        trace
    };
    assert_eq!(run(), run());
}

/// A group of one rule that records `x`.
fn recording(name: &str) -> Arc<Group> {
    let text = format!(
        "groups: [{{name: {name}, interval: 1m, rules: [{{record: x, expr: vector(1)}}]}}]"
    );
    let options = Default::default();
    let parsed = crate::config::rules::parse("f", &text, &options, crate::config::Expansion::Off);
    Arc::new(parsed.unwrap().0.remove(0))
}

/// Runs whatever is due until a moment; the series that were appended, with their times, stale
/// ones marked.
fn run_until(engine: &mut Engine, until: Timestamp) -> Vec<String> {
    use crate::rules::{Compiled, Run, Surroundings};
    let mut appended = Vec::new();
    while let Some(wake) = engine.schedule.wake().filter(|wake| wake.at <= until) {
        let mut steps = vec![engine.step(wake.at, Input::Wake)];
        while let Some(step) = steps.pop() {
            for effect in step.effects {
                match effect {
                    Effect::Evaluate(one) => {
                        let compiled = Compiled::new(one.group, &Default::default());
                        let around = Surroundings::in_virtual_time(Labels::empty(), "".into());
                        let mut run = Run::new(compiled.into(), one.state, one.at, around.into());
                        assert_eq!(run.needs(), None);
                        steps.push(engine.step(wake.at, Input::Evaluated(run.finish())));
                    }
                    Effect::Append(series) => appended.extend(series.iter().map(|one| {
                        let sample = &one.samples[0];
                        let stale = format!("{:?}", sample.value).contains("NaN");
                        let seconds = (sample.at - START).millis() / 1000;
                        format!("{}{seconds}", if stale { "stale " } else { "" })
                    })),
                    _ => {}
                }
            }
        }
    }
    appended
}

#[test]
fn series_of_a_group_that_is_gone_end_unless_another_group_writes_them() {
    let configure = |engine: &mut Engine, seconds: i64, names: &[&str]| {
        let groups = names.iter().map(|name| recording(name)).collect();
        let setup = Arc::new(Setup { groups, ..setup() });
        engine.step(START + Span::from_secs(seconds), Input::Configure(setup)).effects
    };
    let at = |seconds: i64| START + Span::from_secs(seconds);
    for (successor, expected) in [(&["b"][..], &[][..]), (&[], &["stale 90"])] {
        let mut engine = Engine::new();
        configure(&mut engine, 0, &["a"]);
        assert_eq!(run_until(&mut engine, at(89)).len(), 1);
        assert_eq!(configure(&mut engine, 90, successor), [], "nothing is marked at once");
        let before: Vec<_> = run_until(&mut engine, at(209));
        assert!(before.iter().all(|one| !one.starts_with("stale")), "{before:?}");
        let after = run_until(&mut engine, at(211));
        let marked: Vec<_> = after.iter().filter(|one| one.starts_with("stale")).collect();
        assert_eq!(marked, expected);
    }
}

#[test]
fn evaluations_and_failures_are_counted_over_a_reload() {
    let mut engine = Engine::new();
    let changed = |limit| Arc::new(Group { limit, ..Group::clone(&recording("a")) });
    let configured = |group| Input::Configure(Arc::new(Setup { groups: vec![group], ..setup() }));
    drop(engine.step(START, configured(changed(0))).effects);
    run_until(&mut engine, START + Span::from_mins(3));
    drop(engine.step(START + Span::from_mins(3), configured(changed(7))).effects);
    run_until(&mut engine, START + Span::from_mins(5));
    let view = &engine.rule_groups()[0];
    assert_eq!((view.evaluations, view.failures, view.group.limit), (5, 0, 7));
    assert_eq!(engine.totals().rule_durations.count, 5);
    assert_eq!(engine.totals().group_durations.count, 5);
}
