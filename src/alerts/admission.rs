//! How posted alerts come into the store: whose they are, whether there is room, and what they
//! come to beside the one that is there.

use std::collections::HashMap;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use crate::label::{Fingerprint, Labels};
use crate::time::{Span, Timestamp};

use super::limit::Limited;
use super::merge::joined;
use super::{Alert, PostedAlert, Store};

/// What is known of the store's alerts besides themselves; nothing that readers look at. `P` is
/// where an alert was put, for whoever puts it there to say and to ask.
#[derive(Clone, Debug)]
pub struct Admission<P> {
    /// By a hash of the label set that is made much faster than its fingerprint, and is wide
    /// enough for no two sets to share it. Only looked up: its order reaches nobody.
    known: HashMap<LabelHash, Known<P>, foldhash::fast::FixedState>,
    limited: Option<Limited>,
}

/// A label set, in short, as long as the process runs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelHash(u64, u64);

#[derive(Copy, Clone, Debug)]
struct Known<P> {
    fingerprint: Fingerprint,
    place: Option<P>,
}

impl<P> Default for Admission<P> {
    fn default() -> Admission<P> {
        Admission { known: HashMap::default(), limited: None }
    }
}

/// What became of a posted alert.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Upserted<P> {
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// Its label set, for [`Admission::put_at`].
    pub hash: LabelHash,
    /// Where it was put, if that was said and holds.
    pub place: Option<P>,
    /// The alert as it is now.
    pub alert: Arc<Alert>,
    /// What it was before, if it is not new.
    pub before: Option<Arc<Alert>>,
    /// Whether a record has to be written: not for a re-post that only moves an end that is
    /// still far away.
    pub durable: bool,
}

impl<P: Copy> Admission<P> {
    /// Takes an alert in, fills in the times that were not given, and joins it with the one of
    /// the same labels. `None` when there are as many of its name as may be: it is dropped.
    pub fn upsert(
        &mut self,
        store: &mut Store,
        now: Timestamp,
        posted: PostedAlert,
        resolve_timeout: Span,
    ) -> Option<Upserted<P>> {
        let hash = LabelHash::of(&posted.labels);
        let known = self.known.get(&hash).copied();
        let fingerprint =
            known.map_or_else(|| posted.labels.fingerprint(), |known| known.fingerprint);
        let mut new = received(now, posted, resolve_timeout);
        let (alert, before, durable) = match store.get(fingerprint) {
            Some(old) => {
                match known {
                    // the same hash, the same set
                    Some(_) => new.labels.clone_from(&old.labels),
                    None => self.make_sure(&mut new, old),
                }
                let next = Arc::new(joined(now, old, sharing(new, old)));
                // one that is there may stay, whatever comes of its neighbours
                self.admits(now, fingerprint, &next);
                let (before, durable) = store.replace(now, fingerprint, &next)?;
                (next, Some(before), durable)
            }
            None => {
                if !self.admits(now, fingerprint, &new) {
                    return None;
                }
                let alert = Arc::new(new);
                store.put_as(fingerprint, Arc::clone(&alert));
                (alert, None, true)
            }
        };
        if known.is_none() {
            self.remember(hash, fingerprint, store.len());
        }
        let place = known.and_then(|known| known.place);
        Some(Upserted { fingerprint, hash, place, alert, before, durable })
    }

    /// Sets how many alerts of one name may fire at a time. Those that are there stay.
    pub fn limit(&mut self, store: &Store, most: Option<usize>) {
        if self.limited.as_ref().map(Limited::most) != most {
            self.limited = most.map(|most| Limited::new(most, store.iter()));
        }
    }

    /// Whether only so many alerts of one name may fire.
    pub fn is_limited(&self) -> bool {
        self.limited.is_some()
    }

    /// Says where an alert that was taken in was put.
    pub fn put_at(&mut self, hash: LabelHash, place: P) {
        if let Some(known) = self.known.get_mut(&hash) {
            known.place = Some(place);
        }
    }

    /// What was said of places holds no more.
    pub fn forget_places(&mut self) {
        // order: every one comes to the same
        for known in self.known.values_mut() {
            known.place = None;
        }
    }

    /// An alert has left the store.
    pub fn forget(&mut self, fingerprint: Fingerprint, alert: &Alert) {
        self.known.remove(&LabelHash::of(&alert.labels));
        if let Some(limited) = &mut self.limited {
            limited.forget(fingerprint, alert);
        }
    }

    fn admits(&mut self, now: Timestamp, fingerprint: Fingerprint, alert: &Alert) -> bool {
        let limited = self.limited.as_mut();
        limited.is_none_or(|limited| limited.admits(now, fingerprint, alert))
    }

    /// Different sets that share a fingerprint are one alert, that of the last word; what is
    /// known by its hash would not tell them apart.
    fn make_sure(&mut self, new: &mut Alert, old: &Alert) {
        if new.labels == old.labels {
            new.labels.clone_from(&old.labels);
        } else {
            self.known.clear();
        }
    }

