use std::sync::mpsc;

use crate::engine::{GroupKey, GroupTimer, RecordKey, RecordValue};
use crate::label::Labels;
use crate::notify::LogKey;
use crate::time::Timestamp;

use super::super::{Batch, Store};
use super::*;

fn record(number: u32) -> Record {
    let key = GroupKey { route: format!("{{}}/{number:06}").into(), labels: Labels::empty() };
    let timer = GroupTimer { next_flush: Timestamp::from_millis(number.into()), unfinished: false };
    Record::Put(RecordKey::Group(key), RecordValue::Group(timer))
}

fn log_entry() -> Record {
    let key = LogKey { group_key: "g".into(), receiver: "r".into(), kind: "k".into(), index: 0 };
    Record::Put(RecordKey::Notified(key), RecordValue::Notified(Arc::default()))
}

#[tokio::test]
async fn records_and_blobs_are_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!((opened.records, opened.notices), (Vec::new(), Vec::new()));
    let committer = opened.committer;
    committer.commit(vec![record(1), record(2)]).await.unwrap().unwrap();
    committer.put_blob("pushed", Some(b"content".to_vec())).await.unwrap().unwrap();
    let gone = Record::Forget(record(1).key().clone());
    committer.commit(vec![gone, record(3)]).await.unwrap().unwrap();
    committer.close().await.unwrap();

    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!(opened.records, [record(2), record(3)]);
    assert_eq!(opened.blobs, BTreeMap::from([("pushed".to_owned(), b"content".to_vec())]));
    assert_eq!(opened.notices, []);
    opened.committer.put_blob("pushed", None).await.unwrap().unwrap();
    opened.committer.close().await.unwrap();
    assert!(Committer::open(directory.path()).unwrap().blobs.is_empty());
}

#[tokio::test]
async fn a_directory_in_use_is_refused_until_it_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    let refused = Committer::open(directory.path()).map(|_| ()).unwrap_err();
    assert_eq!(refused, StateError::Locked(directory.path().to_owned()));
    opened.committer.close().await.unwrap();
    assert!(Committer::open(directory.path()).is_ok());
}

#[tokio::test]
async fn closing_writes_a_snapshot_if_there_is_something_new() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    committer.commit(vec![record(1), log_entry()]).await.unwrap().unwrap();
    committer.snapshot().await.unwrap().unwrap();
    committer.snapshot().await.unwrap().unwrap();
    let statistics = committer.statistics();
    assert_eq!(statistics.snapshots, 1);
    assert!(statistics.snapshot_time > Duration::ZERO);
    assert_eq!((statistics.log_bytes > 0, statistics.silence_bytes), (true, 0), "{statistics:?}");
    drop(committer.commit(vec![record(2)]));
    committer.close().await.unwrap();
    std::fs::remove_dir_all(directory.path().join("sled")).unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!(opened.records, [record(1), record(2), log_entry()]);
    assert_eq!(opened.notices.len(), 1);
    assert_eq!(opened.committer.statistics().recoveries, 1);
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_told_and_stay() {
    let directory = tempfile::tempdir().unwrap();
    let (mut store, _) = recover::open(directory.path()).unwrap();
    let future = (b"z-future".to_vec(), Some(b"x".to_vec()));
    store.commit(&Batch::from([future, codec::encode(&record(1))])).unwrap();
    drop(store);
    for _ in 0..2 {
        let opened = Committer::open(directory.path()).unwrap();
        assert_eq!(opened.records, [record(1)]);
        let notice = opened.notices[0].to_string();
        assert!(
            notice.starts_with("1 entries of the state cannot be read, the first: unknown kind")
        );
        opened.committer.close().await.unwrap();
    }
}

/// A store that waits for a word before every commit: whether it goes well.
struct Obedient {
    inner: MemoryStore,
    words: mpsc::Receiver<bool>,
    begun: mpsc::Sender<usize>,
}

impl Store for Obedient {
    fn commit(&mut self, batch: &Batch) -> Result<(), StateError> {
        self.begun.send(batch.len()).unwrap();
        match self.words.recv() {
            Ok(true) => self.inner.commit(batch),
            _ => Err(StateError::Store("no".to_owned())),
        }
    }

    fn entries(&self) -> Result<Vec<Entry>, StateError> {
        self.inner.entries()
    }

    fn sequence(&self) -> u64 {
        self.inner.sequence()
    }
}

fn obedient() -> (Committer, mpsc::Sender<bool>, mpsc::Receiver<usize>) {
    let (say, words) = mpsc::channel();
    let (begun, begins) = mpsc::channel();
    let store = Obedient { inner: MemoryStore::default(), words, begun };
    (Committer::start(Box::new(store), None, Vec::new()).unwrap().committer, say, begins)
}

#[tokio::test]
async fn commits_that_wait_become_one_batch() {
    let (committer, say, begins) = obedient();
    let first = committer.commit(vec![record(0)]);
    assert_eq!(begins.recv(), Ok(1));
    let others: Vec<_> = (1..=50).map(|number| committer.commit(vec![record(number)])).collect();
    say.send(true).unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(begins.recv(), Ok(50));
    say.send(true).unwrap();
    for other in others {
        other.await.unwrap().unwrap();
    }
    assert_eq!(committer.statistics().commits, 2);
}

#[tokio::test]
async fn what_failed_is_tried_again_with_the_next_commit() {
    let (committer, say, begins) = obedient();
    let first = committer.commit(vec![record(0), record(1)]);
    say.send(false).unwrap();
    assert_eq!(first.await.unwrap(), Err(StateError::Store("no".to_owned())));
    let second = committer.commit(vec![record(1), record(2)]);
    say.send(true).unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(begins.try_iter().collect::<Vec<_>>(), [2, 3]);
    let Statistics { commits, failures, .. } = committer.statistics();
    assert_eq!((commits, failures), (1, 1));
}

#[tokio::test]
async fn a_store_on_disk_that_failed_is_opened_anew() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    committer.commit(vec![record(0)]).await.unwrap().unwrap();
    let (blobs, away) = (directory.path().join("sled/blobs"), directory.path().join("away"));
    std::fs::rename(&blobs, &away).unwrap();
    let refused = committer.commit(vec![record(1)]).await.unwrap().unwrap_err();
    assert!(refused.to_string().starts_with("list "), "{refused}");
    std::fs::rename(&away, &blobs).unwrap();
    committer.commit(vec![record(2)]).await.unwrap().unwrap();
    assert_eq!(committer.statistics().recoveries, 0);
    committer.close().await.unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!(opened.records, [record(0), record(1), record(2)]);
    assert_eq!(opened.notices, []);
}

#[tokio::test]
async fn nothing_to_commit_is_done_at_once() {
    let committer = Committer::in_memory().unwrap();
    committer.commit(Vec::new()).await.unwrap().unwrap();
    committer.snapshot().await.unwrap().unwrap();
    assert_eq!(committer.statistics(), Statistics::default());
    committer.close().await.unwrap();
}
