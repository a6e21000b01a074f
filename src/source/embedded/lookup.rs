//! Which labels and metrics there are: what an API is asked for beside samples.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use super::{Shelves, Store};
use crate::label::{Labels, Matchers};
use crate::source::Metadata;
use crate::time::Timestamp;

/// A stretch of time, both ends in it.
#[derive(Copy, Clone)]
struct Within {
    from: Timestamp,
    until: Timestamp,
}

impl Store {
    /// See [`Source::series`](crate::source::Source::series).
    pub fn series(&self, any_of: &[Matchers], from: Timestamp, until: Timestamp) -> Vec<Labels> {
        let shelves = self.read();
        let within = Within { from, until };
        let mut found: Vec<Labels> = self
            .any(&shelves, any_of)
            .into_iter()
            .filter(|id| shelves.has_sample(*id, within))
            .map(|id| shelves.catalog.labels(id).clone())
            .collect();
        found.sort_unstable();
        found
    }

    /// See [`Source::label_names`](crate::source::Source::label_names).
    pub fn label_names(
        &self,
        any_of: &[Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<String> {
        if !any_of.is_empty() {
            let series = self.series(any_of, from, until);
            let names = series.iter().flat_map(Labels::iter).map(|(name, _)| name);
            return owned(names.collect());
        }
        let shelves = self.read();
        let within = Within { from, until };
        let names = shelves.catalog.postings().names();
        let seen = names.filter_map(|(name, mut lists)| {
            lists.any(|ids| shelves.any_sample(ids, within)).then_some(name)
        });
        seen.map(str::to_owned).collect()
    }

    /// See [`Source::label_values`](crate::source::Source::label_values).
    pub fn label_values(
        &self,
        name: &str,
        any_of: &[Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Vec<String> {
        if !any_of.is_empty() {
            let series = self.series(any_of, from, until);
            return owned(series.iter().filter_map(|labels| labels.get(name)).collect());
        }
        let shelves = self.read();
        let within = Within { from, until };
        let values = shelves.catalog.postings().values(name);
        let seen = values.filter(|(_, ids)| shelves.any_sample(ids, within));
        seen.map(|(value, _)| value.to_owned()).collect()
    }

    /// See [`Source::metadata`](crate::source::Source::metadata).
    pub fn metadata(&self, metric: Option<&str>) -> Vec<Metadata> {
        let known = self.metadata.read().unwrap_or_else(PoisonError::into_inner);
        match metric {
            Some(metric) => known.get(metric).cloned().into_iter().collect(),
            None => known.values().cloned().collect(),
        }
    }

    /// Keeps what is known of metrics; the last word on a metric counts. Beyond the limit new
    /// metrics are left out.
    pub fn describe(&self, metadata: impl IntoIterator<Item = Metadata>) {
        let mut known = self.metadata.write().unwrap_or_else(PoisonError::into_inner);
        for one in metadata {
            if known.len() < self.limits.metadata || known.contains_key(&one.metric) {
                known.insert(Arc::clone(&one.metric), one);
            }
        }
    }

    /// The ids that any matcher set matches; no matcher sets means all.
    fn any(&self, shelves: &Shelves, any_of: &[Matchers]) -> BTreeSet<u32> {
        match any_of {
            [] => shelves.catalog.find(&Matchers::default()).into_iter().collect(),
            _ => any_of.iter().flat_map(|one| self.find(shelves, one).to_vec()).collect(),
        }
    }
}

impl Shelves {
    fn has_sample(&self, id: u32, within: Within) -> bool {
        let after = within.from.millis().saturating_sub(1);
        self.columns[id as usize].any(after.max(self.horizon), within.until.millis())
    }

    fn any_sample(&self, ids: &[u32], within: Within) -> bool {
        ids.iter().any(|id| self.has_sample(*id, within))
    }
}

fn owned(texts: BTreeSet<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}
