//! Words that all messages share.

use prost::Message;

use crate::label::Labels;
use crate::time::Timestamp;

use super::{CodecError, VALUE_LIMIT, VERSION};

/// The version byte and the message.
pub(super) fn versioned(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes
}

/// Reads what [`versioned`] wrote.
pub(super) fn read<M: Message + Default>(
    what: &'static str,
    bytes: &[u8],
) -> Result<M, CodecError> {
    let Some((&version, message)) = bytes.split_first() else {
        return Err(CodecError::Field { what, field: "length" });
    };
    if version != VERSION {
        return Err(CodecError::Version(version, what));
    }
    message_of(what, message)
}

/// Reads a message without a version.
pub(super) fn message_of<M: Message + Default>(
    what: &'static str,
    bytes: &[u8],
) -> Result<M, CodecError> {
    if bytes.len() > VALUE_LIMIT {
        return Err(CodecError::TooLarge(what));
    }
    M::decode(bytes).map_err(|source| CodecError::Protobuf { what, source })
}

/// A label set: name, value, name, value, ... in name order.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LabelsWire {
    #[prost(string, repeated, tag = "1")]
    pairs: Vec<String>,
}

impl From<&Labels> for LabelsWire {
    fn from(labels: &Labels) -> LabelsWire {
        let pairs = labels.iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]);
        LabelsWire { pairs: pairs.collect() }
    }
}

impl LabelsWire {
    /// The set, if it is one: in order, without empty values.
    pub(super) fn labels(&self, what: &'static str) -> Result<Labels, CodecError> {
        self.pairs(what, |value| !value.is_empty())
    }

    /// Texts by name, if they are in order.
    pub(super) fn texts(&self, what: &'static str) -> Result<Labels, CodecError> {
        self.pairs(what, |_| true)
    }

    fn pairs(&self, what: &'static str, takes: fn(&str) -> bool) -> Result<Labels, CodecError> {
        let bad = || CodecError::Field { what, field: "labels" };
        let mut last = None;
        for pair in self.pairs.chunks(2) {
            let [name, value] = pair else { return Err(bad()) };
            if last >= Some(name) || !takes(value) {
                return Err(bad());
            }
            last = Some(name);
        }
        let pairs = self.pairs.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1]));
        Ok(Labels::from_sorted(pairs))
    }
}

/// A missing message is a label set without labels.
pub(super) fn labels(wire: Option<&LabelsWire>, what: &'static str) -> Result<Labels, CodecError> {
    wire.map_or_else(|| Ok(Labels::empty()), |wire| wire.labels(what))
}

/// A missing message is no texts.
pub(super) fn texts(wire: Option<&LabelsWire>, what: &'static str) -> Result<Labels, CodecError> {
    wire.map_or_else(|| Ok(Labels::empty()), |wire| wire.texts(what))
}

/// What a set is written as: nothing where it has no labels.
pub(super) fn labels_wire(labels: &Labels) -> Option<LabelsWire> {
    (!labels.is_empty()).then(|| LabelsWire::from(labels))
}

pub(super) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
