//! What a group remembers between evaluations, and what one evaluation yields.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::label::Labels;
use crate::sample::Series;
use crate::time::Timestamp;

use super::GroupId;

/// The life cycle of a rule's alert. (Source: Prometheus docs, "Alerting rules".)
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertState {
    /// Was firing, is resolved; kept for a while so that the resolution is told.
    Inactive,
    /// The condition holds, `for` is not over.
    Pending,
    /// Firing.
    Firing,
}

/// One alert of one rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleAlert {
    /// Where it is in its life.
    pub state: AlertState,
    /// Its identity: the element's labels, the rule's expanded labels, `alertname`.
    pub labels: Labels,
    /// Expanded annotations, of the last evaluation that saw it.
    pub annotations: Labels,
    /// The value at the last evaluation that saw it.
    pub value: f64,
    /// When the condition began to hold.
    pub active_at: Timestamp,
    /// When it began to fire.
    pub fired_at: Option<Timestamp>,
    /// When it was resolved; only of inactive ones.
    pub resolved_at: Option<Timestamp>,
    /// When it was last handed on to the notification pipeline.
    pub last_sent_at: Option<Timestamp>,
    /// Since when it fires only because of `keep_firing_for`.
    pub keep_firing_since: Option<Timestamp>,
}

/// How the last evaluation of a rule went.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Health {
    /// Not evaluated yet.
    #[default]
    Unknown,
    /// Well.
    Good,
    /// It failed, and this is why.
    Failed(String),
}

/// What one rule remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleState {
    /// The alerts of an alerting rule by their labels.
    pub alerts: BTreeMap<Labels, RuleAlert>,
    /// The series that the last good evaluation wrote: those that vanish get a stale marker.
    pub written: Arc<[Labels]>,
    /// How the last evaluation went.
    pub health: Health,
    /// When it last ran.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, templates and a source that evaluates included, waiting for samples
    /// not (by
    /// [`super::Surroundings::stopwatch`]; zero in virtual time).
    pub evaluation_time: Duration,
    /// How many samples it yielded.
    pub samples: usize,
}

/// What a group remembers, a [`RuleState`] for each of its rules, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupState {
    /// By position of the rule.
    pub rules: Vec<RuleState>,
    /// Series of rules that a reload took away: the next run marks them stale and forgets them.
    pub orphans: Arc<[Labels]>,
    /// Whether the past of the alerts is known.
    pub restoration: Restoration,
    /// When the group last ran.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took, from the start of the run to its end, waiting included (by
    /// [`super::Surroundings::stopwatch`]; zero in virtual time).
    pub evaluation_time: Duration,
    /// How long it took to read since when its alerts hold, if that was done.
    pub restore_time: Duration,
}

/// Whether the past of a group's alerts is known. While it is not, the run writes no `ALERTS`
/// and no `ALERTS_FOR_STATE`: the old ones are what the past is read from.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Restoration {
    /// It is, or there is none to wait for.
    #[default]
    Complete,
    /// It is still to be read from `ALERTS_FOR_STATE`.
    Awaited,
}

/// What one evaluation of a group yields.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which group.
    pub group: GroupId,
    /// The slot it was evaluated for.
    pub at: Timestamp,
    /// The group's new memory.
    pub state: GroupState,
    /// Samples to store: recorded series, `ALERTS`, `ALERTS_FOR_STATE`, stale markers.
    pub series: Vec<Series>,
    /// Alerts that are due to be handed on, in rule order and label order.
    pub alerts: Vec<DueAlert>,
    /// Warnings and errors worth a log line, with the rule's name in front.
    pub notes: Vec<String>,
}

/// An alert as it is handed on to the notification pipeline: what Prometheus would post to
/// Alertmanager. [`RuleAlert::last_sent_at`] of the outcome's state already says so.
#[derive(Clone, Debug, PartialEq)]
pub struct DueAlert {
    /// Which rule of the group, by position.
    pub rule: usize,
    /// The labels, with the external labels that it lacks.
    pub labels: Labels,
    /// The annotations.
    pub annotations: Labels,
    /// When it began to fire.
    pub starts_at: Timestamp,
    /// When it was resolved; of a firing one, until when it may be taken for firing without
    /// being heard of again.
    pub ends_at: Timestamp,
    /// Where its expression can be looked at.
    pub generator_url: Arc<str>,
}

impl RuleState {
    /// Whether there is nothing that an empty result would change.
    pub(super) fn is_quiet(&self) -> bool {
        self.alerts.is_empty() && self.written.is_empty()
    }

    /// The gravest state of the rule's alerts; inactive when it has none.
    pub fn alert_state(&self) -> AlertState {
        let states = self.alerts.values().map(|alert| alert.state);
        states.max().unwrap_or(AlertState::Inactive)
    }
}

impl GroupState {
    /// Every series of the group that has been written and not been marked stale, sorted: what
    /// is to be marked when the group goes away.
    pub fn series(&self) -> Vec<Labels> {
        let written = self.rules.iter().flat_map(|rule| rule.written.iter());
        let mut series: Vec<Labels> = written.chain(self.orphans.iter()).cloned().collect();
        series.sort();
        series.dedup();
        series
    }
}
