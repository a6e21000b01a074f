//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::{self, Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tracing::info;

use crate::label::Matcher;
use crate::silence::{Silence, SilenceCommand, SilenceError, SilenceState};
use crate::time::Timestamp;

use super::super::State;
use super::super::audit::Asking;
use super::super::surface::SilenceLog;
use super::body::{self, Body};
use super::parameters::Parameters;
use super::posted::RawSilence;
use super::refusal::Refusal;
use super::{answer, dto, lenient};

/// The silences: those in force by their end, those to come by their start, those that are over
/// by their end backwards.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let parameters = Parameters(query);
    let filter = parameters.filter(state.mode)?;
    let wished = move |silence_state| match silence_state {
        SilenceState::Active => parameters.is_wished("active"),
        SilenceState::Pending => parameters.is_wished("pending"),
        SilenceState::Expired => parameters.is_wished("expired"),
    };
    state.counters.add_silence_query();
    let mut silences = state.handle.silences().await?;
    let now = state.handle.now();
    answer::list(move |output| {
        silences.retain(|silence| wished(silence.state(now)) && has_all(silence, &filter));
        silences.sort_by_cached_key(|silence| place(silence, now));
        for silence in &silences {
            dto::silence(output.item(), silence, now);
            output.hand_on()?;
        }
        Ok(())
    })
    .await
}

/// Where a silence stands in the list.
fn place(silence: &Silence, now: Timestamp) -> (SilenceState, Timestamp, Reverse<Timestamp>) {
    let state = silence.state(now);
    let (ahead, back) = match state {
        SilenceState::Active => (silence.ends_at, Timestamp::MIN),
        SilenceState::Pending => (silence.starts_at, Timestamp::MIN),
        SilenceState::Expired => (Timestamp::MIN, silence.ends_at),
    };
    (state, ahead, Reverse(back))
}

/// Whether a silence has each of these very matchers: names, operators and values are compared,
/// nothing is matched.
fn has_all(silence: &Silence, filter: &[Matcher]) -> bool {
    let has = |set: &crate::label::Matchers| {
        filter.iter().all(|wanted| set.iter().any(|matcher| matcher == wanted))
    };
    filter.is_empty() || silence.matcher_sets.iter().any(has)
}

/// Makes a silence or changes one.
pub(in crate::api) async fn set(
    extract::State(state): extract::State<State>,
    Asking(by): Asking,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let silence = read(&state, body::content(&headers, &body, "silence")?)?;
    let (wanted, changes) = (silence.clone(), !silence.id.is_empty());
    let command = SilenceCommand::Set { silence: Box::new(silence), new_id: new_id() };
    let answer = state.handle.silence(command).await;
    state.trail.silence_set(state.handle.now(), by, wanted, &answer).await?;
    match answer? {
        Ok(id) => {
            log(&state, if changes { "silence changed" } else { "silence made" }, &id).await;
            Ok(answer::written(|out| dto::silence_id(out, &id)))
        }
        Err(error @ SilenceError::NotFound) => {
            Err(Refusal::Said(StatusCode::NOT_FOUND, error.to_string()))
        }
        Err(error) => Err(Refusal::bad(error.to_string())),
    }
}

fn read(state: &State, content: &[u8]) -> Result<Silence, Refusal> {
    match lenient::silence(content).map(|text| careful(state, &text)) {
        Some(Ok(silence)) => Ok(silence),
        // what was written has the better places
        Some(Err(refusal)) => careful(state, content).and(Err(refusal)),
        None => careful(state, content),
    }
}

fn careful(state: &State, content: &[u8]) -> Result<Silence, Refusal> {
    let raw: Option<RawSilence<'_>> = body::parse(content, "silence")?;
    raw.unwrap_or_default().read(state.handle.now(), state.mode)
}

/// Says what became of a silence, when that is wished.
async fn log(state: &State, what: &'static str, id: &Arc<str>) {
    if state.surface.silence_log == SilenceLog::Off {
        return;
    }
    let Ok(Some(silence)) = state.handle.silence_of(Arc::clone(id)).await else { return };
    let matchers: Vec<_> =
        silence.matcher_sets.iter().flat_map(|set| set.iter()).map(ToString::to_string).collect();
    info!(
        %id,
        created_by = &*silence.created_by,
        comment = &*silence.comment,
        starts_at = %silence.starts_at,
        ends_at = %silence.ends_at,
        matchers = matchers.join(","),
        "{what}"
    );
}

fn new_id() -> Arc<str> {
    Arc::from(uuid::Uuid::new_v4().to_string())
}

/// One silence.
pub(in crate::api) async fn show(
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    state.counters.add_silence_query();
    let silence = state.handle.silence_of(known_form(id)?).await?.ok_or(Refusal::Absent)?;
    let now = state.handle.now();
    Ok(answer::written(|out| dto::silence(out, &silence, now)))
}

/// Ends a silence; one that is over stays over.
pub(in crate::api) async fn expire(
    extract::State(state): extract::State<State>,
    Asking(by): Asking,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id = known_form(id)?;
    let answer = state.handle.silence(SilenceCommand::Expire { id: Arc::clone(&id) }).await;
    state.trail.silence_expired(state.handle.now(), by, &id, &answer).await?;
    match answer? {
        Ok(id) => {
            log(&state, "silence ended", &id).await;
            Ok(StatusCode::OK)
        }
        Err(SilenceError::NotFound) => Err(Refusal::Absent),
        Err(error) => Err(Refusal::Said(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

/// An id as UUIDs are written.
fn known_form(id: String) -> Result<Arc<str>, Refusal> {
    match uuid::Uuid::try_parse(&id) {
        Ok(_) => Ok(Arc::from(id)),
        Err(_) => Err(Refusal::wrong_format("silenceID in path", "uuid", &id)),
    }
}
