//! What is right by the grammar and yet probably a mistake.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;

use crate::promql::{Grid, Options, Query};
use crate::sample::Selection;
use crate::time::Timestamp;

use super::dependency::Outputs;
use super::{Group, GroupId, Rule};

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

/// A rule whose source is another server, and that reads what a rule of another group writes
/// here. What its own group writes it sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnseenOutput {
    /// The rule's group.
    pub group: GroupId,
    /// The rule's name.
    pub rule: String,
    /// The name of the rule it reads from: a metric, or an alert.
    pub reads: String,
    /// That rule's group.
    pub writer: GroupId,
}

/// The rules that may not see what they read, by the order of their groups. `is_far` tells the
/// groups whose series are on another server.
pub fn unseen_outputs<G: Borrow<Group>>(
    groups: &[G],
    is_far: impl Fn(&Group) -> bool,
) -> Vec<UnseenOutput> {
    let all: Vec<(usize, &Rule)> = groups
        .iter()
        .enumerate()
        .flat_map(|(number, group)| group.borrow().rules.iter().map(move |rule| (number, rule)))
        .collect();
    let far = |number: &usize| is_far(groups[*number].borrow());
    if !(0..groups.len()).any(|number| far(&number)) {
        return Vec::new();
    }
    let outputs = Outputs::of(all.iter().map(|(_, rule)| *rule));
    let mut unseen = Vec::new();
    for (number, rule) in all.iter().filter(|(number, _)| far(number)) {
        let selections = selections(rule);
        let written: BTreeSet<usize> =
            selections.iter().flat_map(|selection| outputs.writers(selection)).collect();
        let others = written.into_iter().filter(|writer| all[*writer].0 != *number);
        unseen.extend(others.map(|writer| UnseenOutput {
            group: groups[*number].borrow().id.clone(),
            rule: rule.name().to_owned(),
            reads: all[writer].1.name().to_owned(),
            writer: groups[all[writer].0].borrow().id.clone(),
        }));
    }
    unseen.dedup();
    unseen
}

/// What a rule selects, at a moment like another.
fn selections(rule: &Rule) -> Vec<Selection> {
    let grid = Grid::instant(Timestamp::from_millis(0));
    let query = Query::new(&rule.expr, &Options::default());
    query.and_then(|query| query.needs(&grid)).unwrap_or_default()
}

impl fmt::Display for UnseenOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnseenOutput { group, rule, reads, writer } = self;
        write!(
            f,
            "{}: group {:?}: {rule:?} reads what {reads:?} of group {:?} writes here: its source \
             sees that only when it is written there, see --remote-write.url",
            group.file, group.name, writer.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{alert, group, record};

    #[test]
    fn rules_on_other_servers_do_not_see_what_other_groups_write() {
        let named = |name: &str, rules| {
            let id = GroupId { file: "r.yml".into(), name: name.into() };
            Group { id, ..group(rules) }
        };
        let groups = [
            named("here", vec![record("a", "up"), alert("Down", "up == 0")]),
            named("far", vec![record("b", "a"), record("c", "b"), alert("All", "sum(ALERTS)")]),
            named("further", vec![record("d", "up")]),
        ];
        let told = |far: &[&str]| -> Vec<String> {
            let unseen = unseen_outputs(&groups, |group| far.contains(&&*group.id.name));
            unseen.iter().map(|one| format!("{} < {}", one.rule, one.reads)).collect()
        };
        assert_eq!(told(&["far", "further"]), ["b < a", "All < Down"]);
        assert_eq!(told(&["here", "further"]), [""; 0]);
        let text = unseen_outputs(&groups, |group| &*group.id.name == "far")[0].to_string();
        let expected = "r.yml: group \"far\": \"b\" reads what \"a\" of group \"here\" writes here: \
                        its source sees that only when it is written there, see --remote-write.url";
        assert_eq!(text, expected);
    }

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
