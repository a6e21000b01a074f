//! A store that forgets with its process: for tests and for running without a disk.

use std::collections::BTreeMap;

use super::{Batch, Entry, StateError, Store};

/// Entries in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    sequence: u64,
}

impl Store for MemoryStore {
    fn commit(&mut self, batch: &Batch) -> Result<(), StateError> {
        for (key, value) in batch {
            match value {
                Some(value) => self.entries.insert(key.clone(), value.clone()),
                None => self.entries.remove(key),
            };
        }
        self.sequence += 1;
        Ok(())
    }

    fn entries(&self) -> Result<Vec<Entry>, StateError> {
        Ok(self.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}
