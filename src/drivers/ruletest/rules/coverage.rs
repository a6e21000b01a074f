//! What the tests of a file have exercised: rules in their states, routes, inhibition rules,
//! receivers, silences.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::config::alertmanager::Places;
use crate::config::rules::{self, RuleOptions};
use crate::config::ruletest::TestFile;
use crate::engine::Notification;
use crate::route::{NodeId, Tree};
use crate::rules::{AlertState, Group, GroupState, RuleKind, RuleState};

/// What kind of thing can be exercised.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An alerting rule: its alert fired.
    Alert,
    /// A recording rule: it gave a series.
    Recording,
    /// A route: it took an alert.
    Route,
    /// An inhibition rule: it kept an alert back.
    Inhibition,
    /// A receiver: it got a message.
    Receiver,
    /// A silence of a test: it kept an alert back.
    Silence,
}

/// Where something stands, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// The file, seen from the working directory where it is below that.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// What kind of thing.
    pub kind: Kind,
    /// Its name.
    pub name: String,
}

/// What tests did with an item.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// In how many tests it was exercised; see [`Kind`].
    pub tests: u64,
    /// In how many tests an alert of the rule was pending.
    pub pending: u64,
    /// In how many tests an alert of the rule was resolved.
    pub resolved: u64,
}

/// Everything that could be exercised, and what was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By place.
    pub items: BTreeMap<Item, Hits>,
}

/// What one test did.
#[derive(Clone, Debug, Default)]
pub(super) struct Exercised {
    /// By group and rule.
    pub(super) rules: Vec<Vec<Lived>>,
    /// Ids of routes.
    pub(super) routes: BTreeSet<Arc<str>>,
    /// Positions of inhibition rules.
    pub(super) inhibitions: BTreeSet<usize>,
    /// Names of receivers.
    pub(super) receivers: BTreeSet<Arc<str>>,
    /// Positions of the test's silences.
    pub(super) silences: BTreeSet<usize>,
}

/// What a rule lived through.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lived {
    exercised: bool,
    pending: bool,
    resolved: bool,
}

impl Kind {
    /// In one word.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Alert => "alert",
            Kind::Recording => "record",
            Kind::Route => "route",
            Kind::Inhibition => "inhibition",
            Kind::Receiver => "receiver",
            Kind::Silence => "silence",
        }
    }
}

impl Coverage {
    /// Adds what other tests did.
    pub fn add(&mut self, other: &Coverage) {
        for (item, hits) in &other.items {
            let sum = self.items.entry(item.clone()).or_default();
            sum.tests += hits.tests;
            sum.pending += hits.pending;
            sum.resolved += hits.resolved;
        }
    }

    /// How many items were exercised, and how many there are.
    pub fn share(&self) -> (usize, usize) {
        let hit = self.items.values().filter(|hits| hits.tests > 0).count();
        (hit, self.items.len())
    }

    /// The share in percent; 100 of nothing.
    pub fn percent(&self) -> f64 {
        match self.share() {
            (_, 0) => 100.0,
            (hit, all) => hit as f64 * 100.0 / all as f64,
        }
    }

    fn note(&mut self, item: Item, hits: Hits) {
        let one = Coverage { items: BTreeMap::from([(item, hits)]) };
        self.add(&one);
    }
}

impl Exercised {
    /// Takes in what an evaluation of a group has come to.
    pub(super) fn see(&mut self, group: usize, state: &GroupState) {
        if self.rules.len() <= group {
            self.rules.resize(group + 1, Vec::new());
        }
        let lived = &mut self.rules[group];
        lived.resize(state.rules.len(), Lived::default());
        for (lived, state) in lived.iter_mut().zip(&state.rules) {
            lived.see(state);
        }
    }
}

impl Lived {
    fn see(&mut self, state: &RuleState) {
        if state.alerts.is_empty() {
            self.exercised |= state.samples > 0;
            return;
        }
        for alert in state.alerts.values() {
            match alert.state {
                AlertState::Pending => self.pending = true,
                AlertState::Firing => self.exercised = true,
                AlertState::Inactive => self.resolved = true,
            }
        }
    }

    fn hits(self) -> Hits {
        let count = u64::from;
        Hits {
            tests: count(self.exercised),
            pending: count(self.pending),
            resolved: count(self.resolved),
        }
    }
}

/// Where the things of a test file stand.
pub(super) struct Map {
    /// The test file.
    file: String,
    /// By rule file: the lines of its groups' rules, by group.
    rules: BTreeMap<Arc<str>, BTreeMap<String, Vec<usize>>>,
    /// The Alertmanager configuration: its file, and the places in it.
    config: Option<(String, Places, Vec<Route>)>,
}

