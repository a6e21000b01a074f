//! Receivers that fail, and what they believe.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::drivers::world::Outside;
use crate::engine::Evaluation;
use crate::label::Labels;
use crate::notify::{Delivery, Failure, FailureClass, NotifyReason, Verdict};
use crate::rules::Outcome;
use crate::sample::Series;
use crate::silence::SilenceError;
use crate::time::{Span, Timestamp};

use super::Chance;
use super::setup::LOG_LIFETIME;

/// Whom and what: the receiver's target and the group's key.
pub(super) type Address = (String, Arc<str>);

/// What a receiver knows of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct Belief {
    pub(super) firing: BTreeSet<Labels>,
    pub(super) resolved: BTreeSet<Labels>,
    /// Until when the sender does not know that the last message arrived.
    in_doubt_until: Timestamp,
    /// When the last message arrived.
    told_at: Timestamp,
    /// The message before this one, to tell doubles.
    last: Option<(BTreeSet<Labels>, BTreeSet<Labels>)>,
}

/// Everything outside of the engine.
pub(super) struct Receivers {
    chance: Chance,
    /// How many of a hundred attempts go wrong.
    pub(super) faults: u8,
    pub(super) belief: BTreeMap<Address, Belief>,
    pub(super) messages: usize,
    pub(super) doubles: usize,
    pub(super) broken: Vec<String>,
    pub(super) trace: Vec<String>,
}

impl Receivers {
    pub(super) fn new(chance: Chance) -> Receivers {
        Receivers {
            chance,
            faults: 0,
            belief: BTreeMap::new(),
            messages: 0,
            doubles: 0,
            broken: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// The process dies: of messages whose report is on its way nobody will know.
    pub(super) fn lose_reports(&mut self, now: Timestamp) {
        for belief in self.belief.values_mut() {
            if belief.in_doubt_until >= now {
                belief.in_doubt_until = Timestamp::MAX;
            }
        }
    }

    /// A message does not arrive, and the sender may not know.
    fn is_lost(&mut self, delivery: &Delivery, reported_at: Timestamp) {
        let address = (delivery.target(), Arc::clone(&delivery.group_key));
        let belief = self.belief.entry(address).or_default();
        belief.in_doubt_until = belief.in_doubt_until.max(reported_at);
    }

    fn arrives(&mut self, now: Timestamp, delivery: &Delivery, reported_at: Timestamp) {
        let (firing, resolved): (Vec<_>, Vec<_>) =
            delivery.alerts.iter().partition(|alert| alert.firing);
        let set = |alerts: Vec<&crate::template::data::AlertData>| -> BTreeSet<Labels> {
            alerts.into_iter().map(|alert| alert.labels.clone()).collect()
        };
        let (firing, resolved) = (set(firing), set(resolved));
        let address = (delivery.target(), Arc::clone(&delivery.group_key));
        let belief = self.belief.entry(address.clone()).or_default();
        let told = Some((firing.clone(), resolved.clone()));
        // who was not told of an end is told the same when it begins again: one that does not
        // want to know, or one from which a silence kept it until the log forgot the group
        let began_again = delivery.reason == NotifyReason::FirstNotification
            && (!delivery.integration().send_resolved || belief.told_at + LOG_LIFETIME <= now);
        let repeated = delivery.reason == NotifyReason::RepeatInterval;
        if belief.last == told && !repeated && !began_again {
            self.doubles += 1;
            if belief.in_doubt_until < now {
                let reason = delivery.reason;
                self.broken.push(format!("{now}: {address:?} was told the same twice ({reason})"));
            }
        }
        belief.last = told;
        belief.told_at = now;
        belief.in_doubt_until = reported_at;
        belief.resolved = resolved;
        belief.firing = firing;
        self.messages += 1;
    }
}

impl Outside for Receivers {
    fn deliver(&mut self, now: Timestamp, delivery: &Delivery) -> Vec<(Span, Verdict)> {
        let fault = if self.chance.below(100) < u64::from(self.faults) {
            1 + self.chance.below(6)
        } else {
            0
        };
        self.trace.push(format!(
            "{now} {} {} {} attempt {} fault {fault}",
            delivery.target(),
            delivery.group_key,
            delivery.reason,
            delivery.attempt
        ));
        let delay = Span::from_millis(1 + self.chance.below(2_000) as i64);
        let long = Span::from_millis(self.chance.below(120_000) as i64);
        let retry = Verdict::Retry(failure(FailureClass::ServerError));
        match fault {
            0 => {
                self.arrives(now, delivery, now + delay);
                vec![(delay, Verdict::Delivered)]
            }
            1 => {
                self.is_lost(delivery, now + delay);
                vec![(delay, retry)]
            }
            2 => {
                self.is_lost(delivery, Timestamp::MAX);
                Vec::new()
            }
            3 => {
                self.arrives(now, delivery, Timestamp::MAX);
                Vec::new()
            }
            4 => {
                let in_time = now + long < delivery.deadline;
                self.arrives(now, delivery, if in_time { now + long } else { Timestamp::MAX });
                vec![(long, Verdict::Delivered)]
            }
            5 => {
                self.arrives(now, delivery, now);
                vec![(Span::ZERO, Verdict::Delivered), (delay, Verdict::Delivered)]
            }
            _ => {
                self.is_lost(delivery, now + delay);
                vec![(delay, Verdict::Rejected(failure(FailureClass::ClientError)))]
            }
        }
    }

    fn evaluate(&mut self, _now: Timestamp, _evaluation: &Evaluation) -> Option<Outcome> {
        None
    }

    fn append(&mut self, _now: Timestamp, _series: Vec<Series>) {}

    fn reply(&mut self, now: Timestamp, reply: Result<Arc<str>, SilenceError>) {
        if let Err(error) = reply {
            self.broken.push(format!("{now}: a silence was refused: {error}"));
        }
    }
}

fn failure(class: FailureClass) -> Failure {
    Failure { class, message: "simulated".to_owned() }
}
