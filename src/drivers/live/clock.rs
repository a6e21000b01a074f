//! The wall clock, made monotonic.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::{Span, Timestamp};

/// Tells the time of the wall clock; when that is set back, time goes on from where it was, so
/// that what is due comes due.
#[derive(Debug, Default)]
pub struct Clock {
    last: Mutex<Option<(Instant, Timestamp)>>,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.read(Instant::now(), wall())
    }

    fn read(&self, instant: Instant, wall: Timestamp) -> Timestamp {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((then, told)) = *last else {
            *last = Some((instant, wall));
            return wall;
        };
        let elapsed = millis(instant.saturating_duration_since(then));
        let now = wall.max(told + elapsed);
        if now > told {
            *last = Some((instant, now));
        }
        now
    }

    /// How long it is until a moment; nothing when it is past.
    pub fn until(&self, at: Timestamp) -> Duration {
        let millis = (at - self.now()).millis();
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(millis(since).millis())
}

fn millis(duration: Duration) -> Span {
    Span::from_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_stop_time() {
        let (clock, start) = (Clock::default(), Instant::now());
        let read = |seconds: u64, wall: i64| {
            let instant = start + Duration::from_secs(seconds);
            clock.read(instant, Timestamp::from_millis(wall * 1000)).millis() / 1000
        };
        assert_eq!(read(0, 5000), 5000);
        assert_eq!(read(10, 5010), 5010);
        assert_eq!(read(20, 1400), 5020, "set back by an hour");
        assert_eq!(read(30, 1410), 5030);
        assert_eq!(read(40, 9000), 9000, "set forward");
    }
}
