//! One evaluation of a rule group, on a thread of its own.

use std::sync::Arc;

use tokio::runtime::Handle as Runtime;
use tokio::sync::{Semaphore, mpsc};
use tracing::warn;

use crate::drivers::evaluate::FETCHES_LIMIT;
use crate::engine::{Evaluation, Input};
use crate::rules::{Compiled, GroupState, Health, Outcome, Run, Supply, Surroundings};
use crate::source::Source;

use super::Clock;
use super::handle::Request;

pub(super) struct Evaluator {
    pub(super) compiled: Arc<Compiled>,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) source: Arc<dyn Source>,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) permits: Arc<Semaphore>,
    pub(super) clock: Arc<Clock>,
}

impl Evaluator {
    pub(super) async fn run(self, evaluation: Evaluation) {
        let Ok(_permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let requests = self.requests.clone();
        if self.clock.now() >= evaluation.overdue {
            // the engine has given it up while it waited for its turn
            return;
        }
        let runtime = Runtime::current();
        let asked = evaluation.clone();
        let outcome = tokio::task::spawn_blocking(move || self.evaluate(&asked, &runtime)).await;
        let outcome = outcome.unwrap_or_else(|error| failed(&evaluation, &error.to_string()));
        for note in &outcome.notes {
            warn!(group = %outcome.group, "{note}");
        }
        let _ = requests.send(Request::Input(Input::Evaluated(outcome))).await;
    }

    fn evaluate(self, evaluation: &Evaluation, runtime: &Runtime) -> Outcome {
        let state = Arc::clone(&evaluation.state);
        let mut run = Run::new(self.compiled, state, evaluation.at, self.surroundings);
        for _ in 0..FETCHES_LIMIT {
            let Some(needs) = run.needs() else { return run.finish() };
            let answer = runtime.block_on(self.source.select(&needs.series));
            run.supply(Supply::series(answer.map_err(|error| error.to_string())));
        }
        warn!(group = %evaluation.group.id, "a rule group asks for series without end: given up");
        run.finish()
    }
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
