//! Sorted sets of hashes, most of which have one member or none.

use std::collections::BTreeSet;
use std::sync::Arc;

/// A set of hashes; cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes(Members);

/// The members in order; one or none need no memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Members {
    #[default]
    None,
    One(u64),
    Many(Arc<[u64]>),
}

impl Hashes {
    /// The members in order.
    pub fn as_slice(&self) -> &[u64] {
        match &self.0 {
            Members::None => &[],
            Members::One(hash) => std::slice::from_ref(hash),
            Members::Many(hashes) => hashes,
        }
    }

    /// The members in order.
    pub fn iter(&self) -> std::slice::Iter<'_, u64> {
        self.as_slice().iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Whether this is a member.
    pub fn contains(&self, hash: u64) -> bool {
        self.as_slice().binary_search(&hash).is_ok()
    }

    /// Whether all members are members of another set.
    pub fn is_subset(&self, other: &Hashes) -> bool {
        let mut others = other.iter();
        self.iter().all(|hash| others.by_ref().find(|other| *other >= hash) == Some(hash))
    }

    /// The members of both.
    pub fn intersection(&self, other: &Hashes) -> Hashes {
        if self == other {
            return self.clone();
        }
        self.iter().copied().filter(|hash| other.contains(*hash)).collect()
    }
}

impl FromIterator<u64> for Hashes {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Hashes {
        let mut hashes = hashes.into_iter();
        let Some(first) = hashes.next() else { return Hashes::default() };
        let Some(second) = hashes.next() else { return Hashes(Members::One(first)) };
        let mut all: Vec<u64> = [first, second].into_iter().chain(hashes).collect();
        all.sort_unstable();
        all.dedup();
        match all[..] {
            [one] => Hashes(Members::One(one)),
            _ => Hashes(Members::Many(all.into())),
        }
    }
}

impl<const N: usize> From<[u64; N]> for Hashes {
    fn from(hashes: [u64; N]) -> Hashes {
        hashes.into_iter().collect()
    }
}

impl From<BTreeSet<u64>> for Hashes {
    fn from(hashes: BTreeSet<u64>) -> Hashes {
        hashes.into_iter().collect()
    }
}

impl<'a> IntoIterator for &'a Hashes {
    type Item = &'a u64;
    type IntoIter = std::slice::Iter<'a, u64>;
    fn into_iter(self) -> std::slice::Iter<'a, u64> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_hashes_are_sets() {
        let members = |bits: u64| (0..5_u64).filter(move |bit| bits & (1 << bit) != 0);
        for one in 0..32_u64 {
            // in any order, and twice
            let set: Hashes =
                members(one).chain(members(one)).collect::<Vec<_>>().into_iter().rev().collect();
            let tree: BTreeSet<u64> = members(one).collect();
            assert_eq!(set.iter().copied().collect::<Vec<_>>(), members(one).collect::<Vec<_>>());
            assert_eq!((set.is_empty(), &set), (tree.is_empty(), &Hashes::from(tree.clone())));
            for other in 0..32_u64 {
                let (others, other_tree) = (Hashes::from_iter(members(other)), members(other));
                let other_tree: BTreeSet<u64> = other_tree.collect();
                assert_eq!(set.is_subset(&others), tree.is_subset(&other_tree), "{one} {other}");
                let both: BTreeSet<u64> = tree.intersection(&other_tree).copied().collect();
                assert_eq!(set.intersection(&others), both.into(), "{one} {other}");
            }
            assert!((0..6).all(|hash| set.contains(hash) == tree.contains(&hash)));
        }
    }
}
