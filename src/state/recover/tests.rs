use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::sync::atomic::AtomicBool;

use super::super::frame::Frame;
use super::super::segment::Segment;
use super::super::{Batch, Entry, legacy, settle};
use super::*;

/// So many blobs, a few of them too large for sled's pages.
fn entries(count: usize) -> Vec<Entry> {
    (0..count)
        .map(|number| {
            let length = if number % 100 == 99 { 200_000 } else { 10 };
            (format!("b{number:06}").into_bytes(), vec![number as u8; length])
        })
        .collect()
}

fn batch(entries: &[Entry]) -> Batch {
    entries.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect()
}

/// A process that commits, one entry each.
struct Process<'a> {
    directory: &'a Path,
    segment: Segment,
    sequence: u64,
}

impl Process<'_> {
    /// Starts; nothing may be wrong.
    fn start(directory: &Path) -> Process<'_> {
        let found = open(directory).unwrap();
        assert_eq!(found.notice, None);
        let segment = Segment::create(directory, found.sequence).unwrap();
        Process { directory, segment, sequence: found.sequence }
    }

    /// Commits entries until there are so many; all are on the disk.
    fn commit_until(&mut self, count: usize) -> &mut Self {
        let mut frame = Frame::default();
        while self.sequence < count as u64 {
            let (key, value) = entries(self.sequence as usize + 1).pop().unwrap();
            self.sequence += 1;
            frame.begin(self.sequence);
            frame.put(&key, Some(&value));
            self.segment.append(frame.finish()).unwrap();
        }
        Mark::open(&self.directory.join("acknowledged")).unwrap().write(self.sequence);
        self
    }

    fn rotate(&mut self) -> &mut Self {
        self.segment = Segment::create(self.directory, self.sequence).unwrap();
        self
    }

    fn take_snapshot(&mut self) -> &mut Self {
        self.rotate();
        assert!(settle::take_snapshot(self.directory, self.sequence).unwrap().is_some());
        self
    }

    fn settle(&mut self) -> &mut Self {
        self.rotate();
        settle::settle(self.directory, self.sequence, None, &AtomicBool::new(false)).unwrap();
        self
    }
}

/// Opens again and starts from there; how many of [`entries`] are there (exactly those), and
/// what is said about it.
fn reopen(directory: &Path) -> (usize, Option<String>) {
    let found = open(directory).unwrap();
    let notice = found
        .notice
        .map(|notice| notice.to_string().replace(&directory.display().to_string(), "STATE"));
    let blobs: Vec<Entry> = found
        .contents
        .blobs
        .into_iter()
        .map(|(name, content)| (format!("b{name}").into_bytes(), content))
        .collect();
    assert!(blobs == entries(blobs.len()), "{} others", blobs.len());
    Segment::create(directory, found.sequence).unwrap();
    (blobs.len(), notice)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn newest_segment(directory: &Path) -> PathBuf {
    segment::list(directory).unwrap().pop().unwrap().1
}

fn newest_snapshot(directory: &Path) -> PathBuf {
    snapshot::list(directory).unwrap().remove(0).1
}

#[test]
fn what_was_committed_is_there_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    assert_eq!(reopen(path), (0, None));
    Process::start(path).commit_until(30).rotate().commit_until(110).take_snapshot();
    assert_eq!(reopen(path), (110, None));
    Process::start(path).commit_until(120).settle().commit_until(150);
    assert_eq!(reopen(path), (150, None));
}

/// Six commits, five of them on the disk for sure, and every change that `spoil` makes of the
/// journal's bytes: what is whole is there, and less than was acknowledged is told.
fn check_spoilt(spoil: impl Fn(&[u8], usize) -> Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let mut process = Process::start(path);
    let ends: Vec<u64> = (1..=6).map(|count| process.commit_until(count).segment.end).collect();
    let file = newest_segment(path);
    let good = fs::read(&file).unwrap();
    for position in 0..good.len() {
        let whole = ends.iter().filter(|end| **end <= position as u64).count();
        for left in fs::read_dir(path).unwrap().map(|file| file.unwrap().path()) {
            let _ = if left.is_dir() { fs::remove_dir_all(left) } else { fs::remove_file(left) };
        }
        fs::write(&file, spoil(&good, position)).unwrap();
        Mark::open(&path.join("acknowledged")).unwrap().write(5);
        let (found, notice) = reopen(path);
        assert_eq!((found, notice.is_some()), (whole, whole < 5), "{position}: {notice:?}");
        assert_eq!(reopen(path), (whole, None), "{position}, once more");
    }
}

