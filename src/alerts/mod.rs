//! Alerts as the notification pipeline knows them, whoever sent them.

mod admission;
mod limit;
mod merge;
mod store;
mod validate;

pub use admission::{Admission, LabelHash, Upserted};
pub use store::Store;
pub use validate::{AlertError, validate};

use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::time::{Details, Timestamp};

/// An alert. Times are as Alertmanager's: it fires while `ends_at` is in the future.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its identity.
    pub labels: Labels,
    /// What is said about it.
    pub annotations: Labels,
    /// When it began.
    pub starts_at: Timestamp,
    /// When it ended or will be taken for ended.
    pub ends_at: Timestamp,
    /// When we last heard of it.
    pub updated_at: Timestamp,
    /// Whether `ends_at` was made from `resolve_timeout`, not given by the sender.
    pub timeout: bool,
    /// Where it came from.
    pub generator_url: Arc<str>,
    /// What its times leave out of those that the sender wrote.
    pub details: Details,
}

/// An alert as a sender gives it, already validated; unset times are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedAlert {
    /// Its identity, without empty values.
    pub labels: Labels,
    /// What is said about it.
    pub annotations: Labels,
    /// When it began.
    pub starts_at: Option<Timestamp>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Where it came from.
    pub generator_url: Arc<str>,
    /// What its times leave out of those that the sender wrote.
    pub details: Details,
}

impl Alert {
    /// The identity in its short form.
    pub fn fingerprint(&self) -> Fingerprint {
        self.labels.fingerprint()
    }

    /// Whether it has ended by `now`.
    pub fn is_resolved(&self, now: Timestamp) -> bool {
        self.ends_at <= now
    }

    /// The alert's name, or the empty string.
    pub fn name(&self) -> &str {
        self.labels.value(crate::label::ALERT_NAME)
    }
}
