//! What the edge counts itself: what never reaches the engine.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use super::limit::Crowd;
use super::traffic::Traffic;
use crate::time::Timestamp;

/// Counts since the start, and how the configuration was last loaded. Shared by the handlers and
/// whoever loads.
#[derive(Debug, Default)]
pub struct Counters {
    invalid_firing: AtomicU64,
    invalid_resolved: AtomicU64,
    silence_queries: AtomicU64,
    refused_fragments: AtomicU64,
    load_failed: AtomicBool,
    loaded_at: AtomicI64,
    traffic: Traffic,
    crowd: Crowd,
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

    /// Alerts that were posted and refused: those that fire, those that are resolved.
    pub fn invalid_alerts(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.invalid_firing), of(&self.invalid_resolved))
    }

    /// So many configurations of the directory are left out.
    pub fn fragments_refused(&self, count: usize) {
        self.refused_fragments.store(count as u64, Ordering::Relaxed);
    }

    /// How many configurations of the directory are left out.
    pub fn refused_fragments(&self) -> u64 {
        self.refused_fragments.load(Ordering::Relaxed)
    }

    /// How often the API was asked for silences.
    pub fn silence_queries(&self) -> u64 {
        self.silence_queries.load(Ordering::Relaxed)
    }

    pub(super) fn add_silence_query(&self) {
        self.silence_queries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    pub(super) fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    pub(super) fn add_invalid_alerts(&self, firing: usize, resolved: usize) {
        self.invalid_firing.fetch_add(firing as u64, Ordering::Relaxed);
        self.invalid_resolved.fetch_add(resolved as u64, Ordering::Relaxed);
    }
}
