use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::drivers::simulate::{START, labels, setup};
use crate::engine::telemetry::EventOutputs;
use crate::engine::{Effect, Engine, Event, EventKind, Input, Notification, Setup, Step};
use crate::inhibit::InhibitRule;
use crate::label::{Labels, Matcher, Matchers};
use crate::notify::{Receipt, Verdict};
use crate::silence::{Silence, SilenceCommand};
use crate::time::{Span, Timestamp};

fn after(seconds: i64) -> Timestamp {
    START + Span::from_secs(seconds)
}

fn posted(alert: usize, ends_at: Option<Timestamp>) -> PostedAlert {
    PostedAlert {
        labels: labels(alert),
        annotations: Labels::empty(),
        starts_at: None,
        ends_at,
        generator_url: "".into(),
        details: Default::default(),
    }
}

/// An engine with one inhibition rule, and a recorder or none.
fn engine(events: Option<EventOutputs>) -> Engine {
    let setup = setup();
    let notification = Notification {
        events: events.map(Arc::new),
        inhibit_rules: vec![InhibitRule {
            name: "one".to_owned(),
            source: Matchers(vec![Matcher::equal("cause", "yes")]),
            target: matchers(0),
            equal: Vec::new(),
        }],
        ..Notification::clone(&setup.notification)
    };
    let mut engine = Engine::new();
    let setup = Setup { notification: Arc::new(notification), ..setup };
    let _ = engine.step(START, Input::Configure(Arc::new(setup)));
    engine
}

fn matchers(alert: usize) -> Matchers {
    let labels = labels(alert);
    Matchers(labels.iter().map(|(name, value)| Matcher::equal(name, value)).collect())
}

fn silence(alert: usize, id: &str, new_id: &str, starts_at: Timestamp) -> Input {
    let silence = Silence {
        id: Arc::from(id),
        matcher_sets: vec![matchers(alert)],
        starts_at,
        ends_at: after(7000),
        updated_at: START,
        created_by: "me".into(),
        comment: "".into(),
        annotations: Labels::empty(),
    };
    Input::Silence(SilenceCommand::Set { silence: Box::new(silence), new_id: Arc::from(new_id) })
}

fn events(step: &Step) -> Vec<Event> {
    let note = |effect: &Effect| match effect {
        Effect::Note(event) => Some(Event::clone(event)),
        _ => None,
    };
    step.effects.iter().filter_map(note).collect()
}

fn kinds(step: &Step) -> Vec<&'static str> {
    events(step).iter().map(|event| event.kind.text()).collect()
}

/// Reports every delivery of a step as arrived; the events of the reports.
fn deliver(engine: &mut Engine, at: Timestamp, step: &Step) -> Vec<Event> {
    let mut all = Vec::new();
    for effect in &step.effects {
        if let Effect::Deliver(delivery) = effect {
            let receipt = Receipt { delivery: delivery.id, verdict: Verdict::Delivered };
            all.extend(events(&engine.step(at, Input::Delivered(receipt))));
        }
    }
    all
}

#[test]
fn an_alerts_life_is_told_event_by_event() {
    let mut engine = engine(Some(EventOutputs::default()));
    let step = engine.step(START, Input::Alerts(vec![posted(2, None)]));
    assert_eq!(kinds(&step), ["alert_created", "alert_grouped"]);
    let again = engine.step(after(1), Input::Alerts(vec![posted(2, None)]));
    assert_eq!(kinds(&again), ["alert_grouped"]);

    let flush = engine.step(after(10), Input::Wake);
    let told = deliver(&mut engine, after(11), &flush);
    let EventKind::Notification(first) = &told[0].kind else { panic!("{told:?}") };
    assert_eq!((first.flush, first.alerts.len(), told.len()), (1, 1, 2));
    assert_eq!(first.repeat_interval, Span::from_mins(60));

    let _ = engine.step(after(20), Input::Alerts(vec![posted(2, Some(after(20)))]));
    let flush = engine.step(after(70), Input::Wake);
    let told = deliver(&mut engine, after(71), &flush);
    let kinds: Vec<_> = told.iter().map(|event| event.kind.text()).collect();
    // one of the two does not want to know of resolved alerts
    assert_eq!(kinds, ["notification", "alert_resolved"]);
    let EventKind::Notification(second) = &told[0].kind else { panic!("{told:?}") };
    assert_eq!((second.flush, second.group.incarnation), (2, first.group.incarnation));
    assert_eq!(told[1].at, after(71));
}

