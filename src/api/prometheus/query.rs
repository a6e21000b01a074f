//! `/api/v1/query`, `/api/v1/query_range`, `/api/v1/query_exemplars`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract;
use axum::response::Response;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::promql::syntax::parse;
use crate::promql::{Grid, Limits};
use crate::time::{Span, Timestamp};

use super::evaluate::{AtOnce, Question, Surroundings, at_once, evaluate};
use super::lookups::look;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::{Shared, envelope};

/// How many steps a range query may have beside the first.
pub const STEPS_LIMIT: i64 = 11_000;

/// How much an answer tells of how it came about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The result.
    Result,
    /// Timings and counts too.
    Statistics,
}

/// Whether an answer tells what each step of the plan came to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// No.
    Untold,
    /// `explain=1`
    Told,
}

/// Evaluates an expression at a moment.
pub(in crate::api) async fn instant(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let limit = parameters.limit()?;
    let at = parameters.moment_or("time", shared.state.handle.now())?;
    let timeout = timeout(&parameters, shared.state.queueing.timeout)?;
    let question = question(&parameters, Grid::instant(at), limit)?;
    ask(&shared, question, timeout).await
}

/// Evaluates an expression at many moments.
pub(in crate::api) async fn range(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let limit = parameters.limit()?;
    let (start, end) = (parameters.moment("start")?, parameters.moment("end")?);
    if end < start {
        let message = "end timestamp must not be before start time";
        return Err(Refusal::parameter("end", message));
    }
    let step = parameters.length("step")?;
    if step <= Span::ZERO {
        let message = "zero or negative query resolution step widths are not accepted. Try a \
                       positive integer";
        return Err(Refusal::parameter("step", message));
    }
    if (end - start).millis() / step.millis() > STEPS_LIMIT {
        let message = "exceeded maximum resolution of 11,000 points per timeseries. Try \
                       decreasing the query resolution (?step=XX)";
        return Err(Refusal::bad(message));
    }
    let timeout = timeout(&parameters, shared.state.queueing.timeout)?;
    let question = question(&parameters, Grid::range(start, end, step), limit)?;
    ask(&shared, question, timeout).await
}

/// There are no exemplars; what is asked is read nevertheless.
pub(in crate::api) async fn exemplars(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let start = parameters.moment_or("start", Timestamp::MIN)?;
    let end = parameters.moment_or("end", Timestamp::MAX)?;
    if end < start {
        return Err(Refusal::bad("end timestamp must not be before start timestamp"));
    }
    let (text, features) = (parameters.text("query").to_owned(), shared.state.features);
    look(&shared, move |_| {
        parse(&text, &features).map_err(|error| Refusal::bad(error.to_string()))?;
        envelope::written(&[(); 0])
    })
    .await
}

fn timeout(parameters: &Parameters, most: Duration) -> Result<Duration, Refusal> {
    let asked = parameters.optional_length("timeout")?;
    Ok(asked.map_or(most, |asked| {
        Duration::from_millis(u64::try_from(asked.millis()).unwrap_or(0)).min(most)
    }))
}

fn question(parameters: &Parameters, grid: Grid, limit: usize) -> Result<Question, Refusal> {
    let lookback = parameters.text("lookback_delta");
    let lookback = (!lookback.is_empty()).then(|| super::moments::parse_length(lookback));
    let lookback = lookback
        .transpose()
        .map_err(|error| Refusal::bad(format!("error parsing lookback delta duration: {error}")))?;
    Ok(Question {
        text: parameters.text("query").to_owned(),
        grid,
        // nothing and less than nothing are the default
        lookback: lookback.filter(|lookback| *lookback > Span::ZERO),
        limit,
        told: if parameters.text("stats").is_empty() { Told::Result } else { Told::Statistics },
        plan: match parameters.text("explain") {
            "" | "0" | "false" => Plan::Untold,
            _ => Plan::Told,
        },
    })
}

async fn ask(shared: &Shared, question: Question, timeout: Duration) -> Result<Response, Refusal> {
    let begun = Instant::now();
    let deadline = begun + timeout;
    let turn = timeout_at(deadline, shared.queries.turn()).await;
    let turn = turn.map_err(|_| Refusal::timeout("query queue"))??;
    if Instant::now() >= deadline {
        return Err(Refusal::timeout("query execution"));
    }
    let state = &shared.state;
    let (asker, gone) = Asker::new();
    let mut surroundings = Surroundings {
        source: Arc::clone(&state.source),
        runtime: tokio::runtime::Handle::current(),
        options: state.options.clone(),
        features: state.features,
        limits: Limits { samples: state.limits.samples, cancelled: Arc::clone(&asker.cancelled) },
        gone,
        queued: begun.elapsed(),
    };
    let prepared = match at_once(&question, &mut surroundings).await? {
        AtOnce::Answered(body) => return Ok(envelope::response(body)),
        AtOnce::Large(prepared) => Some(*prepared),
        AtOnce::Long => None,
    };
    let answer = turn.run(move || evaluate(&question, surroundings, prepared));
    let answer = timeout_at(deadline, answer).await;
    let body = answer.map_err(|_| Refusal::timeout("expression evaluation"))???;
    Ok(envelope::response(body))
}

/// Somebody who wants the answer; the evaluation is given up when they are gone.
struct Asker {
    cancelled: Arc<AtomicBool>,
    _present: watch::Sender<()>,
}

impl Asker {
    fn new() -> (Asker, watch::Receiver<()>) {
        let (present, gone) = watch::channel(());
        (Asker { cancelled: Arc::default(), _present: present }, gone)
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
