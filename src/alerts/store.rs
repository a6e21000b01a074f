//! All alerts by fingerprint.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::Fingerprint;
use crate::time::{Details, Span, Timestamp};

use super::limit::Limited;
use super::merge::joined;
use super::{Alert, PostedAlert};

/// All alerts, the resolved ones until they are collected.
#[derive(Clone, Debug, Default)]
pub struct Store {
    alerts: BTreeMap<Fingerprint, Stored>,
    limited: Option<Limited>,
}

#[derive(Clone, Debug)]
struct Stored {
    alert: Arc<Alert>,
    /// The `ends_at` that a record holds.
    durable_end: Timestamp,
}

/// What became of a posted alert.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Upserted {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// The alert as it is now.
    pub alert: Arc<Alert>,
    /// Whether a record has to be written: not for a re-post that only moves an end that is
    /// still far away.
    pub durable: bool,
}

impl Store {
    /// Takes an alert in, fills in the times that were not given, and joins it with the one of
    /// the same labels. `None` when there are as many of its name as may be: it is dropped.
    pub fn upsert(
        &mut self,
        now: Timestamp,
        posted: PostedAlert,
        resolve_timeout: Span,
    ) -> Option<Upserted> {
        let new = received(now, posted, resolve_timeout);
        let fingerprint = new.fingerprint();
        let Some(stored) = self.alerts.get_mut(&fingerprint) else {
            if self.limited.as_mut().is_some_and(|limited| !limited.admits(now, fingerprint, &new))
            {
                return None;
            }
            let alert = Arc::new(new);
            self.put(Arc::clone(&alert));
            return Some(Upserted { fingerprint, alert, durable: true });
        };
        let next = joined(now, &stored.alert, new);
        if let Some(limited) = &mut self.limited {
            // one that is there may stay, whatever comes of its neighbours
            limited.admits(now, fingerprint, &next);
        }
        let durable = is_news(now, stored, &next);
        if durable {
            stored.durable_end = next.ends_at;
        }
        stored.alert = Arc::new(next);
        Some(Upserted { fingerprint, alert: Arc::clone(&stored.alert), durable })
    }

    /// Sets how many alerts of one name may fire at a time. Those that are there stay.
    pub fn limit(&mut self, most: Option<usize>) {
        if self.limited.as_ref().map(Limited::most) == most {
            return;
        }
        self.limited = most.map(|most| Limited::new(most, self.iter()));
    }

    /// Puts an alert in as it is, as from a record.
    pub fn put(&mut self, alert: Arc<Alert>) {
        let durable_end = alert.ends_at;
        self.alerts.insert(alert.fingerprint(), Stored { alert, durable_end });
    }

    /// The alert of this fingerprint.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<&Arc<Alert>> {
        self.alerts.get(&fingerprint).map(|stored| &stored.alert)
    }

    /// All alerts in the order of their fingerprints.
    pub fn iter(&self) -> impl Iterator<Item = (Fingerprint, &Arc<Alert>)> {
        self.alerts.iter().map(|(fingerprint, stored)| (*fingerprint, &stored.alert))
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
        for (fingerprint, alert) in &gone {
            self.alerts.remove(fingerprint);
            if let Some(limited) = &mut self.limited {
                limited.forget(*fingerprint, alert);
            }
        }
        gone
    }
}

/// Ingestion defaults. (Source: Alertmanager API v2, `postAlerts`.)
fn received(now: Timestamp, posted: PostedAlert, resolve_timeout: Span) -> Alert {
    let Details { starts, ends } = posted.details;
    Alert {
        labels: posted.labels,
        annotations: posted.annotations,
        starts_at: posted.starts_at.or(posted.ends_at).unwrap_or(now),
        ends_at: posted.ends_at.unwrap_or(now + resolve_timeout),
        updated_at: now,
        timeout: posted.ends_at.is_none(),
        generator_url: posted.generator_url,
        details: Details { starts: if posted.starts_at.is_some() { starts } else { ends }, ends },
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

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn posted(ends_at: Option<Timestamp>) -> PostedAlert {
        PostedAlert {
            labels: Labels::from_pairs([("alertname", "A")]),
            annotations: Labels::empty(),
            starts_at: None,
            ends_at,
            generator_url: "".into(),
            details: Details::default(),
        }
    }

    #[test]
    fn a_repost_that_only_moves_the_end_is_written_lazily() {
        let mut store = Store::default();
        let mut post = |now, ends| {
            let upserted = store.upsert(at(now), posted(ends), Span::from_mins(5)).unwrap();
            (upserted.durable, upserted.alert.ends_at)
        };
        assert_eq!(post(0, None), (true, at(300)));
        assert_eq!(post(60, None), (false, at(360)));
        assert_eq!(post(120, None), (false, at(420)));
        assert_eq!(post(180, None), (true, at(480)), "the record's end is near");
        assert_eq!(post(200, Some(at(190))), (true, at(190)), "it is resolved");
    }

    #[test]
    fn resolved_alerts_are_collected_unless_wanted() {
        let mut store = Store::default();
        let upserted = store.upsert(at(0), posted(None), Span::from_mins(5));
        let fingerprint = upserted.unwrap().fingerprint;
        assert!(store.collect(at(299), |_| false).is_empty());
        assert!(store.collect(at(300), |_| true).is_empty());
        assert_eq!(store.collect(at(300), |_| false)[0].0, fingerprint);
        assert!(store.is_empty());
    }
}
