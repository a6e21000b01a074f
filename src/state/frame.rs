//! Commits as they stand in the journal.
//!
//! ```text
//! frame:  length of body (8) | hash of body (8) | body                      little endian
//! body:   sequence (8) | change ...
//! change: 1 | length of key (4) | key | length of value (4) | value         a new value
//!         0 | length of key (4) | key                                       forgotten
//! ```

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::engine::Record;

use super::codec;

/// How many bytes stand before a body.
pub(super) const HEAD: usize = 16;
/// How many bytes stand before the changes of a body.
const SEQUENCE: usize = 8;
/// How large a buffer is kept for the next frame, in bytes.
const KEPT_CAPACITY: usize = 1 << 20;

/// A frame that is being made; it is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Frame(Vec<u8>);

/// A change within a body: its key, and where its new value is.
pub(super) type Change<'a> = (&'a [u8], Option<Range<usize>>);

impl Frame {
    /// Begins a frame for this commit.
    pub(super) fn begin(&mut self, sequence: u64) {
        if self.0.capacity() > KEPT_CAPACITY {
            self.0 = Vec::new();
        }
        self.0.clear();
        self.0.extend_from_slice(&[0; HEAD]);
        self.0.extend_from_slice(&sequence.to_le_bytes());
    }

    /// Adds a change.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        self.0.push(u8::from(value.is_some()));
        self.sized(|bytes| bytes.extend_from_slice(key));
        if let Some(value) = value {
            self.sized(|bytes| bytes.extend_from_slice(value));
        }
    }

    /// Adds a record.
    pub(super) fn put_record(&mut self, record: &Record) {
        self.0.push(u8::from(matches!(record, Record::Put(..))));
        self.sized(|bytes| codec::write_key(record.key(), bytes));
        if let Record::Put(key, value) = record {
            self.sized(|bytes| codec::write_value(key, value, bytes));
        }
    }

    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.0.len() <= HEAD + SEQUENCE
    }

    /// The frame, whole.
    pub(super) fn finish(&mut self) -> &[u8] {
        if let Some((head, body)) = self.0.split_first_chunk_mut::<HEAD>() {
            let number = u128::from(xxh3_64(body)) << 64 | body.len() as u128;
            *head = number.to_le_bytes();
        }
        &self.0
    }

    /// What was added, with copies of keys and values.
    pub(super) fn to_changes(&self) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let body = self.0.get(HEAD..).unwrap_or_default();
        let own = |(key, value): Change<'_>| (key.to_vec(), value.map(|at| body[at].to_vec()));
        changes(body).unwrap_or_default().into_iter().map(own).collect()
    }

    /// Adds what is written by `write`, after its length.
    fn sized(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        write(&mut self.0);
        // keys and values are far below 4 GiB: the codec limits them
        let length = (self.0.len() - start - 4) as u32;
        self.0[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// The length and the hash of the body that comes after these bytes.
pub(super) fn head(bytes: &[u8; HEAD]) -> (u64, u64) {
    let number = u128::from_le_bytes(*bytes);
    (number as u64, (number >> 64) as u64)
}

/// The commit that a body is, if the body is what was written.
pub(super) fn sequence(body: &[u8], hash: u64) -> Option<u64> {
    if xxh3_64(body) != hash {
        return None;
    }
    body.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The changes of a body, in order; none where they cannot be read.
pub(super) fn changes(body: &[u8]) -> Option<Vec<Change<'_>>> {
    let mut at = SEQUENCE;
    let mut changes = Vec::new();
    while let Some(kind) = body.get(at) {
        at += 1;
        let key = pull(body, &mut at)?;
        let value = match kind {
            0 => None,
            1 => Some(pull(body, &mut at)?),
            _ => return None,
        };
        changes.push((body.get(key)?, value));
    }
    Some(changes)
}

/// Where the bytes are whose length is at `at`, which goes on behind them.
fn pull(body: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let length = body.get(*at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))?;
    let start = *at + 4;
    let end = start.checked_add(length as usize).filter(|end| *end <= body.len())?;
    *at = end;
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_in_order() {
        let mut frame = Frame::default();
        frame.begin(7);
        assert!(frame.is_empty());
        frame.put(b"a", Some(b"1"));
        frame.put(b"b", Some(b""));
        frame.put(b"a", None);
        let bytes = frame.finish().to_vec();
        let (length, hash) = head(bytes.first_chunk().unwrap());
        let body = &bytes[HEAD..];
        assert_eq!((length as usize, sequence(body, hash)), (body.len(), Some(7)));
        let found = changes(body).unwrap();
        let texts: Vec<_> =
            found.iter().map(|(key, at)| (*key, at.clone().map(|at| &body[at]))).collect();
        let (a, b): (&[u8], &[u8]) = (b"a", b"b");
        assert_eq!(texts, [(a, Some(&b"1"[..])), (b, Some(b"")), (a, None)]);
        assert_eq!(frame.to_changes()[2], (b"a".to_vec(), None));
    }

    #[test]
    fn any_flipped_byte_of_a_body_is_noticed() {
        let mut frame = Frame::default();
        frame.begin(7);
        frame.put(b"key", Some(b"value"));
        let bytes = frame.finish().to_vec();
        let (_, hash) = head(bytes.first_chunk().unwrap());
        for position in HEAD..bytes.len() {
            let mut body = bytes[HEAD..].to_vec();
            body[position - HEAD] ^= 0x10;
            assert_eq!(sequence(&body, hash), None);
            // read without a look at the hash, it is read or refused
            let _ = changes(&body);
        }
    }

    #[test]
    fn a_large_buffer_is_let_go() {
        let mut frame = Frame::default();
        frame.begin(1);
        frame.put(b"key", Some(&vec![0; 2 * KEPT_CAPACITY]));
        frame.begin(2);
        assert!(frame.0.capacity() <= KEPT_CAPACITY);
    }
}
