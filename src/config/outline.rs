//! What a configuration says, place by place, so that two can be compared without keeping or
//! telling any value: secrets are values.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::yaml::{self, Documents, Node};
use super::{ConfigErrors, Expansion};

/// The most places of one kind that a difference names.
pub const PLACES_LIMIT: usize = 100;

/// Places with a hash of what stands there: `route.routes[0].receiver`,
/// `receivers["page"].webhook_configs[0].url`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Outline(BTreeMap<String, u64>);

/// How finely a file is looked at.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Every value is a place.
    Values,
    /// Every item of a list at the top is one: a group of rules.
    Items,
}

/// The places in which two configurations differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Those that only the newer has.
    pub added: Vec<String>,
    /// Those that only the older has.
    pub removed: Vec<String>,
    /// Those that have another value.
    pub changed: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Outline {
    /// Adds what a YAML file says. `file` is its path, for errors; `prefix` begins every place.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn add(
        &mut self,
        prefix: &str,
        file: &str,
        text: &str,
        expansion: Expansion<'_>,
        grain: Grain,
    ) -> Result<(), ConfigErrors> {
        let documents = yaml::parse(text, Documents::First, expansion)
            .map_err(|problems| super::read::errors(file, problems))?;
        if let Some(node) = documents.first() {
            let levels = if grain == Grain::Items { 2 } else { usize::MAX };
            self.walk(prefix, node, levels);
        }
        Ok(())
    }

    /// Adds a whole thing as one place: a file, a group of rules.
    pub fn add_whole(&mut self, place: String, content: impl Hash) {
        self.0.insert(place, hash(content));
    }

    /// So many levels down; what is deeper is hashed with what holds it.
    fn walk(&mut self, place: &str, node: &Node, levels: usize) {
        match node {
            _ if levels == 0 => {
                let mut whole = Outline::default();
                whole.walk("", node, usize::MAX);
                self.add_whole(place.to_owned(), &whole.0);
            }
            Node::Scalar(scalar) => self.add_whole(place.to_owned(), &scalar.text),
            Node::List(_, items) => {
                let names = names(items);
                for (position, item) in items.iter().enumerate() {
                    let step = match &names {
                        Some(names) => format!("{:?}", names[position]),
                        None => position.to_string(),
                    };
                    self.walk(&format!("{place}[{step}]"), item, levels - 1);
                }
            }
            Node::Map(_, entries) => {
                for entry in entries {
                    let key = entry.key.text.as_str();
                    let is_word = |text: &str| {
                        !text.is_empty()
                            && text
                                .chars()
                                .all(|it| it.is_ascii_alphanumeric() || "_-".contains(it))
                    };
                    let step = match is_word(key) {
                        true if place.is_empty() || place.ends_with(' ') => format!("{place}{key}"),
                        true => format!("{place}.{key}"),
                        false => format!("{place}[{key:?}]"),
                    };
                    self.walk(&step, &entry.value, levels - 1);
                }
            }
        }
    }

    /// Where a newer configuration differs.
    pub fn difference(&self, newer: &Outline) -> Difference {
        let mut difference = Difference::default();
        let places: BTreeSet<&String> = self.0.keys().chain(newer.0.keys()).collect();
        for place in places {
            let list = match (self.0.get(place), newer.0.get(place)) {
                (None, _) => &mut difference.added,
                (_, None) => &mut difference.removed,
                (old, new) if old != new => &mut difference.changed,
                _ => continue,
            };
            if list.len() < PLACES_LIMIT {
                list.push(place.clone());
            } else {
                difference.more += 1;
            }
        }
        difference
    }
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

/// The names of a list's items, when all have one of their own: receivers, time intervals,
/// groups of rules.
fn names(items: &[Node]) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = items.iter().map(name).collect();
    let names = names?;
    let different: BTreeSet<&&str> = names.iter().collect();
    (different.len() == names.len()).then_some(names)
}

fn name(node: &Node) -> Option<&str> {
    let Node::Map(_, entries) = node else { return None };
    let entry = entries.iter().find(|entry| entry.key.text == "name")?;
    match &entry.value {
        Node::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

fn hash(content: impl Hash) -> u64 {
    let mut hasher = Xxh3::new();
    content.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        let mut outline = Outline::default();
        outline.add("", "a.yml", text, Expansion::Off, Grain::Values).unwrap();
        outline
    }

    fn check(old: &str, new: &str, expect: &[&str]) {
        let Difference { added, removed, changed, .. } = outline(old).difference(&outline(new));
        let with = |sign: &'static str, places: Vec<String>| {
            places.into_iter().map(move |place| format!("{sign}{place}")).collect::<Vec<_>>()
        };
        let all = [with("+", added), with("-", removed), with("~", changed)].concat();
        assert_eq!(all, expect, "{old} {new}");
    }

    #[test]
    fn differences_are_places_without_values() {
        check("a: 1", "a: 1 # more", &[]);
        check("a: {b: 1}", "a: {b: s3cret}", &["~a.b"]);
        check("a: [1, 2]", "a: [1, 3, 4]", &["+a[2]", "~a[1]"]);
        check("{}", "a: {'b c': 1}", &["+a[\"b c\"]"]);
        check("", "a: 1", &["+a"]);
        let one = "receivers: [{name: x, url: 1}, {name: y, url: 1}]";
        let two = "receivers: [{name: z, url: 1}, {name: x, url: 1}, {name: y, url: 2}]";
        let named = ["+receivers[\"z\"].name", "+receivers[\"z\"].url", "~receivers[\"y\"].url"];
        check(one, two, &named);
        check("r: [{name: x}, {name: x, a: 1}]", "r: [{name: x}, {name: x, a: 2}]", &["~r[1].a"]);
    }

    #[test]
    fn groups_of_rules_are_one_place_each() {
        let items = |text: &str| {
            let mut outline = Outline::default();
            outline.add("r.yml: ", "r.yml", text, Expansion::Off, Grain::Items).unwrap();
            outline
        };
        let old = items("groups: [{name: a, rules: [{expr: 1}]}, {name: b, rules: []}]");
        let new = items("groups: [{name: b, rules: []}, {name: a, rules: [{expr: 2}]}]");
        assert_eq!(old.difference(&new).changed, ["r.yml: groups[\"a\"]"]);
    }

    #[test]
    fn only_so_many_places_are_named() {
        let text: String = (0..PLACES_LIMIT + 7).map(|number| format!("k{number}: 1\n")).collect();
        let difference = outline("").difference(&outline(&text));
        assert_eq!((difference.added.len(), difference.more), (PLACES_LIMIT, 7));
    }
}
