//! Pushes as a Pushgateway takes them.

use serde::{Deserialize, Serialize};

/// The largest body of a push, in bytes.
pub const MAX_BODY: usize = 16 << 20;

/// What a request does to its group.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Replaces the whole group.
    Put,
    /// Replaces the families that it names.
    Post,
    /// Removes the group.
    Delete,
}

/// Why a push was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PushError {
    /// The path names no group.
    #[error("{0}")]
    Path(String),
}

impl PushError {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        400
    }
}

/// A group as it is kept over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedGroup {}
