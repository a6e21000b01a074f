//! The store on disk.
//!
//! sled's own `flush` ends with `sync_file_range`, which survives a killed process but not a
//! lost power supply, so every commit also syncs the database file through a descriptor of our
//! own, and the files of values too large for it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::digest::{DIGEST_KEY, Digest};
use super::mark::Mark;
use super::{Batch, Entry, StateError, Store};

/// How much of the database sled keeps in memory, in bytes.
const CACHE_CAPACITY: u64 = 64 << 20;
/// How long a dropped store may take to let go of its file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Entries in a sled database.
pub struct SledStore {
    db: sled::Db,
    file: File,
    path: PathBuf,
    /// Files of large values that are on disk for sure.
    synced: BTreeSet<OsString>,
    digest: Digest,
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
        let mut store = SledStore { db, file, path, synced, digest, mark };
        store.digest = store.check()?;
        Ok(store)
    }

    /// Lets the sequence go on from another store's.
    pub(super) fn continue_from(&mut self, sequence: u64) {
        self.digest.sequence = self.digest.sequence.max(sequence);
    }

    /// The stored digest, if it describes what is there.
    fn check(&self) -> Result<Digest, StateError> {
        let mut found = Digest::default();
        let mut stored = None;
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            match &*key {
                DIGEST_KEY => stored = Some(Digest::decode(&value)?),
                key => found.change(key, None, Some(&value)),
            }
        }
        let stored = stored.unwrap_or_default();
        if stored.agrees(&found) {
            return Ok(stored);
        }
        Err(StateError::Damaged(format!(
            "{} entries where the digest tells of {}, or others",
            found.entries, stored.entries
        )))
    }

    /// The batch in sled's words, without what changes nothing, and the digest after it.
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
        digest.sequence += 1;
        batch.insert(DIGEST_KEY, &digest.encode());
        Ok((batch, digest))
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
        let (batch, digest) = self.prepare(batch)?;
        self.db.apply_batch(batch).map_err(|error| store_error(&error))?;
        self.db.flush().map_err(|error| store_error(&error))?;
        self.file
            .sync_data()
            .map_err(|error| StateError::io("sync", self.path.join("db"), &error))?;
        self.sync_blobs()?;
        self.digest = digest;
        self.mark.write(digest.sequence);
        Ok(())
    }

    fn entries(&self) -> Result<Vec<Entry>, StateError> {
        let mut entries = Vec::new();
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            if key != DIGEST_KEY {
                entries.push((key.to_vec(), value.to_vec()));
            }
        }
        Ok(entries)
    }

    fn sequence(&self) -> u64 {
        self.digest.sequence
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
