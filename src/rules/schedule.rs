//! When a group runs: at the slots of its interval, shifted by a hash of its identity so that
//! groups do not all run at once.
//!
//! ```text
//! time      0        interval        2 interval
//!           |-offset->|     |-offset->|     |-offset->
//! slots               ^               ^
//! ```
//!
//! (Source: Prometheus, `rules/group.go`, `EvalTimestamp`: the offset is in nanoseconds there;
//! samples carry milliseconds, so the floor of it gives the same timestamps.)

use crate::label::Labels;
use crate::time::{Span, Timestamp};

use super::GroupId;

const NANOSECONDS: u64 = 1_000_000;

/// How far the group's slots lie behind the multiples of its interval: at least zero, less than
/// the interval.
pub fn offset(group: &GroupId, interval: Span) -> Span {
    let labels = Labels::from_pairs([("file", &*group.file), ("name", &*group.name)]);
    let interval = (length(interval) as u64).saturating_mul(NANOSECONDS);
    Span::from_millis((labels.prometheus_hash() % interval / NANOSECONDS) as i64)
}

/// The group's first slot strictly after a moment.
pub fn next_slot(group: &GroupId, interval: Span, after: Timestamp) -> Timestamp {
    let offset = offset(group, interval).millis();
    let interval = length(interval);
    let slots_past = after.millis().saturating_sub(offset).div_euclid(interval);
    let next = slots_past.saturating_add(1).saturating_mul(interval);
    Timestamp::from_millis(next.saturating_add(offset))
}

/// How many slots after `last` went by unused when the next run starts at `now`. They are
/// counted and left out, never made up for: the run that starts at `now` is for the slot
/// `last + (missed + 1) * interval`.
pub fn missed(last: Timestamp, now: Timestamp, interval: Span) -> u64 {
    let elapsed = (now - last).millis() / length(interval);
    u64::try_from(elapsed.saturating_sub(1)).unwrap_or(0)
}

/// An interval in milliseconds; one that is not positive counts as the shortest there is.
fn length(interval: Span) -> i64 {
    interval.millis().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(file: &str, name: &str) -> GroupId {
        GroupId { file: file.into(), name: name.into() }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn an_offset_is_below_the_interval_and_stable() {
        for name in ["a", "b", "airflow_alerts", "data_quality_alerts"] {
            let group = id("/etc/rules.yml", name);
            for seconds in [1, 15, 30, 60, 3600] {
                let interval = Span::from_secs(seconds);
                let shift = offset(&group, interval);
                assert!(shift >= Span::ZERO && shift < interval);
                assert_eq!(shift, offset(&group, interval));
            }
        }
    }

    #[test]
    fn slots_are_one_interval_apart_and_strictly_after() {
        let group = id("rules.yml", "g");
        let interval = Span::from_secs(30);
        for start in [-90_001, -1, 0, 1, 1_700_000_000_123] {
            let first = next_slot(&group, interval, at(start));
            assert!(first > at(start) && first - at(start) <= interval);
            assert_eq!(next_slot(&group, interval, first), first + interval);
            assert_eq!(next_slot(&group, interval, first - Span::from_millis(1)), first);
            let past_the_grid = first.millis() - offset(&group, interval).millis();
            assert_eq!(past_the_grid.rem_euclid(30_000), 0);
        }
    }

    #[test]
    fn late_runs_count_what_they_missed() {
        let interval = Span::from_secs(10);
        for (now, expected) in [(0, 0), (9, 0), (10, 0), (19, 0), (20, 1), (29, 1), (100, 9)] {
            assert_eq!(missed(at(5_000), at(5_000 + now * 1000), interval), expected, "{now}");
        }
        assert_eq!(missed(at(5_000), at(0), interval), 0);
    }

    #[test]
    fn slots_are_those_of_a_prometheus() {
        // Observed with Prometheus 3.5: times of samples that the groups recorded.
        for (name, seconds, slot) in [
            ("g1", 5, 1_795_367_595_707),
            ("airflow alerts", 7, 1_795_367_595_191),
            ("g3", 1, 1_795_367_597_239),
            ("g4", 30, 1_795_367_568_140),
        ] {
            let group = id("/tmp/rulespeer/rules.yml", name);
            let interval = Span::from_secs(seconds);
            assert_eq!(next_slot(&group, interval, at(slot - 1)), at(slot), "{name}");
            assert_eq!(next_slot(&group, interval, at(slot)), at(slot) + interval, "{name}");
        }
    }

    #[test]
    fn no_interval_does_no_harm() {
        let group = id("rules.yml", "g");
        assert_eq!(next_slot(&group, Span::ZERO, at(7)), at(8));
        assert_eq!(missed(at(0), at(3), Span::ZERO), 2);
    }
}
