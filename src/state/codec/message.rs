//! Messages written straight from what they tell of, without a copy of it in between.
//!
//! The bytes are those that prost would write: fields in the order of their tags, none for a
//! zero or an empty text, lengths as short as they can be.

use crate::label::Labels;
use crate::time::Timestamp;

use super::VERSION;

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const SIZED: u64 = 2;

/// A protobuf message that is being written to the end of some bytes.
pub(super) struct Message<'a>(&'a mut Vec<u8>);

/// Writes the version byte and a message.
pub(super) fn versioned(bytes: &mut Vec<u8>, fields: impl FnOnce(&mut Message<'_>)) {
    bytes.push(VERSION);
    bare(bytes, fields);
}

/// Writes a message without a version.
pub(super) fn bare(bytes: &mut Vec<u8>, fields: impl FnOnce(&mut Message<'_>)) {
    fields(&mut Message(bytes));
}

impl Message<'_> {
    /// A text; an empty one takes no space.
    pub(super) fn text(&mut self, tag: u64, text: &str) {
        if !text.is_empty() {
            self.item(tag, text);
        }
    }

    /// A text of a list: written even where it is empty.
    pub(super) fn item(&mut self, tag: u64, text: &str) {
        self.key(tag, SIZED);
        varint(self.0, text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn number(&mut self, tag: u64, number: u64) {
        if number != 0 {
            self.key(tag, VARINT);
            varint(self.0, number);
        }
    }

    pub(super) fn truth(&mut self, tag: u64, truth: bool) {
        self.number(tag, truth.into());
    }

    pub(super) fn time(&mut self, tag: u64, time: Timestamp) {
        self.number(tag, zigzag(time));
    }

    /// A moment that may be missing: one of zero is not missing.
    pub(super) fn perhaps_time(&mut self, tag: u64, time: Option<Timestamp>) {
        if let Some(time) = time {
            self.key(tag, VARINT);
            varint(self.0, zigzag(time));
        }
    }

    pub(super) fn fixed(&mut self, tag: u64, number: u64) {
        if number != 0 {
            self.key(tag, FIXED64);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Numbers of a fixed length, packed.
    pub(super) fn all_fixed<'n>(
        &mut self,
        tag: u64,
        numbers: impl ExactSizeIterator<Item = &'n u64>,
    ) {
        if numbers.len() > 0 {
            self.key(tag, SIZED);
            varint(self.0, 8 * numbers.len() as u64);
            numbers.for_each(|number| self.0.extend_from_slice(&number.to_le_bytes()));
        }
    }

    /// A message within: written even where it has no fields.
    pub(super) fn message(&mut self, tag: u64, fields: impl FnOnce(&mut Message<'_>)) {
        self.key(tag, SIZED);
        let start = self.0.len();
        // most lengths take two bytes
        self.0.extend_from_slice(&[0; 2]);
        bare(self.0, fields);
        let length = self.0.len() - start - 2;
        let (bytes, count) = digits(length as u64);
        self.0.splice(start..start + 2, bytes.into_iter().take(count));
    }

    /// A label set: name, value, name, value, ...; nothing where it has no labels.
    pub(super) fn labels(&mut self, tag: u64, labels: &Labels) {
        if !labels.is_empty() {
            self.message(tag, |message| message.pairs(labels));
        }
    }

    /// The fields of a label set.
    pub(super) fn pairs(&mut self, labels: &Labels) {
        for (name, value) in labels.iter() {
            self.item(1, name);
            self.item(1, value);
        }
    }

    fn key(&mut self, tag: u64, kind: u64) {
        varint(self.0, tag << 3 | kind);
    }
}

fn zigzag(time: Timestamp) -> u64 {
    let millis = time.millis();
    ((millis << 1) ^ (millis >> 63)) as u64
}

fn varint(bytes: &mut Vec<u8>, number: u64) {
    let (digits, count) = digits(number);
    bytes.extend_from_slice(&digits[..count]);
}

/// The bytes of a varint, and how many of them count.
fn digits(mut number: u64) -> ([u8; 10], usize) {
    let (mut bytes, mut count) = ([0; 10], 0);
    loop {
        let more = number > 0x7f;
        bytes[count] = (number & 0x7f) as u8 | u8::from(more) << 7;
        count += 1;
        number >>= 7;
        if !more {
            return (bytes, count);
        }
    }
}
