use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

use super::super::Entry;
use super::super::frame::Frame;
use super::super::segment::Segment;
use super::*;

/// A journal, and what it says.
struct Journal<'a> {
    directory: &'a Path,
    segment: Segment,
    sequence: u64,
    known: BTreeMap<Vec<u8>, Vec<u8>>,
    written: Option<Digest>,
}

impl Journal<'_> {
    fn begin(directory: &Path) -> Journal<'_> {
        let segment = Segment::create(directory, 0).unwrap();
        Journal { directory, segment, sequence: 0, known: BTreeMap::new(), written: None }
    }

    /// Commits new values of some keys, and forgets others.
    fn commit(&mut self, put: std::ops::Range<u32>, forget: std::ops::Range<u32>) {
        self.sequence += 1;
        let mut frame = Frame::default();
        frame.begin(self.sequence);
        let key = |number: u32| format!("b{number:05}").into_bytes();
        for number in put {
            let value = format!("{number} at {}", self.sequence).into_bytes();
            frame.put(&key(number), Some(&value));
            self.known.insert(key(number), value);
        }
        for number in forget {
            frame.put(&key(number), None);
            self.known.remove(&key(number));
        }
        self.segment.append(frame.finish()).unwrap();
    }

    /// Settles what there is, and checks what has become of it.
    fn settle(&mut self) {
        self.segment = Segment::create(self.directory, self.sequence).unwrap();
        self.written = Some(
            settle(self.directory, self.sequence, self.written, &AtomicBool::new(false)).unwrap(),
        );
        self.check();
    }

    fn check(&self) {
        let store = SledStore::open(self.directory, None).unwrap();
        assert_eq!(store.sequence(), self.sequence);
        let known: Vec<Entry> = self.known.clone().into_iter().collect();
        assert!(store.entries().unwrap() == known);
    }
}

#[test]
fn the_newest_values_settle_round_by_round() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = Journal::begin(directory.path());
    journal.commit(0..1000, 0..0);
    journal.commit(500..600, 0..10);
    journal.settle();
    journal.commit(5..7, 900..1000);
    journal.settle();
    // nothing new is no trouble
    journal.settle();
    journal.commit(0..3, 0..1);
    assert!(take_snapshot(directory.path(), 3).unwrap().is_some());
    assert!(take_snapshot(directory.path(), 3).unwrap().is_none());
    prune(directory.path(), 3).unwrap();
    journal.settle();
}

#[test]
fn what_was_settled_only_in_part_is_settled_by_the_next_round() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = Journal::begin(directory.path());
    journal.commit(0..600, 0..0);
    journal.settle();
    journal.commit(0..300, 300..600);
    // a part of what changed, as a killed process leaves it
    let mut store = SledStore::open(directory.path(), None).unwrap();
    let part = Index::read(&segment::list(directory.path()).unwrap(), 1);
    let mut batch = Batch::new();
    part.each(|key, value| {
        if batch.len() < 100 {
            batch.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        }
        Ok(())
    })
    .unwrap();
    store.apply(&batch).unwrap();
    drop(store);
    journal.written = None;
    journal.settle();
}

#[test]
fn one_that_is_told_to_stop_stops() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = Journal::begin(directory.path());
    journal.commit(0..600, 0..0);
    let stopped = settle(directory.path(), 0, None, &AtomicBool::new(true));
    assert_eq!(stopped, Err(StateError::Closed));
    journal.settle();
}

#[test]
fn a_store_that_is_damaged_lost_or_of_another_time_is_made_anew() {
    let changes: [fn(&Path); 4] = [
        |path| fs::remove_dir_all(path.join("sled")).unwrap(),
        |path| fs::write(path.join("sled/db"), vec![0x5a; 100_000]).unwrap(),
        |path| {
            let db = path.join("sled/db");
            super::super::sled::wait_until_free(&db).unwrap();
            let mut file = OpenOptions::new().write(true).open(db).unwrap();
            file.set_len(file.metadata().unwrap().len() / 8).unwrap();
            file.seek(SeekFrom::Start(100)).unwrap();
            file.write_all(&[9; 64]).unwrap();
        },
        |path| {
            fs::remove_dir_all(path.join("sled")).unwrap();
            let mut store = SledStore::open(path, None).unwrap();
            store.apply(&Batch::from([(b"bx".to_vec(), Some(vec![1]))])).unwrap();
            store.finish(99).unwrap();
        },
    ];
    for change in changes {
        let directory = tempfile::tempdir().unwrap();
        let mut journal = Journal::begin(directory.path());
        journal.commit(0..600, 0..0);
        journal.settle();
        take_snapshot(directory.path(), 1).unwrap();
        prune(directory.path(), 1).unwrap();
        super::super::sled::wait_until_free(&directory.path().join("sled/db")).unwrap();
        change(directory.path());
        journal.commit(0..3, 3..5);
        journal.settle();
    }
}

#[test]
fn files_stay_as_long_as_the_snapshot_or_sled_needs_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = Journal::begin(directory.path());
    let bases = || {
        let segments = segment::list(directory.path()).unwrap();
        segments.into_iter().map(|(base, _)| base).collect::<Vec<_>>()
    };
    for number in 0..3 {
        journal.commit(number..number + 1, 0..0);
        journal.settle();
        prune(directory.path(), u64::from(number) + 1).unwrap();
    }
    assert_eq!(bases(), [0, 1, 2, 3]);
    take_snapshot(directory.path(), 2).unwrap();
    prune(directory.path(), 0).unwrap();
    assert_eq!(bases(), [0, 1, 2, 3]);
    prune(directory.path(), 1).unwrap();
    assert_eq!(bases(), [1, 2, 3]);
    prune(directory.path(), 3).unwrap();
    assert_eq!(bases(), [2, 3]);
}
