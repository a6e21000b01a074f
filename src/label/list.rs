//! Borrowed pairs on their way into a set, as a request or a page has them one after the other.
//!
//! A list is filled, made into a [`Labels`], and filled again: its buffers stay. Senders write
//! the names of one set after the other in the same order; that of the last unsorted set is
//! remembered, so that the next one of the same names is not sorted again.

use std::borrow::Cow;
use std::sync::Arc;

use super::Labels;
use super::set::push;

/// Pairs in the order in which they came.
#[derive(Clone, Debug)]
pub struct PairList<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Whether every name so far is behind the one before it.
    ascending: bool,
    /// The names of the last list that was not ascending, and the positions of its pairs in the
    /// order of names, of equal names the last one.
    shape: Vec<Cow<'a, str>>,
    order: Vec<usize>,
    text: String,
}

impl Default for PairList<'_> {
    fn default() -> Self {
        let (pairs, shape, order) = (Vec::new(), Vec::new(), Vec::new());
        PairList { pairs, ascending: true, shape, order, text: String::new() }
    }
}

impl<'a> PairList<'a> {
    /// Adds a pair.
    pub fn push(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        self.ascending &= self.pairs.last().is_none_or(|(last, _)| **last < *name);
        self.pairs.push((name, value));
    }

    /// The set of the pairs, as [`Labels::from_pairs`] makes it: the last of several with one
    /// name wins, those with an empty value are left out. The list is empty afterwards.
    pub fn take_labels(&mut self) -> Labels {
        self.encode(|value| !value.is_empty())
    }

    /// The texts of the pairs, as [`Labels::texts`] makes them: empty ones stay. The list is
    /// empty afterwards.
    pub fn take_texts(&mut self) -> Labels {
        self.encode(|_| true)
    }

    fn encode(&mut self, keep: impl Fn(&str) -> bool) -> Labels {
        if !self.ascending && !self.has_shape() {
            self.reshape();
        }
        self.text.clear();
        let text = &mut self.text;
        let mut add = |(name, value): &(Cow<'a, str>, Cow<'a, str>)| {
            if keep(value) {
                push(text, name);
                push(text, value);
            }
        };
        if self.ascending {
            self.pairs.iter().for_each(&mut add);
        } else {
            for &position in &self.order {
                add(&self.pairs[position]);
            }
        }
        self.pairs.clear();
        self.ascending = true;
        Labels::from_encoded(Arc::from(self.text.as_str()))
    }

    fn has_shape(&self) -> bool {
        let names = self.pairs.iter().map(|(name, _)| name);
        self.shape.len() == self.pairs.len() && names.eq(&self.shape)
    }

    fn reshape(&mut self) {
        let PairList { pairs, shape, order, .. } = self;
        shape.clear();
        shape.extend(pairs.iter().map(|(name, _)| name.clone()));
        order.clear();
        order.extend(0..pairs.len());
        // the last of equal names first, so that it is the one that stays
        order.sort_by(|&a, &b| shape[a].cmp(&shape[b]).then(b.cmp(&a)));
        order.dedup_by(|a, b| shape[*a] == shape[*b]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_those_that_the_builder_makes() {
        let mut list = PairList::default();
        for pairs in [
            vec![],
            vec![("a", "1"), ("b", "2")],
            vec![("b", "1"), ("a", "2"), ("c", "")],
            vec![("b", ""), ("a", "2"), ("c", "3")],
            vec![("b", "1"), ("a", "2")],
            vec![("a", "1"), ("a", "2"), ("b", "3")],
            vec![("b", "1"), ("a", "1"), ("b", "2"), ("a", "")],
            vec![("", "1"), ("", "2")],
        ] {
            for &(name, value) in &pairs {
                list.push(name.into(), value.into());
            }
            assert_eq!(list.take_labels(), Labels::from_pairs(pairs.iter().copied()), "{pairs:?}");
            for &(name, value) in &pairs {
                list.push(name.into(), value.into());
            }
            assert_eq!(list.take_texts(), Labels::texts(pairs.iter().copied()), "{pairs:?}");
        }
    }
}
