//! Selectors come back tick after tick: what they found is kept until the series change.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::label::Matchers;

/// The most selectors remembered.
const MAX_SELECTORS: usize = 4096;
/// The most ids remembered for all selectors together (4 bytes each).
const MAX_IDS: usize = 16 << 20;

/// Ids by selector, in label order, all of one generation of the catalog.
#[derive(Debug, Default)]
pub(super) struct Found {
    generation: u64,
    total: usize,
    by_matchers: HashMap<Matchers, Arc<[u32]>, RandomState>,
}

impl Found {
    pub(super) fn get(&self, generation: u64, matchers: &Matchers) -> Option<Arc<[u32]>> {
        (self.generation == generation).then(|| self.by_matchers.get(matchers).cloned()).flatten()
    }

    pub(super) fn keep(&mut self, generation: u64, matchers: &Matchers, ids: &Arc<[u32]>) {
        let full = self.by_matchers.len() >= MAX_SELECTORS || self.total + ids.len() > MAX_IDS;
        if self.generation != generation || full {
            self.by_matchers.clear();
            self.total = 0;
            self.generation = generation;
        }
        if ids.len() <= MAX_IDS
            && self.by_matchers.insert(matchers.clone(), Arc::clone(ids)).is_none()
        {
            self.total += ids.len();
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
    fn the_number_of_ids_is_limited() {
        let mut found = Found::default();
        let ids: Arc<[u32]> = vec![1; MAX_IDS / 2 + 1].into();
        found.keep(1, &matchers(0), &ids);
        found.keep(1, &matchers(1), &ids);
        assert_eq!((found.by_matchers.len(), found.total), (1, ids.len()));
    }
}
