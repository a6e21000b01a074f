//! How an alert that is sent again joins the one we have.
//! (Source: Alertmanager, `provider/mem` and `Alert.Merge`.)

use crate::time::Timestamp;

use super::Alert;

/// What the store holds after `new` came in where `old` was.
pub(super) fn joined(now: Timestamp, old: &Alert, new: Alert) -> Alert {
    let inside = |at: (Timestamp, u32)| start(old) < at && at < end(old);
    if inside(end(&new)) || inside(start(&new)) { merged(now, old, new) } else { new }
}

/// When it began, to the nanosecond.
fn start(alert: &Alert) -> (Timestamp, u32) {
    (alert.starts_at, alert.details.starts.nanos())
}

/// When it ends, to the nanosecond.
fn end(alert: &Alert) -> (Timestamp, u32) {
    (alert.ends_at, alert.details.ends.nanos())
}

/// Two overlapping appearances as one: the earlier start, the later word on everything else;
/// an end that somebody gave outlives one that we only assumed.
fn merged(now: Timestamp, old: &Alert, new: Alert) -> Alert {
    if new.updated_at < old.updated_at { over(now, &new, old.clone()) } else { over(now, old, new) }
}

fn over(now: Timestamp, earlier: &Alert, mut later: Alert) -> Alert {
    if start(earlier) < start(&later) {
        later.starts_at = earlier.starts_at;
        later.details.starts = earlier.details.starts;
    }
    if end(earlier) > end(&later) {
        let keep = if later.is_resolved(now) { earlier.is_resolved(now) } else { !earlier.timeout };
        if keep {
            later.ends_at = earlier.ends_at;
            later.details.ends = earlier.details.ends;
        }
    }
    later
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;
    use crate::time::{Detail, Details};

    fn alert(starts: i64, ends: i64, updated: i64, timeout: bool) -> Alert {
        let at = Timestamp::from_millis;
        Alert {
            labels: Labels::empty(),
            annotations: Labels::from_pairs([("from", updated.to_string())]),
            starts_at: at(starts),
            ends_at: at(ends),
            updated_at: at(updated),
            timeout,
            generator_url: "".into(),
            details: Details::default(),
        }
    }

    fn check(old: Alert, new: Alert, expect: (i64, i64, &str)) {
        let got = joined(Timestamp::from_millis(100), &old, new);
        let shown = (got.starts_at.millis(), got.ends_at.millis(), got.annotations.value("from"));
        assert_eq!(shown, expect);
    }

    #[test]
    fn overlapping_appearances_are_one() {
        // the earliest start and the latest word
        check(alert(10, 200, 50, false), alert(20, 300, 60, false), (10, 300, "60"));
        // an explicit later end is kept, an assumed one is not
        check(alert(10, 400, 50, false), alert(20, 300, 60, false), (10, 400, "60"));
        check(alert(10, 400, 50, true), alert(20, 300, 60, false), (10, 300, "60"));
        // resolved: now counts, unless both are
        check(alert(10, 400, 50, false), alert(20, 90, 60, false), (10, 90, "60"));
        check(alert(10, 95, 50, false), alert(20, 90, 60, false), (10, 95, "60"));
        // an older word does not overrule a younger one
        check(alert(20, 300, 60, false), alert(30, 200, 50, true), (20, 300, "60"));
    }

    #[test]
    fn merges_are_those_of_the_reference() {
        for (old, new, expect) in [
            // times: start, end, update, whether the end was assumed; now is 100
            ((10, 200, 50, true), (10, 210, 60, true), (10, 210, "60")),
            ((10, 200, 50, true), (15, 180, 60, true), (10, 180, "60")),
            ((10, 200, 50, false), (15, 180, 60, true), (10, 200, "60")),
            ((10, 200, 50, true), (15, 180, 60, false), (10, 180, "60")),
            // a new appearance that begins before the old one, and ends within it
            ((50, 200, 50, false), (10, 150, 60, false), (10, 200, "60")),
            // one that begins before and ends after does not overlap in upstream's sense
            ((50, 200, 50, false), (10, 300, 60, false), (10, 300, "60")),
            ((50, 200, 50, false), (50, 200, 60, false), (50, 200, "60")),
            // the resolution that comes later is the one that holds
            ((10, 90, 50, false), (20, 95, 60, false), (10, 95, "60")),
            ((10, 95, 50, true), (20, 90, 60, false), (10, 95, "60")),
            // what was resolved fires again from before its end
            ((10, 90, 50, false), (80, 300, 60, true), (10, 300, "60")),
            // touching is not overlapping
            ((10, 90, 50, false), (90, 300, 60, true), (90, 300, "60")),
            // updates out of order: the newer word stays the base
            ((10, 200, 60, false), (20, 150, 50, false), (10, 200, "60")),
            ((20, 200, 60, false), (10, 150, 50, false), (10, 200, "60")),
        ] {
            let alert = |(starts, ends, updated, timeout)| alert(starts, ends, updated, timeout);
            check(alert(old), alert(new), expect);
        }
    }

    #[test]
    fn nanoseconds_and_zones_go_with_their_times() {
        let alert = |starts: i64, ends: i64, updated, details: [(u32, i32); 2]| {
            let [starts_detail, ends_detail] =
                details.map(|(nanos, minutes)| Detail::new(nanos, minutes));
            let details = Details { starts: starts_detail, ends: ends_detail };
            Alert { details, ..alert(starts, ends, updated, false) }
        };
        let merge = |old: Alert, new: Alert| {
            let got = joined(Timestamp::from_millis(100), &old, new);
            [got.details.starts, got.details.ends].map(|it| (it.nanos(), it.offset_minutes()))
        };
        let old = alert(10, 200, 50, [(5, 60), (5, 60)]);
        // the earlier start and the later end, each as its sender wrote it
        assert_eq!(merge(old.clone(), alert(20, 300, 60, [(1, 0), (2, 0)])), [(5, 60), (2, 0)]);
        assert_eq!(merge(old.clone(), alert(20, 150, 60, [(1, 0), (2, 0)])), [(5, 60), (5, 60)]);
        // a nanosecond decides
        assert_eq!(merge(old.clone(), alert(10, 200, 60, [(4, 0), (4, 0)])), [(4, 0), (5, 60)]);
        assert_eq!(merge(old.clone(), alert(10, 200, 60, [(6, 0), (6, 0)])), [(5, 60), (6, 0)]);
        // of equal times the later word holds
        assert_eq!(merge(old, alert(10, 200, 60, [(5, 0), (5, 0)])), [(5, 0), (5, 0)]);
    }

    #[test]
    fn a_separate_appearance_replaces_the_old_one() {
        check(alert(10, 20, 50, false), alert(30, 300, 60, false), (30, 300, "60"));
        check(alert(10, 20, 50, false), alert(20, 300, 60, false), (20, 300, "60"));
    }
}
