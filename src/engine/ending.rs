//! The series of rule groups that are gone: they end where the group ended, unless another group
//! writes them within two of its intervals.
//!
//! ```text
//!            reload                         two intervals later
//! series  *  *  |                                 |
//!               '-- the marker's time             '-- is written, if nobody wrote the series
//! ```
//! (Source: Prometheus, `rules/group.go`, `cleanupStaleSeries`: there the storage refuses markers
//! that are older than what was written meanwhile.)

use std::collections::BTreeSet;

use crate::label::Labels;
use crate::sample::{Sample, Series, Value, stale_marker};
use crate::time::Timestamp;

use super::evaluate::RuleGroup;
use super::schedule::Due;
use super::{Effect, Engine, Step};

/// How many intervals of its own a group's series are waited with.
const INTERVALS: i64 = 2;

/// The series of a group that is gone.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    at: Timestamp,
    due: Timestamp,
    series: Vec<Labels>,
}

impl Engine {
    /// Notes that a group's series end now.
    pub(super) fn end_series(&mut self, now: Timestamp, gone: &RuleGroup) {
        let series = gone.state.series();
        if series.is_empty() {
            return;
        }
        let due = now + gone.group.interval.times(INTERVALS);
        self.schedule.add(due, Due::EndSeries);
        self.ending.push(Ending { at: now, due, series });
    }

    /// Marks the series stale that have waited and that nobody writes.
    pub(super) fn mark_ended(&mut self, now: Timestamp, step: &mut Step) {
        let (ended, waiting) =
            std::mem::take(&mut self.ending).into_iter().partition(|one| one.due <= now);
        self.ending = waiting;
        let ended: Vec<Ending> = ended;
        if ended.is_empty() {
            return;
        }
        let states = self.rule_groups.values().flat_map(|group| &group.state.rules);
        let written: BTreeSet<&Labels> = states.flat_map(|rule| rule.written.iter()).collect();
        let marked = ended.into_iter().flat_map(|Ending { at, series, .. }| {
            let gone = series.into_iter().filter(|labels| !written.contains(labels));
            gone.map(move |labels| {
                let samples = vec![Sample { at, value: Value::Float(stale_marker()) }];
                Series { labels, samples }
            })
        });
        let marked: Vec<Series> = marked.collect();
        if !marked.is_empty() {
            step.effects.push(Effect::Append(marked));
        }
    }
}
