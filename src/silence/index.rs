//! Which silences may match a label set, without asking each.
//!
//! Every matcher set is filed under one of its matchers:
//!
//! ```text
//! name="value"                      looked up by the label set's own pairs
//! name=~"a|b"                       filed as name="a" and as name="b"
//! anything else: the one that most   each different one is asked once for a label set,
//! sets share (thousands of silences  however many silences share it
//! differ in one regular expression)
//! ```
//!
//! Only what is filed under a matcher that holds is looked at as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::{Labels, MatchOp, Matcher, Matchers};

use super::Silence;

/// The most alternatives of a regular expression that a set is filed under one by one.
const MAX_ALTERNATIVES: usize = 32;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    equal: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Sets>>,
    asked: BTreeMap<Matcher, Sets>,
    /// How many sets hold a matcher.
    shared: BTreeMap<Matcher, usize>,
    /// Where the sets of a silence are filed.
    places: BTreeMap<Arc<str>, Vec<Place>>,
    /// How many silences do more than ask for values.
    intricate: usize,
}

/// The matcher sets that are filed at a place: silences, and which of their sets.
type Sets = Vec<(Arc<Silence>, usize)>;

/// Where a matcher set is filed.
#[derive(Clone, Debug)]
enum Place {
    Equal(Arc<str>, Arc<str>),
    Asked(Matcher),
}

impl Index {
    /// Files a silence; one of the same id must have been taken out before.
    pub(super) fn add(&mut self, silence: &Arc<Silence>) {
        let mut places = Vec::new();
        for (number, matchers) in silence.matcher_sets.iter().enumerate() {
            for matcher in matchers.iter() {
                *self.shared.entry(matcher.clone()).or_default() += 1;
            }
            for place in self.choose(matchers) {
                self.sets(&place).push((Arc::clone(silence), number));
                places.push(place);
            }
        }
        self.places.insert(Arc::clone(&silence.id), places);
        self.intricate += usize::from(is_intricate(silence));
    }

    /// Whether all silences ask for nothing but values: then looking up costs next to nothing.
    pub(super) fn is_plain(&self) -> bool {
        self.intricate == 0
    }

    /// Takes a silence out.
    pub(super) fn remove(&mut self, silence: &Silence) {
        let Some(places) = self.places.remove(&silence.id) else { return };
        self.intricate -= usize::from(is_intricate(silence));
        for place in places {
            let sets = self.sets(&place);
            sets.retain(|(filed, _)| filed.id != silence.id);
            if sets.is_empty() {
                self.clear(&place);
            }
        }
        for matcher in silence.matcher_sets.iter().flat_map(Matchers::iter) {
            if let Some(count) = self.shared.get_mut(matcher) {
                *count -= 1;
                if *count == 0 {
                    self.shared.remove(matcher);
                }
            }
        }
    }

    /// The silences that match a label set, by id, whatever their times.
    pub(super) fn matching(&self, labels: &Labels) -> BTreeMap<&str, &Arc<Silence>> {
        let pairs = labels.iter();
        let equal = pairs.filter_map(|(name, value)| self.equal.get(name)?.get(value));
        let holds = |matcher: &Matcher| matcher.matches(labels.value(&matcher.name));
        let asked = self.asked.iter().filter(|(matcher, _)| holds(matcher)).map(|(_, sets)| sets);
        let sets = equal.chain(asked).flatten();
        sets.filter(|(silence, number)| silence.matcher_sets[*number].matches(labels))
            .map(|(silence, _)| (&*silence.id, silence))
            .collect()
    }

    /// Where a matcher set is filed; nowhere when it is empty, which no silence is made with.
    fn choose(&self, matchers: &Matchers) -> Vec<Place> {
        let equal = |matcher: &&Matcher| matcher.op == MatchOp::Equal && !matcher.value.is_empty();
        let count = |name: &str, value: &str| {
            self.equal.get(name).and_then(|values| values.get(value)).map_or(0, Vec::len)
        };
        let exact = matchers.iter().filter(equal).min_by_key(|one| count(&one.name, &one.value));
        if let Some(matcher) = exact {
            return vec![Place::Equal(Arc::clone(&matcher.name), Arc::clone(&matcher.value))];
        }
        if let Some((name, values)) = matchers.iter().find_map(alternatives) {
            return values.iter().map(|value| Place::Equal(name.clone(), value.clone())).collect();
        }
        // of equally shared ones, one that says what a label is holds for fewer
        let rank = |matcher: &&Matcher| {
            (self.shared.get(*matcher).copied().unwrap_or(0), matcher.op.is_positive())
        };
        matchers.iter().max_by_key(rank).map(|one| Place::Asked(one.clone())).into_iter().collect()
    }

