use std::sync::Arc;

use super::*;
use crate::alerts::PostedAlert;
use crate::drivers::simulate::{START, setup};
use crate::engine::{Effect, Input, Setup, Step};
use crate::inhibit::InhibitRule;
use crate::label::{Labels, Matcher, Matchers};
use crate::notify::{Receipt, Verdict};
use crate::silence::{Silence, SilenceCommand};
use crate::time::Details;

#[test]
fn the_next_slot_is_the_first_after_now() {
    let slot = |now, next| {
        let at = Timestamp::from_millis;
        next_slot(at(now), at(next), Span::from_millis(10)).millis()
    };
    let cases =
        [(0, 5, 5), (0, 10, 10), (0, 11, 1), (0, 30, 10), (1, 30, 10), (29, 30, 30), (40, 30, 30)];
    for (now, next, expect) in cases {
        assert_eq!(slot(now, next), expect, "{now} {next}");
    }
}

/// Whether groups of an engine may rest.
#[derive(Copy, Clone, PartialEq)]
enum Rest {
    Allowed,
    Never,
}

/// An engine whose messages all arrive at once, with what it sent and how often it was called.
struct Run {
    engine: Engine,
    rest: Rest,
    sent: Vec<String>,
    calls: usize,
}

impl Run {
    fn new(rest: Rest) -> Run {
        let mut run = Run { engine: Engine::new(), rest, sent: Vec::new(), calls: 0 };
        run.step(START, Input::Configure(Arc::new(inhibiting())));
        run
    }

    fn step(&mut self, now: Timestamp, input: Input) {
        self.calls += 1;
        let step = self.engine.step(now, input);
        self.take(now, step);
        if self.rest == Rest::Never {
            self.engine.wake_all_up(now);
        }
    }

    fn take(&mut self, now: Timestamp, step: Step) {
        for effect in step.effects {
            let Effect::Deliver(delivery) = effect else { continue };
            let alerts: Vec<_> =
                delivery.alerts.iter().map(|one| format!("{}{}", one.labels, one.firing)).collect();
            self.sent.push(format!(
                "{} {} {} {} {}",
                (now - START).millis(),
                delivery.group_key,
                delivery.receiver.name,
                delivery.reason,
                alerts.join(" ")
            ));
            let receipt = Receipt { delivery: delivery.id, verdict: Verdict::Delivered };
            let step = self.engine.step(now, Input::Delivered(receipt));
            self.take(now, step);
        }
    }

    fn run_until(&mut self, until: Timestamp) {
        while let Some(wake) = self.engine.schedule.wake().filter(|wake| wake.at <= until) {
            self.step(wake.at, Input::Wake);
        }
    }
}

/// The simulator's routes, and one rule: what is called A inhibits what is called B of its team.
fn inhibiting() -> Setup {
    let mut setup = setup();
    let called = |name: &str| Matchers(vec![Matcher::equal("alertname", name)]);
    if let Some(notification) = Arc::get_mut(&mut setup.notification) {
        notification.inhibit_rules = vec![InhibitRule {
            name: String::new(),
            source: called("A"),
            target: called("B"),
            equal: vec!["team".to_owned()],
        }];
    }
    setup
}

/// The next of a sequence of numbers below a limit.
fn chance(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

fn random_input(seed: &mut u64, now: Timestamp, number: usize) -> Input {
    let later = |seed: &mut u64| now + Span::from_secs(30 * chance(seed, 90) as i64);
    if chance(seed, 4) == 0 {
        let starts_at = if chance(seed, 2) == 0 { now } else { later(seed) };
        let team = chance(seed, 3).to_string();
        let silence = Silence {
            id: "".into(),
            matcher_sets: vec![Matchers(vec![Matcher::equal("team", &team)])],
            starts_at,
            ends_at: starts_at + Span::from_secs(30 * chance(seed, 40) as i64),
            updated_at: now,
            created_by: "".into(),
            comment: "".into(),
            annotations: Labels::empty(),
        };
        let new_id = Arc::from(format!("{number:03}"));
        return Input::Silence(SilenceCommand::Set { silence: Box::new(silence), new_id });
    }
    let (team, instance) = (chance(seed, 3).to_string(), chance(seed, 3).to_string());
    let name = ["A", "B", "C"][chance(seed, 3) as usize];
    let labels = [("alertname", name), ("team", team.as_str()), ("i", instance.as_str())];
    let ends_at = match chance(seed, 4) {
        0 => Some(now),
        1 => None,
        _ => Some(later(seed)),
    };
    Input::Alerts(vec![PostedAlert {
        labels: Labels::from_pairs(labels),
        annotations: Labels::empty(),
        starts_at: None,
        ends_at,
        generator_url: "".into(),
        details: Details::default(),
    }])
}

#[test]
fn resting_changes_no_message_and_no_decision_and_saves_calls() {
    let (mut resting, mut never, mut messages) = (0, 0, 0);
    for seed in 0..60_u64 {
        let mut runs = [Run::new(Rest::Allowed), Run::new(Rest::Never)];
        let (mut chances, mut now) = (seed, START);
        for number in 0..40 {
            now = now + Span::from_millis(1 + 1000 * chance(&mut chances, 900) as i64);
            let input = random_input(&mut chances, now, number);
            for run in &mut runs {
                run.run_until(now);
                run.step(now, input.clone());
            }
        }
        for run in &mut runs {
            run.run_until(now + Span::from_mins(300));
        }
        let [with, without] = &runs;
        assert_eq!(with.sent, without.sent, "seed {seed}");
        let decisions =
            |run: &Run| run.engine.decisions().map(|(_, one)| Arc::clone(one)).collect::<Vec<_>>();
        assert_eq!(decisions(with), decisions(without), "seed {seed}");
        (resting, never) = (resting + with.calls, never + without.calls);
        messages += with.sent.len();
    }
    assert!(messages > 1000, "{messages}");
    assert!(resting * 2 < never, "{resting} calls, {never} without rest");
}

#[test]
fn what_evaluations_bring_is_told_at_a_slot_of_the_same_moment() {
    let at = |seconds| START + Span::from_secs(seconds);
    let alert = |ends_at| PostedAlert {
        labels: Labels::from_pairs([("alertname", "C"), ("team", "9")]),
        annotations: Labels::empty(),
        starts_at: None,
        ends_at: Some(ends_at),
        generator_url: "".into(),
        details: Details::default(),
    };
    for (evaluated_at, next) in [(None, at(250)), (Some(at(190)), at(190))] {
        let mut run = Run::new(Rest::Allowed);
        run.step(START, Input::Alerts(vec![alert(at(9_000))]));
        run.run_until(at(100));
        run.engine.evaluated_at = evaluated_at;
        run.step(at(190), Input::Alerts(vec![alert(at(190))]));
        assert_eq!(run.engine.schedule.wake().map(|wake| wake.at), Some(next));
    }
}
