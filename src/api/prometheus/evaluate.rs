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

/// The most bytes and the most operators and parentheses of an expression that is read on the
/// way, on whatever thread.
const SHORT_BYTES: usize = 320;
const SHORT_OPERATORS: usize = 48;
/// The most series, and series times steps, of an expression that is evaluated on the way: about
/// a millisecond's work.
const SERIES_AT_ONCE: usize = 2000;
const CELLS_AT_ONCE: usize = 200_000;

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

/// An expression that has been read, and which samples it needs.
pub(super) struct Prepared {
    query: Query,
    selections: Vec<Selection>,
    begun: Instant,
}

/// What became of a question that was asked on the way.
pub(super) enum AtOnce {
    /// The body of the answer.
    Answered(String),
    /// It has been read, but there is much to evaluate.
    Large(Box<Prepared>),
    /// It is too long to be read on the way.
    Long,
}

/// Reads the question, and evaluates it if it is as good as done: switching to a thread and back
/// would take longer.
pub(super) async fn at_once(
    question: &Question,
    with: &mut Surroundings,
) -> Result<AtOnce, Refusal> {
    if !is_short(&question.text) {
        return Ok(AtOnce::Long);
    }
    let prepared = prepare(question, with)?;
    let small = |series: usize| {
        series <= SERIES_AT_ONCE && series.saturating_mul(question.grid.steps()) <= CELLS_AT_ONCE
    };
    if !with.source.at_hand(&prepared.selections).is_some_and(small) {
        return Ok(AtOnce::Large(Box::new(prepared)));
    }
    let series = with.source.select(&prepared.selections).await;
    let series = series.map_err(|error| Refusal::fetch(&error))?;
    finish(question, with, &prepared, &series).map(AtOnce::Answered)
}

/// Whether an expression nests so little that any stack is deep enough, and has no subquery,
/// whose steps cannot be told in advance.
fn is_short(text: &str) -> bool {
    let operator = |byte: &u8| b"(+-*/%^=!<>".contains(byte);
    let mut windows = text.split('[').skip(1);
    text.len() <= SHORT_BYTES
        && text.bytes().filter(|byte| operator(byte)).count() <= SHORT_OPERATORS
        && !windows.any(|rest| rest.split(']').next().is_some_and(|inside| inside.contains(':')))
}

/// The body of the answer.
pub(super) fn evaluate(
    question: &Question,
    mut with: Surroundings,
    prepared: Option<Prepared>,
) -> Result<String, Refusal> {
    let prepared = match prepared {
        Some(prepared) => prepared,
        None => prepare(question, &mut with)?,
    };
    let series = fetch(&mut with, &prepared.selections)?;
    finish(question, &with, &prepared, &series)
}

fn prepare(question: &Question, with: &mut Surroundings) -> Result<Prepared, Refusal> {
    let begun = Instant::now();
    if let Some(lookback) = question.lookback {
        with.options.lookback = lookback;
    }
    let expr = parse(&question.text, &with.features)
        .map_err(|error| Refusal::parameter("query", error))?;
    let failed = |error: QueryError| Refusal::query(&error);
    let query = Query::new(&expr, &with.options).map_err(failed)?;
    let selections = query.needs(&question.grid).map_err(failed)?;
    Ok(Prepared { query, selections, begun })
}

fn finish(
    question: &Question,
    with: &Surroundings,
    Prepared { query, begun, .. }: &Prepared,
    series: &[SeriesSet],
) -> Result<String, Refusal> {
    let failed = |error: QueryError| Refusal::query(&error);
    let prepared = begun.elapsed();
    let (answer, nodes) = run(question, query, series, &with.limits).map_err(failed)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_deep_or_has_a_subquery_is_not_short() {
        for (text, short) in [
            ("sum by (code) (rate(requests_total{job=\"a\"}[5m]))", true),
            ("job:latency:p99 / x[5m]", true),
            ("max_over_time(x[1h:1m])", false),
            (&"-".repeat(SHORT_OPERATORS + 1), false),
            (&"x".repeat(SHORT_BYTES + 1), false),
        ] {
            assert_eq!(is_short(text), short, "{text}");
        }
    }
}
