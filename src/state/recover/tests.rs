use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};

use super::super::{Entry, Settled};
use super::*;

/// So many entries, a few of them too large for sled's pages.
fn entries(count: u32) -> Vec<Entry> {
    (0..count)
        .map(|number| {
            let length = if number % 100 == 99 { 200_000 } else { 100 };
            (format!("a{number:06}").into_bytes(), vec![number as u8; length])
        })
        .collect()
}

fn batch(entries: &[Entry]) -> Batch {
    entries.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect()
}

/// Puts everything that was committed into its place.
fn settle(store: &mut SledStore) {
    while store.settle().unwrap() == Settled::Partly {}
}

/// A state directory: 300 entries in a snapshot and in the store, which has another 50 in its
/// journal.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let (mut store, notice) = open(directory.path()).unwrap();
    assert_eq!(notice, None);
    for part in entries(300).chunks(30) {
        store.commit(&batch(part)).unwrap();
    }
    settle(&mut store);
    let (sequence, entries_now) = (store.sequence(), store.entries().unwrap());
    Snapshot { sequence, entries: entries_now }.write(directory.path()).unwrap();
    store.commit(&batch(&entries(350))).unwrap();
    directory
}

/// Opens again; how many of [`entries`] are there (exactly those), and what is said about it.
fn reopen(directory: &Path) -> (usize, Option<String>) {
    let (store, notice) = open(directory).unwrap();
    let notice =
        notice.map(|notice| notice.to_string().replace(&directory.display().to_string(), "STATE"));
    let found = store.entries().unwrap();
    assert!(found == entries(found.len() as u32), "{} others", found.len());
    (found.len(), notice)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn what_was_committed_is_there_again() {
    let directory = directory();
    assert_eq!(reopen(directory.path()), (350, None));
    let (mut store, _) = open(directory.path()).unwrap();
    let forget = entries(350)[340..].iter().map(|(key, _)| (key.clone(), None)).collect();
    store.commit(&forget).unwrap();
    drop(store);
    assert_eq!(reopen(directory.path()), (340, None));
}

#[test]
fn a_truncated_store_is_replaced_from_the_snapshot_and_that_is_said_once() {
    let directory = directory();
    let file = OpenOptions::new().write(true).open(directory.path().join("sled/db")).unwrap();
    file.set_len(file.metadata().unwrap().len() / 8).unwrap();
    let (found, notice) = reopen(directory.path());
    let notice = notice.unwrap();
    assert_eq!(found, 300, "{notice}");
    let expect = "it is moved to STATE/damaged-1; restored from the snapshot at commit 11, \
                  what changed since then is lost, 300 entries";
    assert!(notice.ends_with(expect), "{notice}");
    assert!(directory.path().join("damaged-1/sled/db").exists());
    assert_eq!(reopen(directory.path()), (300, None));
}

#[test]
fn a_lost_store_is_noticed() {
    let directory = directory();
    fs::remove_dir_all(directory.path().join("sled")).unwrap();
    let (found, notice) = reopen(directory.path());
    let notice = notice.unwrap();
    assert_eq!(found, 300);
    let expect = "state is damaged: the store is at commit 0, 12 was acknowledged, the newest \
                  snapshot is of 11;";
    assert!(notice.starts_with(expect), "{notice}");
}

/// A store of its own in place of the directory's.
fn put_in_place(directory: &Path, commits: &[u32]) {
    let other = tempfile::tempdir().unwrap();
    let mut store = SledStore::open(other.path()).unwrap();
    for count in commits {
        store.commit(&batch(&entries(*count))).unwrap();
    }
    drop(store);
    fs::remove_dir_all(directory.join("sled")).unwrap();
    fs::rename(other.path().join("sled"), directory.join("sled")).unwrap();
}

#[test]
fn a_store_that_went_back_behind_the_snapshot_gives_way_to_it() {
    let directory = directory();
    put_in_place(directory.path(), &[1, 10]);
    let (found, notice) = reopen(directory.path());
    assert_eq!(found, 300);
    assert!(notice.unwrap().contains("the store is at commit 2, 12 was acknowledged"));
    assert_eq!(reopen(directory.path()), (300, None));
}

#[test]
fn a_store_that_lost_its_end_is_used_up_to_there_and_that_is_said() {
    let directory = directory();
    put_in_place(directory.path(), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 310]);
    let (found, notice) = reopen(directory.path());
    let notice = notice.unwrap();
    assert_eq!(found, 310);
    assert!(notice.contains("it was whole up to commit 11"), "{notice}");
    assert_eq!(reopen(directory.path()), (310, None));
}

