//! One evaluation of a group, without waiting for anything itself.

mod answers;
mod conclude;
mod expansion;
mod hands;
mod overlay;
pub(super) mod supplies;

pub use answers::{Asks, Needs, Supply};
pub use hands::{Crew, Hands};

use std::sync::Arc;
use std::time::Duration;

use crate::label::Labels;
use crate::promql::syntax::Features;
use crate::promql::{Grid, Limits, Options};
use crate::sample::Value;
use crate::time::{Span, Timestamp};

use super::alerting::Alerts;
use super::{Compiled, DueAlert, GroupState, Outcome, Rule, RuleKind, RuleState, recording};
use answers::Answers;
use expansion::{Expansion, Frame};
use overlay::Overlay;
use supplies::Supplies;

/// A monotonic reading by which evaluations are timed. A driver of virtual time passes
/// `|| Duration::ZERO`; nothing is decided by it.
pub type Stopwatch = fn() -> Duration;

/// After which time an alert that still fires is handed on again.
/// (Source: Prometheus, `--rules.alert.resend-delay`.)
pub const RESEND_DELAY: Span = Span::from_mins(1);

/// What all runs share.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Labels that identify this instance: seen by templates, added to alerts that lack them.
    pub external_labels: Labels,
    /// Our own URL as others reach it, without a trailing slash.
    pub external_url: Arc<str>,
    /// Which experimental grammar the queries of templates may use.
    pub features: Features,
    /// How queries are evaluated.
    pub options: Options,
    /// How far one query may go.
    pub limits: Limits,
    /// After which time an alert that still fires is handed on again: [`RESEND_DELAY`].
    pub resend_delay: Span,
    /// Since when the source has all series: an embedded store begins empty with its process.
    /// While a rule reads further back, alerts that began before and are not seen wait.
    pub series_since: Timestamp,
    /// By which evaluations are timed.
    pub stopwatch: Stopwatch,
    /// Who evaluates rules that do not depend on each other.
    pub hands: Hands,
}

impl Surroundings {
    /// Prometheus' defaults on a source that has all series, where evaluations take no time.
    pub fn in_virtual_time(external_labels: Labels, external_url: Arc<str>) -> Surroundings {
        Surroundings {
            external_labels,
            external_url,
            features: Features::default(),
            options: Options::default(),
            limits: Limits::default(),
            resend_delay: RESEND_DELAY,
            series_since: Timestamp::MIN,
            stopwatch: || Duration::ZERO,
            hands: Hands::one(),
        }
    }
}

/// What a rule's expression yields at one moment.
pub type Elements = Vec<(Labels, Value)>;

/// One evaluation of a group for one slot: call [`Run::needs`] and [`Run::supply`] in turn
/// until nothing is needed, then [`Run::finish`].
pub struct Run {
    compiled: Arc<Compiled>,
    old: Arc<GroupState>,
    at: Timestamp,
    surroundings: Arc<Surroundings>,
    started: Duration,
    grid: Grid,
    stage: Stage,
    supplies: Supplies,
    answers: Answers,
    overlay: Overlay,
    /// The rules that are done.
    rules: Vec<RuleState>,
    alerts: Vec<DueAlert>,
    notes: Vec<String>,
}

/// What a run waits for.
enum Stage {
    /// For what the rules read.
    Rules,
    /// For what the templates of the next rule read.
    Templates(Box<Expansion>),
    /// For nothing any more.
    Complete,
}

/// What a rule has come to.
enum Progress {
    Done,
    Waiting(Box<Expansion>),
}

impl Run {
    /// Begins the run for the slot `at`, on a source that yields series. A state that does not
    /// fit the group (another number of rules) counts as none.
    pub fn new(
        compiled: Arc<Compiled>,
        state: Arc<GroupState>,
        at: Timestamp,
        surroundings: Arc<Surroundings>,
    ) -> Run {
        Run::asking(Asks::Series, compiled, state, at, surroundings)
    }

    /// Begins a run that asks its source in this way; see [`Run::new`].
    pub fn asking(
        asks: Asks,
        compiled: Arc<Compiled>,
        state: Arc<GroupState>,
        at: Timestamp,
        surroundings: Arc<Surroundings>,
    ) -> Run {
        Run::planned((asks, Vec::new()), compiled, state, at, surroundings)
    }

    /// [`Run::new`] where the answers of some rules are known: see [`super::Foresight`].
    pub fn knowing(
        known: Vec<Option<Elements>>,
        compiled: Arc<Compiled>,
        state: Arc<GroupState>,
        at: Timestamp,
        surroundings: Arc<Surroundings>,
    ) -> Run {
        Run::planned((Asks::Series, known), compiled, state, at, surroundings)
    }

    /// A run that asks in this way for what is not known.
    fn planned(
        (asks, known): (Asks, Vec<Option<Elements>>),
        compiled: Arc<Compiled>,
        state: Arc<GroupState>,
        at: Timestamp,
        surroundings: Arc<Surroundings>,
    ) -> Run {
        let group = compiled.group();
        let fits = state.rules.len() == group.rules.len();
        let old = if fits { state } else { Arc::new(GroupState::new(group)) };
        let grid = Grid::instant(at - group.query_offset);
        let (answers, selections) = Answers::plan(asks, &compiled, &grid, known);
        let started = (surroundings.stopwatch)();
        Run {
            supplies: Supplies::plan(&selections),
            overlay: Overlay::new(grid.start),
            rules: Vec::with_capacity(group.rules.len()),
            stage: Stage::Rules,
            alerts: Vec::new(),
            notes: Vec::new(),
            compiled,
            old,
            at,
            surroundings,
            started,
            grid,
            answers,
        }
    }

