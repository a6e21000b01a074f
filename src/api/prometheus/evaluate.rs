//! One query from its text to the body of its answer; runs on a thread of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle as Runtime;
use tokio::sync::watch;

use crate::promql::syntax::{Features, parse};
use crate::promql::{Answer, AnswerValue, ExplainedNode, Grid, Limits, Options, Query, QueryError};
use crate::sample::{Selection, SeriesSet};
use crate::source::Source;
use crate::time::Span;

use super::envelope::{self, Notes};
use super::explained;
use super::query::{Plan, Told};
use super::refusal::Refusal;
use super::results::{self, Statistics};

/// What is asked.
pub(super) struct Question {
    pub(super) text: String,
    pub(super) grid: Grid,
    pub(super) lookback: Option<Span>,
    /// The most series of the answer.
    pub(super) limit: usize,
    pub(super) told: Told,
    pub(super) plan: Plan,
}

/// What it is answered with.
pub(super) struct Surroundings {
    pub(super) source: Arc<dyn Source>,
    pub(super) runtime: Runtime,
    pub(super) options: Options,
    pub(super) features: Features,
    pub(super) limits: Limits,
    /// Closed when nobody waits for the answer any more.
    pub(super) gone: watch::Receiver<()>,
    /// How long the query waited for its turn.
    pub(super) queued: Duration,
}

/// The body of the answer.
pub(super) fn evaluate(question: &Question, mut with: Surroundings) -> Result<String, Refusal> {
    let begun = Instant::now();
    if let Some(lookback) = question.lookback {
        with.options.lookback = lookback;
    }
    let expr = parse(&question.text, &with.features)
        .map_err(|error| Refusal::parameter("query", error))?;
    let failed = |error: QueryError| Refusal::query(&error);
    let query = Query::new(&expr, &with.options).map_err(failed)?;
    let selections = query.needs(&question.grid).map_err(failed)?;
    let series = fetch(&mut with, &selections)?;
    let prepared = begun.elapsed();
    let (answer, nodes) = run(question, &query, &series, &with.limits).map_err(failed)?;
    let mut notes = Notes {
        warnings: answer.annotations.warnings(&question.text),
        infos: answer.annotations.infos(&question.text),
    };
    if size(&answer.value) > question.limit {
        notes.truncated();
    }
    let statistics = (question.told == Told::Statistics).then(|| Statistics {
        queued: with.queued,
        prepared,
        evaluated: begun.elapsed().saturating_sub(prepared),
        samples: series.iter().map(SeriesSet::sample_count).sum(),
    });
    Ok(envelope::success(&notes, |body| {
        results::write(body, &answer.value, question.limit, statistics.as_ref());
        if question.plan == Plan::Told {
            // the data is an object, which is opened again
            body.pop();
            explained::write(body, &question.text, &nodes);
            body.push('}');
        }
    }))
}

/// The answer, and what the steps of the plan came to if that is to be told.
fn run(
    question: &Question,
    query: &Query,
    series: &[SeriesSet],
    limits: &Limits,
) -> Result<(Answer, Vec<ExplainedNode>), QueryError> {
    if question.plan == Plan::Untold {
        return Ok((query.run(&question.grid, series, limits)?, Vec::new()));
    }
    let begun = Instant::now();
    let stopwatch = || u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
    query.explain(&question.grid, series, limits, &stopwatch)
}

/// Asks the source, unless nobody waits any more.
fn fetch(with: &mut Surroundings, selections: &[Selection]) -> Result<Vec<SeriesSet>, Refusal> {
    let Surroundings { runtime, source, gone, .. } = with;
    let fetched = runtime.block_on(async {
        tokio::select! {
            series = source.select(selections) => Some(series),
            _ = gone.changed() => None,
        }
    });
    match fetched {
        Some(series) => series.map_err(|error| Refusal::fetch(&error)),
        None => Err(Refusal::query(&QueryError::Cancelled)),
    }
}

/// How many series an answer has.
fn size(value: &AnswerValue) -> usize {
    match value {
        AnswerValue::Vector(elements) => elements.len(),
        AnswerValue::Matrix(set) => set.len(),
        AnswerValue::Scalar { .. } | AnswerValue::String { .. } => 0,
    }
}
