//! Records as stored keys and values.
//!
//! ```text
//! 'a' fingerprint (8, big endian)      'g' GroupKey      'd' number (8, big endian)
//! 's' id                               'r' RuleAlertKey  'b' a blob's name
//! 'n' LogKey                           capital names: protobuf
//! ```
//!
//! A value is a version byte and a protobuf message. Fields are only ever added, never given
//! another meaning; the version is raised when an old reader would go wrong. Domain types know
//! nothing of this. Whatever the bytes, decoding ends in a record or an error.

mod alert;
mod decision;
mod key;
mod log;
mod message;
mod rule_alert;
mod silence;
mod wire;

use crate::engine::{Record, RecordKey, RecordValue};

/// The version that is written; newer ones are not read.
pub const VERSION: u8 = 1;
/// The largest value that is read, in bytes.
pub const VALUE_LIMIT: usize = 64 << 20;

const BLOB: u8 = b'b';

/// Why stored bytes are no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The key begins with a byte we do not know.
    #[error("unknown kind of record {0:#04x}: written by a newer version?")]
    Kind(u8),
    /// The value's version is not ours.
    #[error("version {0} of {1}: written by a newer version?")]
    Version(u8, &'static str),
    /// The value is larger than [`VALUE_LIMIT`].
    #[error("{0} of more than {VALUE_LIMIT} bytes")]
    TooLarge(&'static str),
    /// Not protobuf.
    #[error("{what}: {source}")]
    Protobuf {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        source: prost::DecodeError,
    },
    /// Protobuf, but no such thing can be.
    #[error("{what}: bad {field}")]
    Field {
        /// What was read.
        what: &'static str,
        /// Which field makes no sense.
        field: &'static str,
    },
}

/// What an entry of the store is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A record, put.
    Record(Record),
    /// A blob: name and content.
    Blob(String, Vec<u8>),
}

/// The stored key of a record and its stored value, none to forget it.
pub fn encode(record: &Record) -> (Vec<u8>, Option<Vec<u8>>) {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    write_key(record.key(), &mut key);
    match record {
        Record::Put(key, content) => write_value(key, content, &mut value),
        Record::Forget(_) => return (key, None),
    }
    (key, Some(value))
}

/// Writes the stored key to the end of some bytes.
pub(super) fn write_key(key: &RecordKey, bytes: &mut Vec<u8>) {
    key::write(key, bytes);
}

/// Writes the stored value to the end of some bytes.
pub(super) fn write_value(key: &RecordKey, value: &RecordValue, bytes: &mut Vec<u8>) {
    message::versioned(bytes, |message| match value {
        RecordValue::Alert(value) => alert::write(value, message),
        RecordValue::Silence(value) => silence::write(value, message),
        RecordValue::Notified(value) => log::write(value, message),
        RecordValue::Group(value) => log::write_timer(value, message),
        RecordValue::RuleAlert(value) => {
            let labels = match key {
                RecordKey::RuleAlert(key) => Some(&key.labels),
                _ => None,
            };
            rule_alert::write(value, labels, message);
        }
        RecordValue::Decision(value) => decision::write(value, message),
    });
}

/// Reads an entry.
///
/// # Errors
/// Whatever is not what [`encode`] or a newer version of it wrote.
pub fn decode(key: &[u8], value: &[u8]) -> Result<Content, CodecError> {
    if let Some((&BLOB, name)) = key.split_first() {
        let name = String::from_utf8(name.to_vec());
        let name = name.map_err(|_| CodecError::Field { what: "blob", field: "name" })?;
        return Ok(Content::Blob(name, value.to_vec()));
    }
    let key = key::decode(key)?;
    let value = decode_value(&key, value)?;
    Ok(Content::Record(Record::Put(key, value)))
}

/// Whether a stored key is of an entry of the notification log.
pub fn is_log_entry(key: &[u8]) -> bool {
    key.first() == Some(&key::NOTIFIED)
}

/// Whether a stored key is of a silence.
pub fn is_silence(key: &[u8]) -> bool {
    key.first() == Some(&key::SILENCE)
}

/// The stored key of a blob.
pub fn blob_key(name: &str) -> Vec<u8> {
    let mut key = vec![BLOB];
    key.extend_from_slice(name.as_bytes());
    key
}

fn decode_value(key: &RecordKey, bytes: &[u8]) -> Result<RecordValue, CodecError> {
    match key {
        RecordKey::Alert(_) => {
            wire::read::<alert::AlertWire>("alert", bytes)?.alert().map(RecordValue::Alert)
        }
        RecordKey::Silence(_) => wire::read::<silence::SilenceWire>("silence", bytes)?
            .silence()
            .map(RecordValue::Silence),
        RecordKey::Notified(_) => {
            let entry = wire::read::<log::LogEntryWire>("notification log entry", bytes)?;
            Ok(RecordValue::Notified(entry.entry()))
        }
        RecordKey::Group(_) => {
            let timer = wire::read::<log::GroupTimerWire>("group", bytes)?;
            Ok(RecordValue::Group(timer.timer()))
        }
        RecordKey::RuleAlert(key) => {
            wire::read::<rule_alert::RuleAlertWire>("alert of a rule", bytes)?
                .alert(&key.labels)
                .map(RecordValue::RuleAlert)
        }
        RecordKey::Decision(_) => wire::read::<decision::DecisionWire>("decision", bytes)?
            .decision()
            .map(RecordValue::Decision),
    }
}

#[cfg(test)]
mod tests;