#[test]
fn wherever_the_journal_is_cut_off_what_is_whole_is_there() {
    check_spoilt(|good, position| good[..position].to_vec());
}

#[test]
fn whichever_byte_of_the_journal_is_flipped_what_is_whole_is_there() {
    check_spoilt(|good, position| {
        let mut bad = good.to_vec();
        bad[position] ^= 0x10;
        bad
    });
}

#[test]
fn what_a_failed_write_left_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path());
    process.commit_until(2);
    overwrite(&newest_segment(directory.path()), process.segment.end, &[7; 500]);
    assert_eq!(reopen(directory.path()), (2, None));
    process.commit_until(3);
    assert_eq!(reopen(directory.path()), (3, None));
    // what follows goes into a file of its own
    Process::start(directory.path()).commit_until(4);
    assert_eq!(reopen(directory.path()), (4, None));
}

#[test]
fn a_lost_journal_is_told_and_the_snapshot_takes_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(20).take_snapshot().commit_until(25);
    fs::remove_file(newest_segment(path)).unwrap();
    let (found, notice) = reopen(path);
    let expect = "state is damaged: it can be read up to commit 20, 25 was acknowledged, the \
                  newest snapshot is of 20; it is moved to STATE/damaged-1; it is as of commit \
                  20, what changed since then is lost, 20 entries";
    assert_eq!((found, notice.as_deref()), (20, Some(expect)));
    assert!(path.join("damaged-1").join("journal-00000000000000000000").exists());
    assert_eq!(reopen(path), (20, None));
}

#[test]
fn a_lost_file_in_the_middle_ends_what_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(5).rotate().commit_until(7).rotate().commit_until(9);
    fs::remove_file(&segment::list(path).unwrap()[1].1).unwrap();
    let (found, notice) = reopen(path);
    assert!(notice.unwrap().contains("it can be read up to commit 5, 9 was acknowledged"));
    assert_eq!((found, reopen(path)), (5, (5, None)));
}

#[test]
fn old_files_that_were_left_or_came_back_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(5);
    let old = newest_segment(path);
    let copy = fs::read(&old).unwrap();
    Process::start(path).commit_until(10).take_snapshot().commit_until(15).take_snapshot();
    settle::prune(path, 15).unwrap();
    assert!(!old.exists());
    fs::write(&old, copy).unwrap();
    assert_eq!(reopen(path), (15, None));
    Process::start(path).commit_until(20);
    assert_eq!(reopen(path), (20, None));
}

#[test]
fn a_journal_that_went_back_in_time_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let mut process = Process::start(path);
    process.commit_until(5);
    let copy = fs::read(newest_segment(path)).unwrap();
    process.commit_until(9);
    fs::write(newest_segment(path), copy).unwrap();
    let (found, notice) = reopen(path);
    assert!(notice.unwrap().contains("it is as of commit 5, what changed since then is lost"));
    assert_eq!(found, 5);
}

#[test]
fn a_damaged_snapshot_is_moved_aside_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(110).take_snapshot().commit_until(120).take_snapshot();
    settle::prune(path, 0).unwrap();
    let damaged = newest_snapshot(path);
    overwrite(&damaged, 30, b"garbage");
    let (found, notice) = reopen(path);
    let notice = notice.unwrap();
    assert!(notice.contains("nothing is lost, 120 entries"), "{notice}");
    assert_eq!(found, 120);
    assert!(path.join("damaged-1").join(damaged.file_name().unwrap()).exists());
    assert_eq!(reopen(path), (120, None));
}

#[test]
fn with_all_snapshots_damaged_sled_and_the_journal_know_everything() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(210).take_snapshot().settle().commit_until(220);
    settle::prune(path, 210).unwrap();
    overwrite(&newest_snapshot(path), 30, b"garbage");
    let (found, notice) = reopen(path);
    let notice = notice.unwrap();
    assert!(notice.contains("nothing is lost, 220 entries"), "{notice}");
    assert_eq!((found, reopen(path)), (220, (220, None)));
}