#[test]
fn flushes_that_go_by_at_rest_are_counted() {
    let mut engine = engine(Some(EventOutputs::default()));
    let _ = engine.step(START, Input::Alerts(vec![posted(2, Some(after(9000)))]));
    let flush = engine.step(after(10), Input::Wake);
    let _ = deliver(&mut engine, after(11), &flush);
    // the next word is due after the repeat interval: 61 slots later
    let wake = engine.step(after(12), Input::Wake).wake.unwrap();
    let flush = engine.step(wake.at, Input::Wake);
    let mut told = deliver(&mut engine, wake.at, &flush);
    while told.is_empty() {
        let wake = engine.step(wake.at, Input::Wake).wake.unwrap();
        let flush = engine.step(wake.at, Input::Wake);
        told = deliver(&mut engine, wake.at, &flush);
    }
    let EventKind::Notification(repeat) = &told[0].kind else { panic!("{told:?}") };
    assert_eq!(repeat.flush as i64, 1 + (told[0].at - after(10)).millis() / 60_000);
    assert!(repeat.flush > 50);
}

#[test]
fn silences_that_are_made_changed_and_replaced_are_told_and_ended_ones_are_not() {
    let mut engine = engine(Some(EventOutputs::default()));
    let made = engine.step(START, silence(0, "", "a", after(600)));
    assert_eq!(kinds(&made), ["silence_created"]);
    let changed = engine.step(after(1), silence(0, "a", "b", after(700)));
    assert_eq!(kinds(&changed), ["silence_updated"]);
    let replaced = engine.step(after(2), silence(1, "a", "c", after(700)));
    assert_eq!(kinds(&replaced), ["silence_created"]);
    let ended = engine.step(after(3), Input::Silence(SilenceCommand::Expire { id: "c".into() }));
    assert_eq!(kinds(&ended), [""; 0]);
}

#[test]
fn what_keeps_alerts_back_is_told_at_every_flush() {
    let mut engine = engine(Some(EventOutputs::default()));
    let source = PostedAlert {
        labels: Labels::from_pairs([("alertname", "Source"), ("cause", "yes")]),
        ..posted(0, None)
    };
    let _ = engine.step(START, silence(2, "", "a", START));
    let _ = engine.step(START, silence(2, "", "b", START));
    let _ = engine.step(START, Input::Alerts(vec![source, posted(0, None), posted(2, None)]));
    for at in [after(10), after(70)] {
        let flush = engine.step(at, Input::Wake);
        let kinds = kinds(&flush);
        let count = |kind| kinds.iter().filter(|other| **other == kind).count();
        assert_eq!(count("silence_muted_alert"), 2, "{kinds:?}");
        // by three routes
        assert!(count("inhibition_muted_alert") >= 1, "{kinds:?}");
        let _ = deliver(&mut engine, at, &flush);
    }
}

#[test]
fn without_a_recorder_there_are_no_events() {
    let mut engine = engine(None);
    let _ = engine.step(START, silence(0, "", "a", START));
    let step = engine.step(START, Input::Alerts(vec![posted(0, None), posted(2, None)]));
    assert_eq!(kinds(&step), [""; 0]);
    let flush = engine.step(after(10), Input::Wake);
    assert_eq!(kinds(&flush), [""; 0]);
    assert_eq!(deliver(&mut engine, after(11), &flush), []);
}
