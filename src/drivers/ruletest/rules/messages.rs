//! The messages that a test's alerts lead to: the live engine on the test's clock.
//!
//! ```text
//! evaluation at its moment --alerts--> World (groups, inhibition, silences, retries, repeats)
//!                                         '-- attempts --> receivers --> what they have got
//! ```

mod check;
mod named;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::config::alertmanager::{self, Places};
use crate::config::ruletest::{ConfigSource, Notifications, PlannedSilence, Test};
use crate::config::{ConfigErrors, Expansion, Surroundings};
use crate::drivers::load::{matching, read_text};
use crate::drivers::ruletest::scenario::outside::Receivers;
use crate::drivers::ruletest::scenario::{Fault as ReceiverFault, parse};
use crate::drivers::world::World;
use crate::engine::{DecisionKind, Input, Notification, Setup, Suppression};
use crate::label::Labels;
use crate::label::matcher::{Mode, parse_list};
use crate::rules::DueAlert;
use crate::silence::{Silence, SilenceCommand};
use crate::time::{Details, Span, Timestamp};

use super::Fault;
use super::coverage::Exercised;

pub(super) use named::unknown_receivers;

/// Our own URL in messages, where the test names none.
const EXTERNAL_URL: &str = "http://firebell.test";
/// How long what is over is remembered: longer than tests run.
const RETENTION: Span = Span::from_mins(60 * 24 * 365);

/// The engine behind the rules.
pub(super) struct Messages<'a> {
    expected: &'a Notifications,
    start: Timestamp,
    world: World<Receivers>,
    plan: VecDeque<(Span, Change)>,
}

/// What happens at a moment.
enum Change {
    Silence(Box<Silence>),
    Fails(String, ReceiverFault),
    Works(String),
    Restart,
}

impl<'a> Messages<'a> {
    /// The engine with the test's configuration, and all that will happen.
    pub(super) fn new(
        test: &Test,
        expected: &'a Notifications,
        notification: Arc<Notification>,
    ) -> Result<Messages<'a>, Fault> {
        let url = test.external_url.trim_end_matches('/');
        let setup = Arc::new(Setup {
            notification,
            groups: Vec::new(),
            external_labels: test.external_labels.clone(),
            external_url: Arc::from(if url.is_empty() { EXTERNAL_URL } else { url }),
            retention: RETENTION,
            forward: Default::default(),
            upkeep: Default::default(),
        });
        let receivers = Receivers::new(Arc::clone(&setup), None);
        let plan = plan(expected, test.start)?;
        let world = World::new(test.start, setup, receivers);
        Ok(Messages { expected, start: test.start, world, plan })
    }

    /// Runs to a moment.
    pub(super) fn run_until(&mut self, since: Span) {
        while self.plan.front().is_some_and(|(at, _)| *at <= since) {
            let Some((at, change)) = self.plan.pop_front() else { break };
            self.world.run_until(self.start + at);
            match change {
                Change::Silence(silence) => {
                    let new_id = Arc::clone(&silence.id);
                    let silence = Box::new(Silence { id: "".into(), ..*silence });
                    let command = SilenceCommand::Set { silence, new_id };
                    self.world.feed(Input::Silence(command));
                }
                Change::Fails(target, fault) => {
                    self.world.outside.faults.insert(target, fault);
                }
                Change::Works(target) => drop(self.world.outside.faults.remove(&target)),
                Change::Restart => self.world.crash(),
            }
        }
        self.world.run_until(self.start + since);
    }

    /// Hands on what an evaluation found.
    pub(super) fn post(&mut self, alerts: &[DueAlert]) {
        let posted = alerts.iter().map(|alert| PostedAlert {
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
            starts_at: Some(alert.starts_at),
            ends_at: Some(alert.ends_at),
            generator_url: Arc::clone(&alert.generator_url),
            details: Details::default(),
        });
        self.world.feed(Input::Alerts(posted.collect()));
    }

    /// Runs to the end of the test, and compares.
    pub(super) fn finish(
        mut self,
        last: Span,
        line: usize,
        exercised: &mut Exercised,
    ) -> Vec<Fault> {
        self.run_until(last);
        note(&self.world.outside, exercised);
        check::check(self.expected, &self.world, self.start, line)
    }
}

/// What the receivers know of what was exercised.
fn note(receivers: &Receivers, exercised: &mut Exercised) {
    exercised.routes.extend(receivers.routes.iter().cloned());
    let told = receivers.got.iter().map(|got| Arc::clone(&got.delivery.receiver.name));
    exercised.receivers.extend(told);
    for decision in &receivers.holds {
        match &decision.verdict {
            DecisionKind::Suppressed { cause: Suppression::Inhibited { rule, .. }, .. } => {
                exercised.inhibitions.insert(*rule);
            }
            DecisionKind::Suppressed { cause: Suppression::Silenced { ids }, .. } => {
                exercised.silences.extend(ids.iter().filter_map(|id| silence_index(id)));
            }
            _ => {}
        }
    }
}

