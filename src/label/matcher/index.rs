//! Which of many matcher lists may match a label set, without asking each.
//!
//! ```text
//! a="x", b=~".."        filed under the pair a="x", the rarest of the list's pairs
//! a=~"x|y", b!="z"      filed under a="x" and under a="y"
//! b=~"..", c!="z"       filed nowhere: asked always
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use super::super::Labels;
use super::{MatchOp, Matcher, Matchers};

/// The most alternatives of a regular expression that a list is filed under one by one.
const MAX_ALTERNATIVES: usize = 32;

/// Only looked up: their order reaches nobody.
type Values = HashMap<Arc<str>, Vec<u32>, foldhash::fast::FixedState>;

/// Matcher lists by number. See the module.
#[derive(Clone, Debug, Default)]
pub struct MatcherIndex {
    /// In name order.
    names: Vec<(Arc<str>, Values)>,
    always: Vec<u32>,
}

impl MatcherIndex {
    /// An index of these lists, numbered from 0.
    pub fn new<'a>(lists: impl Iterator<Item = &'a Matchers> + Clone) -> MatcherIndex {
        let mut shared: HashMap<(&str, &str), usize, foldhash::fast::FixedState> =
            HashMap::default();
        for matcher in lists.clone().flat_map(Matchers::iter).filter(|one| is_pair(one)) {
            *shared.entry((&matcher.name, &matcher.value)).or_default() += 1;
        }
        let mut index = MatcherIndex::default();
        for (number, matchers) in (0..).zip(lists) {
            let pairs = matchers.iter().filter(|one| is_pair(one));
            let rarest = pairs.min_by_key(|one| shared.get(&(&*one.name, &*one.value)));
            if let Some(Matcher { name, value, .. }) = rarest {
                index.file(name, value, number);
            } else if let Some((name, values)) = matchers.iter().find_map(alternatives) {
                values.iter().for_each(|value| index.file(name, value, number));
            } else {
                index.always.push(number);
            }
        }
        index
    }

    fn file(&mut self, name: &Arc<str>, value: &Arc<str>, number: u32) {
        let place = match self.names.binary_search_by(|(one, _)| one.cmp(name)) {
            Ok(place) => place,
            Err(place) => {
                self.names.insert(place, (Arc::clone(name), Values::default()));
                place
            }
        };
        self.names[place].1.entry(Arc::clone(value)).or_default().push(number);
    }

    /// Adds the numbers of the lists that may match, in ascending order; all others do not.
    pub fn candidates(&self, labels: &Labels, found: &mut Vec<u32>) {
        let before = found.len();
        found.extend_from_slice(&self.always);
        let always = found.len();
        // both are in name order
        let mut names = self.names.iter().peekable();
        for (name, value) in labels {
            while names.next_if(|(one, _)| **one < *name).is_some() {}
            match names.peek() {
                Some((one, values)) if **one == *name => {
                    found.extend(values.get(value).into_iter().flatten());
                }
                Some(_) => {}
                None => break,
            }
        }
        if found.len() > always {
            found[before..].sort_unstable();
        }
    }
}

/// The few values that a matcher holds for, when there are no others.
fn alternatives(matcher: &Matcher) -> Option<(&Arc<str>, &[Arc<str>])> {
    let values = matcher.alternatives()?;
    let is_indexable =
        values.len() <= MAX_ALTERNATIVES && values.iter().all(|value| !value.is_empty());
    is_indexable.then_some((&matcher.name, values))
}

/// Whether a matcher asks for one value; none, which a missing label has, cannot be looked up.
fn is_pair(matcher: &Matcher) -> bool {
    matcher.op == MatchOp::Equal && !matcher.value.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::{Mode, parse_list};
    use super::*;

    fn lists(texts: &[&str]) -> Vec<Matchers> {
        texts.iter().map(|text| parse_list(text, Mode::default()).unwrap().value).collect()
    }

    #[test]
    fn whatever_matches_is_a_candidate_in_order() {
        let lists = lists(&[
            "b=~\"2|3\", a!=\"1\"",
            "a=\"1\"",
            "a=\"1\", b=\"2\"",
            "a=\"\", b=\"2\"",
            "a=~\"|1\"",
            "a!=\"1\"",
            "c=\"9\"",
            "a=~\"1.*\", b=~\".+\"",
        ]);
        let index = MatcherIndex::new(lists.iter());
        for a in ["", "1", "2", "10"] {
            for b in ["", "2", "3", "4"] {
                for c in ["", "9"] {
                    let pairs = [("a", a), ("b", b), ("c", c)];
                    let labels = Labels::from_pairs(pairs);
                    let mut found = Vec::new();
                    index.candidates(&labels, &mut found);
                    assert!(found.is_sorted());
                    found.retain(|number| lists[*number as usize].matches(&labels));
                    let all = (0..).zip(&lists).filter(|(_, list)| list.matches(&labels));
                    assert_eq!(
                        found,
                        all.map(|(number, _)| number).collect::<Vec<_>>(),
                        "{labels}"
                    );
                }
            }
        }
    }

    #[test]
    fn lists_that_share_a_pair_are_told_apart_by_another() {
        let texts: Vec<String> =
            (0..100).map(|n| format!("kind=\"source\", class=\"c{n}\", x=~\"a.*\"")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let index = MatcherIndex::new(lists(&texts).iter());
        let mut found = Vec::new();
        index.candidates(&Labels::from_pairs([("kind", "source"), ("class", "c7")]), &mut found);
        assert_eq!(found, [7]);
    }
}
