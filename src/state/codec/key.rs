//! Keys of records.

use std::sync::Arc;

use prost::Message;

use crate::engine::{GroupKey, RecordKey, RuleAlertKey};
use crate::label::Fingerprint;
use crate::notify::LogKey;
use crate::rules::GroupId;

use super::CodecError;
use super::wire::{LabelsWire, labels, labels_wire, message_of};

const ALERT: u8 = b'a';
const SILENCE: u8 = b's';
const NOTIFIED: u8 = b'n';
const GROUP: u8 = b'g';
const RULE_ALERT: u8 = b'r';
const DECISION: u8 = b'd';

#[derive(Clone, PartialEq, prost::Message)]
struct LogKeyWire {
    #[prost(string, tag = "1")]
    group_key: String,
    #[prost(string, tag = "2")]
    receiver: String,
    #[prost(string, tag = "3")]
    kind: String,
    #[prost(uint32, tag = "4")]
    index: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct GroupKeyWire {
    #[prost(string, tag = "1")]
    route: String,
    #[prost(message, optional, tag = "2")]
    labels: Option<LabelsWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RuleAlertKeyWire {
    #[prost(string, tag = "1")]
    file: String,
    #[prost(string, tag = "2")]
    group: String,
    #[prost(string, tag = "3")]
    rule: String,
    #[prost(uint32, tag = "4")]
    ordinal: u32,
    #[prost(message, optional, tag = "5")]
    labels: Option<LabelsWire>,
}

/// The stored key.
pub(super) fn encode(key: &RecordKey) -> Vec<u8> {
    match key {
        RecordKey::Alert(fingerprint) => join(ALERT, &fingerprint.0.to_be_bytes()),
        RecordKey::Silence(id) => join(SILENCE, id.as_bytes()),
        RecordKey::Notified(key) => join(NOTIFIED, &log_key(key).encode_to_vec()),
        RecordKey::Group(key) => {
            let wire =
                GroupKeyWire { route: key.route.to_string(), labels: labels_wire(&key.labels) };
            join(GROUP, &wire.encode_to_vec())
        }
        RecordKey::RuleAlert(key) => join(RULE_ALERT, &rule_alert_key(key).encode_to_vec()),
        RecordKey::Decision(number) => join(DECISION, &number.to_be_bytes()),
    }
}

/// Reads a stored key.
pub(super) fn decode(key: &[u8]) -> Result<RecordKey, CodecError> {
    let (kind, rest) = match key.split_first() {
        Some((kind, rest)) => (*kind, rest),
        None => return Err(CodecError::Field { what: "record", field: "key" }),
    };
    match kind {
        ALERT => Ok(RecordKey::Alert(Fingerprint(number("alert", rest)?))),
        SILENCE => match std::str::from_utf8(rest) {
            Ok(id) => Ok(RecordKey::Silence(Arc::from(id))),
            Err(_) => Err(CodecError::Field { what: "silence", field: "id" }),
        },
        NOTIFIED => {
            let wire: LogKeyWire = message_of("notification log key", rest)?;
            Ok(RecordKey::Notified(LogKey {
                group_key: wire.group_key.into(),
                receiver: wire.receiver.into(),
                kind: wire.kind.into(),
                index: wire.index,
            }))
        }
        GROUP => {
            let wire: GroupKeyWire = message_of("group key", rest)?;
            let labels = labels(wire.labels.as_ref(), "group key")?;
            Ok(RecordKey::Group(GroupKey { route: wire.route.into(), labels }))
        }
        RULE_ALERT => {
            let wire: RuleAlertKeyWire = message_of("rule alert key", rest)?;
            let labels = labels(wire.labels.as_ref(), "rule alert key")?;
            let group = GroupId { file: wire.file.into(), name: wire.group.into() };
            let (rule, ordinal) = (wire.rule.into(), wire.ordinal);
            Ok(RecordKey::RuleAlert(RuleAlertKey { group, rule, ordinal, labels }))
        }
        DECISION => Ok(RecordKey::Decision(number("decision", rest)?)),
        kind => Err(CodecError::Kind(kind)),
    }
}

fn log_key(key: &LogKey) -> LogKeyWire {
    LogKeyWire {
        group_key: key.group_key.to_string(),
        receiver: key.receiver.to_string(),
        kind: key.kind.to_string(),
        index: key.index,
    }
}

fn rule_alert_key(key: &RuleAlertKey) -> RuleAlertKeyWire {
    RuleAlertKeyWire {
        file: key.group.file.to_string(),
        group: key.group.name.to_string(),
        rule: key.rule.to_string(),
        ordinal: key.ordinal,
        labels: labels_wire(&key.labels),
    }
}

fn join(kind: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + rest.len());
    key.push(kind);
    key.extend_from_slice(rest);
    key
}

fn number(what: &'static str, bytes: &[u8]) -> Result<u64, CodecError> {
    match bytes.try_into() {
        Ok(bytes) => Ok(u64::from_be_bytes(bytes)),
        Err(_) => Err(CodecError::Field { what, field: "key" }),
    }
}
