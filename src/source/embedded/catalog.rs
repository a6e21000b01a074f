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
    /// The generation in which the id got these labels; `DEAD` once they are gone.
    born: u64,
}

const DEAD: u64 = u64::MAX;
/// Fewer dead ids than this are not worth a renumbering.
const FEW_DEAD: usize = 1024;

/// Ids are given out in ascending order, so every list of the index grows at its end. Once more
/// are dead than alive, all are numbered anew. `generation` grows with every change, so whatever
/// was derived from the ids can tell whether it still holds.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    ids: HashMap<Key, u32, RandomState>,
    slots: Vec<Slot>,
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

    /// One more than the largest id.
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
        let id = u32::try_from(self.slots.len()).ok()?;
        self.generation += 1;
        self.slots.push(Slot { labels: labels.clone(), born: self.generation });
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
            slot.born = DEAD;
            let labels = std::mem::take(&mut slot.labels);
            self.ids.remove(labels.as_bytes());
            gone.push(labels);
        }
        self.postings.remove(gone.iter(), |id| self.slots[id as usize].born == DEAD);
    }

    /// Numbers the living anew if most ids are dead: the old ids, ascending, at the place of the
    /// new ones.
    pub(super) fn renumber(&mut self) -> Option<Vec<u32>> {
        if self.slots.len() - self.len() < self.len().max(FEW_DEAD) {
            return None;
        }
        self.generation += 1;
        let old: Vec<u32> = self.live().collect();
        let mut new = vec![0; self.slots.len()];
        for (id, old) in (0..).zip(&old) {
            new[*old as usize] = id;
        }
        self.postings.renumber(|id| new[id as usize]);
        self.ids.values_mut().for_each(|id| *id = new[*id as usize]);
        self.slots.retain(|slot| slot.born != DEAD);
        self.slots.iter_mut().for_each(|slot| slot.born = self.generation);
        Some(old)
    }

    pub(super) fn is_live(&self, id: u32) -> bool {
        self.slots[id as usize].born != DEAD
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
        (0..).zip(&self.slots).filter(|(_, slot)| slot.born != DEAD).map(|(id, _)| id)
    }

    /// The order brought up to date: what is gone is left out, what is new is merged in.
    pub(super) fn order(&self, old: &Order) -> Order {
        let born = |id: u32| self.slots.get(id as usize).map_or(DEAD, |slot| slot.born);
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
        catalog.add(labels("z"));
        catalog.add(labels("a"));
        catalog.add(labels("c"));
        check(&catalog, &mut order, &["a", "b", "c", "f", "z"]);
        assert_eq!(catalog.get(labels("d").as_bytes()), None);
    }
    #[test]
    fn ids_are_numbered_anew_once_most_are_dead() {
        let mut catalog = Catalog::default();
        let name = |number: usize| labels(&format!("{number:05}"));
        for number in 0..FEW_DEAD + 2 {
            catalog.add(name(number));
        }
        let order = catalog.order(&Order::default());
        let dead: Vec<u32> = (1..=FEW_DEAD as u32).collect();
        catalog.remove(&dead[1..]);
        assert_eq!(catalog.renumber(), None);
        catalog.remove(&dead[..1]);
        assert_eq!(catalog.renumber(), Some(vec![0, FEW_DEAD as u32 + 1]));
        assert_eq!((catalog.len(), catalog.capacity()), (2, 2));
        assert_eq!(catalog.get(name(FEW_DEAD + 1).as_bytes()), Some(1));
        assert_eq!(catalog.find(&Matchers::default()), [0, 1]);
        let one = Matchers(vec![crate::label::Matcher::equal("name", "00000")]);
        assert_eq!(catalog.find(&one), [0]);
        catalog.add(name(7));
        assert_eq!(catalog.order(&order).sorted, [0, 2, 1]);
    }
}