#[test]
fn an_entry_that_changed_or_went_behind_our_back_is_noticed() {
    let changes: [fn(&sled::Db); 3] = [
        |db| drop(db.insert("a000007", "other").unwrap()),
        |db| drop(db.remove("a000007").unwrap()),
        |db| drop(db.insert("b", "more").unwrap()),
    ];
    for change in changes {
        let directory = directory();
        let path = directory.path().join("sled");
        super::super::sled::wait_until_free(&path.join("db")).unwrap();
        let db = sled::open(path).unwrap();
        change(&db);
        drop(db);
        let (found, notice) = reopen(directory.path());
        assert_eq!(found, 300);
        let notice = notice.unwrap();
        assert!(notice.contains("entries where the digest tells of 300, or others"), "{notice}");
    }
}

#[test]
fn a_journal_that_lost_or_changed_an_entry_is_noticed() {
    let changes: [fn(&sled::Db, &sled::IVec); 2] =
        [|db, key| drop(db.remove(key).unwrap()), |db, key| drop(db.insert(key, "other").unwrap())];
    for change in changes {
        let directory = directory();
        let path = directory.path().join("sled");
        super::super::sled::wait_until_free(&path.join("db")).unwrap();
        let db = sled::open(path).unwrap();
        let (first, _) = db.scan_prefix([1]).next().unwrap().unwrap();
        change(&db, &first);
        drop(db);
        let (found, notice) = reopen(directory.path());
        assert_eq!(found, 300);
        assert!(notice.unwrap().contains("the journal behind commit 11"));
    }
}

#[test]
fn what_is_settled_only_in_part_is_whole_when_opened() {
    let directory = directory();
    for slices in 0..4 {
        let (mut store, _) = open(directory.path()).unwrap();
        for _ in 0..slices {
            store.settle().unwrap();
        }
        drop(store);
        assert_eq!(reopen(directory.path()), (350, None), "{slices} slices");
    }
    let (mut store, _) = open(directory.path()).unwrap();
    settle(&mut store);
    drop(store);
    super::super::sled::wait_until_free(&directory.path().join("sled/db")).unwrap();
    let db = sled::open(directory.path().join("sled")).unwrap();
    assert_eq!(db.scan_prefix([1]).count(), 0);
}

#[test]
fn a_garbled_store_is_whole_or_replaced() {
    let mut replaced = 0;
    for seed in 0..12_u64 {
        let directory = directory();
        let db = directory.path().join("sled/db");
        let length = fs::metadata(&db).unwrap().len();
        let at = xxhash_rust::xxh3::xxh3_64(&seed.to_le_bytes()) % length;
        overwrite(&db, at, &[seed as u8 | 0x80; 64]);
        let (found, notice) = reopen(directory.path());
        assert_eq!(found, if notice.is_some() { 300 } else { 350 }, "byte {at}: {notice:?}");
        replaced += usize::from(notice.is_some());
    }
    assert!(replaced > 0);
}

#[test]
fn a_damaged_snapshot_gives_way_to_an_older_one_and_is_moved_aside() {
    let directory = directory();
    let path = directory.path();
    let (newest, file) = snapshot::list(path).unwrap().remove(0);
    let newer = Snapshot { sequence: newest + 1, entries: entries(1) }.write(path).unwrap();
    overwrite(&newer, 30, b"garbage");
    fs::remove_dir_all(path.join("sled")).unwrap();
    let (found, notice) = reopen(path);
    assert_eq!((found, file.exists()), (300, true));
    assert!(notice.unwrap().contains("from the snapshot at commit 11"));
    assert!(path.join("damaged-1").join(newer.file_name().unwrap()).exists());
    assert_eq!(reopen(path), (300, None));
}

#[test]
fn without_a_good_snapshot_it_starts_empty_and_says_so() {
    let directory = directory();
    let path = directory.path();
    for (_, file) in snapshot::list(path).unwrap() {
        overwrite(&file, 0, b"garbage");
    }
    fs::write(path.join("sled/db"), vec![0x5a; 100_000]).unwrap();
    let (found, notice) = reopen(path);
    assert_eq!(found, 0);
    let notice = notice.unwrap();
    let expect = "there is no good snapshot, starting without state, 0 entries";
    assert!(notice.ends_with(expect), "{notice}");
    assert_eq!(reopen(path), (0, None));
}

#[test]
fn only_the_newest_damaged_stores_are_kept() {
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
fn a_store_in_use_is_waited_for_and_never_taken_for_damaged() {
    let directory = directory();
    let file = fs::File::open(directory.path().join("sled/db")).unwrap();
    let (begun, begins) = std::sync::mpsc::channel();
    let holder = std::thread::spawn(move || {
        file.lock().unwrap();
        begun.send(()).unwrap();
        // Let go, whether the other is waiting already or not.
        drop(file);
    });
    begins.recv().unwrap();
    assert_eq!(reopen(directory.path()), (350, None));
    holder.join().unwrap();
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
