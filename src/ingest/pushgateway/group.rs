//! One group: what was pushed last under one set of grouping labels.

use std::collections::BTreeMap;

use super::key::GroupKey;
use crate::ingest::exposition::{Family, Point};
use crate::label::{Labels, METRIC_NAME};
use crate::sample::{Value, stale_marker};
use crate::source::{Batch, MetricKind};
use crate::time::Timestamp;

/// The moment of the last push that was taken, in seconds; 0 for none.
pub(super) const PUSH_TIME: &str = "push_time_seconds";
/// The moment of the last push that was refused, in seconds; 0 for none.
pub(super) const PUSH_FAILURE: &str = "push_failure_time_seconds";

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) identity: Labels,
    pub(super) families: BTreeMap<String, StoredFamily>,
    pub(super) pushed: Option<Timestamp>,
    pub(super) failed: Option<Timestamp>,
    /// When samples of the group were stored last: no two times are the same.
    pub(super) stored: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredFamily {
    pub(super) kind: MetricKind,
    pub(super) help: String,
    pub(super) unit: String,
    pub(super) series: Vec<(Labels, f64)>,
}

impl Group {
    /// A group without metrics; its samples are stored after `floor`.
    pub(super) fn new(identity: Labels, floor: Timestamp) -> Group {
        let families = BTreeMap::new();
        Group { identity, families, pushed: None, failed: None, stored: floor }
    }

    /// The time for samples stored now: now, or the next millisecond that is free.
    pub(super) fn stamp(&mut self, now: Timestamp) -> Timestamp {
        self.stored = now.max(self.stored + crate::time::Span::from_millis(1));
        self.stored
    }

    pub(super) fn series(&self) -> impl Iterator<Item = &(Labels, f64)> {
        self.families.values().flat_map(|family| &family.series)
    }

    /// The last time that anybody cared for the group.
    pub(super) fn touched(&self) -> Option<Timestamp> {
        self.pushed.max(self.failed)
    }

    /// Everything as it is now.
    pub(super) fn write(&self, at: Timestamp, batch: &mut Batch) {
        for (labels, value) in self.series() {
            batch.push(labels, at, &Value::Float(*value));
        }
        for (labels, moment) in self.bookkeeping() {
            let seconds = moment.map_or(0.0, Timestamp::seconds);
            batch.push(&labels, at, &Value::Float(seconds));
        }
    }

    /// Everything as gone.
    pub(super) fn write_gone(&self, at: Timestamp, batch: &mut Batch) {
        let bookkeeping = self.bookkeeping().map(|(labels, _)| labels);
        for labels in self.series().map(|(labels, _)| labels).chain(&bookkeeping) {
            batch.push(labels, at, &Value::Float(stale_marker()));
        }
    }

    fn bookkeeping(&self) -> [(Labels, Option<Timestamp>); 2] {
        [(PUSH_TIME, self.pushed), (PUSH_FAILURE, self.failed)]
            .map(|(name, moment)| (self.identity.edit().set(METRIC_NAME, name).build(), moment))
    }
}

/// The families of a push as they will be stored, without those that the gateway itself writes.
pub(super) fn stored(
    key: &GroupKey,
    families: Vec<Family>,
) -> impl Iterator<Item = (String, StoredFamily)> {
    let wanted = families.into_iter().filter(|family| !is_bookkeeping(&family.name));
    wanted.map(move |family| {
        let Family { name, kind, help, unit, points } = family;
        let lay_over = |point: Point| (key.laid_over(&point.labels), point.value);
        let series = points.into_iter().map(lay_over).collect();
        (name, StoredFamily { kind, help, unit, series })
    })
}

fn is_bookkeeping(name: &str) -> bool {
    name == PUSH_TIME || name == PUSH_FAILURE
}
