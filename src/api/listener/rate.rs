//! How many requests are taken: a bucket that fills by one in every interval.
//! (Source: Go's `golang.org/x/time/rate`.)

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config::web::RateLimit;

/// See the module.
#[derive(Default)]
pub(super) struct Rate {
    bucket: Mutex<Option<Bucket>>,
}

struct Bucket {
    limit: RateLimit,
    filled: f64,
    at: Instant,
}

impl Rate {
    /// Whether a request may pass now. A limit that changes begins with a full bucket.
    pub(super) fn allows(&self, limit: Option<RateLimit>) -> bool {
        self.allows_at(Instant::now(), limit)
    }

    fn allows_at(&self, now: Instant, limit: Option<RateLimit>) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(limit) = limit else {
            *bucket = None;
            return true;
        };
        match &mut *bucket {
            Some(bucket) if bucket.limit == limit => bucket.takes(now),
            bucket => {
                let full = Bucket { limit, filled: f64::from(limit.burst), at: now };
                bucket.insert(full).takes(now)
            }
        }
    }
}

impl Bucket {
    fn takes(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        let filled = self.filled + passed / self.limit.interval.seconds();
        self.filled = filled.min(f64::from(self.limit.burst));
        self.at = now;
        let takes = self.filled >= 1.0;
        if takes {
            self.filled -= 1.0;
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::time::Span;

    #[test]
    fn a_burst_passes_and_then_one_in_each_interval() {
        let limit = |burst| Some(RateLimit { interval: Span::from_millis(100), burst });
        let (rate, start) = (Rate::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        let passed = |millis, burst| rate.allows_at(at(millis), limit(burst));
        assert_eq!([passed(0, 2), passed(0, 2), passed(0, 2)], [true, true, false]);
        assert_eq!([passed(99, 2), passed(101, 2), passed(102, 2)], [false, true, false]);
        assert_eq!([passed(5000, 2), passed(5000, 2), passed(5000, 2)], [true, true, false]);
        assert!(passed(5000, 3), "another limit begins anew");
        assert!(!rate.allows_at(at(6000), limit(0)), "a burst of nothing");
        assert!(rate.allows_at(at(6000), None));
    }
}
