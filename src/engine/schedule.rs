//! What is due when: one ordered set, from which the next wake-up is read.

use std::collections::BTreeSet;

use crate::notify::DeliveryId;
use crate::rules::GroupId;
use crate::time::Timestamp;

use super::effect::{Wake, WakeReason};
use super::groups::GroupNumber;

/// Something that is due at a moment. What is due at one moment happens in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    Evaluate(GroupId),
    EvaluationOverdue(GroupId),
    EndSeries,
    DeliveryOverdue(DeliveryId),
    Retry(GroupNumber, usize),
    GroupWait(GroupNumber),
    GroupInterval(GroupNumber),
    Maintenance,
    Collection,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    entries: BTreeSet<(Timestamp, Due)>,
}

impl Schedule {
    pub(super) fn add(&mut self, at: Timestamp, due: Due) {
        self.entries.insert((at, due));
    }

    pub(super) fn remove(&mut self, at: Timestamp, due: Due) {
        self.entries.remove(&(at, due));
    }

    /// Removes and gives the first thing that is due by `now`, with the moment it was due.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.entries.first()?;
        if first.0 > now { None } else { self.entries.pop_first() }
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.entries.first().map(|(at, due)| Wake { at: *at, why: due.reason() })
    }
}

impl Due {
    pub(super) fn reason(&self) -> WakeReason {
        match self {
            Due::Evaluate(_) => WakeReason::Evaluate,
            Due::EvaluationOverdue(_) => WakeReason::EvaluationOverdue,
            Due::EndSeries => WakeReason::EndSeries,
            Due::DeliveryOverdue(_) => WakeReason::DeliveryOverdue,
            Due::Retry(..) => WakeReason::Retry,
            Due::GroupWait(_) => WakeReason::GroupWait,
            Due::GroupInterval(_) => WakeReason::GroupInterval,
            Due::Maintenance => WakeReason::Maintenance,
            Due::Collection => WakeReason::Collection,
        }
    }
}
