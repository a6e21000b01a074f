//! Keys of records.

use std::sync::Arc;

use crate::engine::{GroupKey, RecordKey, RuleAlertKey};
use crate::label::Fingerprint;
use crate::notify::LogKey;
use crate::rules::GroupId;

use super::wire::{LabelsWire, labels, message_of};
use super::{CodecError, message};

const ALERT: u8 = b'a';
pub(super) const SILENCE: u8 = b's';
pub(super) const NOTIFIED: u8 = b'n';
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

/// Writes the stored key.
pub(super) fn write(key: &RecordKey, bytes: &mut Vec<u8>) {
    match key {
        RecordKey::Alert(fingerprint) => numbered(ALERT, fingerprint.0, bytes),
        RecordKey::Silence(id) => {
            bytes.push(SILENCE);
            bytes.extend_from_slice(id.as_bytes());
        }
        RecordKey::Notified(key) => {
            bytes.push(NOTIFIED);
            message::bare(bytes, |message| {
                message.text(1, &key.group_key);
                message.text(2, &key.receiver);
                message.text(3, &key.kind);
                message.number(4, key.index.into());
            });
        }
        RecordKey::Group(key) => {
            bytes.push(GROUP);
            message::bare(bytes, |message| {
                message.text(1, &key.route);
                message.labels(2, &key.labels);
            });
        }
        RecordKey::RuleAlert(key) => {
            bytes.push(RULE_ALERT);
            message::bare(bytes, |message| {
                message.text(1, &key.group.file);
                message.text(2, &key.group.name);
                message.text(3, &key.rule);
                message.number(4, key.ordinal.into());
                message.labels(5, &key.labels);
            });
        }
        RecordKey::Decision(number) => numbered(DECISION, *number, bytes),
    }
}

fn numbered(kind: u8, number: u64, bytes: &mut Vec<u8>) {
    bytes.push(kind);
    bytes.extend_from_slice(&number.to_be_bytes());
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

fn number(what: &'static str, bytes: &[u8]) -> Result<u64, CodecError> {
    match bytes.try_into() {
        Ok(bytes) => Ok(u64::from_be_bytes(bytes)),
        Err(_) => Err(CodecError::Field { what, field: "key" }),
    }
}
