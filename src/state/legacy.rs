//! The journal that earlier versions kept within the tree: batches that are durable, but not yet
//! in their places. It is read once, when a directory of such a version is opened.
//!
//! ```text
//! key:    0x01 | sequence (8, big endian) | part (4, big endian)
//! value:  parts (4) | change ... | hash of key and all before (8)           little endian
//! change: 1 | length of key (4) | key | length of value (4) | value         a new value
//!         0 | length of key (4) | key                                       forgotten
//! ```

use std::mem;

use xxhash_rust::xxh3::Xxh3;

use super::{Batch, StateError};

/// The first byte of a journal entry's key; no other key begins with it.
pub(super) const PREFIX: u8 = 1;

/// Reads the journal of a tree whose entries are all of one commit, `applied`, at least: the
/// newest commit, and the newest value of every key that changed.
///
/// # Errors
/// When an entry is missing or not what was written.
pub(super) fn read(
    applied: u64,
    entries: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<(u64, Batch), StateError> {
    let (mut sequence, mut expected) = (applied, (0, 0));
    let (mut changed, mut batch) = (Batch::new(), Batch::new());
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
        expected.0 += 1;
        if expected.0 == expected.1 {
            changed.append(&mut mem::take(&mut batch));
            expected = (0, 0);
        }
    }
    if expected != (0, 0) {
        return Err(StateError::Damaged(format!("the journal ends within commit {sequence}")));
    }
    Ok((sequence, changed))
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

fn pull_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (bytes, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(bytes)
}

/// The entries that stood for a batch, in so many parts.
#[cfg(test)]
pub(super) fn entries(sequence: u64, batch: &Batch, parts: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let changes: Vec<_> = batch.iter().collect();
    let chunks: Vec<_> = changes.chunks(changes.len().div_ceil(parts).max(1)).collect();
    let mut entries = Vec::new();
    for (part, chunk) in (0..).zip(&chunks) {
        let key = entry_key(sequence, part);
        let mut body = (chunks.len() as u32).to_le_bytes().to_vec();
        for (key, value) in *chunk {
            body.push(u8::from(value.is_some()));
            for bytes in std::iter::once(*key).chain(value.as_ref()) {
                body.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                body.extend_from_slice(bytes);
            }
        }
        let sum = hash(&key, &body);
        body.extend_from_slice(&sum.to_le_bytes());
        entries.push((key, body));
    }
    entries
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

    #[test]
    fn batches_come_back_in_order() {
        let (first, second) = (batch(&[("a", Some("1")), ("b", Some(""))]), batch(&[("a", None)]));
        let all = [entries(8, &first, 1), entries(9, &second, 1)].concat();
        let (sequence, changed) = read(7, all).unwrap();
        assert_eq!((sequence, changed), (9, batch(&[("a", None), ("b", Some(""))])));
        assert_eq!(read(7, Vec::new()), Ok((7, Batch::new())));
    }

    #[test]
    fn a_large_batch_has_parts_and_all_are_needed() {
        let large: Batch =
            (0..30).map(|n| (format!("key {n}").into_bytes(), Some(vec![7; 10]))).collect();
        let all = entries(1, &large, 4);
        assert_eq!((all.len(), read(0, all.clone())), (4, Ok((1, large))));
        for missing in 0..all.len() {
            let mut fewer = all.clone();
            fewer.remove(missing);
            assert!(read(0, fewer).is_err(), "without part {missing}");
        }
    }

    #[test]
    fn a_missing_commit_and_any_flipped_byte_are_noticed() {
        let all = entries(2, &batch(&[("a", Some("1"))]), 1);
        assert!(read(0, all.clone()).is_err());
        let (key, value) = all[0].clone();
        for position in 0..value.len() {
            let mut bad = value.clone();
            bad[position] ^= 0x10;
            assert!(read(1, vec![(key.clone(), bad)]).is_err(), "byte {position}");
            assert!(read(1, vec![(key.clone(), value[..position].to_vec())]).is_err());
        }
        assert!(read(1, all).is_ok());
    }
}
