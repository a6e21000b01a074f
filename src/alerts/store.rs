//! All alerts by fingerprint.

use std::sync::Arc;

use crate::label::{Fingerprint, FingerprintMap};
use crate::time::{Span, Timestamp};

use super::Alert;

/// All alerts, the resolved ones until they are collected. Cheap to copy: what a copy and the
/// original have in common is there once.
#[derive(Clone, Debug, Default)]
pub struct Store {
    alerts: FingerprintMap<Stored>,
}

#[derive(Clone, Debug)]
struct Stored {
    alert: Arc<Alert>,
    /// The `ends_at` that a record holds.
    durable_end: Timestamp,
}

impl Store {
    /// Puts an alert in as it is, as from a record.
    pub fn put(&mut self, alert: Arc<Alert>) {
        self.put_as(alert.fingerprint(), alert);
    }

    /// As [`Store::put`], of an alert whose fingerprint is known.
    pub(super) fn put_as(&mut self, fingerprint: Fingerprint, alert: Arc<Alert>) {
        let durable_end = alert.ends_at;
        self.alerts.insert(fingerprint, Stored { alert, durable_end });
    }

    /// Puts the newer word in the place of one that is there: that one, and whether the
    /// difference is worth a record.
    pub(super) fn replace(
        &mut self,
        now: Timestamp,
        fingerprint: Fingerprint,
        next: &Arc<Alert>,
    ) -> Option<(Arc<Alert>, bool)> {
        let stored = self.alerts.get_mut(fingerprint)?;
        let durable = is_news(now, stored, next);
        if durable {
            stored.durable_end = next.ends_at;
        }
        Some((std::mem::replace(&mut stored.alert, Arc::clone(next)), durable))
    }

    /// The alert of this fingerprint.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<&Arc<Alert>> {
        self.alerts.get(fingerprint).map(|stored| &stored.alert)
    }

    /// All alerts in the order of their fingerprints.
    pub fn iter(&self) -> impl Iterator<Item = (Fingerprint, &Arc<Alert>)> {
        self.alerts.iter().map(|(fingerprint, stored)| (fingerprint, &stored.alert))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.alerts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// Forgets the alerts that are resolved and that `keep` does not want, and gives them back.
    pub fn collect(
        &mut self,
        now: Timestamp,
        mut keep: impl FnMut(Fingerprint) -> bool,
    ) -> Vec<(Fingerprint, Arc<Alert>)> {
        let gone: Vec<_> = self
            .iter()
            .filter(|(fingerprint, alert)| alert.is_resolved(now) && !keep(*fingerprint))
            .map(|(fingerprint, alert)| (fingerprint, Arc::clone(alert)))
            .collect();
        for (fingerprint, _) in &gone {
            self.alerts.remove(*fingerprint);
        }
        gone
    }
}

/// Whether the difference is worth a disk write: anything but a later end, and a later end when
/// half of the time that the alert may live on is not covered by the record.
fn is_news(now: Timestamp, stored: &Stored, next: &Alert) -> bool {
    let old = &stored.alert;
    let half_life = Span::from_millis((next.ends_at - now).millis() / 2);
    old.starts_at != next.starts_at
        || old.details.starts != next.details.starts
        || old.timeout != next.timeout
        || old.annotations != next.annotations
        || old.generator_url != next.generator_url
        || next.ends_at < stored.durable_end
        || next.ends_at > stored.durable_end && stored.durable_end < now + half_life
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;
    use crate::time::Details;

    #[test]
    fn resolved_alerts_are_collected_unless_wanted() {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let mut store = Store::default();
        let alert = Arc::new(Alert {
            labels: Labels::from_pairs([("alertname", "A")]),
            annotations: Labels::empty(),
            starts_at: at(0),
            ends_at: at(300),
            updated_at: at(0),
            timeout: true,
            generator_url: "".into(),
            details: Details::default(),
        });
        store.put(Arc::clone(&alert));
        assert!(store.collect(at(299), |_| false).is_empty());
        assert!(store.collect(at(300), |_| true).is_empty());
        assert_eq!(store.collect(at(300), |_| false), [(alert.fingerprint(), alert)]);
        assert!(store.is_empty());
    }
}
