//! `/api/v2/alerts`.

use axum::extract::{self, Extension, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::alerts::{PostedAlert, validate};
use crate::engine::view::Extent;
use crate::label::matcher::is_valid_name;

use super::super::State;
use super::super::traces::Part;
use super::body::{self, Body};
use super::dto::AlertObject;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::selection::{Receivers, Selection};
use super::{answer, lenient, plain, posted};

/// The alerts that fire, by fingerprint.
pub(in crate::api) async fn list(
    extract::State(state): extract::State<State>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let selection = Selection::read(&Parameters(query), state.mode)?;
    let receivers = receivers(&state).await?;
    let view = state.handle.view(Extent::Alerts).await?;
    let now = state.handle.now();
    answer::list(move |output| {
        let (mut routes, mut told) = (Vec::new(), Vec::new());
        for (fingerprint, alert) in view.alerts(now).filter(|(_, one)| selection.takes(&one.labels))
        {
            let status = view.status(now, fingerprint, alert);
            if !selection.takes_status(&status) {
                continue;
            }
            view.tree().find(&alert.labels, &mut routes);
            told.clear();
            told.extend(routes.iter().map(|route| &view.tree().node(*route).options.receiver));
            if selection.takes_one_of(&told, &receivers) {
                let (receivers, muted_by) = (&told, &[]);
                AlertObject { fingerprint, alert, receivers, status: &status, muted_by }
                    .write(output.item());
                output.hand_on()?;
            }
        }
        Ok(())
    })
    .await
}

/// All receivers of the configuration in force.
pub(super) async fn receivers(state: &State) -> Result<Receivers, Refusal> {
    let setup = state.handle.setup().await?;
    Ok(setup.map(|setup| setup.notification.receivers.clone()).unwrap_or_default())
}

/// Takes alerts in. Valid ones are taken even when others are not; a body that cannot be read,
/// or lacks a member that must be there, is refused as a whole.
pub(in crate::api) async fn post(
    extract::State(state): extract::State<State>,
    part: Option<Extension<Part>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refusal> {
    let alerts = read(body::content(&headers, &body, "alerts")?)?;
    let Checked { alerts, problems, firing, resolved } = check(&state, alerts);
    if !alerts.is_empty() {
        match part {
            Some(Extension(Part(context))) => state.handle.post_traced(alerts, &context).await?,
            None => state.handle.post_alerts(alerts).await?,
        }
    }
    if problems.is_empty() {
        return Ok(StatusCode::OK);
    }
    state.counters.add_invalid_alerts(firing, resolved);
    Err(Refusal::bad(problems.join("\n")))
}

fn read(content: &[u8]) -> Result<Vec<PostedAlert>, Refusal> {
    if let Some(alerts) = plain::alerts(content) {
        return Ok(alerts);
    }
    match lenient::alerts(content).map(|text| careful(&text)) {
        Some(Ok(alerts)) => Ok(alerts),
        // what was written has the better places
        Some(Err(refusal)) => careful(content).and(Err(refusal)),
        None => careful(content),
    }
}

fn careful(content: &[u8]) -> Result<Vec<PostedAlert>, Refusal> {
    let raw: Option<Vec<_>> = body::parse(content, "alerts")?;
    posted::alerts(raw.unwrap_or_default())
}

/// The valid ones, what is wrong with the others, and how many of those fire and do not.
struct Checked {
    alerts: Vec<PostedAlert>,
    problems: Vec<String>,
    firing: usize,
    resolved: usize,
}

fn check(state: &State, mut alerts: Vec<PostedAlert>) -> Checked {
    let (now, mut problems) = (state.handle.now(), Vec::new());
    let (mut firing, mut resolved) = (0, 0);
    alerts.retain(|alert| match validate(alert, |name| is_valid_name(name, state.mode)) {
        Ok(()) => true,
        Err(error) => {
            problems.push(error.to_string());
            match alert.ends_at {
                Some(ends_at) if ends_at <= now => resolved += 1,
                _ => firing += 1,
            }
            false
        }
    });
    Checked { alerts, problems, firing, resolved }
}
