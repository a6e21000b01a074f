//! The inverted index: label name -> value -> series ids, ascending.

use std::collections::BTreeMap;

use crate::label::{Labels, MatchOp, Matcher, Matchers};

type Values = BTreeMap<Box<str>, Vec<u32>>;

#[derive(Debug, Default)]
pub(super) struct Postings {
    names: BTreeMap<Box<str>, Values>,
}

impl Postings {
    /// Adds a series; its id is larger than any before.
    pub(super) fn insert(&mut self, id: u32, labels: &Labels) {
        for (name, value) in labels {
            let values = match self.names.get_mut(name) {
                Some(values) => values,
                None => self.names.entry(Box::from(name)).or_default(),
            };
            match values.get_mut(value) {
                Some(ids) => ids.push(id),
                None => drop(values.insert(Box::from(value), vec![id])),
            }
        }
    }

    /// Forgets series; `dead` says which ids, `labels` whose lists to look through.
    pub(super) fn remove<'a>(
        &mut self,
        labels: impl Iterator<Item = &'a Labels>,
        dead: impl Fn(u32) -> bool,
    ) {
        let mut pairs: Vec<(&str, &str)> = labels.flat_map(Labels::iter).collect();
        pairs.sort_unstable();
        pairs.dedup();
        for (name, value) in pairs {
            let Some(values) = self.names.get_mut(name) else { continue };
            let Some(ids) = values.get_mut(value) else { continue };
            ids.retain(|id| !dead(*id));
            if ids.is_empty() {
                values.remove(value);
            }
            if values.is_empty() {
                self.names.remove(name);
            }
        }
    }

    /// Gives every id a new number; the order among them stays.
    pub(super) fn renumber(&mut self, new: impl Fn(u32) -> u32) {
        for ids in self.names.values_mut().flat_map(BTreeMap::values_mut) {
            ids.iter_mut().for_each(|id| *id = new(*id));
        }
    }

    /// Bytes on the heap, estimated.
    pub(super) fn bytes(&self) -> usize {
        let values = self.names.values().flatten();
        values.map(|(value, ids)| value.len() + 48 + ids.capacity() * 4).sum()
    }

    /// The names, sorted, each with the lists of its values.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &[u32]>)> {
        self.names.iter().map(|(name, values)| (&**name, values.values().map(Vec::as_slice)))
    }

    /// The values of a name, sorted, each with its list.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = (&str, &[u32])> {
        let values = self.names.get(name).into_iter().flatten();
        values.map(|(value, ids)| (&**value, ids.as_slice()))
    }

    /// The ids whose labels match, ascending. `labels` gives the labels of an id, `all` every id.
    ///
    /// A matcher that a missing label cannot satisfy narrows to the lists of the values that
    /// match; any other takes away the lists of the values that do not.
    pub(super) fn find<'a>(
        &self,
        matchers: &Matchers,
        labels: impl Fn(u32) -> &'a Labels,
        all: impl FnOnce() -> Vec<u32>,
    ) -> Vec<u32> {
        let (mut narrowing, mut excluding): (Vec<_>, Vec<_>) =
            matchers.iter().partition(|matcher| !matcher.matches(""));
        narrowing.sort_by_key(|matcher| self.cost(matcher));
        excluding.sort_by_key(|matcher| self.cost(matcher));
        let mut narrowing = narrowing.into_iter();
        let mut ids = match narrowing.next() {
            Some(first) => self.union(first, |value| first.matches(value)),
            None => all(),
        };
        for matcher in narrowing {
            if ids.len() <= self.cost(matcher) {
                ids.retain(|id| matcher.matches(labels(*id).value(&matcher.name)));
            } else {
                let list = self.union(matcher, |value| matcher.matches(value));
                ids.retain(|id| list.binary_search(id).is_ok());
            }
        }
        for matcher in excluding {
            if ids.len() <= self.cost(matcher) {
                ids.retain(|id| matcher.matches(labels(*id).value(&matcher.name)));
            } else {
                let list = self.union(matcher, |value| !matcher.matches(value));
                ids.retain(|id| list.binary_search(id).is_err());
            }
        }
        ids
    }

    /// Roughly how much work the lists of a matcher are.
    fn cost(&self, matcher: &Matcher) -> usize {
        let Some(values) = self.names.get(&*matcher.name) else { return 0 };
        match matcher.op {
            MatchOp::Equal => values.get(&*matcher.value).map_or(0, Vec::len),
            _ => values.len(),
        }
    }

    fn union(&self, matcher: &Matcher, keep: impl Fn(&str) -> bool) -> Vec<u32> {
        let Some(values) = self.names.get(&*matcher.name) else { return Vec::new() };
        if matcher.op == MatchOp::Equal && !matcher.value.is_empty() {
            return values.get(&*matcher.value).cloned().unwrap_or_default();
        }
        let mut lists = 0;
        let mut ids = Vec::new();
        for list in values.iter().filter(|(value, _)| keep(value)).map(|(_, list)| list) {
            ids.extend_from_slice(list);
            lists += 1;
        }
        if lists > 1 {
            ids.sort_unstable();
        }
        ids
    }
}
