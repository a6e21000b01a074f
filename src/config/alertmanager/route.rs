//! `route`: checks, inheritance, the tree.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::config::read::{At, Pairs, PromDuration, Reader, section};
use crate::config::yaml::Position;
use crate::label::matcher::is_valid_name;
use crate::label::{Labels, Matchers};
use crate::route::{GroupBy, Route, RouteOptions};
use crate::template::quote;
use crate::time::Span;

use super::matchers::{self, EqualMap, MatcherList, RegexMap};

section! {
    /// A route as it was written.
    struct RawRoute("config.plain", null: "missing route") {
        nonempty receiver: At<String>,
        nonempty group_by: Option<Vec<At<String>>>,
        nonempty equal("match"): EqualMap,
        nonempty match_re: RegexMap,
        nonempty matchers: MatcherList,
        nonempty mute_time_intervals: Vec<At<String>>,
        nonempty active_time_intervals: Vec<At<String>>,
        always continues("continue"): At<bool>,
        nonempty routes: Vec<RawRoute>,
        nonempty group_wait: Option<PromDuration>,
        nonempty group_interval: Option<At<PromDuration>>,
        nonempty repeat_interval: Option<At<PromDuration>>,
        nonempty labels: Pairs<String>,
    }
}

/// What groups by all labels.
const ALL: &str = "...";

/// The names that routes may use.
pub(super) struct Known<'a> {
    /// Receivers; `None` when not all of them could be read.
    pub receivers: Option<HashSet<&'a str>>,
    /// Time intervals.
    pub intervals: HashSet<&'a str>,
}

/// Checks the tree.
pub(super) fn check(root: &RawRoute, known: &Known<'_>, reader: &mut Reader) {
    root.check_root(reader);
    root.check(known, reader);
}

/// Checks a tree that is to hang below another one's root.
pub(super) fn check_branch(branch: &RawRoute, known: &Known<'_>, reader: &mut Reader) {
    if branch.own_matchers().0.is_empty() && branch.whole {
        reader.problem(branch.at, "the route of a fragment needs matchers: it is one among others");
    }
    branch.check(known, reader);
}

impl RawRoute {
    /// The matchers of the route itself, in all forms.
    pub(super) fn own_matchers(&self) -> Matchers {
        matchers::all(&self.equal, &self.match_re, &self.matchers)
    }

    /// Gives receivers and time intervals new names, in the whole tree.
    pub(super) fn rename(
        &mut self,
        receiver: &impl Fn(&str) -> Option<String>,
        interval: &impl Fn(&str) -> Option<String>,
    ) {
        if let Some(name) = receiver(&self.receiver) {
            self.receiver.value = name;
        }
        for list in [&mut self.mute_time_intervals, &mut self.active_time_intervals] {
            for name in list {
                if let Some(new) = interval(name) {
                    name.value = new;
                }
            }
        }
        for route in &mut self.routes {
            route.rename(receiver, interval);
        }
    }

    /// How many routes the tree has.
    pub(super) fn count(&self) -> usize {
        1 + self.routes.iter().map(RawRoute::count).sum::<usize>()
    }

    /// The lines of the tree's routes, parents first.
    pub(super) fn lines(&self, lines: &mut Vec<usize>) {
        lines.push(self.at.line);
        self.routes.iter().for_each(|child| child.lines(lines));
    }

    fn check_root(&self, reader: &mut Reader) {
        let matchers = matchers::all(&self.equal, &self.match_re, &self.matchers);
        let first = |names: &[At<String>]| names.first().map(|name| name.at);
        let mut refuse = |wrong: Option<Position>, message: &str| {
            if let Some(at) = wrong {
                reader.problem(at, message);
            }
        };
        refuse(
            (self.receiver.is_empty() && self.whole).then_some(self.at),
            "root route must specify a default receiver",
        );
        refuse(
            (!matchers.0.is_empty()).then_some(self.at),
            "root route must not have any matchers",
        );
        refuse(
            first(&self.mute_time_intervals),
            "root route must not have any mute time intervals",
        );
        refuse(
            first(&self.active_time_intervals),
            "root route must not have any active time intervals",
        );
        refuse(self.continues.then_some(self.continues.at), "cannot have continue in root route");
    }