    /// What has to be fetched next; `None` when the run is complete. First, once, what all rules
    /// read; later only what queries inside templates read. Asked again before it is supplied,
    /// it answers the same.
    pub fn needs(&mut self) -> Option<Needs> {
        let wanted = match &self.stage {
            Stage::Rules => {
                Needs { series: self.supplies.wanted(), values: self.answers.questions().to_vec() }
            }
            Stage::Templates(expansion) => expansion.wanted(),
            Stage::Complete => return None,
        };
        if !wanted.is_empty() {
            return Some(wanted);
        }
        self.supply(Supply::default());
        self.needs()
    }

    /// Takes in what was asked for, set for set and reply for reply, and goes on. An error fails
    /// the rules that needed it; the others go on. Without a need it does nothing.
    pub fn supply(&mut self, supply: Supply) {
        match std::mem::replace(&mut self.stage, Stage::Complete) {
            Stage::Rules => self.open(supply),
            Stage::Templates(mut expansion) => {
                let compiled = Arc::clone(&self.compiled);
                let before = (self.surroundings.stopwatch)();
                expansion.answer(supply, &self.overlay, self.frame(&compiled));
                expansion.busy += self.since(before);
                if let Progress::Waiting(expansion) = self.expand(expansion) {
                    self.stage = Stage::Templates(expansion);
                    return;
                }
            }
            Stage::Complete => return,
        }
        self.go_on();
    }

    /// What came of it. Rules that were not evaluated because the run was given up have failed.
    pub fn finish(mut self) -> Outcome {
        while self.rules.len() < self.compiled.rules.len() {
            let busy = Duration::ZERO;
            self.fail("the evaluation was given up before it was complete".to_owned(), busy);
        }
        for labels in self.old.orphans.iter() {
            self.overlay.mark_stale(labels);
        }
        let evaluation_time = self.since(self.started);
        Outcome {
            group: self.compiled.group().id.clone(),
            at: self.at,
            state: GroupState {
                rules: self.rules,
                orphans: Arc::default(),
                restoration: self.old.restoration,
                last_evaluation: Some(self.at),
                evaluation_time,
                restore_time: self.old.restore_time,
            },
            series: self.overlay.into_series(),
            alerts: self.alerts,
            notes: self.notes,
        }
    }

    /// Evaluates rules until one has to wait.
    fn go_on(&mut self) {
        while self.rules.len() < self.compiled.rules.len() {
            if let Progress::Waiting(expansion) = self.evaluate() {
                self.stage = Stage::Templates(expansion);
                return;
            }
        }
        self.stage = Stage::Complete;
    }

    /// Evaluates the next rule.
    fn evaluate(&mut self) -> Progress {
        let compiled = Arc::clone(&self.compiled);
        let group = compiled.group();
        let answer = self.next_answer();
        let (before, busy) = ((self.surroundings.stopwatch)(), answer.busy);
        let rule = &group.rules[self.rules.len()];
        for warning in answer.warnings {
            self.notes.push(format!("{}: {warning}", rule.name()));
        }
        let elements = match answer.elements {
            Ok(elements) => elements,
            Err(reason) => {
                self.fail(reason, busy);
                return Progress::Done;
            }
        };
        let RuleKind::Recording(recorded) = &rule.kind else {
            if elements.is_empty() && self.old.rules[self.rules.len()].is_quiet() {
                self.settle(Alerts::new(), Ok(Vec::new()), busy + self.since(before));
                return Progress::Done;
            }
            let mut expansion = Box::new(Expansion::new(elements));
            expansion.busy = busy + self.since(before);
            return self.expand(expansion);
        };
        let series = recording::record(&recorded.name, &rule.labels, elements, group.limit);
        self.settle(Alerts::new(), series, busy + self.since(before));
        Progress::Done
    }

    /// Expands the next rule's elements, and when nothing is missing moves its alerts on.
    fn expand(&mut self, mut expansion: Box<Expansion>) -> Progress {
        let compiled = Arc::clone(&self.compiled);
        let before = (self.surroundings.stopwatch)();
        let elements = loop {
            if let Some(elements) = expansion.expand(self.frame(&compiled)) {
                break elements;
            }
            if !expansion.wanted().is_empty() {
                expansion.busy += self.since(before);
                return Progress::Waiting(expansion);
            }
            expansion.answer(Supply::default(), &self.overlay, self.frame(&compiled));
        };
        if let RuleKind::Alerting(alerting) = &self.rule(&compiled).kind {
            if let Some((fault, texts)) = &expansion.faults {
                let name = &alerting.name;
                self.notes.push(format!("{name}: {texts} texts not expanded, the first: {fault}"));
            }
            let (alerts, series) = self.advance(alerting, elements);
            self.settle(alerts, series, expansion.busy + self.since(before));
        }
        Progress::Done
    }

    fn rule<'a>(&self, compiled: &'a Compiled) -> &'a Rule {
        &compiled.group().rules[self.rules.len()]
    }

    fn frame<'a>(&'a self, compiled: &'a Compiled) -> Frame<'a> {
        let rule = &compiled.rules[self.rules.len()];
        let name = self.rule(compiled).name();
        Frame {
            name,
            rule,
            at: self.at,
            surroundings: &self.surroundings,
            asks: self.answers.asks(),
            compiled,
        }
    }

    fn since(&self, before: Duration) -> Duration {
        (self.surroundings.stopwatch)().saturating_sub(before)
    }
}

#[cfg(test)]
mod tests;