    fn remember(&mut self, hash: LabelHash, fingerprint: Fingerprint, alerts: usize) {
        if self.known.len() > 2 * alerts {
            self.known.clear();
        }
        self.known.insert(hash, Known { fingerprint, place: None });
    }
}

impl LabelHash {
    fn of(labels: &Labels) -> LabelHash {
        let hash = xxh3_128(labels.as_bytes());
        // halves need no alignment of their own
        LabelHash((hash >> 64) as u64, hash as u64)
    }
}

/// Ingestion defaults. (Source: Alertmanager API v2, `postAlerts`.)
fn received(now: Timestamp, posted: PostedAlert, resolve_timeout: Span) -> Alert {
    Alert {
        labels: posted.labels,
        annotations: posted.annotations,
        starts_at: posted.starts_at.or(posted.ends_at).unwrap_or(now),
        ends_at: posted.ends_at.unwrap_or(now + resolve_timeout),
        updated_at: now,
        timeout: posted.ends_at.is_none(),
        generator_url: posted.generator_url,
        details: posted.details,
    }
}

/// The new word with the texts of the old one where they are the same, so that there is one of
/// each in memory.
fn sharing(mut new: Alert, old: &Alert) -> Alert {
    fn share<T: Clone + PartialEq>(new: &mut T, old: &T) {
        if new == old {
            new.clone_from(old);
        }
    }
    share(&mut new.annotations, &old.annotations);
    share(&mut new.generator_url, &old.generator_url);
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Details;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn posted(ends_at: Option<Timestamp>) -> PostedAlert {
        PostedAlert {
            labels: Labels::from_pairs([("alertname", "A")]),
            annotations: Labels::from_pairs([("summary", "s")]),
            starts_at: None,
            ends_at,
            generator_url: "".into(),
            details: Details::default(),
        }
    }

    #[test]
    fn a_repost_that_only_moves_the_end_is_written_lazily() {
        let (mut store, mut admission) = (Store::default(), Admission::<u32>::default());
        let mut post = |now, ends| {
            let posted = posted(ends);
            let upserted = admission.upsert(&mut store, at(now), posted, Span::from_mins(5));
            let upserted = upserted.unwrap();
            (upserted.durable, upserted.alert.ends_at)
        };
        assert_eq!(post(0, None), (true, at(300)));
        assert_eq!(post(60, None), (false, at(360)));
        assert_eq!(post(120, None), (false, at(420)));
        assert_eq!(post(180, None), (true, at(480)), "the record's end is near");
        assert_eq!(post(200, Some(at(190))), (true, at(190)), "it is resolved");
    }

    #[test]
    fn a_repost_shares_the_texts_that_are_the_same() {
        let (mut store, mut admission) = (Store::default(), Admission::<u32>::default());
        let mut post = |summary: &str| {
            let annotations = Labels::from_pairs([("summary", summary)]);
            let posted = PostedAlert { annotations, ..posted(None) };
            admission.upsert(&mut store, at(0), posted, Span::from_mins(5)).unwrap()
        };
        let (first, second, third) = (post("s"), post("s"), post("other"));
        assert_eq!((first.before, &second.before), (None, &Some(first.alert)));
        let address = |labels: &Labels| labels.as_bytes().as_ptr();
        let before = second.before.unwrap();
        assert_eq!(address(&before.annotations), address(&second.alert.annotations));
        assert_eq!(address(&before.labels), address(&third.alert.labels));
        assert_eq!(third.alert.annotations.value("summary"), "other");
    }

    #[test]
    fn places_hold_until_they_are_forgotten() {
        let (mut store, mut admission) = (Store::default(), Admission::<u32>::default());
        let post = |store: &mut Store, admission: &mut Admission<u32>| {
            admission.upsert(store, at(0), posted(None), Span::from_mins(5)).unwrap()
        };
        let first = post(&mut store, &mut admission);
        assert_eq!(first.place, None);
        admission.put_at(first.hash, 7);
        assert_eq!(post(&mut store, &mut admission).place, Some(7));
        admission.forget_places();
        assert_eq!(post(&mut store, &mut admission).place, None);
    }

    #[test]
    fn what_left_the_store_is_new_when_it_comes_again() {
        let (mut store, mut admission) = (Store::default(), Admission::<u32>::default());
        for round in 0..3 {
            let now = at(round * 1000);
            let upserted =
                admission.upsert(&mut store, now, posted(None), Span::from_mins(5)).unwrap();
            assert_eq!(upserted.before, None, "{round}");
            for (fingerprint, alert) in store.collect(at(round * 1000 + 300), |_| false) {
                admission.forget(fingerprint, &alert);
            }
        }
        assert!(admission.known.is_empty());
    }
}
