//! The store on disk.
//!
//! sled's own `flush` ends with `sync_file_range`, which survives a killed process but not a
//! lost power supply, so every commit also syncs the database file through a descriptor of our
//! own, and the files of values too large for it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::digest::{DIGEST_KEY, Digest};
use super::journal::{self, Journal};
use super::mark::Mark;
use super::{Batch, Entry, Settled, StateError, Store};

/// How much of the database sled keeps in memory, in bytes.
const CACHE_CAPACITY: u64 = 64 << 20;
/// How large the journal may become before commits wait for it, in bytes.
const JOURNAL_LIMIT: usize = 64 << 20;
/// How many changes are put into their places at one go.
const SLICE: usize = 128;
/// How long a dropped store may take to let go of its file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Entries in a sled database.
pub struct SledStore {
    db: sled::Db,
    file: File,
    path: PathBuf,
    /// Files of large values that are on disk for sure.
    synced: BTreeSet<OsString>,
    /// What the tree holds; the journal goes on from there.
    digest: Digest,
    journal: Journal,
    sequence: u64,
    mark: Mark,
}

impl SledStore {
    /// Opens or creates the database `sled` in a state directory and checks it against its
    /// digest.
    ///
    /// # Errors
    /// Whatever sled says, and damage. On damaged files sled may also panic. [`StateError::Busy`]
    /// when a store that was dropped does not let go of its file.
    pub fn open(directory: &Path) -> Result<SledStore, StateError> {
        let path = directory.join("sled");
        wait_until_free(&path.join("db"))?;
        let db = sled::Config::new()
            .path(&path)
            .cache_capacity(CACHE_CAPACITY)
            .flush_every_ms(None)
            .open()
            .map_err(|error| store_error(&error))?;
        let file_path = path.join("db");
        let file =
            File::open(&file_path).map_err(|error| StateError::io("open", &file_path, &error))?;
        let mark = Mark::open(&directory.join("acknowledged"))?;
        sync_directory(&path)?;
        sync_directory(directory)?;
        let (synced, digest) = (BTreeSet::new(), Digest::default());
        let (journal, sequence) = (Journal::default(), 0);
        let mut store = SledStore { db, file, path, synced, digest, journal, sequence, mark };
        (store.digest, store.journal) = store.check()?;
        store.sequence = store.journal.sequence().unwrap_or(store.digest.sequence);
        Ok(store)
    }

    /// Lets the sequence go on from another store's.
    ///
    /// # Errors
    /// Whatever sled says.
    pub(super) fn continue_from(&mut self, sequence: u64) -> Result<(), StateError> {
        self.digest.sequence = self.digest.sequence.max(sequence);
        self.sequence = self.digest.sequence;
        let digest = self.digest.encode();
        self.db.insert(DIGEST_KEY, &digest).map_err(|error| store_error(&error))?;
        Ok(())
    }

