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

/// The matcher sets that are filed at a place.
type Sets = Vec<Filed>;

/// A matcher set: a silence, which of its sets, and the matcher in it that holds for whatever is
/// found at the place.
#[derive(Clone, Debug)]
struct Filed {
    silence: Arc<Silence>,
    set: usize,
    known: usize,
}

/// Where a matcher set is filed.
#[derive(Clone, Debug)]
enum Place {
    Equal(Arc<str>, Arc<str>),
    Asked(Matcher),
}

impl Filed {
    fn matches(&self, labels: &Labels) -> bool {
        let set = self.silence.matcher_sets[self.set].iter().enumerate();
        let mut others = set.filter(|(number, _)| *number != self.known);
        others.all(|(_, matcher)| matcher.matches(labels.value(&matcher.name)))
    }
}

impl Index {
    /// Files a silence; one of the same id must have been taken out before.
    pub(super) fn add(&mut self, silence: &Arc<Silence>) {
        let mut places = Vec::new();
        for (number, matchers) in silence.matcher_sets.iter().enumerate() {
            for matcher in matchers.iter() {
                *self.shared.entry(matcher.clone()).or_default() += 1;
            }
            let (known, chosen) = self.choose(matchers);
            for place in chosen {
                let silence = Arc::clone(silence);
                self.sets(&place).push(Filed { silence, set: number, known });
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
            sets.retain(|filed| filed.silence.id != silence.id);
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
    pub(super) fn matching<'a>(&'a self, labels: &Labels) -> BTreeMap<&'a str, &'a Arc<Silence>> {
        let pairs = labels.iter();
        let equal = pairs.filter_map(|(name, value)| self.equal.get(name)?.get(value));
        // those of one label stand together
        let (mut name, mut value) = ("", "");
        let mut holds = |matcher: &'a Matcher| {
            if *matcher.name != *name {
                (name, value) = (&matcher.name, labels.value(&matcher.name));
            }
            matcher.matches(value)
        };
        let mut matching = BTreeMap::new();
        let mut take = |filed: &'a Filed| {
            if filed.matches(labels) {
                matching.insert(&*filed.silence.id, &filed.silence);
            }
        };
        equal.flatten().for_each(&mut take);
        for (matcher, sets) in &self.asked {
            if holds(matcher) {
                sets.iter().for_each(&mut take);
            }
        }
        matching
    }

    /// Where a matcher set is filed, and which of its matchers that says the truth about; nowhere
    /// when it is empty, which no silence is made with.
    fn choose(&self, matchers: &Matchers) -> (usize, Vec<Place>) {
        let all = || matchers.iter().enumerate();
        let equal =
            all().filter(|(_, matcher)| matcher.op == MatchOp::Equal && !matcher.value.is_empty());
        let count = |matcher: &Matcher| {
            let values = self.equal.get(&matcher.name);
            values.and_then(|values| values.get(&matcher.value)).map_or(0, Vec::len)
        };
        if let Some((known, matcher)) = equal.min_by_key(|(_, matcher)| count(matcher)) {
            let place = Place::Equal(Arc::clone(&matcher.name), Arc::clone(&matcher.value));
            return (known, vec![place]);
        }
        let listed = |(known, matcher)| Some((known, alternatives(matcher)?));
        if let Some((known, (name, values))) = all().find_map(listed) {
            let place = |value: &Arc<str>| Place::Equal(Arc::clone(name), Arc::clone(value));
            return (known, values.iter().map(place).collect());
        }
        // of equally shared ones, one that says what a label is holds for fewer
        let rank = |(_, matcher): &(usize, &Matcher)| {
            (self.shared.get(*matcher).copied().unwrap_or(0), matcher.op.is_positive())
        };
        let most = all().max_by_key(rank);
        most.map_or((0, Vec::new()), |(known, one)| (known, vec![Place::Asked(one.clone())]))
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
