//! What the edge counts itself: what never reaches the engine.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use super::traffic::Traffic;
use crate::time::Timestamp;

/// Counts since the start, and how the configuration was last loaded. Shared by the handlers and
/// whoever loads.
#[derive(Debug, Default)]
pub struct Counters {
    invalid_alerts: AtomicU64,
    load_failed: AtomicBool,
    loaded_at: AtomicI64,
    traffic: Traffic,
}

impl Counters {
    /// A configuration is in force since now.
    pub fn loaded(&self, now: Timestamp) {
        self.loaded_at.store(now.millis(), Ordering::Relaxed);
        self.load_failed.store(false, Ordering::Relaxed);
    }

    /// A configuration could not be loaded; the one before stays in force.
    pub fn load_failed(&self) {
        self.load_failed.store(true, Ordering::Relaxed);
    }

    /// Whether the last load was good, and when a configuration was last put in force.
    pub fn last_load(&self) -> (bool, Timestamp) {
        let at = Timestamp::from_millis(self.loaded_at.load(Ordering::Relaxed));
        (!self.load_failed.load(Ordering::Relaxed), at)
    }

    /// Alerts that were posted and refused.
    pub fn invalid_alerts(&self) -> u64 {
        self.invalid_alerts.load(Ordering::Relaxed)
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    pub(super) fn add_invalid_alerts(&self, count: usize) {
        self.invalid_alerts.fetch_add(count as u64, Ordering::Relaxed);
    }
}