    /// The stored digest, if it describes what is there, and the journal behind it.
    fn check(&self) -> Result<(Digest, Journal), StateError> {
        let mut found = Digest::default();
        let (mut stored, mut entries) = (None, Vec::new());
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            match &*key {
                DIGEST_KEY => stored = Some(Digest::decode(&value)?),
                [journal::PREFIX, ..] => entries.push((key.to_vec(), value.to_vec())),
                key => found.change(key, None, Some(&value)),
            }
        }
        let stored = stored.unwrap_or_default();
        if stored.agrees(&found) {
            return Ok((stored, journal::read(stored.sequence, entries)?));
        }
        Err(StateError::Damaged(format!(
            "{} entries where the digest tells of {}, or others",
            found.entries, stored.entries
        )))
    }

    /// The changes in sled's words, without what changes nothing, and the digest after them.
    fn prepare(&self, changes: &Batch) -> Result<(sled::Batch, Digest), StateError> {
        let mut digest = self.digest;
        let mut batch = sled::Batch::default();
        for (key, new) in changes {
            let old = self.db.get(key).map_err(|error| store_error(&error))?;
            if old.as_deref() == new.as_deref() {
                continue;
            }
            digest.change(key, old.as_deref(), new.as_deref());
            match new {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        Ok((batch, digest))
    }

    /// Makes what was applied durable.
    fn sync(&mut self) -> Result<(), StateError> {
        self.db.flush().map_err(|error| store_error(&error))?;
        self.file
            .sync_data()
            .map_err(|error| StateError::io("sync", self.path.join("db"), &error))?;
        self.sync_blobs()
    }

    /// Syncs the files that sled made for large values since the last time.
    fn sync_blobs(&mut self) -> Result<(), StateError> {
        let directory = self.path.join("blobs");
        let failed = |error| StateError::io("list", &directory, &error);
        let mut names = BTreeSet::new();
        for file in fs::read_dir(&directory).map_err(failed)? {
            names.insert(file.map_err(failed)?.file_name());
        }
        let new = names.difference(&self.synced).collect::<Vec<_>>();
        for name in &new {
            let path = directory.join(name);
            match File::open(&path).and_then(|file| file.sync_data()) {
                // sled deletes what it has replaced.
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(StateError::io("sync", path, &error));
                }
                _ => {}
            }
        }
        if !new.is_empty() {
            sync_directory(&directory)?;
        }
        self.synced = names;
        Ok(())
    }
}

impl Store for SledStore {
    fn commit(&mut self, batch: &Batch) -> Result<(), StateError> {
        while self.journal.fresh_bytes() > JOURNAL_LIMIT {
            self.settle()?;
        }
        let sequence = self.sequence + 1;
        let entries = journal::encode(sequence, batch);
        let mut written = sled::Batch::default();
        for (key, value) in &entries {
            written.insert(key.as_slice(), value.as_slice());
        }
        self.db.apply_batch(written).map_err(|error| store_error(&error))?;
        self.sync()?;
        self.sequence = sequence;
        self.journal.note(batch, entries, sequence);
        self.mark.write(sequence);
        Ok(())
    }

    fn settle(&mut self) -> Result<Settled, StateError> {
        let Some(slice) = self.journal.slice(SLICE) else { return Ok(Settled::Everything) };
        let (mut batch, mut digest) = self.prepare(&slice.batch)?;
        if let Some((done, sequence)) = slice.last {
            done.iter().for_each(|key| batch.remove(key.as_slice()));
            digest.sequence = sequence;
        }
        batch.insert(DIGEST_KEY, &digest.encode());
        self.db.apply_batch(batch).map_err(|error| store_error(&error))?;
        self.digest = digest;
        let settled = self.journal.is_settled();
        Ok(if settled { Settled::Everything } else { Settled::Partly })
    }

    fn entries(&self) -> Result<Vec<Entry>, StateError> {
        let mut entries = BTreeMap::new();
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            if key != DIGEST_KEY && key.first() != Some(&journal::PREFIX) {
                entries.insert(key.to_vec(), value.to_vec());
            }
        }
        self.journal.overlay(&mut entries);
        Ok(entries.into_iter().collect())
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }
}

fn store_error(error: &sled::Error) -> StateError {
    StateError::Store(error.to_string())
}

/// A store that was dropped closes its file on a thread of its own. Until then sled would refuse
/// the file, and that must not pass for damage.
pub(super) fn wait_until_free(path: &Path) -> Result<(), StateError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StateError::io("open", path, &error)),
    };
    let locked = match file.try_lock() {
        Ok(()) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(StateError::io("lock", path, &error)),
        Err(TryLockError::WouldBlock) => {
            let (sender, receiver) = mpsc::sync_channel(1);
            thread::spawn(move || {
                let outcome = file.lock();
                // Closed, and with it unlocked, before anybody goes on.
                drop(file);
                let _ = sender.send(outcome);
            });
            receiver.recv_timeout(PATIENCE)
        }
    };
    match locked {
        Ok(outcome) => outcome.map_err(|error| StateError::io("lock", path, &error)),
        Err(_) => Err(StateError::Busy(path.to_owned())),
    }
}

/// Makes names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), StateError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| StateError::io("sync", path, &error))
}
