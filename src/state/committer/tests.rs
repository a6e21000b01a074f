use std::fs::OpenOptions;

use crate::engine::{GroupKey, GroupTimer, RecordKey, RecordValue};
use crate::label::Labels;
use crate::notify::LogKey;
use crate::time::Timestamp;

use super::super::segment;
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

/// What a process would find if this one were killed now.
fn as_found_after_a_kill(directory: &Path) -> Opened {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if file.path().is_file() {
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
    }
    Committer::open(copy.path()).unwrap()
}

#[tokio::test]
async fn records_and_blobs_are_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!((opened.records, opened.notices), (Vec::new(), Vec::new()));
    let committer = opened.committer;
    committer.commit(&[record(1), record(2)], Outlives::Power).await.unwrap();
    committer.put_blob("pushed", Some(b"content")).await.unwrap();
    let gone = Record::Forget(record(1).key().clone());
    committer.commit(&[gone, record(3)], Outlives::Process).await.unwrap();
    committer.close().await.unwrap();

    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!(opened.records, [record(2), record(3)]);
    assert_eq!(opened.blobs, BTreeMap::from([("pushed".to_owned(), b"content".to_vec())]));
    assert_eq!(opened.notices, []);
    opened.committer.put_blob("pushed", None).await.unwrap();
    opened.committer.close().await.unwrap();
    assert!(Committer::open(directory.path()).unwrap().blobs.is_empty());
}

#[tokio::test]
async fn what_outlives_the_process_is_written_when_commit_returns() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    for number in 0..20 {
        let committed = committer.commit(&[record(number)], Outlives::Process);
        assert!(!committed.is_waiting());
        assert_eq!(committed.written(), Ok(()));
        let found = as_found_after_a_kill(directory.path());
        assert_eq!((found.records.len(), found.notices), (number as usize + 1, Vec::new()));
    }
    let committed = committer.commit(&[record(20)], Outlives::Power);
    assert!(committed.is_waiting());
    committed.await.unwrap();
    assert_eq!(committer.statistics().commits, 21);
}

#[tokio::test]
async fn what_outlives_the_power_supply_is_marked_as_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    let mut mark = super::super::mark::Mark::open(&directory.path().join("acknowledged")).unwrap();
    for number in 1..=5 {
        committer.commit(&[record(number)], Outlives::Power).await.unwrap();
        assert_eq!(mark.read(), u64::from(number));
    }
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
    committer.commit(&[record(1), log_entry()], Outlives::Process).await.unwrap();
    committer.snapshot().await.unwrap();
    committer.snapshot().await.unwrap();
    let statistics = committer.statistics();
    assert_eq!(statistics.snapshots, 1);
    assert!(statistics.snapshot_time > Duration::ZERO);
    assert_eq!((statistics.log_bytes > 0, statistics.silence_bytes), (true, 0), "{statistics:?}");
    committer.commit(&[record(2)], Outlives::Process).await.unwrap();
    committer.close().await.unwrap();
    for (_, path) in segment::list(directory.path()).unwrap() {
        std::fs::remove_file(path).unwrap();
    }
    std::fs::remove_dir_all(directory.path().join("sled")).unwrap();
    let opened = Committer::open(directory.path()).unwrap();
    assert_eq!(opened.records, [record(1), record(2), log_entry()]);
    assert_eq!(opened.notices, []);
}

#[tokio::test]
async fn restarts_do_not_gather_files() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..6 {
        let committer = Committer::open(directory.path()).unwrap().committer;
        committer.commit(&[record(number)], Outlives::Process).await.unwrap();
        committer.close().await.unwrap();
    }
    // the newest, and what lies between the last two snapshots
    assert!(segment::list(directory.path()).unwrap().len() <= 3);
    assert_eq!(Committer::open(directory.path()).unwrap().records.len(), 6);
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_told_and_stay() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    committer.write(Outlives::Process, |frame| frame.put(b"z-future", Some(b"x"))).await.unwrap();
    committer.commit(&[record(1)], Outlives::Process).await.unwrap();
    committer.close().await.unwrap();
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

/// How many bytes the journal takes.
fn journal_bytes(directory: &Path) -> u64 {
    let segments = segment::list(directory).unwrap().into_iter();
    // one that is gone meanwhile takes nothing
    segments.map(|(_, path)| std::fs::metadata(path).map_or(0, |found| found.len())).sum()
}