    fn sets(&mut self, place: &Place) -> &mut Sets {
        match place {
            Place::Equal(name, value) => {
                let values = self.equal.entry(Arc::clone(name)).or_default();
                values.entry(Arc::clone(value)).or_default()
            }
            Place::Asked(matcher) => self.asked.entry(matcher.clone()).or_default(),
        }
    }

    fn clear(&mut self, place: &Place) {
        match place {
            Place::Equal(name, value) => {
                let Some(values) = self.equal.get_mut(name) else { return };
                values.remove(value);
                if values.is_empty() {
                    self.equal.remove(name);
                }
            }
            Place::Asked(matcher) => drop(self.asked.remove(matcher)),
        }
    }
}

fn is_intricate(silence: &Silence) -> bool {
    let mut matchers = silence.matcher_sets.iter().flat_map(Matchers::iter);
    matchers.any(|one| one.op != MatchOp::Equal || one.value.is_empty())
}

/// The few values that a matcher holds for, when there are no others.
fn alternatives(matcher: &Matcher) -> Option<(&Arc<str>, &[Arc<str>])> {
    let values = matcher.alternatives()?;
    let indexable =
        values.len() <= MAX_ALTERNATIVES && values.iter().all(|value| !value.is_empty());
    indexable.then_some((&matcher.name, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::matcher::{Mode, parse_list};
    use crate::time::Timestamp;

    fn silence(id: &str, sets: &[&str]) -> Arc<Silence> {
        let read = |text: &&str| parse_list(text, Mode::default()).unwrap().value;
        let at = Timestamp::from_millis(0);
        Arc::new(Silence {
            id: id.into(),
            matcher_sets: sets.iter().map(read).collect(),
            starts_at: at,
            ends_at: at,
            updated_at: at,
            created_by: "".into(),
            comment: "".into(),
            annotations: Labels::empty(),
        })
    }

    fn all() -> Vec<Arc<Silence>> {
        let mut all = vec![
            silence("equal", &["a=\"1\", b=\"2\""]),
            silence("either", &["a=~\"1|2\", b!=\"2\""]),
            silence("prefix", &["a=~\"1.*\""]),
            silence("suffix", &["a=~\".*1\", b=~\"2.*3\""]),
            silence("absent", &["a=\"\", b=\"2\""]),
            silence("or-absent", &["a=~\"|1\", b=~\".+\""]),
            silence("not", &["a!=\"1\", b!~\"2.*\", c=~\".+\""]),
            silence("two", &["a=\"7\"", "b=~\"7.?\""]),
        ];
        let shared =
            |n: usize| silence(&format!("s{n}"), &[&format!("a=~\".*1.*\", b=~\"{n}.*0\"")]);
        all.extend((0..50).map(shared));
        all
    }

    fn label_sets() -> Vec<Labels> {
        let values = ["", "1", "2", "7", "10", "21", "23", "77", "400"];
        let mut sets = Vec::new();
        for a in values {
            for b in values {
                for c in ["", "1"] {
                    let pairs = [("a", a), ("b", b), ("c", c)];
                    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
                    sets.push(Labels::from_pairs(pairs));
                }
            }
        }
        sets
    }

    /// What asking each silence says.
    fn asked_one_by_one<'a>(silences: &'a [Arc<Silence>], labels: &Labels) -> Vec<&'a str> {
        let mut ids: Vec<_> =
            silences.iter().filter(|one| one.matches(labels)).map(|one| &*one.id).collect();
        ids.sort_unstable();
        ids
    }

    fn check(index: &Index, silences: &[Arc<Silence>]) {
        for labels in label_sets() {
            let found: Vec<_> = index.matching(&labels).into_keys().collect();
            assert_eq!(found, asked_one_by_one(silences, &labels), "{labels}");
        }
    }

    #[test]
    fn it_finds_what_asking_each_finds_while_silences_come_and_go() {
        let (mut index, mut kept) = (Index::default(), Vec::new());
        for one in all() {
            index.add(&one);
            kept.push(one);
        }
        check(&index, &kept);
        while !kept.is_empty() {
            let gone = kept.remove(kept.len() * 7 % 5 % kept.len());
            index.remove(&gone);
            check(&index, &kept);
        }
        let Index { equal, asked, shared, places, intricate } = index;
        assert_eq!(intricate, 0);
        assert!(equal.is_empty() && asked.is_empty() && shared.is_empty() && places.is_empty());
    }

    #[test]
    fn silences_that_differ_in_one_expression_are_filed_under_the_other() {
        let mut index = Index::default();
        let all = all();
        all.iter()
            .filter(|one| one.id.starts_with('s') && one.id.len() < 4)
            .for_each(|one| index.add(one));
        assert!(index.asked.len() <= 3, "{:?}", index.asked.keys());
    }
}
