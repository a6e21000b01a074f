//! The Alertmanager configuration file.
//!
//! ```text
//! text --yaml--> Node --read--> Root --resolve--> Raw --compile--> engine::setup::Notification
//!                               (as written)      (global defaults   '--original--> YAML again
//!                                                  handed down, checked)
//! ```
//! (Source: Alertmanager docs, "Configuration"; checks and texts of its `config` package.)

mod email;
mod event_recorder;
mod exclusive;
mod fragment;
mod global;
pub(in crate::config) mod http;
mod inhibit;
mod intervals;
mod later;
mod matchers;
mod oauth2;
mod pagerduty;
mod payload;
mod proxy;
mod quiet;
mod receiver;
mod route;
mod slack;
mod tls;
mod tracing;
mod webhook;

use std::path::Path;
use std::sync::Arc;

use crate::engine::setup::{LazyText, Notification};
use crate::engine::telemetry::EventOutputs;
use crate::label::matcher::Mode;
use crate::template::Templates;

use super::read::{Field, HttpUrl, Reader, errors, print, section, warnings};
use super::yaml::{self, Documents, Position, Problem};
use super::{ConfigError, ConfigErrors, Expansion};

pub(in crate::config) use http::{BasicAuth, Header, Http, RawAuthorization, check_header};
pub(in crate::config) use later::Anything;
pub(in crate::config) use oauth2::RawOAuth2;
pub(in crate::config) use tls::Tls;

use global::Global;
use inhibit::RawInhibit;
use intervals::NamedIntervals;
use receiver::RawReceiver;
use route::RawRoute;

/// The most routes, receivers and inhibition rules a configuration may have, each.
pub const MAX_ENTRIES: usize = 100_000;

section! {
    /// The whole file.
    struct Root("config.plain") {
        nonempty global: Option<Global>,
        nonempty route: Option<RawRoute>,
        nonempty inhibit_rules: Vec<RawInhibit>,
        nonempty receivers: Vec<RawReceiver>,
        always templates: Vec<String>,
        nonempty mute_time_intervals: Vec<NamedIntervals>,
        nonempty time_intervals: Vec<NamedIntervals>,
        nonempty tracing: Option<tracing::Tracing>,
        nonempty event_recorder: Option<event_recorder::EventRecorder>,
    }
}

/// An Alertmanager configuration as it was written, with defaults filled in and checked.
#[derive(Clone, Debug)]
pub struct Raw {
    file: String,
    root: Arc<Root>,
    warnings: Vec<String>,
    /// What fragments may name beside their own.
    shared: fragment::Shared,
}

/// Where in its file the parts of a configuration stand: lines, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The routes, parents before children, as [`crate::route::Tree`] numbers them.
    pub routes: Vec<usize>,
    /// The inhibition rules, in order.
    pub inhibit_rules: Vec<usize>,
    /// The receivers and their names, in order.
    pub receivers: Vec<(String, usize)>,
}

/// Reads a configuration file's text. `file` is its path, for messages and for the paths in it.
/// Only the first YAML document counts.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse(
    file: &str,
    text: &str,
    expansion: Expansion<'_>,
    mode: Mode,
) -> Result<Raw, ConfigErrors> {
    let start = Position { line: 1, column: 1 };
    let documents = yaml::parse(text, Documents::First, expansion)
        .map_err(|problems| errors(file, problems))?;
    let Some(document) = documents.first() else {
        let problem = Problem { at: start, message: "no route provided in config".to_owned() };
        return Err(errors(file, vec![problem]));
    };
    parse_tree(file, document, mode)
}

/// Reads a configuration that is part of another file, `file`.
///
/// # Errors
/// Everything that is wrong with it, each with its place in that file.
pub fn parse_tree(file: &str, document: &yaml::Node, mode: Mode) -> Result<Raw, ConfigErrors> {
    let mut reader = Reader { mode, ..Reader::default() };
    let Some(mut root) = Root::read(document, &mut reader) else { return Err(reader.errors(file)) };
    root.resolve(&mut reader);
    if !reader.problems.is_empty() {
        return Err(reader.errors(file));
    }
    let warnings = warnings(file, reader.warnings);
    let shared = fragment::Shared::of(&root);
    Ok(Raw { file: file.to_owned(), root: Arc::new(root), warnings, shared })
}

impl Root {
    /// Hands defaults down and checks what belongs together.
    fn resolve(&mut self, reader: &mut Reader) {
        let global = self.global.get_or_insert_with(|| Global::empty(self.at));
        global.resolve(reader);
        for receiver in &mut self.receivers {
            receiver.resolve(global, reader);
        }
        global.pagerduty_url.get_or_insert_with(|| HttpUrl(global::PAGERDUTY_URL.to_owned()));
        let names_known = self.whole || self.receivers.iter().all(|receiver| receiver.whole);
        receiver::check_names(&self.receivers, reader);
        intervals::check_names(&self.mute_time_intervals, &self.time_intervals, reader);
        for rule in &self.inhibit_rules {
            rule.check(reader);
        }
        match &self.route {
            None if self.whole => reader.problem(self.at, "no routes provided"),
            None => {}
            Some(route) => route::check(route, &self.known(names_known), reader),
        }
        if let Some(tracing) = &self.tracing {
            tracing.check(reader);
        }
        if let Some(recorder) = &self.event_recorder {
            recorder.check(reader);
        }
        later::warn(self, reader);
        self.check_sizes(reader);
    }

