//! Everything the engine may ask of the world.

use std::fmt;
use std::sync::Arc;

use crate::forward::alerts::Shared;
use crate::notify::Delivery;
use crate::rules::{Group, GroupState};
use crate::sample::Series;
use crate::silence::SilenceError;
use crate::time::Timestamp;

use super::{Event, Passage, Record};

/// One request to the world. The driver starts it when the step's records are durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Evaluate a rule group; answered by [`super::Input::Evaluated`].
    Evaluate(Evaluation),
    /// Try once to tell a receiver; answered by [`super::Input::Delivered`].
    Deliver(Delivery),
    /// Store series: recorded ones, `ALERTS`, `ALERTS_FOR_STATE`, stale markers.
    Append(Vec<Series>),
    /// Send alerts of rules on to external Alertmanagers; nothing comes back.
    Forward(Vec<Shared>),
    /// Tell the caller of a silence command what came of it: the silence's id.
    Reply(Result<Arc<str>, SilenceError>),
    /// Write down what happened, for the event recorder.
    Note(Box<Event>),
    /// Say in an alert's trace where it went.
    Pass(Box<Passage>),
}

/// One evaluation of a group, with all it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The group.
    pub group: Arc<Group>,
    /// What it remembers.
    pub state: Arc<GroupState>,
    /// The slot.
    pub at: Timestamp,
    /// When the engine gives it up.
    pub overdue: Timestamp,
}

/// One atomic advance: commit `records`, then start `effects`, then sleep until `wake`.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Step {
    /// What must be durable before anything else happens.
    pub records: Vec<Record>,
    /// What is to be done then, in this order.
    pub effects: Vec<Effect>,
    /// When something is due next.
    pub wake: Option<Wake>,
}

/// The next moment something is due, and what.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When.
    pub at: Timestamp,
    /// What is due.
    pub why: WakeReason,
}

/// What is due. In the order in which things of one moment happen.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WakeReason {
    /// A rule group's slot.
    Evaluate,
    /// An evaluation has not answered in time.
    EvaluationOverdue,
    /// Series of a rule group that is gone end.
    EndSeries,
    /// An attempt has not reported back in time.
    DeliveryOverdue,
    /// A failed delivery is tried again.
    Retry,
    /// A new group has waited.
    GroupWait,
    /// A group's interval is over.
    GroupInterval,
    /// Silences and log entries past their retention are forgotten.
    Maintenance,
    /// Resolved alerts are forgotten.
    Collection,
}

impl fmt::Display for WakeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WakeReason::Evaluate => "evaluate rule group",
            WakeReason::EvaluationOverdue => "evaluation overdue",
            WakeReason::EndSeries => "end series",
            WakeReason::DeliveryOverdue => "delivery overdue",
            WakeReason::Retry => "retry delivery",
            WakeReason::GroupWait => "group_wait over",
            WakeReason::GroupInterval => "group_interval over",
            WakeReason::Maintenance => "maintenance",
            WakeReason::Collection => "alert collection",
        })
    }
}
