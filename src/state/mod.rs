//! What survives a restart: entries by key, written in atomic batches, durable when
//! acknowledged.
//!
//! ```text
//! <state directory>/
//!   lock                          held while a process uses the directory
//!   sled/                         the store: one tree; a commit is a journal entry first
//!   acknowledged                  the newest commit that was acknowledged
//!   snapshot-00000000000000000042 everything as of commit 42; the newest three are kept
//!   damaged-1/                    a store that could not be trusted, moved aside
//!
//! key:    kind (1 byte) | identity        value: version (1 byte) | protobuf
//!         0x00            the digest             sequence, number of entries, their checksum
//!         0x01            the journal            commits whose changes are not yet in their places
//!         'b'             a blob's name          a blob, as it was given
//!         others          see codec
//! ```
//!
//! A lost or altered entry disagrees with the digest; a store that went back in time is behind
//! what was acknowledged or the newest snapshot. Both are found at the start, and the newest
//! state that is whole takes over.

pub mod alertmanager;
pub mod codec;
mod committer;
mod digest;
mod journal;
mod mark;
mod memory;
mod recover;
mod sled;
mod snapshot;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use committer::{Committed, Committer, Opened, Statistics};
pub use memory::MemoryStore;
pub use recover::{Notice, Source};
pub use sled::SledStore;

/// Changes by key: the new value, or none to forget the key. Applied as one.
pub type Batch = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Where entries are kept.
pub trait Store: Send {
    /// Applies a batch, wholly or not at all; durable when this returns well.
    ///
    /// # Errors
    /// After an error nobody knows whether the batch is there: open the store anew.
    fn commit(&mut self, batch: &Batch) -> Result<(), StateError>;

    /// Does a part of the work that commits put off, if there is any: when nobody waits.
    ///
    /// # Errors
    /// As [`commit`](Store::commit); nothing that was committed is lost.
    fn settle(&mut self) -> Result<Settled, StateError> {
        Ok(Settled::Everything)
    }

    /// Everything in key order.
    fn entries(&self) -> Result<Vec<Entry>, StateError>;

    /// How many commits led here.
    fn sequence(&self) -> u64;
}

/// How much of the work that commits put off is done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// There is more.
    Partly,
    /// Nothing is left.
    Everything,
}

/// Why state could not be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Another process uses the directory.
    #[error("state directory {} is used by another process: stop it or choose another", .0.display())]
    Locked(PathBuf),
    /// A store that was dropped still has its file.
    #[error("state store {} is still in use", .0.display())]
    Busy(PathBuf),
    /// The system refused something.
    #[error("{what} {}: {why}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The store refused something.
    #[error("state store: {0}")]
    Store(String),
    /// What was read is not what was written.
    #[error("state is damaged: {0}")]
    Damaged(String),
    /// The committer is closed.
    #[error("state is closed")]
    Closed,
}

impl StateError {
    fn io(what: &'static str, path: impl Into<PathBuf>, error: &std::io::Error) -> StateError {
        StateError::Io { what, path: path.into(), why: error.to_string() }
    }
}
