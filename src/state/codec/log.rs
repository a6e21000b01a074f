//! Entries of the notification log, and groups' timers.

use std::sync::Arc;

use crate::engine::GroupTimer;
use crate::notify::LogEntry;

use super::message::Message;
use super::wire::time;

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LogEntryWire {
    #[prost(sint64, tag = "1")]
    at: i64,
    #[prost(fixed64, repeated, tag = "2")]
    firing: Vec<u64>,
    #[prost(fixed64, repeated, tag = "3")]
    resolved: Vec<u64>,
    #[prost(sint64, tag = "4")]
    expires_at: i64,
    #[prost(fixed64, repeated, tag = "5")]
    perhaps_firing: Vec<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GroupTimerWire {
    #[prost(sint64, tag = "1")]
    next_flush: i64,
    #[prost(bool, tag = "2")]
    unfinished: bool,
}

/// Writes what [`LogEntryWire`] reads.
pub(super) fn write(entry: &LogEntry, message: &mut Message<'_>) {
    message.time(1, entry.at);
    message.all_fixed(2, entry.firing.iter());
    message.all_fixed(3, entry.resolved.iter());
    message.time(4, entry.expires_at);
    message.all_fixed(5, entry.perhaps_firing.iter());
}

/// Writes what [`GroupTimerWire`] reads.
pub(super) fn write_timer(timer: &GroupTimer, message: &mut Message<'_>) {
    message.time(1, timer.next_flush);
    message.truth(2, timer.unfinished);
}

impl LogEntryWire {
    pub(super) fn entry(self) -> Arc<LogEntry> {
        Arc::new(LogEntry {
            at: time(self.at),
            firing: self.firing.into_iter().collect(),
            resolved: self.resolved.into_iter().collect(),
            expires_at: time(self.expires_at),
            perhaps_firing: self.perhaps_firing.into_iter().collect(),
        })
    }
}

impl GroupTimerWire {
    pub(super) fn timer(&self) -> GroupTimer {
        GroupTimer { next_flush: time(self.next_flush), unfinished: self.unfinished }
    }
}
