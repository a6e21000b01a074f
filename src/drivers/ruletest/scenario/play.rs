//! Plays a script in virtual time and reports what was not as expected.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::config::rules::RuleOptions;
use crate::config::{Expansion, alertmanager};
use crate::drivers::evaluate::Evaluator;
use crate::drivers::world::{Fate, World};
use crate::engine::{DecisionKind, Input, Setup};
use crate::label::matcher::Mode;
use crate::label::{Labels, Matchers};
use crate::rules::Surroundings;
use crate::silence::{Silence, SilenceCommand};
use crate::source::Batch;
use crate::source::embedded::Store;
use crate::source::notation::parse_series;
use crate::time::{Details, Span, Timestamp};

use super::check::{Observed, Suppressed, check};
use super::outside::Receivers;
use super::{Action, Script};

/// When scripts begin: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// How often an alert that fires is posted again.
pub const REPOST_INTERVAL: Span = Span::from_mins(1);

/// The most samples a script may load.
pub const SAMPLES_LIMIT: usize = 10_000_000;

/// How a script reads the files it names.
pub type Files<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// How a script went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many expectations held.
    pub passed: usize,
    /// What was not as expected, each with its line (0: no line expected it).
    pub failures: Vec<(usize, String)>,
    /// How many batches of records were committed.
    pub batches: u64,
    /// Every message, one line each.
    pub timeline: Vec<String>,
}

/// Plays a script. With a fate other than [`Fate::Lives`] the process dies once on the way, and
/// the script must hold nevertheless.
pub fn play(script: &Script, files: Files<'_>, fate: Fate) -> Result<Report, String> {
    let config = script.config.as_deref().ok_or("the script names no `config`")?;
    let setup = Arc::new(setup(config, script, files)?);
    let receivers = Receivers::new(Arc::clone(&setup), evaluator(script, &setup)?);
    let world = World::with_fate(START, setup, receivers, fate);
    let mut stage = Stage { world, firing: BTreeMap::new(), silences: BTreeSet::new() };
    for (at, _, moment) in moments(script) {
        stage.run_until(START + at);
        if let Some(action) = moment {
            stage.act(action, script, files)?;
        }
    }
    stage.run_until(START + script.until);
    let world = stage.world;
    let observed = Observed {
        got: &world.outside.got,
        refused: &world.outside.refused,
        suppressed: suppressed(&world.outside),
    };
    Ok(Report { batches: world.batches(), ..check(script, &observed) })
}

/// All moments in order: what the script says, and ends of expectations only to be waited for.
fn moments(script: &Script) -> Vec<(Span, usize, Option<&Action>)> {
    let mut moments: Vec<_> =
        script.events.iter().map(|event| (event.from, event.line, Some(&event.action))).collect();
    moments.sort_by_key(|(at, line, _)| (*at, *line));
    moments
}

struct Stage {
    world: World<Receivers>,
    /// The alerts that fire, with their annotations and when they are posted next.
    firing: BTreeMap<Labels, (Labels, Timestamp, Timestamp)>,
    silences: BTreeSet<Arc<str>>,
}

impl Stage {
    /// Runs the world, posting what fires again in between.
    fn run_until(&mut self, until: Timestamp) {
        while let Some((labels, at)) = self.next_repost().filter(|(_, at)| *at <= until) {
            self.world.run_until(at);
            if let Some((annotations, starts, next)) = self.firing.get_mut(&labels) {
                *next = at + REPOST_INTERVAL;
                let posted = posted(&labels, annotations, Some(*starts), None);
                self.world.feed(Input::Alerts(vec![posted]));
            }
        }
        self.world.run_until(until);
    }

    fn next_repost(&self) -> Option<(Labels, Timestamp)> {
        let next = self.firing.iter().map(|(labels, (_, _, next))| (labels.clone(), *next));
        next.min_by_key(|(_, next)| *next)
    }

    fn act(&mut self, action: &Action, script: &Script, files: Files<'_>) -> Result<(), String> {
        let now = self.world.now();
        match action {
            Action::Fires { labels, annotations } => {
                let entry = (annotations.clone(), now, now + REPOST_INTERVAL);
                self.firing.insert(labels.clone(), entry);
                self.post(posted(labels, annotations, Some(now), None));
            }
            Action::Posts { labels, span } => {
                let ends = span.map(|span| now + span);
                self.post(posted(labels, &Labels::empty(), Some(now), ends));
            }
            Action::Resolves(labels) => {
                let fired = self.firing.remove(labels);
                let (annotations, starts) = fired
                    .map_or((Labels::empty(), None), |(annotations, starts, _)| {
                        (annotations, Some(starts))
                    });
                self.post(posted(labels, &annotations, starts, Some(now)));
            }
            Action::Fails { target, fault } => {
                self.world.outside.faults.insert(target.clone(), *fault);
            }
            Action::Works { target } => drop(self.world.outside.faults.remove(target)),
            Action::Silence { id, matchers, span } => self.silence(id, matchers, *span),
            Action::Expire(id) => {
                let command = SilenceCommand::Expire { id: Arc::clone(id) };
                self.world.feed(Input::Silence(command));
            }
            Action::Crash => self.world.crash(),
            Action::Reload(file) => {
                let setup = Arc::new(setup(file, script, files)?);
                self.world.outside.setup = Arc::clone(&setup);
                self.world.feed(Input::Configure(setup));
            }
            Action::Expect(_) | Action::ExpectSuppressed { .. } => {}
        }
        Ok(())
    }

