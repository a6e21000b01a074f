//! What the event recorder counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What has been counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFigures {
    /// What was written, by type of event and output.
    pub written: BTreeMap<(&'static str, Arc<str>), Written>,
    /// Events that the full queue did not take, by type.
    pub dropped: BTreeMap<&'static str, u64>,
    /// Events that an output gave up, by output.
    pub output_drops: BTreeMap<Arc<str>, u64>,
    /// How many wait to be written.
    pub waiting: usize,
}

/// What was written of one type of event to one output.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Events that were taken.
    pub good: u64,
    /// Events that could not be written.
    pub failed: u64,
    /// Bytes of those that were taken.
    pub bytes: u64,
}

/// Counts, shared by all who count.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<EventFigures>);

impl Counts {
    pub(super) fn figures(&self) -> EventFigures {
        self.lock().clone()
    }

    pub(super) fn dropped(&self, kind: &'static str) {
        *self.lock().dropped.entry(kind).or_default() += 1;
    }

    /// An output that is there from now on.
    pub(super) fn begin_output(&self, output: &Arc<str>) {
        self.lock().output_drops.entry(Arc::clone(output)).or_default();
    }

    pub(super) fn output_dropped(&self, output: &Arc<str>, events: usize) {
        *self.lock().output_drops.entry(Arc::clone(output)).or_default() += events as u64;
    }

    pub(super) fn written(&self, kind: &'static str, output: &Arc<str>, bytes: usize) {
        let mut figures = self.lock();
        let written = figures.written.entry((kind, Arc::clone(output))).or_default();
        written.good += 1;
        written.bytes += bytes as u64;
    }

    pub(super) fn failed(&self, kind: &'static str, output: &Arc<str>) {
        self.lock().written.entry((kind, Arc::clone(output))).or_default().failed += 1;
    }

    fn lock(&self) -> MutexGuard<'_, EventFigures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
