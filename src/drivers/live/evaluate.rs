//! One evaluation of a rule group, on a thread of its own.

use std::sync::Arc;

use tokio::runtime::Handle as Runtime;
use tokio::sync::{Semaphore, mpsc};
use tracing::warn;

use crate::drivers::evaluate::FETCHES_LIMIT;
use crate::engine::{Evaluation, Input};
use crate::rules::{Compiled, Outcome, Run, Surroundings};
use crate::source::Source;

use super::handle::Request;

pub(super) struct Evaluator {
    pub(super) compiled: Arc<Compiled>,
    pub(super) surroundings: Arc<Surroundings>,
    pub(super) source: Arc<dyn Source>,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) permits: Arc<Semaphore>,
}

impl Evaluator {
    pub(super) async fn run(self, evaluation: Evaluation) {
        let Ok(_permit) = Arc::clone(&self.permits).acquire_owned().await else { return };
        let requests = self.requests.clone();
        let runtime = Runtime::current();
        let outcome = tokio::task::spawn_blocking(move || self.evaluate(&evaluation, &runtime));
        // an evaluation that panics has no outcome; the engine gives it up
        if let Ok(Some(outcome)) = outcome.await {
            for note in &outcome.notes {
                warn!(group = %outcome.group, "{note}");
            }
            let _ = requests.send(Request::Input(Input::Evaluated(outcome))).await;
        }
    }

    fn evaluate(self, evaluation: &Evaluation, runtime: &Runtime) -> Option<Outcome> {
        let state = Arc::clone(&evaluation.state);
        let mut run = Run::new(self.compiled, state, evaluation.at, self.surroundings);
        for _ in 0..FETCHES_LIMIT {
            let Some(selections) = run.needs() else { return Some(run.finish()) };
            let answer = runtime.block_on(self.source.select(&selections));
            run.supply(answer.map_err(|error| error.to_string()));
        }
        warn!(group = %evaluation.group.id, "a rule group asks for series without end: given up");
        None
    }
}
