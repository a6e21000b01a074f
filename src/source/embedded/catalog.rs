//! Which series there are: label sets interned to dense ids, and ids in label order.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;

use super::postings::Postings;
use crate::label::{Labels, Matchers};

/// Labels that can be looked up by the bytes that identify them.
#[derive(Debug, PartialEq, Eq)]
struct Key(Labels);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What is known of an id.
#[derive(Debug)]
struct Slot {
    labels: Labels,
    /// The generation in which the id got these labels; `FREE` while it has none.
    born: u64,
}

const FREE: u64 = u64::MAX;

/// Ids are given out densely and used again; `generation` grows whenever one is given out or
/// taken back, so whatever was derived from the ids can tell whether it still holds.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    ids: HashMap<Key, u32, RandomState>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    postings: Postings,
    generation: u64,
}

/// The ids in label order, as of a generation.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) generation: u64,
    sorted: Vec<u32>,
    rank: Vec<u32>,
}

impl Catalog {
    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// One more than the largest id ever given out.
    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn get(&self, identity: &[u8]) -> Option<u32> {
        self.ids.get(identity).copied()
    }

    /// A new id for labels that have none; nothing when ids have run out.
    pub(super) fn add(&mut self, labels: Labels) -> Option<u32> {
        self.generation += 1;
        let slot = Slot { labels: labels.clone(), born: self.generation };
        let id = match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = slot;
                id
            }
            None => {
                let id = u32::try_from(self.slots.len()).ok()?;
                self.slots.push(slot);
                id
            }
        };
        self.postings.insert(id, &labels);
        self.ids.insert(Key(labels), id);
        Some(id)
    }

    /// Takes ids back.
    pub(super) fn remove(&mut self, dead: &[u32]) {
        if dead.is_empty() {
            return;
        }
        self.generation += 1;
        let mut gone = Vec::with_capacity(dead.len());
        for id in dead {
            let slot = &mut self.slots[*id as usize];
            slot.born = FREE;
            let labels = std::mem::take(&mut slot.labels);
            self.ids.remove(labels.as_bytes());
            gone.push(labels);
        }
        self.postings.remove(gone.iter(), |id| self.slots[id as usize].born == FREE);
        self.free.extend_from_slice(dead);
    }

    pub(super) fn is_live(&self, id: u32) -> bool {
        self.slots[id as usize].born != FREE
    }

    /// Bytes on the heap, estimated: texts once, and about three words for each entry of the
    /// index and of the table of ids.
    pub(super) fn bytes(&self) -> usize {
        let texts: usize = self.slots.iter().map(|slot| slot.labels.as_bytes().len() + 16).sum();
        texts
            + self.slots.capacity() * size_of::<Slot>()
            + self.ids.capacity() * 25
            + self.postings.bytes()
    }

    pub(super) fn labels(&self, id: u32) -> &Labels {
        &self.slots[id as usize].labels
    }

    pub(super) fn postings(&self) -> &Postings {
        &self.postings
    }

    /// The ids whose labels match, ascending.
    pub(super) fn find(&self, matchers: &Matchers) -> Vec<u32> {
        self.postings.find(matchers, |id| self.labels(id), || self.live().collect())
    }

    fn live(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.slots).filter(|(_, slot)| slot.born != FREE).map(|(id, _)| id)
    }

    /// The order brought up to date: what is gone is left out, what is new is merged in.
    pub(super) fn order(&self, old: &Order) -> Order {
        let born = |id: u32| self.slots[id as usize].born;
        let mut new: Vec<u32> = self.live().filter(|id| born(*id) > old.generation).collect();
        new.sort_unstable_by(|left, right| self.labels(*left).cmp(self.labels(*right)));
        let mut new = new.into_iter().peekable();
        let mut sorted = Vec::with_capacity(self.len());
        for id in old.sorted.iter().copied().filter(|id| born(*id) <= old.generation) {
            while let Some(first) = new.next_if(|new| self.labels(*new) < self.labels(id)) {
                sorted.push(first);
            }
            sorted.push(id);
        }
        sorted.extend(new);
        let mut rank = vec![0; self.slots.len()];
        for (place, id) in (0..).zip(&sorted) {
            rank[*id as usize] = place;
        }
        Order { generation: self.generation, sorted, rank }
    }
}

impl Order {
    /// Sorts ids of the same generation by their labels.
    pub(super) fn sort(&self, ids: &mut [u32]) {
        ids.sort_unstable_by_key(|id| self.rank[*id as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(value: &str) -> Labels {
        Labels::from_pairs([("name", value)])
    }

    #[test]
    fn the_order_follows_additions_and_removals() {
        let mut catalog = Catalog::default();
        let mut order = Order::default();
        let check = |catalog: &Catalog, order: &mut Order, expected: &[&str]| {
            *order = catalog.order(order);
            let sorted: Vec<_> =
                order.sorted.iter().map(|id| catalog.labels(*id).value("name")).collect();
            assert_eq!(sorted, expected);
        };
        for value in ["d", "b", "f"] {
            catalog.add(labels(value));
        }
        check(&catalog, &mut order, &["b", "d", "f"]);
        let gone = catalog.get(labels("d").as_bytes()).unwrap();
        catalog.remove(&[gone]);
        check(&catalog, &mut order, &["b", "f"]);
        assert_eq!(catalog.add(labels("z")), Some(gone), "ids are used again");
        catalog.add(labels("a"));
        catalog.add(labels("c"));
        check(&catalog, &mut order, &["a", "b", "c", "f", "z"]);
        assert_eq!(catalog.get(labels("d").as_bytes()), None);
    }
}
