//! Evaluations of rule groups, each on a thread of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle as Runtime;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::drivers::evaluate::{CompiledGroups, FETCHES_LIMIT};
use crate::engine::{Evaluation, Input, Setup};
use crate::label::Labels;
use crate::otlp::{Kind, Span};
use crate::rules::{
    Asks, Compiled, GroupId, GroupState, Health, Needs, Outcome, Patience, Restoration, Run,
    Supply, Surroundings, restore_from_for_state, restore_needs,
};
use crate::sample::{Selection, Series, SeriesSet};
use crate::source::{Source, Sources};
use crate::time::Timestamp;
use crate::trace::TraceContext;

use super::desk::Desk;
use super::handle::Request;
use super::hands::hands;
use super::traces::{self, Tracer};
use super::{Clock, EVALUATIONS_LIMIT, FAR_EVALUATIONS_LIMIT, RuleConduct};

/// What evaluations are started with.
pub(super) struct Evaluations {
    desk: Arc<Desk>,
    clock: Arc<Clock>,
    sources: Arc<Sources>,
    patience: Patience,
    /// For groups on the embedded store.
    near: Arc<Surroundings>,
    /// For groups whose source is elsewhere: it did not begin with this process.
    far: Arc<Surroundings>,
    compiled: CompiledGroups,
    permits: Arc<Semaphore>,
    /// Those who wait for other servers must not keep others from being evaluated.
    far_permits: Arc<Semaphore>,
    /// Groups whose past may be told by `ALERTS_FOR_STATE`, as no record of our own does.
    awaited: BTreeSet<GroupId>,
    tracer: Arc<Tracer>,
}

impl Evaluations {
    pub(super) fn new(
        desk: Arc<Desk>,
        clock: Arc<Clock>,
        sources: Arc<Sources>,
        surroundings: Surroundings,
        rules: RuleConduct,
        tracer: Arc<Tracer>,
    ) -> Evaluations {
        let permits = Arc::new(Semaphore::new(EVALUATIONS_LIMIT));
        let hands = hands(rules.side_by_side, Arc::clone(&permits));
        let near = Surroundings { hands, ..surroundings.clone() };
        let far = Surroundings { series_since: Timestamp::MIN, ..surroundings };
        Evaluations {
            desk,
            clock,
            sources,
            patience: rules.patience,
            near: Arc::new(near),
            far: Arc::new(far),
            compiled: CompiledGroups::default(),
            permits,
            far_permits: Arc::new(Semaphore::new(FAR_EVALUATIONS_LIMIT)),
            awaited: BTreeSet::new(),
            tracer,
        }
    }

    /// There are no records of our own: the past of groups whose series are elsewhere is read
    /// from there.
    pub(super) fn await_the_past(&mut self, setup: &Setup) {
        let far =
            setup.groups.iter().filter(|group| !self.sources.is_embedded(group.source.as_deref()));
        let kept =
            far.filter(|group| !restore_needs(group, self.clock.now(), self.patience).is_empty());
        self.awaited = kept.map(|group| group.id.clone()).collect();
    }

    pub(super) fn reconfigure(&mut self, setup: &Setup) {
        self.compiled.retain(&setup.groups);
        for surroundings in [&mut self.near, &mut self.far] {
            *surroundings = Arc::new(Surroundings {
                external_labels: setup.external_labels.clone(),
                external_url: Arc::clone(&setup.external_url),
                ..Surroundings::clone(surroundings)
            });
        }
    }

