//! What a group remembers between evaluations, and what one evaluation yields.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::Labels;
use crate::sample::Series;
use crate::time::{Span, Timestamp};

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
    /// How long that took (measured by the driver; zero in virtual time).
    pub evaluation_time: Span,
}

/// What a group remembers, a [`RuleState`] for each of its rules, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupState {
    /// By position of the rule.
    pub rules: Vec<RuleState>,
    /// When the group last ran.
    pub last_evaluation: Option<Timestamp>,
    /// How long that took (measured by the driver; zero in virtual time).
    pub evaluation_time: Span,
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
    pub alerts: Vec<RuleAlert>,
    /// Warnings and errors worth a log line, with the rule's name in front.
    pub notes: Vec<String>,
}
