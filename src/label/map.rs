//! A map by fingerprint in order that is cheap to copy: it is cut into runs, and a copy shares
//! every run until one of both changes it.
//!
//! ```text
//! runs    [ from 00.. | from 1f.. | from 2c.. | ... ]
//!              |           |
//!              v           '-> (1f.., value) (21.., value) ...     at most RUN_LIMIT, shared
//!            (00.., value) (07.., value) ...
//! ```
//!
//! Fingerprints are spread evenly, so runs stay about equally full, and where one is can be
//! guessed well; one that is full is cut in two, wherever that is.

use std::sync::Arc;

use super::Fingerprint;

/// The most entries of a run: what a change copies at worst.
const RUN_LIMIT: usize = 64;

/// Values by fingerprint. See the module's documentation.
#[derive(Clone, Debug)]
pub struct FingerprintMap<T> {
    /// Each with the least fingerprint that belongs there, which is 0 for the first.
    runs: Vec<(Fingerprint, Arc<Run<T>>)>,
    length: usize,
}

type Run<T> = Vec<(Fingerprint, T)>;

impl<T> Default for FingerprintMap<T> {
    fn default() -> FingerprintMap<T> {
        FingerprintMap { runs: Vec::new(), length: 0 }
    }
}

impl<T> FingerprintMap<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The value of a fingerprint.
    pub fn get(&self, fingerprint: Fingerprint) -> Option<&T> {
        let (_, run) = self.runs.get(self.run(fingerprint))?;
        let position = find(run, fingerprint).ok()?;
        Some(&run[position].1)
    }

    /// Whether there is a value of this fingerprint.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.get(fingerprint).is_some()
    }

    /// All of them, by fingerprint.
    pub fn iter(&self) -> impl Iterator<Item = (Fingerprint, &T)> {
        let entries = self.runs.iter().flat_map(|(_, run)| run.iter());
        entries.map(|(fingerprint, value)| (*fingerprint, value))
    }

    /// All values, by fingerprint.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.iter().map(|(_, value)| value)
    }

    /// All fingerprints, in order.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.iter().map(|(fingerprint, _)| fingerprint)
    }

    /// The position of the run that a fingerprint belongs to.
    fn run(&self, fingerprint: Fingerprint) -> usize {
        let least = |index: usize| self.runs[index].0;
        position(self.runs.len(), (0, u64::MAX), fingerprint, least).saturating_sub(1)
    }
}

impl<T: Clone> FingerprintMap<T> {
    /// The value of a fingerprint, to be changed.
    pub fn get_mut(&mut self, fingerprint: Fingerprint) -> Option<&mut T> {
        let run = self.run(fingerprint);
        let (_, run) = self.runs.get_mut(run)?;
        let position = find(run, fingerprint).ok()?;
        Some(&mut Arc::make_mut(run)[position].1)
    }

