//! Several configurations as one: a root, and fragments that hang a tree of routes below it.
//!
//! ```text
//! alertmanager.yml   route, receivers, time_intervals, global, templates
//! team-a.yml         route with matchers --> the next child of the root's route
//!                    receivers, time_intervals --> `team-a/NAME`, seen by this fragment alone
//!                    inhibit_rules --> among the alerts of this fragment's route
//! ```
//! A fragment stands alone: it may name what is its own and what is the root's, and when it is
//! wrong it is left out whole.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::config::read::{Reader, errors, warnings};
use crate::config::yaml::{self, Documents, Position, Problem};
use crate::config::{ConfigErrors, Expansion};
use crate::label::Matchers;
use crate::label::matcher::Mode;
use crate::template::quote;

use super::inhibit::RawInhibit;
use super::intervals::{self, NamedIntervals};
use super::receiver::{self, RawReceiver};
use super::{Raw, Root, route};
use crate::config::read::Field;

/// What the root offers to fragments.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    receivers: BTreeSet<String>,
    intervals: BTreeSet<String>,
}

impl Shared {
    pub(super) fn of(root: &Root) -> Shared {
        let receivers = root.receivers.iter().map(|one| one.name.value.clone());
        let intervals = root.mute_time_intervals.iter().chain(&root.time_intervals);
        Shared {
            receivers: receivers.collect(),
            intervals: intervals.map(|one| one.name.value.clone()).collect(),
        }
    }
}

impl Raw {
    /// Adds a fragment: its route becomes the last child of the root's, its names get
    /// `namespace/` in front.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place; then nothing is added.
    pub fn add_fragment(
        &mut self,
        file: &str,
        namespace: &str,
        text: &str,
        expansion: Expansion<'_>,
        mode: Mode,
    ) -> Result<(), ConfigErrors> {
        let documents = yaml::parse(text, Documents::First, expansion)
            .map_err(|problems| errors(file, problems))?;
        let Some(document) = documents.first() else {
            let (at, message) = (Position { line: 1, column: 1 }, NO_ROUTE.to_owned());
            return Err(errors(file, vec![Problem { at, message }]));
        };
        let mut reader = Reader { mode, ..Reader::default() };
        let Some(mut fragment) = Root::read(document, &mut reader) else {
            return Err(reader.errors(file));
        };
        self.check(&mut fragment, &mut reader);
        if reader.problems.is_empty() {
            self.check_sizes_with(&fragment, &mut reader);
        }
        if reader.problems.is_empty() {
            let named = Named::new(namespace, &fragment);
            self.check_taken(&named, &mut reader);
            if reader.problems.is_empty() {
                self.warnings.extend(warnings(file, std::mem::take(&mut reader.warnings)));
                self.take(fragment, &named);
                return Ok(());
            }
        }
        Err(reader.errors(file))
    }

    fn check(&self, fragment: &mut Root, reader: &mut Reader) {
        refuse_sections(fragment, reader);
        if let Some(global) = &self.root.global {
            for receiver in &mut fragment.receivers {
                receiver.resolve(global, reader);
            }
        }
        receiver::check_names(&fragment.receivers, reader);
        intervals::check_names(&fragment.mute_time_intervals, &fragment.time_intervals, reader);
        for rule in &fragment.inhibit_rules {
            rule.check(reader);
        }
        let names_known = fragment.whole || fragment.receivers.iter().all(|one| one.whole);
        let own = fragment.receivers.iter().map(|one| one.name.as_str());
        let receivers: HashSet<&str> =
            own.chain(self.shared.receivers.iter().map(String::as_str)).collect();
        let own = fragment.mute_time_intervals.iter().chain(&fragment.time_intervals);
        let intervals = own.map(|one| one.name.as_str());
        let intervals = intervals.chain(self.shared.intervals.iter().map(String::as_str)).collect();
        let known = route::Known { receivers: names_known.then_some(receivers), intervals };
        match &fragment.route {
            None if fragment.whole => reader.problem(fragment.at, NO_ROUTE),
            None => {}
            Some(branch) => route::check_branch(branch, &known, reader),
        }
    }