#[test]
fn without_anything_whole_it_starts_empty_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(110).take_snapshot().settle();
    settle::prune(path, 110).unwrap();
    overwrite(&newest_snapshot(path), 0, b"garbage");
    fs::write(path.join("sled/db"), vec![0x5a; 100_000]).unwrap();
    let (found, notice) = reopen(path);
    let notice = notice.unwrap();
    assert!(notice.ends_with("nothing is whole, starting without state, 0 entries"), "{notice}");
    assert_eq!((found, reopen(path)), (0, (0, None)));
}

#[test]
fn a_lost_directory_of_everything_but_the_mark_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    Process::start(path).commit_until(3);
    fs::remove_file(newest_segment(path)).unwrap();
    let (found, notice) = reopen(path);
    assert!(notice.unwrap().contains("up to commit 0, 3 was acknowledged"));
    assert_eq!((found, reopen(path)), (0, (0, None)));
}

/// A directory as earlier versions left it: `settled` entries in sled's tree and in a snapshot,
/// and each one up to `count` a commit in the journal within the tree.
fn of_an_earlier_version(directory: &Path, settled: usize, count: usize) {
    let mut store = SledStore::open(directory, None).unwrap();
    store.apply(&batch(&entries(settled))).unwrap();
    store.finish(7).unwrap();
    drop(store);
    snapshot::write_old(directory, 7, &entries(settled));
    let db = open_sled(directory);
    let mut sequence = 7;
    for entry in entries(count).drain(settled..) {
        sequence += 1;
        for (key, value) in legacy::entries(sequence, &batch(&[entry]), 1) {
            db.insert(key, value).unwrap();
        }
    }
    db.flush().unwrap();
    drop(db);
    Mark::open(&directory.join("acknowledged")).unwrap().write(sequence);
}

fn open_sled(directory: &Path) -> sled::Db {
    let path = directory.join("sled");
    super::super::sled::wait_until_free(&path.join("db")).unwrap();
    sled::open(path).unwrap()
}

#[test]
fn nothing_is_lost_of_a_directory_of_an_earlier_version() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    of_an_earlier_version(path, 300, 350);
    assert_eq!(reopen(path), (350, None));
    assert_eq!(reopen(path), (350, None));
    let mut process = Process::start(path);
    assert_eq!(process.sequence, 57);
    process.settle();
    let store = SledStore::open(path, None).unwrap();
    assert!(!store.is_of_an_earlier_version());
    assert!(store.entries().unwrap() == entries(350));
}

#[test]
fn a_damaged_directory_of_an_earlier_version_is_told_and_its_snapshot_taken() {
    let changes: [fn(&sled::Db); 4] = [
        |db| drop(db.insert("b000007", "other").unwrap()),
        |db| drop(db.remove("b000007").unwrap()),
        |db| drop(db.remove(db.scan_prefix([1]).next().unwrap().unwrap().0).unwrap()),
        |db| drop(db.insert(db.scan_prefix([1]).next().unwrap().unwrap().0, "x").unwrap()),
    ];
    for change in changes {
        let directory = tempfile::tempdir().unwrap();
        of_an_earlier_version(directory.path(), 300, 350);
        let db = open_sled(directory.path());
        change(&db);
        drop(db);
        let (found, notice) = reopen(directory.path());
        let notice = notice.unwrap();
        assert!(notice.contains("as of commit 7, what changed since then is lost"), "{notice}");
        assert!(directory.path().join("damaged-1/sled/db").exists());
        assert_eq!((found, reopen(directory.path())), (300, (300, None)));
    }
}

#[test]
fn only_the_newest_damaged_files_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        make_room(directory.path()).unwrap();
    }
    let mut names: Vec<_> = fs::read_dir(directory.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["damaged-3", "damaged-4", "damaged-5"]);
}

#[test]
fn a_directory_serves_one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/state");
    let held = take(&path).unwrap();
    assert_eq!(take(&path).unwrap_err(), StateError::Locked(path.clone()));
    drop(held);
    assert!(take(&path).is_ok());
}