struct Route {
    id: Arc<str>,
    key: Arc<str>,
}

impl Map {
    pub(super) fn new(file: &str) -> Map {
        Map { file: seen_from_here(file), rules: BTreeMap::new(), config: None }
    }

    /// Adds where the rules of good rule files stand.
    pub(super) fn place_rules(&mut self, texts: &[(String, String)], options: &RuleOptions) {
        for (name, text) in texts {
            if let Ok(lines) = rules::lines(name, text, options) {
                self.rules.insert(Arc::from(name.as_str()), lines);
            }
        }
    }

    /// Adds the Alertmanager configuration.
    pub(super) fn configure(&mut self, file: &str, places: Places, notification: &Notification) {
        let tree = Tree::new(&notification.route);
        let node = |position| tree.node(NodeId(position));
        let routes = (0..places.routes.len()).map(node);
        let routes = routes.map(|node| Route { id: node.id.clone(), key: node.key.clone() });
        self.config = Some((seen_from_here(file), places, routes.collect()));
    }

    /// What one test exercised, and what it could have.
    pub(super) fn coverage(
        &self,
        file: &TestFile,
        test: usize,
        groups: &[Arc<Group>],
        exercised: &Exercised,
    ) -> Coverage {
        let mut coverage = Coverage::default();
        self.note_rules(groups, exercised, &mut coverage);
        self.note_messages(exercised, &mut coverage);
        let notifications = file.tests.get(test).and_then(|test| test.notifications.as_ref());
        for (index, silence) in notifications.iter().flat_map(|all| &all.silences).enumerate() {
            let (line, name) = (silence.line, silence.matchers.clone());
            let item = Item { file: self.file.clone(), line, kind: Kind::Silence, name };
            coverage.note(item, hit(exercised.silences.contains(&index)));
        }
        coverage
    }

    fn note_rules(&self, groups: &[Arc<Group>], exercised: &Exercised, coverage: &mut Coverage) {
        for (position, group) in groups.iter().enumerate() {
            let file = seen_from_here(&group.id.file);
            let lines = self.rules.get(&group.id.file).and_then(|all| all.get(&*group.id.name));
            for (index, rule) in group.rules.iter().enumerate() {
                let kind = match rule.kind {
                    RuleKind::Alerting(_) => Kind::Alert,
                    RuleKind::Recording(_) => Kind::Recording,
                };
                let line = lines.and_then(|lines| lines.get(index)).copied().unwrap_or(1);
                let item = Item { file: file.clone(), line, kind, name: rule.name().to_owned() };
                let lived = exercised.rules.get(position).and_then(|rules| rules.get(index));
                coverage.note(item, lived.copied().unwrap_or_default().hits());
            }
        }
    }

    fn note_messages(&self, exercised: &Exercised, coverage: &mut Coverage) {
        let Some((file, places, routes)) = &self.config else { return };
        let mut note = |line: usize, kind, name: &str, was: bool| {
            let item = Item { file: file.clone(), line, kind, name: name.to_owned() };
            coverage.note(item, hit(was));
        };
        for (line, route) in places.routes.iter().zip(routes) {
            note(*line, Kind::Route, &route.key, exercised.routes.contains(&route.id));
        }
        for (index, line) in places.inhibit_rules.iter().enumerate() {
            let name = format!("inhibit_rules[{index}]");
            note(*line, Kind::Inhibition, &name, exercised.inhibitions.contains(&index));
        }
        for (name, line) in &places.receivers {
            note(*line, Kind::Receiver, name, exercised.receivers.contains(name.as_str()));
        }
    }
}

fn hit(was: bool) -> Hits {
    Hits { tests: u64::from(was), ..Hits::default() }
}

/// A path as others name it, too: without detours, and seen from the working directory.
fn seen_from_here(file: &str) -> String {
    let whole = std::fs::canonicalize(file).unwrap_or_else(|_| Path::new(file).to_path_buf());
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    let short = here.ok().and_then(|here| Some(whole.strip_prefix(here).ok()?.to_path_buf()));
    short.unwrap_or(whole).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_counts_what_was_exercised_in_any_test() {
        let item =
            |line| Item { file: "r.yml".to_owned(), line, kind: Kind::Alert, name: "A".to_owned() };
        let mut all = Coverage::default();
        assert_eq!(all.percent(), 100.0);
        for (line, was) in [(1, false), (2, true), (1, true), (3, false), (1, true)] {
            all.note(item(line), hit(was));
        }
        assert_eq!((all.share(), all.items[&item(1)].tests), ((2, 3), 2));
        assert_eq!(all.percent().round(), 67.0);
    }
}