/// The id of the silence at a position of the test.
fn silence_id(index: usize) -> Arc<str> {
    Arc::from(format!("silence-{}", index + 1))
}

fn silence_index(id: &str) -> Option<usize> {
    id.strip_prefix("silence-")?.parse::<usize>().ok()?.checked_sub(1)
}

/// The last moment that is asked about.
pub(super) fn last_moment(expected: &Notifications) -> Span {
    let messages = expected.expected.iter().map(|one| one.at);
    let suppressed = expected.suppressed.iter().map(|one| one.at);
    let quiet = expected.quiet.iter().map(|one| one.until);
    messages.chain(suppressed).chain(quiet).max().unwrap_or_default()
}

/// All changes by time.
fn plan(expected: &Notifications, start: Timestamp) -> Result<VecDeque<(Span, Change)>, Fault> {
    let mut plan = Vec::new();
    for (index, planned) in expected.silences.iter().enumerate() {
        let silence = silence(planned, index, start)
            .map_err(|text| Fault::new(planned.line, format!("    silence: {text}")))?;
        plan.push((planned.at, Change::Silence(Box::new(silence))));
    }
    for planned in &expected.faults {
        let fault = parse::fault(&planned.fault)
            .map_err(|text| Fault::new(planned.line, format!("    fault: {text}")))?;
        plan.push((planned.from, Change::Fails(planned.target.clone(), fault)));
        if let Some(until) = planned.until {
            plan.push((until, Change::Works(planned.target.clone())));
        }
    }
    plan.extend(expected.restarts.iter().map(|at| (*at, Change::Restart)));
    plan.sort_by_key(|(at, _)| *at);
    Ok(plan.into())
}

fn silence(planned: &PlannedSilence, index: usize, start: Timestamp) -> Result<Silence, String> {
    let matchers = parse_list(&planned.matchers, Mode::default());
    let matchers = matchers.map_err(|error| error.to_string())?.value;
    let starts_at = start + planned.at;
    Ok(Silence {
        id: silence_id(index),
        matcher_sets: vec![matchers],
        starts_at,
        ends_at: starts_at + planned.length,
        updated_at: starts_at,
        created_by: "test".into(),
        comment: "".into(),
        annotations: Labels::empty(),
    })
}

/// The Alertmanager configuration of a test file.
pub(super) struct Configured {
    pub(super) notification: Notification,
    /// The file it stands in: its own, or the test file.
    pub(super) file: String,
    /// Where in that file its parts stand.
    pub(super) places: Places,
}

/// Loads the Alertmanager configuration of a test file.
pub(super) fn configuration(
    source: &ConfigSource,
    environment: &BTreeMap<String, String>,
    file: &str,
) -> Result<Configured, String> {
    let text = |errors: ConfigErrors| errors.to_string();
    let variables = Variables(environment);
    let expansion = match environment.is_empty() {
        true => Expansion::Off,
        false => Expansion::On(&variables),
    };
    let mode = Mode::default();
    let (raw, name) = match source {
        ConfigSource::Tree(tree) => (alertmanager::parse_tree(file, tree, mode), file.to_owned()),
        ConfigSource::Text { written, above } => {
            // the empty lines make the places in messages those of the test file
            let padded = "\n".repeat(*above) + written;
            (alertmanager::parse(file, &padded, expansion, mode), file.to_owned())
        }
        ConfigSource::Path(path) => {
            let directory = Path::new(file).parent().unwrap_or(Path::new(""));
            let path = directory.join(path);
            let name = path.display().to_string();
            let written = read_text(&path).map_err(|error| format!("{name}: {error}"))?;
            (alertmanager::parse(&name, &written, expansion, mode), name)
        }
    };
    let raw = raw.map_err(text)?;
    let notification = raw.compile(&templates(&raw.template_globs())?).map_err(text)?;
    Ok(Configured { notification, file: name, places: raw.places() })
}

/// Names and texts of the files that the globs match.
fn templates(globs: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut templates = Vec::new();
    for pattern in globs {
        for path in matching(pattern).map_err(|error| error.to_string())? {
            let name = path.display().to_string();
            let written = read_text(&path).map_err(|error| format!("{name}: {error}"))?;
            templates.push((name, written));
        }
    }
    Ok(templates)
}

/// What `${NAME}` stands for: what the test file says.
struct Variables<'a>(&'a BTreeMap<String, String>);

impl Surroundings for Variables<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("{path}: tests read no files of secrets"))
    }
}

#[cfg(test)]
mod tests;
