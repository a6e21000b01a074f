//! The audit trail: who changed what, when, and what came of it; one JSON line each, chained by
//! hashes, on disk before whoever asked is answered.
//!
//! ```text
//! audit.log        {"sequence":1,...,"previous":"00..00","hash":"3f.."}
//!                  {"sequence":2,...,"previous":"3f..","hash":"a1.."}   hash: SHA-256 of the
//!                                                                      line before ,"hash"
//! audit.log.head   00000000000000000002 a1..                           the newest line, so that
//!                                                                      lines at the end are missed
//! ```
//!
//! A new file goes on where the one before ended: its first line, `audit.begin`, has that hash.

mod chain;
mod file;
mod verify;

use serde_json::Value;

use crate::time::Timestamp;

pub use file::{Audit, AuditError, Opened};
pub use verify::{Verdict, verify};

/// The most characters of a text in a line: names, addresses and what clients say they are.
pub const TEXT_LIMIT: usize = 512;
/// The longest line, in bytes.
pub const LINE_LIMIT: usize = 64 << 10;

/// What was done.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A file begins.
    Begin,
    /// A process goes on with a file.
    Continue,
    /// A silence was made.
    SilenceCreate,
    /// A silence was changed, or replaced by another.
    SilenceChange,
    /// A silence was ended.
    SilenceExpire,
    /// The configuration was to be loaded again.
    Reload,
    /// Another configuration is in force.
    Configure,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in force.
    Done,
    /// It was not done, for this reason.
    Refused(String),
}

/// Who did it; what is not known is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// The name that a password proved.
    pub user: Option<String>,
    /// The other end of the connection, or `signal`.
    pub address: Option<String>,
    /// What the client says it is.
    pub agent: Option<String>,
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// To what: a silence's id, a file.
    pub object: String,
    /// Who did it.
    pub by: By,
    /// What came of it.
    pub outcome: Outcome,
    /// More about it; nothing secret.
    pub detail: Value,
}

impl Action {
    /// Its word in the file.
    pub fn text(self) -> &'static str {
        match self {
            Action::Begin => "audit.begin",
            Action::Continue => "audit.continue",
            Action::SilenceCreate => "silence.create",
            Action::SilenceChange => "silence.change",
            Action::SilenceExpire => "silence.expire",
            Action::Reload => "configuration.reload",
            Action::Configure => "configuration.change",
        }
    }
}

#[cfg(test)]
mod tests;
