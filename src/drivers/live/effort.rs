//! How long the core works at what.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often something was done, and how many seconds it took altogether.
pub type Work = (u64, f64);

/// What the core has worked at since the start.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct Effort {
    /// Alerts that came in.
    pub alerts: Work,
    /// Old silences and log entries that were looked for.
    pub maintenance: Work,
}

/// Counts it.
#[derive(Debug, Default)]
pub(super) struct Efforts {
    pub(super) alerts: Counted,
    pub(super) maintenance: Counted,
}

#[derive(Debug, Default)]
pub(super) struct Counted {
    times: AtomicU64,
    nanos: AtomicU64,
}

impl Efforts {
    pub(super) fn so_far(&self) -> Effort {
        Effort { alerts: self.alerts.so_far(), maintenance: self.maintenance.so_far() }
    }
}

impl Counted {
    pub(super) fn add(&self, times: usize, took: Duration) {
        self.times.fetch_add(times as u64, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    fn so_far(&self) -> Work {
        let seconds = self.nanos.load(Ordering::Relaxed) as f64 / 1e9;
        (self.times.load(Ordering::Relaxed), seconds)
    }
}
