//! The silences that may be in force, and which of them match an alert.
//!
//! Every silence that comes or changes gets the next number. What matched an alert is remembered
//! with the latest number at that time, so that the next look asks only those that came since;
//! those that went are no longer among the numbered ones.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::FixedState;

use crate::label::{Fingerprint, Labels};

use super::Silence;
use super::index::Index;

/// How many new silences are asked one by one before all are looked up.
const ASKED_ONE_BY_ONE: usize = 64;
/// Of how many alerts it is remembered what silences them; then memory begins anew.
const REMEMBERED_LIMIT: usize = 1 << 20;
/// The memory's parts, each with a lock of its own.
const PARTS: usize = 16;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Lookup {
    index: Index,
    numbered: BTreeMap<u64, Arc<Silence>>,
    numbers: BTreeMap<Arc<str>, u64>,
    latest: u64,
    /// Shared by all copies that know no silence that the others do not.
    memory: Arc<Memory>,
}

impl Lookup {
    /// Takes a silence in; one of the same id must have been taken out before.
    pub(super) fn add(&mut self, silence: &Arc<Silence>) {
        self.latest = match self.memory.next(self.latest) {
            Some(next) => next,
            None => {
                // another copy has gone its own way
                self.memory = Arc::new(Memory::at(self.latest + 1));
                self.latest + 1
            }
        };
        self.numbered.insert(self.latest, Arc::clone(silence));
        self.numbers.insert(Arc::clone(&silence.id), self.latest);
        self.index.add(silence);
    }

    /// Takes a silence out.
    pub(super) fn remove(&mut self, silence: &Silence) {
        if let Some(number) = self.numbers.remove(&silence.id) {
            self.numbered.remove(&number);
            self.index.remove(silence);
            if self.index.is_plain() {
                self.memory.clear();
            }
        }
    }

    /// Forgets what is remembered of an alert.
    pub(super) fn forget(&self, fingerprint: Fingerprint) {
        self.memory.part(fingerprint).remove(&fingerprint);
    }

    /// The silences that match a label set, whatever their times. The fingerprint is that of
    /// the label set; it is not always needed.
    pub(super) fn matching(
        &self,
        labels: &Labels,
        fingerprint: impl FnOnce() -> Fingerprint,
    ) -> Vec<&Arc<Silence>> {
        if self.numbered.is_empty() {
            return Vec::new();
        }
        if self.index.is_plain() {
            return self.index.matching(labels).into_values().collect();
        }
        let fingerprint = fingerprint();
        let matching = match self.remembered(fingerprint) {
            Some((latest, matching)) if latest >= self.latest => return without_numbers(matching),
            Some((latest, mut matching)) if self.is_recent(latest) => {
                let newer = self.numbered.range(latest + 1..);
                let newer = newer.filter(|(_, silence)| silence.matches(labels));
                matching.extend(newer.map(|(number, silence)| (*number, silence)));
                matching
            }
            _ => {
                let all = self.index.matching(labels).into_values();
                all.filter_map(|one| Some((*self.numbers.get(&one.id)?, one))).collect()
            }
        };
        self.memory.put(fingerprint, self.latest, &matching);
        without_numbers(matching)
    }

    /// What matched when the alert was looked at last and is still there, and the latest number
    /// of that time.
    fn remembered(&self, fingerprint: Fingerprint) -> Option<(u64, Vec<Numbered<'_>>)> {
        let part = self.memory.part(fingerprint);
        let Matched { latest, numbers } = part.get(&fingerprint)?;
        let here = |number: &u64| Some((*number, self.numbered.get(number)?));
        Some((*latest, numbers.iter().filter_map(here).collect()))
    }

    fn is_recent(&self, latest: u64) -> bool {
        self.numbered.range(latest + 1..).take(ASKED_ONE_BY_ONE + 1).count() <= ASKED_ONE_BY_ONE
    }
}

type Numbered<'a> = (u64, &'a Arc<Silence>);

fn without_numbers(silences: Vec<Numbered<'_>>) -> Vec<&Arc<Silence>> {
    silences.into_iter().map(|(_, silence)| silence).collect()
}

#[derive(Default)]
struct Memory {
    /// The latest number that any of the copies has given.
    latest: AtomicU64,
    parts: [Mutex<Part>; PARTS],
}

type Part = HashMap<Fingerprint, Matched, FixedState>;

