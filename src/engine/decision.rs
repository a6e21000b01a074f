//! Decisions with their causes: why somebody was told something, or was not.

use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::notify::{Failure, NotifyReason};
use crate::time::Timestamp;

/// How many alerts of a message its decision names.
pub const ALERTS_NAMED: usize = 100;

/// Something the engine decided, and why. Numbered in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// The group's key text; empty where no group is concerned.
    pub group_key: Arc<str>,
    /// The receiver's name; empty where none is concerned.
    pub receiver: Arc<str>,
    /// What was decided.
    pub verdict: DecisionKind,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq)]
pub enum DecisionKind {
    /// An integration is told.
    Notify {
        /// `kind[index]`.
        integration: Arc<str>,
        /// Why.
        reason: NotifyReason,
        /// The alerts it is told of: labels, and whether they fire; the first ones, at most
        /// [`ALERTS_NAMED`].
        alerts: Vec<(Labels, bool)>,
        /// How many there are in all.
        total: u32,
    },
    /// An integration was told.
    Notified {
        /// `kind[index]`.
        integration: Arc<str>,
        /// After how many attempts.
        attempts: u32,
    },
    /// An attempt failed, another follows.
    Retry {
        /// `kind[index]`.
        integration: Arc<str>,
        /// Which attempt failed.
        attempt: u32,
        /// Why.
        failure: Failure,
        /// When the next one starts.
        next: Timestamp,
    },
    /// An integration could not be told.
    Failed {
        /// `kind[index]`.
        integration: Arc<str>,
        /// After how many attempts.
        attempts: u32,
        /// Why.
        failure: Failure,
    },
    /// An alert is kept from the receiver; said once until the cause changes.
    Suppressed {
        /// Which alert.
        alert: Labels,
        /// What keeps it.
        cause: Suppression,
    },
    /// An alert that was kept from the receiver no longer is.
    Released {
        /// Which alert.
        alert: Labels,
    },
}

/// What keeps an alert from its receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suppression {
    /// Another alert.
    Inhibited {
        /// The inhibiting alert.
        by: Fingerprint,
        /// Which rule: its position in `inhibit_rules`, from 0.
        rule: usize,
    },
    /// None of the route's active time intervals includes now.
    Inactive {
        /// Their names.
        intervals: Vec<Arc<str>>,
    },
    /// Mute time intervals of the route that include now.
    Muted {
        /// Their names.
        intervals: Vec<Arc<str>>,
    },
    /// Silences.
    Silenced {
        /// Their ids, sorted.
        ids: Vec<Arc<str>>,
    },
}

impl Suppression {
    /// The reason as a metric's label. (Source: `alertmanager_notifications_suppressed_total`.)
    pub fn text(&self) -> &'static str {
        match self {
            Suppression::Inhibited { .. } => "inhibition",
            Suppression::Inactive { .. } => "active_time_interval",
            Suppression::Muted { .. } => "mute_time_interval",
            Suppression::Silenced { .. } => "silence",
        }
    }
}
