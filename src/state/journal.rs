//! Batches that are durable, but not yet in their places.
//!
//! ```text
//! key:    0x01 | sequence (8, big endian) | part (4, big endian)
//! value:  parts (4) | change ... | hash of key and all before (8)           little endian
//! change: 1 | length of key (4) | key | length of value (4) | value         a new value
//!         0 | length of key (4) | key                                       forgotten
//! ```
//!
//! To write a batch as one value costs a tree a hundredth of what its keys cost one by one. The
//! changes are put into their places later, a slice at a time, when nobody waits:
//!
//! ```text
//! commit --> fresh --(when settling is empty)--> settling --slices--> the tree
//! ```

use std::collections::BTreeMap;
use std::mem;

use xxhash_rust::xxh3::Xxh3;

use super::{Batch, StateError};

/// The first byte of a journal entry's key; no other key begins with it.
pub(super) const PREFIX: u8 = 1;
/// How large the changes of one entry become before another is begun, in bytes.
const PART_BYTES: usize = 64 << 10;

/// Changes that are in the journal only.
#[derive(Debug, Default)]
pub(super) struct Journal {
    fresh: Changes,
    settling: Changes,
}

/// Changes, the entries that hold them, and the commit that they lead to.
#[derive(Debug, Default)]
pub(super) struct Changes {
    batch: Batch,
    keys: Vec<Vec<u8>>,
    sequence: u64,
    bytes: usize,
}

/// A part of the changes that are being put into their places.
pub(super) struct Slice {
    /// The changes.
    pub batch: Batch,
    /// With the last slice: the journal's entries that have done their duty, and the commit that
    /// everything in the tree is of now at least.
    pub last: Option<(Vec<Vec<u8>>, u64)>,
}

impl Journal {
    /// Notes a batch that is durable as these entries.
    pub(super) fn note(&mut self, batch: &Batch, entries: Vec<(Vec<u8>, Vec<u8>)>, sequence: u64) {
        let fresh = &mut self.fresh;
        fresh.bytes += entries.iter().map(|(_, value)| value.len()).sum::<usize>();
        fresh.keys.extend(entries.into_iter().map(|(key, _)| key));
        fresh.batch.extend(batch.iter().map(|(key, value)| (key.clone(), value.clone())));
        fresh.sequence = sequence;
    }

    /// How many bytes the entries have that are not yet being put into their places.
    pub(super) fn fresh_bytes(&self) -> usize {
        self.fresh.bytes
    }

    /// Whether every change is in its place.
    pub(super) fn is_settled(&self) -> bool {
        self.fresh.keys.is_empty() && self.settling.keys.is_empty()
    }

    /// What the journal says of a key, if anything.
    #[cfg(test)]
    pub(super) fn get(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.fresh.batch.get(key).or_else(|| self.settling.batch.get(key))
    }

    /// Puts the changes over what is in the tree.
    pub(super) fn overlay(&self, entries: &mut BTreeMap<Vec<u8>, Vec<u8>>) {
        for (key, value) in self.settling.batch.iter().chain(&self.fresh.batch) {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
    }

    /// The next slice of at most so many changes; nothing when all is settled.
    pub(super) fn slice(&mut self, most: usize) -> Option<Slice> {
        if self.settling.keys.is_empty() {
            self.settling = mem::take(&mut self.fresh);
        }
        if self.settling.keys.is_empty() {
            return None;
        }
        let rest = match self.settling.batch.keys().nth(most).cloned() {
            Some(first) => self.settling.batch.split_off(&first),
            None => Batch::new(),
        };
        let batch = mem::replace(&mut self.settling.batch, rest);
        let last = self.settling.batch.is_empty().then(|| {
            let done = mem::take(&mut self.settling);
            (done.keys, done.sequence)
        });
        Some(Slice { batch, last })
    }
}

/// The entries that stand for a batch.
pub(super) fn encode(sequence: u64, batch: &Batch) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut parts = vec![Vec::new()];
    for (key, value) in batch {
        if parts.last().is_some_and(|part| part.len() >= PART_BYTES) {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push(u8::from(value.is_some()));
            push_sized(part, key);
            if let Some(value) = value {
                push_sized(part, value);
            }
        }
    }
    let count = parts.len() as u32;
    let number = |(part, changes): (u32, Vec<u8>)| {
        let key = entry_key(sequence, part);
        let mut value = Vec::with_capacity(changes.len() + 12);
        value.extend_from_slice(&count.to_le_bytes());
        value.extend_from_slice(&changes);
        value.extend_from_slice(&hash(&key, &value).to_le_bytes());
        (key, value)
    };
    (0..).zip(parts).map(number).collect()
}

