//! What survives a restart: entries by key, written in atomic batches.
//!
//! ```text
//! <state directory>/
//!   lock                          held while a process uses the directory
//!   journal-00000000000000000090  commits after the 90th, one write each
//!   snapshot-00000000000000000042 everything as of commit 42; the newest three are kept
//!   sled/                         everything as of a commit, kept up key by key
//!   acknowledged                  the newest commit that is on the disk for sure
//!   damaged-1/                    files that could not be trusted, moved aside
//!
//! key:    kind (1 byte) | identity        value: version (1 byte) | protobuf
//!         'b'             a blob's name          a blob, as it was given
//!         others          see codec
//! ```
//!
//! Two grades of safety; who commits says which is awaited:
//!
//! ```text
//! commit() --write(2)--> journal --fdatasync--> disk                 at the latest 10 ms after
//!                    |                      '-- outlives a lost power supply: silences, pushes,
//!                    |                          what is imported
//!                    '-- outlives a killed process: alerts, deliveries, evaluations
//!                                   |
//!                                   '-- once a minute, newest values only --> sled
//!                                   '-- every few minutes, when the journal grows beyond its
//!                                       limits (see committer::limits), and at the end --> snapshot
//! ```
//!
//! A killed process loses nothing. A power supply that fails can cost the last milliseconds of
//! alerts, which their senders send again, and at most repeats a notification; never a silence
//! that was acknowledged.
//!
//! What is lost or altered disagrees with a checksum, or falls short of what was acknowledged.
//! Both are found at the start, and what of the rest leads furthest takes over: the newest
//! snapshot or sled, and the journal behind it.

pub mod alertmanager;
pub mod codec;
mod committer;
mod contents;
mod digest;
mod frame;
mod image;
mod index;
mod legacy;
mod mark;
mod recover;
mod segment;
mod settle;
mod sled;
mod snapshot;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use committer::{Committed, Committer, Opened, Outlives, Statistics};
pub use recover::{Notice, Source};

/// Changes by key: the new value, or none to forget the key.
type Batch = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key with its value.
type Entry = (Vec<u8>, Vec<u8>);

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
