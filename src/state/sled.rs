//! Where the newest values settle: the second of two places from which everything can be had
//! again, the other being the newest snapshot. What follows is in the journal.
//!
//! ```text
//! one tree:  0x00    the digest             sequence, number of entries, their checksum
//!            others  the entries            of that commit at least
//! ```
//!
//! sled's own `flush` ends with `sync_file_range`, which survives a killed process but not a
//! lost power supply, so the database file is synced through a descriptor of our own, and so are
//! the files of values too large for it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::digest::{DIGEST_KEY, Digest};
use super::{Batch, Entry, StateError, legacy};

/// How much of the database sled keeps in memory, in bytes.
const CACHE_CAPACITY: u64 = 4 << 20;
/// How long a dropped store may take to let go of its file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Entries in a sled database.
pub(super) struct SledStore {
    db: sled::Db,
    file: File,
    path: PathBuf,
    /// Files of large values that are on disk for sure.
    synced: BTreeSet<OsString>,
    digest: Digest,
    /// What an earlier version left in the tree's own journal, and the commit that it leads to.
    journal: Option<(u64, Batch)>,
}

impl SledStore {
    /// Opens or creates the database `sled` in a state directory and checks it against its
    /// digest: every entry, unless this process knows the digest because it wrote it.
    ///
    /// # Errors
    /// Whatever sled says, and damage. On damaged files sled may also panic. [`StateError::Busy`]
    /// when a store that was dropped does not let go of its file.
    pub(super) fn open(directory: &Path, written: Option<Digest>) -> Result<SledStore, StateError> {
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
        sync_directory(&path)?;
        sync_directory(directory)?;
        let (synced, digest) = (BTreeSet::new(), Digest::default());
        let mut store = SledStore { db, file, path, synced, digest, journal: None };
        match written {
            Some(written) => store.trust(written)?,
            None => store.check()?,
        }
        Ok(store)
    }

    /// Takes the entries for what they were when this process wrote their digest.
    fn trust(&mut self, written: Digest) -> Result<(), StateError> {
        let stored = self.db.get(DIGEST_KEY).map_err(|error| store_error(&error))?;
        self.digest = stored.map_or(Ok(Digest::default()), |bytes| Digest::decode(&bytes))?;
        if self.digest == written {
            return Ok(());
        }
        Err(StateError::Damaged("the digest is not the one that was written".to_owned()))
    }

    /// Compares what is there with the stored digest.
    fn check(&mut self) -> Result<(), StateError> {
        let mut found = Digest::default();
        let (mut stored, mut entries) = (None, Vec::new());
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            match &*key {
                DIGEST_KEY => stored = Some(Digest::decode(&value)?),
                [legacy::PREFIX, ..] => entries.push((key.to_vec(), value.to_vec())),
                key => found.change(key, None, Some(&value)),
            }
        }
        let stored = stored.unwrap_or_default();
        if !stored.agrees(&found) {
            return Err(StateError::Damaged(format!(
                "{} entries where the digest tells of {}, or others",
                found.entries, stored.entries
            )));
        }
        self.digest = stored;
        if !entries.is_empty() {
            self.journal = Some(legacy::read(stored.sequence, entries)?);
        }
        Ok(())
    }

    /// Which commit everything in it is of at least.
    pub(super) fn sequence(&self) -> u64 {
        self.journal.as_ref().map_or(self.digest.sequence, |(sequence, _)| *sequence)
    }

    /// Whether an earlier version's journal is in the tree: nothing can be added then.
    pub(super) fn is_of_an_earlier_version(&self) -> bool {
        self.journal.is_some()
    }

    /// Everything in key order.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, StateError> {
        let mut entries = BTreeMap::new();
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(|error| store_error(&error))?;
            if key != DIGEST_KEY && key.first() != Some(&legacy::PREFIX) {
                entries.insert(key.to_vec(), value.to_vec());
            }
        }
        for (key, value) in self.journal.iter().flat_map(|(_, changed)| changed) {
            match value {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        Ok(entries.into_iter().collect())
    }

    /// Applies a part of what changed, wholly or not at all.
    ///
    /// # Errors
    /// Whatever sled says.
    pub(super) fn apply(&mut self, changes: &Batch) -> Result<(), StateError> {
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
        batch.insert(DIGEST_KEY, &digest.encode());
        self.db.apply_batch(batch).map_err(|error| store_error(&error))?;
        self.digest = digest;
        Ok(())
    }

    /// Notes that everything up to a commit was applied, and makes it durable; gives the digest.
    ///
    /// # Errors
    /// Whatever sled or the system says.
    pub(super) fn finish(&mut self, sequence: u64) -> Result<Digest, StateError> {
        self.digest.sequence = sequence;
        let digest = self.digest.encode();
        self.db.insert(DIGEST_KEY, &digest).map_err(|error| store_error(&error))?;
        self.sync()?;
        Ok(self.digest)
    }

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