#[tokio::test]
async fn the_journal_stays_within_its_limits_while_the_same_records_change() {
    let directory = tempfile::tempdir().unwrap();
    let limits = Limits { file: 8 << 10, behind: 16 << 10, waiting: 16 << 10, rate: 32 << 10 };
    let committer = Committer::open_within(directory.path(), limits).unwrap().committer;
    let (mut written, mut most) = (0, 0);
    for round in 0..400_u32 {
        let numbers = (round % 2) * 1_000..(round % 2) * 1_000 + 50;
        let records = numbers.map(record).collect::<Vec<_>>();
        committer.commit(&records, Outlives::Process).await.unwrap();
        written += committer.shared.lock().written;
        most = journal_bytes(directory.path()).max(most);
    }
    // the limits, and a second of what is written while commits wait for each of two rounds
    let bound = limits.behind + 2 * (limits.waiting + limits.rate);
    assert!(written > 3 * bound, "{written} bytes are too few to tell");
    assert!(most <= bound, "{most} of {bound}, {written} were written");
    assert!(committer.statistics().snapshots > 1, "{:?}", committer.statistics());
    let found = as_found_after_a_kill(directory.path());
    assert_eq!((found.records.len(), found.notices), (100, Vec::new()));
    committer.close().await.unwrap();
    assert_eq!(Committer::open(directory.path()).unwrap().records.len(), 100);
}

/// Puts another file in the place of the one that is written.
fn replace_file(committer: &Committer, file: Arc<std::fs::File>) -> Arc<std::fs::File> {
    let mut writer = committer.shared.lock();
    std::mem::replace(&mut writer.segment.as_mut().unwrap().file, file)
}

/// A file on a disk that is full: nothing can be written, and nothing be synced.
fn full() -> Arc<std::fs::File> {
    Arc::new(OpenOptions::new().read(true).write(true).open("/dev/full").unwrap())
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    committer.commit(&[record(0)], Outlives::Process).await.unwrap();
    let good = replace_file(&committer, full());
    for (number, outlives) in [(1, Outlives::Process), (2, Outlives::Power)] {
        let refused = committer.commit(&[record(number)], outlives);
        assert!(refused.written().is_err());
        let refused = refused.await.unwrap_err().to_string();
        assert!(refused.starts_with("write journal: No space left on device"), "{refused}");
    }
    replace_file(&committer, good);
    committer.commit(&[record(3)], Outlives::Power).await.unwrap();
    assert!(committer.statistics().failures >= 2);
    let found = as_found_after_a_kill(directory.path());
    assert_eq!(found.records, [record(0), record(1), record(2), record(3)]);
    assert_eq!(found.notices, []);
}

#[tokio::test]
async fn what_could_not_be_written_is_tried_again_without_a_change() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    let good = replace_file(&committer, full());
    committer.commit(&[record(1)], Outlives::Process).await.unwrap_err();
    replace_file(&committer, good);
    committer.shared.lock().retry_at = Some(std::time::Instant::now());
    committer.shared.ready.notify_one();
    while committer.statistics().commits == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(as_found_after_a_kill(directory.path()).records, [record(1)]);
}

#[tokio::test]
async fn a_sync_that_fails_is_an_error_and_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let committer = Committer::open(directory.path()).unwrap().committer;
    let (committed, good) = {
        let mut writer = committer.shared.lock();
        assert_eq!(writer.write(|frame| frame.put_record(&record(1))), Ok(true));
        let good = std::mem::replace(&mut writer.segment.as_mut().unwrap().file, full());
        (writer.wait(), good)
    };
    committer.shared.ready.notify_one();
    let refused = committed.await.unwrap_err().to_string();
    assert!(refused.starts_with("sync journal: "), "{refused}");
    replace_file(&committer, good);
    committer.commit(&[record(2)], Outlives::Power).await.unwrap();
    assert_eq!(committer.statistics().failures, 1);
    assert_eq!(as_found_after_a_kill(directory.path()).records, [record(1), record(2)]);
}

#[tokio::test]
async fn nothing_to_commit_is_done_at_once() {
    let committer = Committer::in_memory().unwrap();
    committer.commit(&[], Outlives::Power).await.unwrap();
    committer.snapshot().await.unwrap();
    assert_eq!(committer.statistics(), Statistics::default());
    committer.commit(&[record(1)], Outlives::Power).await.unwrap();
    committer.close().await.unwrap();
}
