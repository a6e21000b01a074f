//! The state of an Alertmanager, read and written in its own form, so that people can come and
//! go back without being told anything twice. (Source: Alertmanager's `nflogpb` and `silencepb`.)
//!
//! ```text
//! <directory>/nflog      length (varint) | MeshEntry   { Entry, expires_at } ...
//! <directory>/silences   length (varint) | MeshSilence { Silence, expires_at } ...
//! ```
//!
//! Keys of the log map one to one: group key, receiver, integration, index. What integrations keep
//! for themselves beside the log (`receiver_data`) has no place here and is left out.

mod log;
mod silences;
mod stream;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use crate::engine::{Record, RecordKey, RecordValue};
use crate::notify::{LogEntry, LogKey};
use crate::silence::Silence;
use crate::time::{Span, Timestamp};

use super::StateError;
use super::sled::sync_directory;

pub use stream::{BadStream, MESSAGE_LIMIT};

/// The names of the files.
pub const FILES: [&str; 2] = ["nflog", "silences"];
/// The largest file that is read, in bytes.
pub const FILE_LIMIT: u64 = 1 << 30;

/// What an Alertmanager keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// What receivers were last told.
    pub log: BTreeMap<LogKey, Arc<LogEntry>>,
    /// The silences by their id.
    pub silences: BTreeMap<Arc<str>, Arc<Silence>>,
    /// What could not be taken over, one line each.
    pub notices: Vec<String>,
}

/// Why state could not be taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The system refused something.
    #[error(transparent)]
    State(#[from] StateError),
    /// A file is larger than [`FILE_LIMIT`].
    #[error("{path}: {bytes} bytes are too many: at most {FILE_LIMIT} are read")]
    TooLarge {
        /// Which file.
        path: String,
        /// Its size.
        bytes: u64,
    },
    /// A file is not what it should be.
    #[error("{path}: {source}: it is no {kind} of an Alertmanager, or damaged")]
    Damaged {
        /// Which file.
        path: String,
        /// What it should be.
        kind: &'static str,
        /// What is wrong.
        source: BadStream,
    },
}

/// Whether a directory has the state of an Alertmanager.
pub fn is_there(directory: &Path) -> bool {
    FILES.iter().any(|name| directory.join(name).is_file())
}

impl Kept {
    /// Reads a directory; files that are not there have nothing in them. What has expired is
    /// left out.
    ///
    /// # Errors
    /// When a file cannot be read, or is damaged: half of a log would tell people things twice.
    pub fn read(directory: &Path, now: Timestamp) -> Result<Kept, ImportError> {
        let mut kept = Kept::default();
        let [log, silences] = FILES.map(|name| directory.join(name));
        let damaged = |path: &Path, kind| {
            let path = path.display().to_string();
            move |source| ImportError::Damaged { path, kind, source }
        };
        kept.read_log(&content(&log)?, now).map_err(damaged(&log, FILES[0]))?;
        kept.read_silences(&content(&silences)?, now).map_err(damaged(&silences, FILES[1]))?;
        Ok(kept)
    }

    /// Takes in the content of `nflog`.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn read_log(&mut self, bytes: &[u8], now: Timestamp) -> Result<(), BadStream> {
        for found in stream::messages::<log::MeshEntry>(bytes) {
            let (key, entry) = found?.entry();
            let newer = self.log.get(&key).is_none_or(|known| known.at < entry.at);
            if newer && entry.expires_at > now {
                self.log.insert(key, Arc::new(entry));
            }
        }
        Ok(())
    }

    /// Takes in the content of `silences`.
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn read_silences(&mut self, bytes: &[u8], now: Timestamp) -> Result<(), BadStream> {
        for found in stream::messages::<silences::MeshSilence>(bytes) {
            let found = found?;
            if found.expires_at() <= now {
                continue;
            }
            match found.silence() {
                Ok(silence) => self.take(Arc::new(silence)),
                Err(why) => self.notices.push(why),
            }
        }
        Ok(())
    }

    /// Takes in a silence unless a newer one is known.
    fn take(&mut self, silence: Arc<Silence>) {
        let known = self.silences.get(&silence.id);
        if known.is_none_or(|known| known.updated_at < silence.updated_at) {
            self.silences.insert(Arc::clone(&silence.id), silence);
        }
    }

    /// Takes in records of ours; newer ones win.
    pub fn take_records(&mut self, records: &[Record]) {
        for record in records {
            match record {
                Record::Put(RecordKey::Notified(key), RecordValue::Notified(entry)) => {
                    let known = self.log.get(key);
                    if known.is_none_or(|known| known.at <= entry.at) {
                        self.log.insert(key.clone(), Arc::clone(entry));
                    }
                }
                Record::Put(_, RecordValue::Silence(silence)) => self.take(Arc::clone(silence)),
                _ => {}
            }
        }
    }

    /// What is newer than in records of ours, or not in them, as records.
    pub fn records(&self, present: &[Record]) -> Vec<Record> {
        let mut own = Kept::default();
        own.take_records(present);
        let log = self
            .log
            .iter()
            .filter(|(key, entry)| own.log.get(*key).is_none_or(|known| known.at < entry.at));
        let log = log.map(|(key, entry)| {
            let value = RecordValue::Notified(Arc::clone(entry));
            Record::Put(RecordKey::Notified(key.clone()), value)
        });
        let silences = self.silences.iter().filter(|(id, silence)| {
            own.silences.get(*id).is_none_or(|known| known.updated_at < silence.updated_at)
        });
        let silences = silences.map(|(id, silence)| {
            let value = RecordValue::Silence(Arc::clone(silence));
            Record::Put(RecordKey::Silence(Arc::clone(id)), value)
        });
        log.chain(silences).collect()
    }

    /// The contents of `nflog` and `silences`.
    pub fn encode(&self, retention: Span) -> (Vec<u8>, Vec<u8>) {
        let mut log = Vec::new();
        for (key, entry) in &self.log {
            stream::add(&mut log, &log::MeshEntry::new(key, entry));
        }
        let mut silences = Vec::new();
        for silence in self.silences.values() {
            let expires_at = silence.ends_at + retention;
            stream::add(&mut silences, &silences::MeshSilence::new(silence, expires_at));
        }
        (log, silences)
    }

    /// Writes a directory as an Alertmanager reads it; it must not run there meanwhile.
    /// `retention` is how long it keeps silences that are over.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn write(&self, directory: &Path, retention: Span) -> Result<(), StateError> {
        let fail = |error| StateError::io("cannot create", directory, &error);
        std::fs::create_dir_all(directory).map_err(fail)?;
        let (log, silences) = self.encode(retention);
        for (name, content) in FILES.iter().zip([log, silences]) {
            replace(directory, name, &content)?;
        }
        Ok(())
    }
}

/// Writes a file beside its name and then gives it the name, so that it is never there by half.
fn replace(directory: &Path, name: &str, content: &[u8]) -> Result<(), StateError> {
    let (path, unfinished) = (directory.join(name), directory.join(format!("{name}.unfinished")));
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &path)
    });
    written.map_err(|error| StateError::io("write", &path, &error))?;
    sync_directory(directory)
}

fn content(path: &Path) -> Result<Vec<u8>, ImportError> {
    let fail = |error| StateError::io("cannot read", path, &error);
    let bytes = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error).into()),
    };
    if bytes > FILE_LIMIT {
        return Err(ImportError::TooLarge { path: path.display().to_string(), bytes });
    }
    Ok(std::fs::read(path).map_err(fail)?)
}

#[cfg(test)]
mod tests;
