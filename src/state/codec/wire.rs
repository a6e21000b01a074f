//! Words that all messages share.

use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType};
use prost::{DecodeError, Message};

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

/// A label set: name, value, name, value, ... in name order. One message with repeated texts of
/// tag 1, read without a string for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LabelsWire {
    /// All texts, one after the other.
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    /// The text that was read last.
    last: Vec<u8>,
}

impl Message for LabelsWire {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        self.items().for_each(|item| encoding::bytes::encode(1, &item.to_vec(), buffer));
    }

    fn merge_field(
        &mut self,
        tag: u32,
        kind: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        if tag != 1 {
            return encoding::skip_field(kind, tag, buffer, context);
        }
        encoding::bytes::merge(kind, &mut self.last, buffer, context)?;
        self.bytes.extend_from_slice(&self.last);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        self.items().map(|item| encoding::bytes::encoded_len(1, &item.to_vec())).sum()
    }

    fn clear(&mut self) {
        *self = LabelsWire::default();
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
        let mut items = self.items().map(|item| str::from_utf8(item).map_err(|_| bad()));
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(self.ends.len() / 2);
        while let Some(name) = items.next() {
            let (name, value) = (name?, items.next().ok_or_else(bad)??);
            if pairs.last().is_some_and(|(last, _)| *last >= name) || !takes(value) {
                return Err(bad());
            }
            pairs.push((name, value));
        }
        Ok(Labels::from_sorted(pairs))
    }

    fn items(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
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
