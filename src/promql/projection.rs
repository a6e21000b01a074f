//! The part of a label set that identifies a group: what `by`, `without`, `on` and `ignoring`
//! leave of it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::label::{Labels, METRIC_NAME};

use super::names::METADATA;

/// Which labels go besides those that are listed, when those that are listed go.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Besides {
    /// The metric name.
    Name,
    /// All that says what a metric is.
    Metadata,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) enum Projection {
    /// Only these labels are left; sorted.
    Listed(Vec<String>),
    /// Everything else is left.
    Others(Vec<String>, Besides),
}

impl Projection {
    /// What is left when the listed labels stay.
    pub(super) fn listed(labels: &[String]) -> Projection {
        Projection::Listed(sorted(labels))
    }

    /// What is left when the listed labels go.
    pub(super) fn others(labels: &[String], besides: Besides) -> Projection {
        Projection::Others(sorted(labels), besides)
    }

    /// Whether a label is left.
    pub(super) fn keeps(&self, name: &str) -> bool {
        match self {
            Projection::Listed(listed) => listed.iter().any(|label| label == name),
            Projection::Others(listed, Besides::Name) => {
                name != METRIC_NAME && !listed.iter().any(|label| label == name)
            }
            Projection::Others(listed, Besides::Metadata) => {
                !METADATA.contains(&name) && !listed.iter().any(|label| label == name)
            }
        }
    }

    /// Whether nothing is ever left.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Projection::Listed(listed) if listed.is_empty())
    }

    /// What is left of a label set.
    pub(super) fn of(&self, labels: &Labels) -> Labels {
        labels.filter(|name| self.keeps(name))
    }

    /// Bytes that are equal for label sets of which the same is left. No label contains 0xff.
    fn key(&self, labels: &Labels, key: &mut Vec<u8>) {
        key.clear();
        let Projection::Listed(listed) = self else {
            for (name, value) in labels.iter().filter(|(name, _)| self.keeps(name)) {
                for text in [name, value] {
                    key.extend_from_slice(text.as_bytes());
                    key.push(0xff);
                }
            }
            return;
        };
        let mut pairs = labels.iter();
        let mut pair = pairs.next();
        for label in listed {
            while let Some((name, value)) = pair {
                if name > label.as_str() {
                    break;
                }
                pair = pairs.next();
                if name == label {
                    key.extend_from_slice(value.as_bytes());
                    break;
                }
            }
            key.push(0xff);
        }
    }
}

fn sorted(labels: &[String]) -> Vec<String> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// Numbers for what is left of label sets, in the order in which they are met.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub(super) projection: Projection,
    ids: HashMap<Box<[u8]>, usize, RandomState>,
    key: Vec<u8>,
}

/// A number, and whether it was given just now.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Old(usize),
    New(usize),
}

impl Numbers {
    /// No numbers yet.
    pub(super) fn new(projection: Projection) -> Numbers {
        Numbers { projection, ids: HashMap::default(), key: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The number of what is left of a label set.
    pub(super) fn number(&mut self, labels: &Labels) -> Number {
        self.projection.key(labels, &mut self.key);
        if let Some(id) = self.ids.get(&self.key[..]) {
            return Number::Old(*id);
        }
        let id = self.ids.len();
        self.ids.insert(self.key.as_slice().into(), id);
        Number::New(id)
    }
}

impl Number {
    /// The number.
    pub(super) fn get(self) -> usize {
        match self {
            Number::Old(id) | Number::New(id) => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_remains_have_equal_numbers() {
        let sets = [
            Labels::from_pairs([("a", "1"), ("b", "1"), ("c", "1")]),
            Labels::from_pairs([("a", "1"), ("c", "1")]),
            Labels::from_pairs([("b", "1"), ("c", "1"), ("__name__", "x")]),
            Labels::from_pairs([("__name__", "y"), ("__type__", "gauge"), ("a", "1"), ("d", "2")]),
            Labels::from_pairs([("a", "2"), ("b", "1")]),
        ];
        let check = |projection: Projection, expected: [usize; 5]| {
            let mut numbers = Numbers::new(projection);
            let found = sets.each_ref().map(|set| numbers.number(set).get());
            assert_eq!(found, expected, "{:?}", numbers.projection);
        };
        let texts =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        check(Projection::listed(&texts(&["a"])), [0, 0, 1, 0, 2]);
        check(Projection::listed(&texts(&["b", "a", "b"])), [0, 1, 2, 1, 3]);
        check(Projection::others(&texts(&["b"]), Besides::Name), [0, 0, 1, 2, 3]);
        check(Projection::others(&texts(&["d", "b"]), Besides::Metadata), [0, 0, 1, 2, 3]);
    }
}