    /// The whole must stay within the limits that one file has.
    fn check_sizes_with(&self, fragment: &Root, reader: &mut Reader) {
        let count = |root: &Root| root.route.as_ref().map_or(0, route::RawRoute::count);
        for (what, count) in [
            ("routes", count(&self.root) + count(fragment)),
            ("receivers", self.root.receivers.len() + fragment.receivers.len()),
            ("inhibition rules", self.root.inhibit_rules.len() + fragment.inhibit_rules.len()),
        ] {
            if count > super::MAX_ENTRIES {
                let message =
                    format!("{count} {what} with this; at most {} fit", super::MAX_ENTRIES);
                reader.problem(fragment.at, message);
            }
        }
    }

    /// The names that a fragment brings must be new.
    fn check_taken(&self, named: &Named, reader: &mut Reader) {
        let receivers = self.root.receivers.iter().map(|one| one.name.as_str());
        let root = &self.root;
        let intervals = root.mute_time_intervals.iter().chain(&root.time_intervals);
        let taken: HashSet<&str> =
            receivers.chain(intervals.map(|one| one.name.as_str())).collect();
        for name in named.receivers.iter().chain(&named.intervals) {
            let full = named.full(name);
            if taken.contains(full.as_str()) {
                let message = format!("{} is there already: rename this file", quote(&full));
                reader.problem(Position { line: 1, column: 1 }, message);
            }
        }
    }

    fn take(&mut self, mut fragment: Root, named: &Named) {
        let Some(mut branch) = fragment.route.take() else { return };
        let among = branch.own_matchers();
        branch.rename(&|name| named.receivers.contains(name).then(|| named.full(name)), &|name| {
            named.intervals.contains(name).then(|| named.full(name))
        });
        let root = Arc::make_mut(&mut self.root);
        if let Some(trunk) = &mut root.route {
            trunk.routes.push(branch);
        }
        let receivers = fragment.receivers.into_iter().map(|one| renamed_receiver(one, named));
        root.receivers.extend(receivers);
        let rename = |mut one: NamedIntervals| {
            one.name.value = named.full(&one.name);
            one
        };
        root.mute_time_intervals.extend(fragment.mute_time_intervals.into_iter().map(rename));
        root.time_intervals.extend(fragment.time_intervals.into_iter().map(rename));
        let rules = fragment.inhibit_rules.into_iter();
        root.inhibit_rules.extend(rules.map(|rule| narrowed(rule, &among, named)));
    }
}

const NO_ROUTE: &str = "no route provided in fragment";

/// The names of a fragment.
struct Named {
    namespace: String,
    receivers: BTreeSet<String>,
    intervals: BTreeSet<String>,
}

impl Named {
    fn new(namespace: &str, fragment: &Root) -> Named {
        let Shared { receivers, intervals } = Shared::of(fragment);
        Named { namespace: namespace.to_owned(), receivers, intervals }
    }

    fn full(&self, name: &str) -> String {
        format!("{}/{name}", self.namespace)
    }
}

/// What only the root may say.
fn refuse_sections(fragment: &Root, reader: &mut Reader) {
    let first = Position { line: fragment.at.line, column: fragment.at.column };
    let tracing = fragment.tracing.as_ref().map(|tracing| tracing.at);
    for (section, at) in [
        ("global", fragment.global.as_ref().map(|global| global.at)),
        ("templates", (!fragment.templates.is_empty()).then_some(first)),
        ("tracing", tracing),
        ("event_recorder", fragment.event_recorder.as_ref().map(|recorder| recorder.at)),
    ] {
        if let Some(at) = at {
            reader.problem(at, format!("{section} belongs into the root configuration"));
        }
    }
}

/// The receiver under its full name, which is a label of it too.
fn renamed_receiver(mut receiver: RawReceiver, named: &Named) -> RawReceiver {
    let full = named.full(&receiver.name);
    for (name, value) in &mut receiver.labels.0 {
        if **name == *"name" {
            value.value.clone_from(&full);
        }
    }
    receiver.name.value = full;
    receiver
}

/// The rule among the alerts of the fragment's route: it inhibits nothing of others', and nothing
/// of others' inhibits by it.
fn narrowed(mut rule: RawInhibit, among: &Matchers, named: &Named) -> RawInhibit {
    for list in [&mut rule.source_matchers, &mut rule.target_matchers] {
        list.0.0.extend(among.iter().cloned());
        list.0.sort();
    }
    if !rule.name.is_empty() {
        rule.name = named.full(&rule.name);
    }
    rule
}

#[cfg(test)]
mod tests;
