//! Old things are forgotten.

use std::sync::Arc;

use std::collections::BTreeSet;

use crate::time::Timestamp;

use super::schedule::Due;
use super::{Engine, MAINTENANCE_INTERVAL, Record, RecordKey, Step};

impl Engine {
    /// Forgets resolved alerts that no group holds, silences and log entries past their
    /// retention.
    pub(super) fn maintain(&mut self, now: Timestamp, step: &mut Step) {
        self.schedule.add(now + MAINTENANCE_INTERVAL, Due::Maintenance);
        let held: BTreeSet<_> =
            self.groups.values().flat_map(|group| group.content.fingerprints()).collect();
        let collected = Arc::make_mut(&mut self.alerts).collect(now, |one| held.contains(&one));
        for (fingerprint, alert) in collected {
            Arc::make_mut(&mut self.inhibitor).remove(fingerprint, &alert);
            step.records.push(Record::Forget(RecordKey::Alert(fingerprint)));
        }
        for key in self.log.expire(now) {
            step.records.push(Record::Forget(RecordKey::Notified(key)));
        }
        if let Some(setup) = &self.setup {
            for id in Arc::make_mut(&mut self.silences).collect(now, setup.retention) {
                step.records.push(Record::Forget(RecordKey::Silence(id)));
            }
        }
    }
}