    fn known(&self, receivers_known: bool) -> route::Known<'_> {
        let intervals = self.mute_time_intervals.iter().chain(&self.time_intervals);
        let receivers = self.receivers.iter().map(|receiver| receiver.name.as_str()).collect();
        route::Known {
            receivers: (receivers_known && !self.receivers.is_empty() || self.whole)
                .then_some(receivers),
            intervals: intervals.map(|interval| interval.name.as_str()).collect(),
        }
    }

    fn check_sizes(&self, reader: &mut Reader) {
        let routes = self.route.as_ref().map_or(0, RawRoute::count);
        for (what, count) in [
            ("routes", routes),
            ("receivers", self.receivers.len()),
            ("inhibition rules", self.inhibit_rules.len()),
        ] {
            if count > MAX_ENTRIES {
                reader.problem(self.at, format!("{count} {what}; at most {MAX_ENTRIES} are read"));
            }
        }
    }
}

impl Raw {
    /// The globs of template files, joined to the configuration file's directory.
    pub fn template_globs(&self) -> Vec<String> {
        self.root.templates.iter().map(|glob| join(&self.file, glob)).collect()
    }

    /// How many inhibition rules there are.
    pub fn inhibit_rules(&self) -> usize {
        self.root.inhibit_rules.len()
    }

    /// Where its parts stand.
    pub fn places(&self) -> Places {
        let mut routes = Vec::new();
        if let Some(root) = &self.root.route {
            root.lines(&mut routes);
        }
        let receivers = self.root.receivers.iter();
        Places {
            routes,
            inhibit_rules: self.root.inhibit_rules.iter().map(|rule| rule.at.line).collect(),
            receivers: receivers.map(|one| (one.name.value.clone(), one.at.line)).collect(),
        }
    }

    /// How many receivers there are.
    pub fn receivers(&self) -> usize {
        self.root.receivers.len()
    }

    /// Builds what the engine takes. `template_files` are the paths and texts of the files that
    /// the globs match, sorted within a glob.
    ///
    /// # Errors
    /// A template file that cannot be parsed, with its own place.
    pub fn compile(
        &self,
        template_files: &[(String, String)],
    ) -> Result<Notification, ConfigErrors> {
        let templates = Templates::parse(template_files).map_err(|error| {
            ConfigErrors(vec![ConfigError {
                file: error.name.clone(),
                line: error.line.max(1),
                column: error.column.max(1),
                message: error.message.clone(),
            }])
        })?;
        let root = &self.root;
        let (Some(global), Some(route)) = (&root.global, &root.route) else {
            let problem = Problem { at: root.at, message: "no routes provided".to_owned() };
            return Err(errors(&self.file, vec![problem]));
        };
        let receivers = root.receivers.iter().map(|receiver| receiver.compile(&self.file));
        let beside = |path: &str| join(&self.file, path);
        Ok(Notification {
            resolve_timeout: global.resolve_timeout.0,
            route: route::compile(route),
            receivers: receivers
                .map(|receiver| (Arc::clone(&receiver.name), Arc::new(receiver)))
                .collect(),
            receiver_order: root.receivers.iter().map(|one| Arc::from(one.name.as_str())).collect(),
            inhibit_rules: root.inhibit_rules.iter().map(RawInhibit::compile).collect(),
            time_intervals: intervals::compile(&root.mute_time_intervals, &root.time_intervals),
            templates: Arc::new(templates),
            original: self.lazy_original(),
            events: self.events().map(Arc::new),
            traces: root.tracing.as_ref().map(|tracing| Arc::new(tracing.compile(&beside))),
        })
    }

    fn events(&self) -> Option<EventOutputs> {
        let recorder = self.root.event_recorder.as_ref()?;
        recorder.compile(&|path| join(&self.file, path))
    }

    /// What events are to be written to and cannot be.
    pub fn unsupported_events(&self) -> Option<ConfigErrors> {
        let at = self.root.event_recorder.as_ref()?.unsupported()?;
        let message = event_recorder::NO_KAFKA.to_owned();
        Some(errors(&self.file, vec![Problem { at, message }]))
    }

    /// The file marshalled again: defaults filled in, secrets hidden; it loads again, here and
    /// in an older `amtool`.
    pub fn original(&self) -> String {
        original(&self.root)
    }

    /// The same, when somebody wants to see it: few do, and it takes longer than compiling.
    fn lazy_original(&self) -> LazyText {
        let root = Arc::clone(&self.root);
        LazyText::new(move || original(&root))
    }

    /// What is accepted but deprecated or without effect, one line each, with its place.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}

fn original(root: &Root) -> String {
    print(quiet::quiet(root.write()))
}

/// A path in the file, seen from the file's directory.
fn join(file: &str, path: &str) -> String {
    let directory = Path::new(file).parent().unwrap_or(Path::new(""));
    directory.join(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
