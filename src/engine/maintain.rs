//! Old things are forgotten.

use std::sync::Arc;

use std::collections::BTreeSet;

use crate::time::Timestamp;

use super::schedule::Due;
use super::{Engine, Record, RecordKey, Step, Upkeep};

impl Engine {
    /// Limits and rhythms of the configuration in force.
    pub(super) fn upkeep(&self) -> Upkeep {
        self.setup.as_ref().map_or_else(Upkeep::default, |setup| setup.upkeep)
    }

    /// Begins the rhythm in which old things are forgotten.
    pub(super) fn schedule_upkeep(&mut self, now: Timestamp) {
        let upkeep = self.upkeep();
        self.schedule.add(now + upkeep.maintenance_interval, Due::Maintenance);
        self.schedule.add(now + upkeep.collection_interval, Due::Collection);
    }

    /// Forgets silences and log entries past their retention.
    pub(super) fn maintain(&mut self, now: Timestamp, step: &mut Step) {
        self.schedule.add(now + self.upkeep().maintenance_interval, Due::Maintenance);
        self.totals.maintenances += 1;
        for key in self.log.expire(now) {
            step.records.push(Record::Forget(RecordKey::Notified(key)));
        }
        if let Some(setup) = &self.setup {
            for id in Arc::make_mut(&mut self.silences).collect(now, setup.retention) {
                step.records.push(Record::Forget(RecordKey::Silence(id)));
            }
        }
    }

    /// Forgets resolved alerts that no group holds.
    pub(super) fn collect(&mut self, now: Timestamp, step: &mut Step) {
        self.schedule.add(now + self.upkeep().collection_interval, Due::Collection);
        let held: BTreeSet<_> =
            self.groups.values().flat_map(|group| group.content.fingerprints()).collect();
        let collected = Arc::make_mut(&mut self.alerts).collect(now, |one| held.contains(&one));
        for (fingerprint, alert) in collected {
            self.admission.forget(fingerprint, &alert);
            Arc::make_mut(&mut self.inhibitor).remove(fingerprint, &alert);
            self.silences.forget(fingerprint);
            step.records.push(Record::Forget(RecordKey::Alert(fingerprint)));
        }
    }
}
