use std::sync::Arc;

use super::{ORIGINS_LIMIT, Passage, PassageKind};
use crate::alerts::PostedAlert;
use crate::drivers::simulate::{START, labels, setup};
use crate::engine::{Effect, Engine, Input, Step, Suppression};
use crate::label::{Labels, Matcher, Matchers};
use crate::notify::Delivery;
use crate::silence::{Silence, SilenceCommand};
use crate::time::Span;
use crate::trace::{Sampling, TraceContext};

fn context(number: u8) -> TraceContext {
    let (trace, span) = ([number; 16], [number; 8]);
    TraceContext { trace, span, sampling: Sampling::Kept, state: "".into() }
}

fn posted(labels: Labels) -> PostedAlert {
    PostedAlert {
        labels,
        annotations: Labels::empty(),
        starts_at: None,
        ends_at: None,
        generator_url: "".into(),
        details: Default::default(),
    }
}

fn traced(number: u8, labels: impl IntoIterator<Item = Labels>) -> Input {
    let alerts = labels.into_iter().map(posted).collect();
    Input::Traced(context(number), Box::new(Input::Alerts(alerts)))
}

fn engine() -> Engine {
    let mut engine = Engine::new();
    let _ = engine.step(START, Input::Configure(Arc::new(setup())));
    engine
}

fn passages(step: &Step) -> Vec<Passage> {
    let pass = |effect: &Effect| match effect {
        Effect::Pass(passage) => Some(Passage::clone(passage)),
        _ => None,
    };
    step.effects.iter().filter_map(pass).collect()
}

fn deliveries(step: &Step) -> Vec<Delivery> {
    let deliver = |effect: &Effect| match effect {
        Effect::Deliver(delivery) => Some(delivery.clone()),
        _ => None,
    };
    step.effects.iter().filter_map(deliver).collect()
}

#[test]
fn alerts_carry_what_they_came_of_to_the_messages_they_lead_to() {
    let mut engine = engine();
    let step = engine.step(START, traced(1, [labels(2)]));
    let joined = passages(&step);
    assert_eq!((joined.len(), &joined[0].kind), (1, &PassageKind::Joined));
    assert_eq!((&joined[0].origin, &joined[0].alert), (&context(1), &labels(2)));
    // what comes untraced changes nothing
    let step = engine.step(START, Input::Alerts(vec![posted(labels(2))]));
    assert_eq!(passages(&step), []);
    let sent = deliveries(&engine.step(START + Span::from_secs(10), Input::Wake));
    assert_eq!(sent.len(), 2);
    for delivery in sent {
        assert_eq!(*delivery.origins, [context(1)]);
    }
}

#[test]
fn silenced_alerts_end_their_trace() {
    let mut engine = engine();
    let alert = labels(2);
    let matchers = alert.iter().map(|(name, value)| Matcher::equal(name, value)).collect();
    let silence = Silence {
        id: "".into(),
        matcher_sets: vec![Matchers(matchers)],
        starts_at: START,
        ends_at: START + Span::from_mins(60),
        updated_at: START,
        created_by: "".into(),
        comment: "".into(),
        annotations: Labels::empty(),
    };
    let command = SilenceCommand::Set { silence: Box::new(silence), new_id: "s".into() };
    let _ = engine.step(START, Input::Silence(command));
    let _ = engine.step(START, traced(1, [alert]));
    let step = engine.step(START + Span::from_secs(10), Input::Wake);
    let kinds: Vec<_> = passages(&step).into_iter().map(|one| one.kind).collect();
    let silenced = Suppression::Silenced { ids: vec!["s".into()] };
    assert_eq!(kinds, [PassageKind::Suppressed(silenced)]);
    // it is said once
    let step = engine.step(START + Span::from_secs(70), Input::Wake);
    assert_eq!(passages(&step), []);
}

#[test]
fn a_group_keeps_no_more_origins_than_the_limit() {
    let mut engine = engine();
    let many = (0..=ORIGINS_LIMIT).map(|number| {
        Labels::from_pairs([("alertname", "A".to_owned()), ("number", number.to_string())])
    });
    let step = engine.step(START, traced(1, many));
    assert_eq!(passages(&step).len(), ORIGINS_LIMIT);
    let sent = deliveries(&engine.step(START + Span::from_secs(10), Input::Wake));
    assert_eq!(sent[0].origins.len(), ORIGINS_LIMIT);
    assert_eq!(sent[0].alerts.len(), ORIGINS_LIMIT + 1);
}
