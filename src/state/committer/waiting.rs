//! What waits for the thread.

use std::collections::BTreeMap;
use std::mem;

use tokio::sync::oneshot;

use crate::engine::{Record, RecordKey};

use super::super::StateError;

/// How many records may wait before those that later ones overtook are dropped.
const WAITING_LIMIT: usize = 65_536;

/// Somebody who wants to know an outcome.
pub(super) type Caller = oneshot::Sender<Result<(), StateError>>;

/// Changes that are not begun, with those who wait for them.
#[derive(Default)]
pub(super) struct Waiting {
    records: Vec<Record>,
    blobs: BTreeMap<String, Option<Vec<u8>>>,
    /// How many records there were after the last clearing out.
    cleared: usize,
    /// Who waits for the changes.
    pub callers: Vec<Caller>,
    /// Who waits for a snapshot.
    pub snapshots: Vec<Caller>,
    /// Set when nothing will be added any more; perhaps somebody waits for the end.
    pub closing: Option<Option<Caller>>,
}

/// Changes in order; of several of one key the last counts.
#[derive(Default)]
pub(super) struct Changes {
    pub records: Vec<Record>,
    pub blobs: BTreeMap<String, Option<Vec<u8>>>,
}

impl Waiting {
    pub(super) fn add_records(&mut self, records: Vec<Record>) {
        self.records.extend(records);
        // What the disk cannot keep up with is bounded by what there is to know.
        if self.records.len() > WAITING_LIMIT.max(2 * self.cleared) {
            self.clear_out();
        }
    }

    pub(super) fn add_blob(&mut self, name: &str, content: Option<Vec<u8>>) {
        self.blobs.insert(name.to_owned(), content);
    }

    /// Takes the changes and those who wait for them.
    pub(super) fn take(&mut self) -> (Changes, Vec<Caller>) {
        self.cleared = 0;
        let records = mem::take(&mut self.records);
        let changes = Changes { records, blobs: mem::take(&mut self.blobs) };
        (changes, mem::take(&mut self.callers))
    }

    /// Whether the thread has something to do.
    pub(super) fn is_pressing(&self) -> bool {
        let changes = !self.records.is_empty() || !self.blobs.is_empty();
        let asked = !self.callers.is_empty() || !self.snapshots.is_empty();
        changes || asked || self.closing.is_some()
    }

    fn clear_out(&mut self) {
        let mut last: BTreeMap<RecordKey, Record> = BTreeMap::new();
        for record in self.records.drain(..) {
            last.insert(record.key().clone(), record);
        }
        self.records = last.into_values().collect();
        self.cleared = self.records.len();
        self.callers.retain(|caller| !caller.is_closed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Fingerprint;

    #[test]
    fn overtaken_records_are_dropped_at_the_limit() {
        let mut waiting = Waiting::default();
        let forget = |number| Record::Forget(RecordKey::Alert(Fingerprint(number)));
        for number in 0..3 * WAITING_LIMIT as u64 {
            waiting.add_records(vec![forget(number % 7)]);
            assert!(waiting.records.len() <= WAITING_LIMIT);
        }
        let (changes, _) = waiting.take();
        assert!((0..7).all(|number| changes.records.contains(&forget(number))));
    }
}
