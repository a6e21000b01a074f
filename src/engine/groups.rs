//! The aggregation groups with their timers, and the flushes that are under way.
//!
//! A group is known by a number from its birth to its end; its route and labels lead to the number
//! when an alert comes in, and nowhere else. What is due at one moment happens in the order of
//! numbers: groups that are older come first, but one that is born takes the number that became
//! free last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::notify::{DeliveryId, Hashes, LogEntry, LogKey, NotifyReason};
use crate::route::group::Seen;
use crate::route::{AggregationGroup, NodeId, RouteOptions};
use crate::template::data::AlertData;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;

use super::destination::Destination;
use super::schedule::Due;
use super::{Engine, GroupKey, GroupTimer, Record, RecordKey, RecordValue, Step, Suppression};

/// A group's identity inside the engine: its route's position and its labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupRef {
    pub(super) node: NodeId,
    pub(super) labels: Labels,
}

/// A group's number: the lowest that was free at its birth, or the one that became free last.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupNumber(u32);

/// All groups by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    slots: Vec<Option<Group>>,
    free: Vec<GroupNumber>,
    numbers: HashMap<GroupRef, GroupNumber, foldhash::fast::FixedState>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) reference: GroupRef,
    pub(super) content: Arc<AggregationGroup>,
    /// The key text, `{}/{team="x"}:{alertname="y"}`.
    pub(super) key: Arc<str>,
    pub(super) next_flush: Timestamp,
    /// The timer that was written down last.
    pub(super) recorded: Option<GroupTimer>,
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

/// How a group begins.
#[derive(Copy, Clone, Debug)]
pub(super) struct Birth {
    /// When it is flushed first, unless dispatching begins later.
    pub(super) flush_at: Timestamp,
    /// The timer that a process before wrote down, which made `flush_at`.
    pub(super) recorded: Option<GroupTimer>,
}

/// A flush that has deliveries without a final word.
#[derive(Clone, Debug)]
pub(super) struct Flush {
    pub(super) at: Timestamp,
    pub(super) deadline: Timestamp,
    pub(super) seen: Vec<Seen>,
    pub(super) destination: Arc<Destination>,
    /// By position of the integration; those with a final word are gone.
    pub(super) sends: Vec<Dispatch>,
    pub(super) failed: bool,
    /// Which flush of the group this is, from 1.
    pub(super) number: u64,
    pub(super) origins: Arc<[TraceContext]>,
}

/// What one integration is told by a flush.
#[derive(Clone, Debug)]
pub(super) struct Dispatch {
    /// Of the integration in the receiver.
    pub(super) position: usize,
    /// `kind[index]`, as decisions name the integration.
    pub(super) name: Arc<str>,
    pub(super) log_key: LogKey,
    pub(super) reason: NotifyReason,
    pub(super) alerts: Arc<[AlertData]>,
    pub(super) firing: Hashes,
    pub(super) resolved: Hashes,
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

impl Groups {
    /// The number of the group of a route and labels, if there is one.
    pub(super) fn number_of(&self, reference: &GroupRef) -> Option<GroupNumber> {
        self.numbers.get(reference).copied()
    }

    /// Takes in a group that is not there yet.
    pub(super) fn add(&mut self, group: Group) -> GroupNumber {
        let number = self.free.pop().unwrap_or_else(|| {
            // memory ends long before numbers do
            let next = GroupNumber(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
            self.slots.push(None);
            next
        });
        self.numbers.insert(group.reference.clone(), number);
        self.slots[number.0 as usize] = Some(group);
        number
    }

    /// Takes a group out; its number is free.
    pub(super) fn remove(&mut self, number: GroupNumber) -> Option<Group> {
        let group = self.slots.get_mut(number.0 as usize)?.take()?;
        self.numbers.remove(&group.reference);
        self.free.push(number);
        Some(group)
    }

    pub(super) fn get(&self, number: GroupNumber) -> Option<&Group> {
        self.slots.get(number.0 as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: GroupNumber) -> Option<&mut Group> {
        self.slots.get_mut(number.0 as usize)?.as_mut()
    }

    /// All groups, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (GroupNumber, &Group)> {
        let numbered = self.slots.iter().zip(0..);
        numbered.filter_map(|(slot, number)| Some((GroupNumber(number), slot.as_ref()?)))
    }

    /// All groups for good, by number.
    pub(super) fn into_numbered(self) -> impl Iterator<Item = (GroupNumber, Group)> {
        let numbered = self.slots.into_iter().zip(0..);
        numbered.filter_map(|(slot, number)| Some((GroupNumber(number), slot?)))
    }

    /// All groups, without numbers.
    pub(super) fn values(&self) -> impl Iterator<Item = &Group> {
        self.slots.iter().flatten()
    }
}

impl Flush {
    /// What an integration is told, as long as it has no final word.
    pub(super) fn send(&self, integration: usize) -> Option<&Dispatch> {
        self.sends.iter().find(|send| send.position == integration)
    }

