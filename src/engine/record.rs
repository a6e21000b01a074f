//! What must be durable. A record is a key with its new value, or with none: forget it.
//! Whoever applies all records in order has the state; nothing else is kept anywhere.

use std::sync::Arc;

use crate::alerts::Alert;
use crate::label::{Fingerprint, Labels};
use crate::notify::{LogEntry, LogKey};
use crate::rules::{GroupId, RuleAlert};
use crate::silence::Silence;
use crate::time::Timestamp;

use super::decision::Decision;

/// One durable change.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// The thing of this key now has this value.
    Put(RecordKey, RecordValue),
    /// The thing of this key is gone.
    Forget(RecordKey),
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKey {
    /// An alert of the notification pipeline.
    Alert(Fingerprint),
    /// A silence, by its id.
    Silence(Arc<str>),
    /// What an integration was last told about a group.
    Notified(LogKey),
    /// The timer of an aggregation group.
    Group(GroupKey),
    /// An alert of a rule.
    RuleAlert(RuleAlertKey),
    /// A decision, by its number.
    Decision(u64),
}

/// The value of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordValue {
    /// Of [`RecordKey::Alert`].
    Alert(Arc<Alert>),
    /// Of [`RecordKey::Silence`].
    Silence(Arc<Silence>),
    /// Of [`RecordKey::Notified`].
    Notified(Arc<LogEntry>),
    /// Of [`RecordKey::Group`].
    Group(GroupTimer),
    /// Of [`RecordKey::RuleAlert`].
    RuleAlert(RuleAlert),
    /// Of [`RecordKey::Decision`].
    Decision(Arc<Decision>),
}

/// An aggregation group's identity: its route and the labels it is grouped by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The route's id: its key and the child index of every level, `{}/{a="b"}/0`.
    pub route: Arc<str>,
    /// The labels the group is grouped by.
    pub labels: Labels,
}

/// When a group is due next.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct GroupTimer {
    /// The next flush.
    pub next_flush: Timestamp,
    /// Whether deliveries of the last flush have no receipt yet: after a crash the group is
    /// flushed at once, because nobody will report them any more.
    pub unfinished: bool,
}

/// A rule's alert: which group, which rule, which labels.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleAlertKey {
    /// The group.
    pub group: GroupId,
    /// The rule's name (the alert's name).
    pub rule: Arc<str>,
    /// Which of several rules of this name in the group, from 0.
    pub ordinal: u32,
    /// The alert's labels.
    pub labels: Labels,
}

impl Record {
    /// What the record is about.
    pub fn key(&self) -> &RecordKey {
        match self {
            Record::Put(key, _) | Record::Forget(key) => key,
        }
    }
}
