//! What is read from a state directory.

use std::collections::BTreeMap;

use crate::engine::Record;

use super::codec::{self, CodecError, Content};

/// Entries, decoded.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// All records, put one by one, in the order of their stored keys.
    pub records: Vec<Record>,
    /// All blobs by name.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// How many entries cannot be read, and what is wrong with the first.
    pub unreadable: Option<(usize, CodecError)>,
    /// How many entries there are.
    pub entries: usize,
}

impl Contents {
    /// Takes an entry in.
    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) {
        self.entries += 1;
        match codec::decode(key, value) {
            Ok(Content::Record(record)) => self.records.push(record),
            Ok(Content::Blob(name, content)) => drop(self.blobs.insert(name, content)),
            Err(error) => match &mut self.unreadable {
                Some((count, _)) => *count += 1,
                None => self.unreadable = Some((1, error)),
            },
        }
    }
}
