//! Selectors come back tick after tick: what they found is kept until the series change.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::label::Matchers;
use crate::sample::LabelPart;

/// The most selectors remembered.
const MAX_SELECTORS: usize = 4096;
/// The most ids remembered for all selectors together (4 bytes each).
const MAX_IDS: usize = 16 << 20;

/// The most parts of labels remembered.
const MAX_PARTS: usize = 256;

/// Ids by selector, in label order, all of one generation of the catalog.
#[derive(Debug, Default)]
pub(super) struct Found {
    generation: u64,
    total: usize,
    by_matchers: HashMap<Matchers, Arc<[u32]>, RandomState>,
    /// Which parts of labels tell apart what matches, and which do not.
    apart: HashMap<Matchers, Vec<(LabelPart, bool)>, RandomState>,
}

impl Found {
    pub(super) fn get(&self, generation: u64, matchers: &Matchers) -> Option<Arc<[u32]>> {
        (self.generation == generation).then(|| self.by_matchers.get(matchers).cloned()).flatten()
    }

    pub(super) fn keep(&mut self, generation: u64, matchers: &Matchers, ids: &Arc<[u32]>) {
        let full = self.by_matchers.len() >= MAX_SELECTORS || self.total + ids.len() > MAX_IDS;
        self.forget(generation, full);
        if ids.len() <= MAX_IDS
            && self.by_matchers.insert(matchers.clone(), Arc::clone(ids)).is_none()
        {
            self.total += ids.len();
        }
    }

    pub(super) fn tells_apart(
        &self,
        generation: u64,
        matchers: &Matchers,
        part: &LabelPart,
    ) -> Option<bool> {
        let known = self.apart.get(matchers).filter(|_| self.generation == generation)?;
        known.iter().find(|(known, _)| known == part).map(|(_, apart)| *apart)
    }

    pub(super) fn keep_apart(
        &mut self,
        generation: u64,
        matchers: &Matchers,
        part: &LabelPart,
        apart: bool,
    ) {
        let parts = self.apart.values().map(Vec::len).sum::<usize>();
        self.forget(generation, parts >= MAX_PARTS);
        self.apart.entry(matchers.clone()).or_default().push((part.clone(), apart));
    }

    /// Starts anew when the series have changed or too much is remembered.
    fn forget(&mut self, generation: u64, full: bool) {
        if self.generation != generation || full {
            self.by_matchers.clear();
            self.apart.clear();
            self.total = 0;
            self.generation = generation;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Matcher;

    fn matchers(value: usize) -> Matchers {
        Matchers(vec![Matcher::equal("a", &value.to_string())])
    }

    #[test]
    fn what_was_found_holds_for_its_generation_only() {
        let mut found = Found::default();
        found.keep(1, &matchers(0), &Arc::from([7]));
        assert_eq!(found.get(1, &matchers(0)).as_deref(), Some(&[7][..]));
        assert_eq!(found.get(2, &matchers(0)), None);
        found.keep(2, &matchers(1), &Arc::from([8]));
        assert_eq!(found.get(2, &matchers(0)), None);
    }

    #[test]
    fn the_number_of_selectors_is_limited() {
        let mut found = Found::default();
        for value in 0..=MAX_SELECTORS {
            found.keep(1, &matchers(value), &Arc::from([1]));
        }
        assert_eq!((found.by_matchers.len(), found.total), (1, 1));
    }

    #[test]
    fn the_number_of_parts_is_limited() {
        let mut found = Found::default();
        for value in 0..=MAX_PARTS {
            let part = LabelPart::Only(vec![value.to_string()]);
            found.keep_apart(1, &matchers(0), &part, true);
            assert_eq!(found.tells_apart(1, &matchers(0), &part), Some(true));
            assert_eq!(found.tells_apart(2, &matchers(0), &part), None);
        }
        assert_eq!(found.apart.values().map(Vec::len).sum::<usize>(), 1);
    }

    #[test]
    fn the_number_of_ids_is_limited() {
        let mut found = Found::default();
        let ids: Arc<[u32]> = vec![1; MAX_IDS / 2 + 1].into();
        found.keep(1, &matchers(0), &ids);
        found.keep(1, &matchers(1), &ids);
        assert_eq!((found.by_matchers.len(), found.total), (1, ids.len()));
    }
}
