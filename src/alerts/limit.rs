//! How many alerts of one name may fire at a time.
//! (Source: Alertmanager, `--alerts.per-alertname-limit` and `limit.Bucket`.)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::label::Fingerprint;
use crate::time::Timestamp;

use super::Alert;

/// The alerts of each name by their ends.
#[derive(Clone, Debug)]
pub(super) struct Limited {
    most: usize,
    names: BTreeMap<Arc<str>, Ends>,
}

#[derive(Clone, Debug, Default)]
struct Ends {
    of: BTreeMap<Fingerprint, Timestamp>,
    sorted: BTreeSet<(Timestamp, Fingerprint)>,
}

impl Limited {
    /// At most so many, besides those that are there already.
    pub(super) fn new<'a>(
        most: usize,
        alerts: impl Iterator<Item = (Fingerprint, &'a Arc<Alert>)>,
    ) -> Limited {
        let mut limited = Limited { most, names: BTreeMap::new() };
        for (fingerprint, alert) in alerts {
            limited.name(alert).put(fingerprint, alert.ends_at);
        }
        limited
    }

    /// How many may fire.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Whether an alert may be there, beside the others of its name: it is there already, there
    /// is room, or one has ended and makes room. Notes its end if so.
    pub(super) fn admits(
        &mut self,
        now: Timestamp,
        fingerprint: Fingerprint,
        alert: &Alert,
    ) -> bool {
        let most = self.most;
        let ends = self.name(alert);
        if !ends.of.contains_key(&fingerprint) && ends.of.len() >= most {
            match ends.sorted.first().copied() {
                Some((at, oldest)) if at < now => ends.forget(oldest),
                _ => return false,
            }
        }
        ends.put(fingerprint, alert.ends_at);
        true
    }

    /// An alert is gone.
    pub(super) fn forget(&mut self, fingerprint: Fingerprint, alert: &Alert) {
        let Some(ends) = self.names.get_mut(alert.name()) else { return };
        ends.forget(fingerprint);
        if ends.of.is_empty() {
            self.names.remove(alert.name());
        }
    }

    fn name(&mut self, alert: &Alert) -> &mut Ends {
        if !self.names.contains_key(alert.name()) {
            self.names.insert(Arc::from(alert.name()), Ends::default());
        }
        self.names.entry(Arc::from(alert.name())).or_default()
    }
}

impl Ends {
    fn put(&mut self, fingerprint: Fingerprint, ends_at: Timestamp) {
        self.forget(fingerprint);
        self.of.insert(fingerprint, ends_at);
        self.sorted.insert((ends_at, fingerprint));
    }

    fn forget(&mut self, fingerprint: Fingerprint) {
        if let Some(ends_at) = self.of.remove(&fingerprint) {
            self.sorted.remove(&(ends_at, fingerprint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Admission, PostedAlert, Store};
    use super::*;
    use crate::label::Labels;
    use crate::time::{Details, Span};

    type Alerts = (Store, Admission<()>);

    fn post(
        (store, admission): &mut Alerts,
        second: i64,
        labels: &[(&str, &str)],
        ends: i64,
    ) -> bool {
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let posted = PostedAlert {
            labels: Labels::from_pairs(labels.iter().copied()),
            annotations: Labels::empty(),
            starts_at: Some(at(0)),
            ends_at: Some(at(ends)),
            generator_url: "".into(),
            details: Details::default(),
        };
        admission.upsert(store, at(second), posted, Span::from_mins(5)).is_some()
    }

    #[test]
    fn more_of_one_name_are_dropped_until_one_ends() {
        let mut alerts = Alerts::default();
        assert!(post(&mut alerts, 0, &[("alertname", "A"), ("i", "before")], 100));
        alerts.1.limit(&alerts.0, Some(2));
        for (second, labels, ends, expect) in [
            (1, [("alertname", "A"), ("i", "2")], 50, true),
            (2, [("alertname", "A"), ("i", "3")], 100, false),
            (3, [("alertname", "B"), ("i", "3")], 100, true),
            (4, [("alertname", "A"), ("i", "2")], 60, true),
            (60, [("alertname", "A"), ("i", "3")], 200, false),
            (61, [("alertname", "A"), ("i", "3")], 200, true),
            (62, [("alertname", "A"), ("i", "4")], 200, false),
        ] {
            assert_eq!(post(&mut alerts, second, &labels, ends), expect, "{second} {labels:?}");
        }
        let gone = alerts.0.collect(Timestamp::from_millis(150_000), |_| false);
        gone.iter().for_each(|(fingerprint, alert)| alerts.1.forget(*fingerprint, alert));
        assert_eq!(gone.len(), 3, "both that ended, and B");
        assert!(post(&mut alerts, 151, &[("alertname", "A"), ("i", "5")], 300));
        alerts.1.limit(&alerts.0, None);
        assert!(post(&mut alerts, 152, &[("alertname", "A"), ("i", "6")], 300));
    }
}