    fn post(&mut self, alert: PostedAlert) {
        self.world.feed(Input::Alerts(vec![alert]));
    }

    fn silence(&mut self, id: &Arc<str>, matchers: &Matchers, span: Span) {
        let now = self.world.now();
        let known = !self.silences.insert(Arc::clone(id));
        let silence = Silence {
            id: if known { Arc::clone(id) } else { Arc::from("") },
            matcher_sets: vec![matchers.clone()],
            starts_at: now,
            ends_at: now + span,
            updated_at: now,
            created_by: "scenario".into(),
            comment: "".into(),
            annotations: Labels::empty(),
        };
        let command = SilenceCommand::Set { silence: Box::new(silence), new_id: Arc::clone(id) };
        self.world.feed(Input::Silence(command));
    }
}

fn posted(
    labels: &Labels,
    annotations: &Labels,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
) -> PostedAlert {
    PostedAlert {
        labels: labels.clone(),
        annotations: annotations.clone(),
        starts_at,
        ends_at,
        generator_url: "".into(),
        details: Details::default(),
    }
}

/// The alerts that were kept from receivers, in order.
fn suppressed(receivers: &Receivers) -> Vec<Suppressed> {
    let held = receivers.holds.iter().filter_map(|decision| match &decision.verdict {
        DecisionKind::Suppressed { alert, cause } => {
            Some(Suppressed { at: decision.at, alert: alert.clone(), by: cause.text() })
        }
        _ => None,
    });
    held.collect()
}

fn setup(config: &str, script: &Script, files: Files<'_>) -> Result<Setup, String> {
    let text = files(config)?;
    let environment = Environment(&script.environment);
    let raw = alertmanager::parse(config, &text, Expansion::On(&environment), Mode::default())
        .map_err(|errors| errors.to_string())?;
    let notification = raw.compile(&[]).map_err(|errors| errors.to_string())?;
    let mut groups = Vec::new();
    for file in &script.rules {
        let text = files(file)?;
        let (parsed, _) =
            crate::config::rules::parse(file, &text, &RuleOptions::default(), Expansion::Off)
                .map_err(|errors| errors.to_string())?;
        groups.extend(parsed.into_iter().map(Arc::new));
    }
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Setup {
        notification: Arc::new(notification),
        groups,
        external_labels: Labels::empty(),
        external_url: Arc::from("http://firebell.test"),
        retention: Span::from_mins(120 * 60),
        forward: Default::default(),
        upkeep: Default::default(),
    })
}

/// What `${VAR}` stands for: what the script's `env` lines say.
struct Environment<'a>(&'a BTreeMap<String, String>);

impl crate::config::Surroundings for Environment<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("{path}: scripts have no files but those they name"))
    }
}

fn load(script: &Script, store: &Store) -> Result<(), String> {
    let mut budget = SAMPLES_LIMIT;
    for (step, line) in &script.load {
        let series = parse_series(line).map_err(|error| format!("{line}: {error}"))?;
        budget = budget
            .checked_sub(series.values.len())
            .ok_or_else(|| format!("the script loads more than {SAMPLES_LIMIT} samples"))?;
        let mut batch = Batch::new();
        for (index, noted) in series.values.iter().enumerate() {
            if let Some(noted) = noted {
                let at = START + step.times(i64::try_from(index).unwrap_or(i64::MAX));
                batch.sample(at, &noted.value);
            }
        }
        batch.end(&series.labels);
        store.append(&batch);
    }
    Ok(())
}

fn evaluator(script: &Script, setup: &Setup) -> Result<Option<Evaluator>, String> {
    if setup.groups.is_empty() {
        return Ok(None);
    }
    let store = Arc::new(Store::new());
    load(script, &store)?;
    let (labels, url) = (setup.external_labels.clone(), Arc::clone(&setup.external_url));
    let surroundings = Surroundings::in_virtual_time(labels, url);
    Ok(Some(Evaluator::new(store, Arc::new(surroundings))))
}