    /// Sets a value; the one that was there before.
    pub fn insert(&mut self, fingerprint: Fingerprint, value: T) -> Option<T> {
        let at = self.run(fingerprint);
        let Some((_, run)) = self.runs.get_mut(at) else {
            self.runs.push((Fingerprint(0), Arc::new(vec![(fingerprint, value)])));
            self.length = 1;
            return None;
        };
        let run = Arc::make_mut(run);
        match find(run, fingerprint) {
            Ok(position) => Some(std::mem::replace(&mut run[position].1, value)),
            Err(position) => {
                make_room(run);
                run.insert(position, (fingerprint, value));
                self.length += 1;
                if run.len() >= RUN_LIMIT {
                    let rest = run.split_off(RUN_LIMIT / 2);
                    run.shrink_to(RUN_LIMIT / 2 + SPARE);
                    self.runs.insert(at + 1, (rest[0].0, Arc::new(rest)));
                }
                None
            }
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, fingerprint: Fingerprint) -> Option<T> {
        let at = self.run(fingerprint);
        let (_, run) = self.runs.get_mut(at)?;
        let position = find(run, fingerprint).ok()?;
        let run = Arc::make_mut(run);
        let (_, value) = run.remove(position);
        self.length -= 1;
        if run.is_empty() {
            self.runs.remove(at);
            if let Some((least, _)) = self.runs.first_mut() {
                *least = Fingerprint(0);
            }
        }
        Some(value)
    }
}

/// How many entries a run grows by: large maps are many runs, and what they do not use adds up.
const SPARE: usize = 8;

fn make_room<T>(run: &mut Run<T>) {
    if run.len() == run.capacity() {
        run.reserve_exact(SPARE);
    }
}

fn find<T>(run: &Run<T>, fingerprint: Fingerprint) -> Result<usize, usize> {
    let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else { return Err(0) };
    let above = position(run.len(), (first.0, last.0), fingerprint, |index| run[index].0);
    match above.checked_sub(1) {
        Some(index) if run[index].0 == fingerprint => Ok(index),
        _ => Err(above),
    }
}

/// How many of `count` fingerprints in order are at most this one. They lie between two numbers,
/// about evenly: the search begins where it should be, and goes on in steps that double, so that
/// it costs little where that is right and not much where it is not.
fn position(
    count: usize,
    (from, to): (u64, u64),
    fingerprint: Fingerprint,
    at: impl Fn(usize) -> Fingerprint,
) -> usize {
    let (ahead, span) = (fingerprint.0.saturating_sub(from), (to - from).max(1));
    let guess = (u128::from(ahead.min(span)) * count as u128 / u128::from(span)) as usize;
    // all before `low` are at most this one, all from `high` on are above it
    let (mut low, mut high, mut step) = (0, count, 1);
    let mut probe = guess.min(count.saturating_sub(1));
    while low < high {
        if at(probe) <= fingerprint {
            low = probe + 1;
        } else {
            high = probe;
        }
        let middle = low + (high - low) / 2;
        probe = if low > probe {
            (probe + step).min(middle)
        } else {
            probe.saturating_sub(step).max(middle)
        };
        step *= 2;
    }
    low
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Operation {
        Insert(u64, u8),
        Change(u64, u8),
        Remove(u64),
        Copy,
    }

    fn operation() -> impl Strategy<Value = Operation> {
        // few enough that they meet again, many enough for several runs
        let key = || prop_oneof![0..300_u64, (0..300_u64).prop_map(|key| key << 55)];
        prop_oneof![
            6 => (key(), any::<u8>()).prop_map(|(key, value)| Operation::Insert(key, value)),
            1 => (key(), any::<u8>()).prop_map(|(key, value)| Operation::Change(key, value)),
            2 => key().prop_map(Operation::Remove),
            1 => Just(Operation::Copy),
        ]
    }

    fn same(map: &FingerprintMap<u8>, model: &BTreeMap<u64, u8>) {
        let shown: Vec<_> = map.iter().map(|(key, value)| (key.0, *value)).collect();
        assert_eq!(shown, model.iter().map(|(key, value)| (*key, *value)).collect::<Vec<_>>());
        assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
    }

    proptest! {
        #[test]
        fn it_does_what_an_ordered_map_does_and_copies_stay_as_they_were(
            operations in proptest::collection::vec(operation(), 0..600),
        ) {
            let (mut map, mut model) = (FingerprintMap::default(), BTreeMap::new());
            let mut copies = Vec::new();
            for operation in operations {
                match operation {
                    Operation::Insert(key, value) => {
                        prop_assert_eq!(map.insert(Fingerprint(key), value), model.insert(key, value));
                    }
                    Operation::Change(key, value) => {
                        let (old, expected) = (map.get_mut(Fingerprint(key)), model.get_mut(&key));
                        prop_assert_eq!(&old, &expected);
                        if let (Some(old), Some(expected)) = (old, expected) {
                            (*old, *expected) = (value, value);
                        }
                    }
                    Operation::Remove(key) => {
                        prop_assert_eq!(map.remove(Fingerprint(key)), model.remove(&key));
                        prop_assert!(!map.contains(Fingerprint(key)));
                    }
                    Operation::Copy => copies.push((map.clone(), model.clone())),
                }
            }
            same(&map, &model);
            for (map, model) in &copies {
                same(map, model);
            }
            for (key, value) in &model {
                prop_assert_eq!(map.get(Fingerprint(*key)), Some(value));
            }
        }
    }
}