/// The numbers of the silences that matched an alert, of those up to the latest.
struct Matched {
    latest: u64,
    numbers: Box<[u64]>,
}

impl Memory {
    fn at(latest: u64) -> Memory {
        Memory { latest: AtomicU64::new(latest), ..Memory::default() }
    }

    /// The next number for a copy that knows all silences up to `latest`; `None` when there are
    /// others that it does not know.
    fn next(&self, latest: u64) -> Option<u64> {
        let (now, next) = (Ordering::Relaxed, latest + 1);
        self.latest.compare_exchange(latest, next, now, now).is_ok().then_some(next)
    }

    fn part(&self, fingerprint: Fingerprint) -> MutexGuard<'_, Part> {
        let part = &self.parts[fingerprint.0 as usize % PARTS];
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, fingerprint: Fingerprint, latest: u64, matching: &[Numbered<'_>]) {
        let numbers = matching.iter().map(|(number, _)| *number).collect();
        let mut part = self.part(fingerprint);
        if part.len() >= REMEMBERED_LIMIT / PARTS {
            part.clear();
        }
        let known = part.get(&fingerprint).map_or(0, |matched| matched.latest);
        if known <= latest {
            part.insert(fingerprint, Matched { latest, numbers });
        }
    }

    fn clear(&self) {
        for part in &self.parts {
            *part.lock().unwrap_or_else(PoisonError::into_inner) = Part::default();
        }
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({})", self.latest.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::matcher::{Mode, parse_list};
    use crate::time::Timestamp;

    fn silence(id: &str, matchers: &str) -> Arc<Silence> {
        let at = Timestamp::from_millis(0);
        Arc::new(Silence {
            id: id.into(),
            matcher_sets: vec![parse_list(matchers, Mode::default()).unwrap().value],
            starts_at: at,
            ends_at: at,
            updated_at: at,
            created_by: "".into(),
            comment: "".into(),
            annotations: Labels::empty(),
        })
    }

    fn found(lookup: &Lookup, labels: &Labels) -> Vec<String> {
        let mut ids: Vec<_> = lookup
            .matching(labels, || labels.fingerprint())
            .into_iter()
            .map(|one| one.id.to_string())
            .collect();
        ids.sort();
        ids
    }

    #[test]
    fn what_is_remembered_is_what_asking_again_would_find() {
        let mut lookup = Lookup::default();
        let alerts: Vec<_> =
            (0..20).map(|n: usize| Labels::from_pairs([("a", n.to_string())])).collect();
        let mut kept: Vec<Arc<Silence>> = Vec::new();
        for step in 0..600_usize {
            let pattern = format!("a=~\"[{}-{}].*\"", step % 5, step % 5 + step % 3);
            let new = silence(&format!("s{}", step * 7 % 200), &pattern);
            if let Some(old) = kept.iter().position(|one| one.id == new.id) {
                lookup.remove(&kept.remove(old));
            }
            if step % 4 != 3 {
                lookup.add(&new);
                kept.push(new);
            }
            // some are looked at seldom
            for alert in alerts.iter().step_by(1 + step % 100) {
                let asked = kept.iter().filter(|one| one.matches(alert));
                let mut expect: Vec<_> = asked.map(|one| one.id.to_string()).collect();
                expect.sort();
                assert_eq!(found(&lookup, alert), expect, "step {step}");
            }
        }
        assert!(lookup.memory.parts.iter().any(|part| !part.lock().unwrap().is_empty()));
        kept.iter().for_each(|one| lookup.remove(one));
        assert!(lookup.memory.parts.iter().all(|part| part.lock().unwrap().is_empty()));
    }

    #[test]
    fn copies_share_what_holds_for_both_and_part_when_they_differ() {
        let alert = Labels::from_pairs([("a", "1")]);
        let mut first = Lookup::default();
        first.add(&silence("x", "a=~\".*1\""));
        let old = first.clone();
        first.add(&silence("y", "a=~\"1.*\""));
        assert_eq!(found(&first, &alert), ["x", "y"]);
        assert_eq!(found(&old, &alert), ["x"], "a copy does not see what came later");
        assert!(Arc::ptr_eq(&first.memory, &old.memory));
        let mut other = old.clone();
        other.add(&silence("z", "a=~\"1+\""));
        assert!(!Arc::ptr_eq(&first.memory, &other.memory));
        assert_eq!(found(&other, &alert), ["x", "z"]);
        assert_eq!(found(&first, &alert), ["x", "y"]);
    }
}