    /// Starts one.
    pub(super) fn start(&mut self, mut evaluation: Evaluation) {
        let name = evaluation.group.source.as_deref();
        let embedded = self.sources.is_embedded(name);
        let (surroundings, permits) = match embedded {
            true => (&self.near, &self.permits),
            false => (&self.far, &self.far_permits),
        };
        let evaluator = Evaluator {
            compiled: self.compiled.get(&evaluation.group, &surroundings.options),
            surroundings: Arc::clone(surroundings),
            source: Arc::clone(self.sources.of(name)),
            written: (!embedded).then(|| Arc::clone(self.sources.embedded())),
            desk: Arc::clone(&self.desk),
            permits: Arc::clone(permits),
            clock: Arc::clone(&self.clock),
            patience: self.patience,
            tracer: Arc::clone(&self.tracer),
        };
        let first = evaluation.state.last_evaluation.is_none();
        if first && self.awaited.contains(&evaluation.group.id) {
            let state = GroupState::clone(&evaluation.state);
            let restoration = Restoration::Awaited;
            evaluation.state = Arc::new(GroupState { restoration, ..state });
        }
        tokio::spawn(evaluator.run(evaluation));
    }
}

struct Evaluator {
    compiled: Arc<Compiled>,
    surroundings: Arc<Surroundings>,
    source: Arc<dyn Source>,
    /// Where what the group wrote is, when the source does not know it.
    written: Option<Arc<dyn Source>>,
    desk: Arc<Desk>,
    permits: Arc<Semaphore>,
    clock: Arc<Clock>,
    patience: Patience,
    tracer: Arc<Tracer>,
}

