//! Words that all messages share.

use prost::Message;

use crate::label::Labels;
use crate::time::Timestamp;

use super::{CodecError, VALUE_LIMIT, VERSION};

/// Reads a version byte and a message.
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

pub(super) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