    /// See [`Flush::send`].
    pub(super) fn send_mut(&mut self, integration: usize) -> Option<&mut Dispatch> {
        self.sends.iter_mut().find(|send| send.position == integration)
    }
}

impl Group {
    pub(super) fn node(&self) -> NodeId {
        self.reference.node
    }

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

    pub(super) fn due(&self, number: GroupNumber) -> Due {
        if self.flushed { Due::GroupInterval(number) } else { Due::GroupWait(number) }
    }
}

impl Engine {
    /// What happens with the alerts of a group.
    pub(super) fn options_of(&self, group: &Group) -> &RouteOptions {
        &self.tree.node(group.node()).options
    }

    pub(super) fn group_key(&self, group: &GroupRef) -> GroupKey {
        GroupKey { route: Arc::clone(&self.tree.node(group.node).id), labels: group.labels.clone() }
    }

    /// Writes the group's timer down, unless what is written leads to the same: a group whose
    /// flush is not over, or was due before now, is flushed at once when we come back.
    pub(super) fn record_timer(&mut self, now: Timestamp, number: GroupNumber, step: &mut Step) {
        let Some(group) = self.groups.get_mut(number) else { return };
        let timer = group.timer();
        let is_due = |known: GroupTimer| known.unfinished || known.next_flush <= now;
        if group.recorded.is_some_and(|it| it == timer || timer.unfinished && is_due(it)) {
            return;
        }
        group.recorded = Some(timer);
        let GroupRef { node, ref labels } = group.reference;
        let (route, labels) = (Arc::clone(&self.tree.node(node).id), labels.clone());
        let key = RecordKey::Group(GroupKey { route, labels });
        step.records.push(Record::Put(key, RecordValue::Group(timer)));
    }

    /// Moves the group's next flush and arms the timer.
    pub(super) fn arm(&mut self, number: GroupNumber, at: Timestamp) {
        if let Some(group) = self.groups.get_mut(number) {
            self.schedule.remove(group.next_flush, group.due(number));
            group.next_flush = at;
            self.schedule.add(at, group.due(number));
        }
    }

    /// Forgets a group with its timer and its deliveries.
    pub(super) fn destroy(&mut self, number: GroupNumber, step: &mut Step) {
        self.resting.remove(&number);
        if let Some(group) = self.groups.remove(number) {
            self.schedule.remove(group.next_flush, group.due(number));
            if let Some(flush) = &group.flush {
                self.forget_sends(number, flush);
            }
            let key = RecordKey::Group(self.group_key(&group.reference));
            step.records.push(Record::Forget(key));
        }
    }

    pub(super) fn forget_sends(&mut self, number: GroupNumber, flush: &Flush) {
        for send in &flush.sends {
            self.unschedule(number, send.position, send.state);
        }
        for id in flush.sends.iter().flat_map(|send| &send.attempts) {
            self.deliveries.remove(id);
        }
    }

    /// Takes a send that has its final word out of the group's flush.
    pub(super) fn take_send(
        &mut self,
        number: GroupNumber,
        integration: usize,
    ) -> Option<Dispatch> {
        let flush = self.groups.get_mut(number)?.flush.as_mut()?;
        let place = flush.sends.iter().position(|send| send.position == integration)?;
        let send = flush.sends.remove(place);
        for id in &send.attempts {
            self.deliveries.remove(id);
        }
        Some(send)
    }

    pub(super) fn unschedule(
        &mut self,
        number: GroupNumber,
        integration: usize,
        state: DispatchState,
    ) {
        match state {
            DispatchState::InFlight { id, overdue } => {
                self.schedule.remove(overdue, Due::DeliveryOverdue(id));
            }
            DispatchState::Waiting { until } => {
                self.schedule.remove(until, Due::Retry(number, integration));
            }
        }
    }
}
