//! The notification log. (Source: `nflog/nflogpb/nflog.proto`.)

use crate::notify::{Hashes, LogEntry, LogKey};

use super::stream::{Moment, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MeshEntry {
    #[prost(message, optional, tag = "1")]
    entry: Option<Entry>,
    #[prost(message, optional, tag = "2")]
    expires_at: Option<Moment>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(bytes = "vec", tag = "1")]
    group_key: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    receiver: Option<Receiver>,
    #[prost(message, optional, tag = "5")]
    timestamp: Option<Moment>,
    #[prost(uint64, repeated, tag = "6")]
    firing_alerts: Vec<u64>,
    #[prost(uint64, repeated, tag = "7")]
    resolved_alerts: Vec<u64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Receiver {
    #[prost(string, tag = "1")]
    group_name: String,
    #[prost(string, tag = "2")]
    integration: String,
    #[prost(uint32, tag = "3")]
    idx: u32,
}

impl MeshEntry {
    pub(super) fn new(key: &LogKey, entry: &LogEntry) -> MeshEntry {
        let receiver = Receiver {
            group_name: key.receiver.to_string(),
            integration: key.kind.to_string(),
            idx: key.index,
        };
        let kept = Entry {
            group_key: key.group_key.as_bytes().to_vec(),
            receiver: Some(receiver),
            timestamp: Some(entry.at.into()),
            firing_alerts: entry.firing.iter().copied().collect(),
            resolved_alerts: entry.resolved.iter().copied().collect(),
        };
        MeshEntry { entry: Some(kept), expires_at: Some(entry.expires_at.into()) }
    }

    /// Key and entry. A key that is not UTF-8 is of no group of ours and stays without effect.
    pub(super) fn entry(self) -> (LogKey, LogEntry) {
        let kept = self.entry.unwrap_or_default();
        let receiver = kept.receiver.unwrap_or_default();
        let key = LogKey {
            group_key: String::from_utf8_lossy(&kept.group_key).into(),
            receiver: receiver.group_name.into(),
            kind: receiver.integration.into(),
            index: receiver.idx,
        };
        let entry = LogEntry {
            at: time(kept.timestamp.as_ref()),
            firing: kept.firing_alerts.into_iter().collect(),
            resolved: kept.resolved_alerts.into_iter().collect(),
            perhaps_firing: Hashes::default(),
            expires_at: time(self.expires_at.as_ref()),
        };
        (key, entry)
    }
}