impl Evaluator {
    async fn run(self, evaluation: Evaluation) {
        let Ok(_permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let desk = Arc::clone(&self.desk);
        if self.clock.now() >= evaluation.overdue {
            // the engine has given it up while it waited for its turn
            return;
        }
        let runtime = Runtime::current();
        let tracer = Arc::clone(&self.tracer);
        let span = tracer.begin("rules.Group.Eval", Kind::Internal, None);
        let asked = evaluation.clone();
        let outcome = tokio::task::spawn_blocking(move || self.evaluate(&asked, &runtime)).await;
        let outcome = outcome.unwrap_or_else(|error| failed(&evaluation, &error.to_string()));
        for note in &outcome.notes {
            warn!(group = %outcome.group, "{note}");
        }
        let origin = span.and_then(|span| traced(&tracer, span, &outcome));
        let input = Input::Evaluated(outcome);
        let input = match origin {
            Some(origin) => Input::Traced(origin, Box::new(input)),
            None => input,
        };
        let _ = desk.send(Request::Input(input)).await;
    }

    fn evaluate(&self, evaluation: &Evaluation, runtime: &Runtime) -> Outcome {
        let state = Arc::clone(&evaluation.state);
        let compiled = Arc::clone(&self.compiled);
        let asks = if self.source.evaluates().is_some() { Asks::Values } else { Asks::Series };
        let surroundings = Arc::clone(&self.surroundings);
        let mut run = Run::asking(asks, compiled, state, evaluation.at, surroundings);
        for _ in 0..FETCHES_LIMIT {
            let Some(needs) = run.needs() else {
                return self.restored(evaluation, run.finish(), runtime);
            };
            run.supply(runtime.block_on(self.supply(&needs)));
        }
        warn!(group = %evaluation.group.id, "a rule group asks for series without end: given up");
        run.finish()
    }

    async fn supply(&self, needs: &Needs) -> Supply {
        let values = async {
            match self.source.evaluates() {
                Some(source) if !needs.values.is_empty() => source.reply(&needs.values).await,
                _ => Vec::new(),
            }
        };
        let (series, values) = tokio::join!(self.select(&needs.series), values);
        Supply { series, values }
    }

    /// The source's series, and those of the group's own that the source may not know.
    async fn select(&self, selections: &[Selection]) -> Result<Vec<SeriesSet>, String> {
        if selections.is_empty() {
            return Ok(Vec::new());
        }
        let sets = self.source.select(selections).await.map_err(|error| error.to_string())?;
        let Some(written) = &self.written else { return Ok(sets) };
        let own = written.select(selections).await.map_err(|error| error.to_string())?;
        let joined = sets.into_iter().zip(own).map(|(set, own)| {
            let own = own.iter().filter(|view| self.compiled.writes(view.labels));
            let series = set.iter().chain(own).map(|view| Series {
                labels: view.labels.clone(),
                samples: (0..view.times.len()).map(|index| view.sample(index)).collect(),
            });
            SeriesSet::from_series(series)
        });
        Ok(joined.collect())
    }

    /// The outcome, with alerts as old as `ALERTS_FOR_STATE` says when that is awaited. The first
    /// evaluation only begins the alerts, the second has those that are still there.
    fn restored(&self, evaluation: &Evaluation, outcome: Outcome, runtime: &Runtime) -> Outcome {
        let first = evaluation.state.last_evaluation.is_none();
        if outcome.state.restoration == Restoration::Complete || first {
            return outcome;
        }
        let (begun, now, group) = (Instant::now(), self.clock.now(), &evaluation.group);
        let needs = restore_needs(group, now, self.patience);
        let sets = runtime.block_on(self.source.select(&needs));
        let (sets, note) = match sets {
            Ok(sets) => (sets, None),
            Err(error) => (Vec::new(), Some(format!("alerts begin anew: {error}"))),
        };
        let external = &self.surroundings.external_labels;
        let sets: Vec<SeriesSet> = sets.iter().map(|set| as_written(set, external)).collect();
        let state = restore_from_for_state(group, &outcome.state, now, self.patience, &sets);
        let restore_time = begun.elapsed();
        let notes = outcome.notes.into_iter().chain(note).collect();
        Outcome { state: GroupState { restore_time, ..state }, notes, ..outcome }
    }
}

/// Series as they were before they were written to another server with our external labels, and
/// as they are.
fn as_written(set: &SeriesSet, external: &Labels) -> SeriesSet {
    let series = |labels: Labels, index: usize| {
        let view = set.series(index);
        let samples = (0..view.times.len()).map(|index| view.sample(index)).collect();
        Series { labels, samples }
    };
    let as_they_are = (0..set.len()).map(|index| series(set.series(index).labels.clone(), index));
    let without = (0..set.len()).filter_map(|index| {
        let labels = set.series(index).labels;
        let ours = |name: &str| !external.value(name).is_empty();
        let carried = external.iter().all(|(name, value)| labels.value(name) == value);
        let bare = labels.filter(|name| !ours(name));
        (carried && !external.is_empty()).then(|| series(bare, index))
    });
    SeriesSet::from_series(without.chain(as_they_are))
}

/// Ends the span of an evaluation; what its alerts come of, if that is worth carrying.
fn traced(tracer: &Tracer, mut span: Span, outcome: &Outcome) -> Option<TraceContext> {
    span.text("alerting.rule_group.name", &*outcome.group.name);
    span.text("alerting.rule_group.file", &*outcome.group.file);
    span.count("alerting.rules.count", outcome.state.rules.len());
    span.count("alerting.alerts.count", outcome.alerts.len());
    span.error = outcome.state.rules.iter().find_map(|rule| match &rule.health {
        Health::Failed(why) => Some(why.clone()),
        _ => None,
    });
    let origin = traces::origin(&span).filter(|_| !outcome.alerts.is_empty());
    tracer.end(span);
    origin
}

/// The outcome of an evaluation that broke off: everything stays as it was, and every rule says
/// that it failed. Without one, alerts would run out as if they had ended.
fn failed(evaluation: &Evaluation, why: &str) -> Outcome {
    let mut state = GroupState::clone(&evaluation.state);
    for rule in &mut state.rules {
        rule.health = Health::Failed(format!("the evaluation broke off: {why}"));
    }
    Outcome {
        group: evaluation.group.id.clone(),
        at: evaluation.at,
        state,
        series: Vec::new(),
        alerts: Vec::new(),
        notes: vec![format!("the evaluation broke off: {why}")],
    }
}
