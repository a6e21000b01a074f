//! The aggregation groups with their timers, and the flushes that are under way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::notify::integration::Receiver;
use crate::notify::{DeliveryId, LogEntry, LogKey, NotifyReason};
use crate::route::group::Seen;
use crate::route::{AggregationGroup, NodeId};
use crate::template::data::AlertData;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;

use super::schedule::Due;
use super::{Engine, GroupKey, GroupTimer, Record, RecordKey, RecordValue, Step, Suppression};

/// A group inside the engine: its route's position and its labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupRef {
    pub(super) node: NodeId,
    pub(super) labels: Labels,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) content: Arc<AggregationGroup>,
    /// The key text, `{}/{team="x"}:{alertname="y"}`.
    pub(super) key: Arc<str>,
    pub(super) next_flush: Timestamp,
    pub(super) flushed: bool,
    /// Set while the previous flush is not over when the next one is due.
    pub(super) late: bool,
    pub(super) flush: Option<Flush>,
    /// What kept alerts back at the last flush.
    pub(super) suppressed: BTreeMap<Fingerprint, (Labels, Suppression)>,
    pub(super) route_labels: Labels,
    /// Which of all groups this is, in the order in which they were made.
    pub(super) incarnation: u64,
    /// How many flushes there were, those included that went by while it rested.
    pub(super) flushes: u64,
    /// The first slot that goes by while it rests.
    pub(super) rests_from: Option<Timestamp>,
    /// What alerts came of that nobody was told of since.
    pub(super) origins: BTreeMap<Fingerprint, TraceContext>,
}

/// A flush that has deliveries without a final word.
#[derive(Clone, Debug)]
pub(super) struct Flush {
    pub(super) at: Timestamp,
    pub(super) deadline: Timestamp,
    pub(super) seen: Vec<Seen>,
    pub(super) receiver: Arc<Receiver>,
    pub(super) sends: BTreeMap<usize, Dispatch>,
    pub(super) failed: bool,
    /// Which flush of the group this is, from 1.
    pub(super) number: u64,
    pub(super) origins: Arc<[TraceContext]>,
}

/// What one integration is told by a flush.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    pub(super) log_key: LogKey,
    pub(super) reason: NotifyReason,
    pub(super) alerts: Arc<[AlertData]>,
    pub(super) firing: BTreeSet<u64>,
    pub(super) resolved: BTreeSet<u64>,
    pub(super) attempt: u32,
    /// When the last attempt began.
    pub(super) begun: Timestamp,
    /// What the log said before the first attempt.
    pub(super) before: Option<Arc<LogEntry>>,
    /// Whether an attempt was made of which nobody knows whether it arrived.
    pub(super) doubtful: bool,
    /// The attempts made so far; the report of any of them may come.
    pub(super) attempts: Vec<DeliveryId>,
    pub(super) state: DispatchState,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum DispatchState {
    InFlight { id: DeliveryId, overdue: Timestamp },
    Waiting { until: Timestamp },
}

impl Group {
    pub(super) fn timer(&self) -> GroupTimer {
        GroupTimer { next_flush: self.next_flush, unfinished: self.flush.is_some() || self.late }
    }

    /// The number of the flush that begins, from 1; slots that went by at rest count.
    pub(super) fn count_flush(&mut self, interval: Span) -> u64 {
        if let Some(first) = self.rests_from.take()
            && interval > Span::ZERO
        {
            let slots = (self.next_flush - first).millis() / interval.millis();
            self.flushes += u64::try_from(slots).unwrap_or(0);
        }
        self.flushes += 1;
        self.flushes
    }

    pub(super) fn due(&self, group: &GroupRef) -> Due {
        if self.flushed { Due::GroupInterval(group.clone()) } else { Due::GroupWait(group.clone()) }
    }
}

impl Engine {
    pub(super) fn group_key(&self, group: &GroupRef) -> GroupKey {
        GroupKey { route: Arc::clone(&self.tree.node(group.node).id), labels: group.labels.clone() }
    }

    /// Writes the group's timer down.
    pub(super) fn record_timer(&self, reference: &GroupRef, step: &mut Step) {
        let key = RecordKey::Group(self.group_key(reference));
        if let Some(group) = self.groups.get(reference) {
            step.records.push(Record::Put(key, RecordValue::Group(group.timer())));
        }
    }

    /// Moves the group's next flush and arms the timer.
    pub(super) fn arm(&mut self, reference: &GroupRef, at: Timestamp) {
        if let Some(group) = self.groups.get_mut(reference) {
            self.schedule.remove(group.next_flush, group.due(reference));
            group.next_flush = at;
            self.schedule.add(at, group.due(reference));
        }
    }

    /// Forgets a group with its timer and its deliveries.
    pub(super) fn destroy(&mut self, reference: &GroupRef, step: &mut Step) {
        self.resting.remove(reference);
        if let Some(group) = self.groups.remove(reference) {
            self.schedule.remove(group.next_flush, group.due(reference));
            if let Some(flush) = group.flush {
                self.forget_sends(reference, &flush);
            }
            step.records.push(Record::Forget(RecordKey::Group(self.group_key(reference))));
        }
    }

    pub(super) fn forget_sends(&mut self, reference: &GroupRef, flush: &Flush) {
        for (&integration, send) in &flush.sends {
            self.unschedule(reference, integration, send.state);
        }
        for id in flush.sends.values().flat_map(|send| &send.attempts) {
            self.deliveries.remove(id);
        }
    }

    /// Takes a send that has its final word out of the group's flush.
    pub(super) fn take_send(
        &mut self,
        reference: &GroupRef,
        integration: usize,
    ) -> Option<Dispatch> {
        let flush = self.groups.get_mut(reference)?.flush.as_mut()?;
        let send = flush.sends.remove(&integration)?;
        for id in &send.attempts {
            self.deliveries.remove(id);
        }
        Some(send)
    }

    pub(super) fn unschedule(
        &mut self,
        group: &GroupRef,
        integration: usize,
        state: DispatchState,
    ) {
        match state {
            DispatchState::InFlight { id, overdue } => {
                self.schedule.remove(overdue, Due::DeliveryOverdue(id));
            }
            DispatchState::Waiting { until } => {
                self.schedule.remove(until, Due::Retry(group.clone(), integration));
            }
        }
    }
}