    fn check(&self, known: &Known<'_>, reader: &mut Reader) {
        let fields = ["match", "match_re", "matchers"];
        matchers::check_old(&self.equal, &self.match_re, fields, reader);
        self.check_names(known, reader);
        self.check_group_by(reader);
        for (field, span) in
            [("group_interval", &self.group_interval), ("repeat_interval", &self.repeat_interval)]
        {
            if let Some(At { at, value: PromDuration(Span::ZERO) }) = span {
                reader.problem(*at, format!("{field} cannot be zero"));
            }
        }
        for (name, _) in &self.labels.0 {
            if !is_valid_name(name, reader.mode) {
                let message = format!("invalid label name {} in route labels", quote(name));
                reader.problem(name.at, message);
            }
        }
        for route in &self.routes {
            route.check(known, reader);
        }
    }

    fn check_names(&self, known: &Known<'_>, reader: &mut Reader) {
        if let Some(receivers) = &known.receivers
            && !self.receiver.is_empty()
            && !receivers.contains(self.receiver.as_str())
        {
            let message = format!("undefined receiver {} used in route", quote(&self.receiver));
            reader.problem(self.receiver.at, message);
        }
        for name in self.mute_time_intervals.iter().chain(&self.active_time_intervals) {
            if !known.intervals.contains(name.as_str()) {
                let message = format!("undefined time interval {} used in route", quote(name));
                reader.problem(name.at, message);
            }
        }
    }

    fn check_group_by(&self, reader: &mut Reader) {
        let mut seen = HashSet::new();
        let names = self.group_by.as_deref().unwrap_or_default();
        for name in names {
            if *name.value == *ALL {
                if names.iter().any(|name| *name.value != *ALL) {
                    reader.problem(
                        name.at,
                        "cannot have wildcard group_by (`...`) and other labels at the same time",
                    );
                }
            } else if !is_valid_name(name, reader.mode) {
                let message = format!("invalid label name {} in group_by list", quote(name));
                reader.problem(name.at, message);
            } else if !seen.insert(name.as_str()) {
                reader.problem(name.at, format!("duplicated label {} in group_by", quote(name)));
            }
        }
    }

    fn group_by(&self) -> Option<GroupBy> {
        let names = self.group_by.as_deref()?;
        if names.iter().any(|name| *name.value == *ALL) {
            return Some(GroupBy::All);
        }
        let names = names.iter().map(|name| Arc::from(name.as_str()));
        Some(GroupBy::Labels(names.collect()))
    }

    /// The route below one with these options.
    fn compile(&self, parent: &RouteOptions) -> Route {
        let arcs = |names: &[At<String>]| {
            names.iter().map(|name| Arc::from(name.as_str())).collect::<Vec<Arc<str>>>()
        };
        let options = RouteOptions {
            receiver: match self.receiver.as_str() {
                "" => Arc::clone(&parent.receiver),
                name => Arc::from(name),
            },
            group_by: self.group_by().unwrap_or_else(|| parent.group_by.clone()),
            group_wait: self.group_wait.map_or(parent.group_wait, |span| span.0),
            group_interval: self.group_interval.as_ref().map_or(parent.group_interval, |at| at.0),
            repeat_interval: self
                .repeat_interval
                .as_ref()
                .map_or(parent.repeat_interval, |at| at.0),
            mute_time_intervals: arcs(&self.mute_time_intervals),
            active_time_intervals: arcs(&self.active_time_intervals),
            labels: self.merged_labels(&parent.labels),
        };
        Route {
            matchers: matchers::all(&self.equal, &self.match_re, &self.matchers),
            continues: self.continues.value,
            routes: self.routes.iter().map(|route| route.compile(&options)).collect(),
            options,
        }
    }

    fn merged_labels(&self, parent: &Labels) -> Labels {
        let mut labels = parent.edit();
        for (name, value) in self.labels.iter() {
            labels.set(name, value);
        }
        labels.build()
    }
}

/// The tree with everything inherited filled in.
pub(super) fn compile(root: &RawRoute) -> Route {
    let route = root.compile(&RouteOptions {
        receiver: Arc::from(""),
        group_by: GroupBy::Labels(BTreeSet::new()),
        group_wait: Span::from_secs(30),
        group_interval: Span::from_mins(5),
        repeat_interval: Span::from_mins(4 * 60),
        mute_time_intervals: Vec::new(),
        active_time_intervals: Vec::new(),
        labels: Labels::empty(),
    });
    Route { matchers: Matchers::default(), ..route }
}
