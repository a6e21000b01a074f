//! What is right by the grammar and yet probably a mistake.

use std::fmt;

use super::Group;

/// Rules of one file that are told apart by nothing: same name, same labels.
/// (Source: `promtool check rules --lint=duplicate-rules`.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicates(pub Vec<Duplicate>);

/// Several rules of the same name and labels; an alert's name and a metric's count as the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// The alert's or the metric's name.
    pub name: String,
    /// The group's labels overlaid with the rule's, sorted by name, as they are written.
    pub labels: Vec<(String, String)>,
}

/// The rules that occur more than once in the groups of a file, sorted by name and labels, each
/// told once.
pub fn duplicate_rules(groups: &[Group]) -> Duplicates {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let mut all: Vec<(&str, &[(String, String)])> =
        rules.map(|rule| (rule.name(), &*rule.labels)).collect();
    all.sort();
    let mut duplicates: Vec<_> =
        all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    duplicates.dedup();
    let told = |(name, labels): (&str, &[(String, String)])| Duplicate {
        name: name.to_owned(),
        labels: labels.to_vec(),
    };
    Duplicates(duplicates.into_iter().map(told).collect())
}

impl fmt::Display for Duplicates {
    /// promtool's text; nothing when there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(f, "{} duplicate rule(s) found.", self.0.len())?;
        for Duplicate { name, labels } in &self.0 {
            writeln!(f, "Metric: {name}\nLabel(s):")?;
            for (name, value) in labels {
                writeln!(f, "\t{name}: {value}")?;
            }
        }
        f.write_str("Might cause inconsistency while recording expressions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{group, record};

    #[test]
    fn duplicates_are_found_across_groups_and_told_once_each() {
        let twice = |name| record(name, "1").label("env", "p").label("team", "x");
        let other = record("A", "1").label("team", "x");
        let groups = [
            group(vec![twice("a"), twice("a"), other.clone(), record("a", "2")]),
            group(vec![twice("a"), other, twice("b")]),
        ];
        let expected = "2 duplicate rule(s) found.\nMetric: A\nLabel(s):\n\tteam: x\n\
            Metric: a\nLabel(s):\n\tenv: p\n\tteam: x\n\
            Might cause inconsistency while recording expressions";
        assert_eq!(duplicate_rules(&groups).to_string(), expected);
        assert_eq!(duplicate_rules(&groups[1..]).to_string(), "");
    }
}
