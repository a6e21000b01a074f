//! The wall clock, made monotonic.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// Tells the time of the wall clock, never an earlier time than before.
#[derive(Debug)]
pub struct Clock {
    latest: AtomicI64,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { latest: AtomicI64::new(i64::MIN) }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.latest.fetch_max(millis, Ordering::Relaxed).max(millis))
    }

    /// How long it is until a moment; nothing when it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        let millis = (at - self.now()).millis();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}
