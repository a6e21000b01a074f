//! Many label sets in one buffer, for batches that are looked up rather than kept.
//!
//! ```text
//! text [ encoding of L0 | encoding of L1 | ... ]   (the encoding of `Labels`)
//! ends [ ^              , ^              , ... ]
//! ```

use std::sync::Arc;

use super::Labels;
use super::set::{Pairs, push};

/// Label sets one after the other, without an allocation for each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelArena {
    text: String,
    ends: Vec<usize>,
}

impl LabelArena {
    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Forgets all sets, but keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Bytes of memory, used or kept.
    pub fn bytes_kept(&self) -> usize {
        self.text.capacity() + 8 * self.ends.capacity()
    }

    /// Adds a set.
    pub fn push(&mut self, labels: &Labels) {
        self.text.push_str(labels.as_encoded());
        self.ends.push(self.text.len());
    }

    /// Adds a set from its pairs, which the caller has sorted by name, each name once. Pairs
    /// with an empty value are left out.
    pub fn push_sorted<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (name, value) in pairs {
            if !value.is_empty() {
                push(&mut self.text, name);
                push(&mut self.text, value);
            }
        }
        self.ends.push(self.text.len());
    }

    /// Adds a set of another arena; panics when `index` is not below its [`LabelArena::len`].
    pub fn push_from(&mut self, other: &LabelArena, index: usize) {
        self.text.push_str(other.encoded(index));
        self.ends.push(self.text.len());
    }

    /// The bytes that identify a set: those of [`Labels::as_bytes`]. Panics, as the others do,
    /// when `index` is not below [`LabelArena::len`].
    pub fn bytes(&self, index: usize) -> &[u8] {
        self.encoded(index).as_bytes()
    }

    /// The pairs of a set.
    pub fn pairs(&self, index: usize) -> Pairs<'_> {
        Pairs { rest: self.encoded(index) }
    }

    /// A set of its own.
    pub fn labels(&self, index: usize) -> Labels {
        Labels::from_encoded(Arc::from(self.encoded(index)))
    }

    fn encoded(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_comes_back_as_it_went_in() {
        let first = Labels::from_pairs([("b", "2"), ("a", "1")]);
        let mut arena = LabelArena::default();
        arena.push(&first);
        arena.push_sorted([("c", ""), ("d", "é")]);
        arena.push_sorted([]);
        assert_eq!(arena.len(), 3);
        assert_eq!(arena.labels(0), first);
        assert_eq!(arena.bytes(0), first.as_bytes());
        assert_eq!(arena.labels(1), Labels::from_pairs([("d", "é")]));
        assert_eq!(arena.pairs(2).count(), 0);
        let kept = arena.bytes_kept();
        arena.clear();
        assert_eq!((arena.len(), arena.bytes_kept()), (0, kept));
    }
}
