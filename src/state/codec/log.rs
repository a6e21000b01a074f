//! Entries of the notification log, and groups' timers.

use std::sync::Arc;

use crate::engine::GroupTimer;
use crate::notify::LogEntry;

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

impl From<&LogEntry> for LogEntryWire {
    fn from(entry: &LogEntry) -> LogEntryWire {
        LogEntryWire {
            at: entry.at.millis(),
            firing: entry.firing.iter().copied().collect(),
            resolved: entry.resolved.iter().copied().collect(),
            expires_at: entry.expires_at.millis(),
            perhaps_firing: entry.perhaps_firing.iter().copied().collect(),
        }
    }
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

impl From<&GroupTimer> for GroupTimerWire {
    fn from(timer: &GroupTimer) -> GroupTimerWire {
        GroupTimerWire { next_flush: timer.next_flush.millis(), unfinished: timer.unfinished }
    }
}

impl GroupTimerWire {
    pub(super) fn timer(&self) -> GroupTimer {
        GroupTimer { next_flush: time(self.next_flush), unfinished: self.unfinished }
    }
}