/// Reads the journal of a tree whose entries are all of one commit, `applied`, at least.
///
/// # Errors
/// When an entry is missing or not what was written.
pub(super) fn read(applied: u64, entries: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Journal, StateError> {
    let mut journal = Journal::default();
    let (mut sequence, mut expected) = (applied, (0, 0));
    let mut batch = Batch::new();
    let mut parts = Vec::new();
    for (key, value) in entries {
        let damaged = || StateError::Damaged(format!("the journal behind commit {applied}"));
        let (count, changes) = open(&key, &value).ok_or_else(damaged)?;
        if expected == (0, 0) {
            (sequence, expected) = (sequence + 1, (0, count));
        }
        if key != entry_key(sequence, expected.0) || count != expected.1 {
            return Err(damaged());
        }
        batch.extend(changes);
        parts.push((key, value));
        expected.0 += 1;
        if expected.0 == expected.1 {
            journal.note(&mem::take(&mut batch), mem::take(&mut parts), sequence);
            expected = (0, 0);
        }
    }
    if expected != (0, 0) {
        return Err(StateError::Damaged(format!("the journal ends within commit {sequence}")));
    }
    Ok(journal)
}

impl Journal {
    /// The newest commit of the journal, if it holds any.
    pub(super) fn sequence(&self) -> Option<u64> {
        (!self.fresh.keys.is_empty()).then_some(self.fresh.sequence)
    }
}

/// The number of parts and the changes of an entry, if it is what was written.
fn open(key: &[u8], value: &[u8]) -> Option<(u32, Batch)> {
    let (body, sum) = value.split_last_chunk::<8>()?;
    if hash(key, body) != u64::from_le_bytes(*sum) {
        return None;
    }
    let (count, mut rest) = body.split_first_chunk::<4>()?;
    let mut changes = Batch::new();
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        let key = pull_sized(&mut rest)?.to_vec();
        let value = match kind {
            0 => None,
            1 => Some(pull_sized(&mut rest)?.to_vec()),
            _ => return None,
        };
        changes.insert(key, value);
    }
    Some((u32::from_le_bytes(*count), changes))
}

fn entry_key(sequence: u64, part: u32) -> Vec<u8> {
    let mut key = Vec::with_capacity(13);
    key.push(PREFIX);
    key.extend_from_slice(&sequence.to_be_bytes());
    key.extend_from_slice(&part.to_be_bytes());
    key
}

fn hash(key: &[u8], body: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(key);
    hasher.update(body);
    hasher.digest()
}

fn push_sized(part: &mut Vec<u8>, bytes: &[u8]) {
    // keys and values are far below 4 GiB: the codec limits them
    part.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    part.extend_from_slice(bytes);
}

fn pull_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (bytes, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(changes: &[(&str, Option<&str>)]) -> Batch {
        changes
            .iter()
            .map(|(key, value)| {
                (key.as_bytes().to_vec(), value.map(|value| value.as_bytes().to_vec()))
            })
            .collect()
    }

    fn large() -> Batch {
        (0..3000).map(|n| (format!("key {n}").into_bytes(), Some(vec![7; 100]))).collect()
    }

    #[test]
    fn batches_come_back_in_order() {
        let (first, second) = (batch(&[("a", Some("1")), ("b", Some(""))]), batch(&[("a", None)]));
        let mut entries = encode(8, &first);
        entries.extend(encode(9, &second));
        let journal = read(7, entries).unwrap();
        assert_eq!(journal.sequence(), Some(9));
        assert_eq!(journal.get(b"a"), Some(&None));
        assert_eq!(journal.get(b"b"), Some(&Some(Vec::new())));
        assert_eq!(journal.get(b"c"), None);
    }

    #[test]
    fn a_large_batch_has_parts_and_all_are_needed() {
        let entries = encode(1, &large());
        assert!(entries.len() > 2, "{}", entries.len());
        assert!(read(0, entries.clone()).is_ok());
        for missing in 0..entries.len() {
            let mut fewer = entries.clone();
            fewer.remove(missing);
            assert!(read(0, fewer).is_err(), "without part {missing}");
        }
    }

    #[test]
    fn a_missing_commit_and_any_flipped_byte_are_noticed() {
        let entries = encode(2, &batch(&[("a", Some("1"))]));
        assert!(read(0, entries.clone()).is_err());
        let (key, value) = entries[0].clone();
        for position in 0..value.len() {
            let mut bad = value.clone();
            bad[position] ^= 0x10;
            assert!(read(1, vec![(key.clone(), bad)]).is_err(), "byte {position}");
            assert!(read(1, vec![(key.clone(), value[..position].to_vec())]).is_err());
        }
        assert!(read(1, entries).is_ok());
    }

    #[test]
    fn slices_hold_everything_once_and_the_last_says_what_is_done() {
        let mut journal = Journal::default();
        journal.note(&large(), encode(5, &large()), 5);
        let keys = encode(5, &large()).len();
        let mut seen = Batch::new();
        for round in 0.. {
            let slice = journal.slice(700).unwrap();
            assert!(slice.batch.len() <= 700);
            seen.extend(slice.batch);
            if round == 0 {
                // what comes meanwhile waits for its turn
                journal.note(&batch(&[("key 1", None)]), encode(6, &batch(&[("key 1", None)])), 6);
            }
            if let Some((done, sequence)) = slice.last {
                assert_eq!((done.len(), sequence), (keys, 5));
                break;
            }
        }
        assert_eq!(seen, large());
        assert!(!journal.is_settled());
        let slice = journal.slice(700).unwrap();
        assert_eq!(slice.last.unwrap().1, 6);
        assert!(journal.is_settled() && journal.slice(1).is_none());
    }
}
