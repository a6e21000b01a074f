//! What a notification template sees: Alertmanager's `Data`.
//! (Source: Alertmanager docs, "Notification template reference".)

use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::time::{Details, Timestamp};

/// Everything a notification is rendered from.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The receiver's name, quoted as for a regular expression (an upstream quirk we keep).
    pub receiver: String,
    /// The alerts of the message, in Alertmanager's order.
    pub alerts: Vec<AlertData>,
    /// Why the message is sent: `first notification`, `repeat interval elapsed`, ...
    pub notification_reason: String,
    /// The labels the group is grouped by.
    pub group_labels: Labels,
    /// The labels all alerts share.
    pub common_labels: Labels,
    /// The annotations all alerts share.
    pub common_annotations: Labels,
    /// The labels of the route, rendered.
    pub route_labels: Labels,
    /// Our own URL as others reach it, without a trailing slash.
    pub external_url: Arc<str>,
}

/// One alert of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertData {
    /// Whether it fires; else it is resolved.
    pub firing: bool,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations. Empty values are kept out, as everywhere.
    pub annotations: Labels,
    /// When it began.
    pub starts_at: Timestamp,
    /// When it ended; `None` while it fires (templates see Go's zero time).
    pub ends_at: Option<Timestamp>,
    /// Where it came from.
    pub generator_url: Arc<str>,
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The nanoseconds and zones of its times as they were given.
    pub details: Details,
}

impl Data {
    /// Whether any alert fires, which is what `.Status` says.
    pub fn firing(&self) -> bool {
        self.alerts.iter().any(|alert| alert.firing)
    }
}
