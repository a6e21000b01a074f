//! `/metrics`: what we count, under the names that the peers' dashboards and alerts know.

mod alertmanager;
mod events;
mod forward;
mod memory;
mod notifications;
mod page;
mod process;
mod requests;
mod rules;
mod store;

use std::sync::Arc;

use axum::extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::drivers::live::{Effort, Gone};
use crate::engine::Setup;
use crate::engine::view::{Extent, RuleGroupView, Totals, View};
use crate::silence::Silence;
use crate::time::Timestamp;

use super::State;
use super::surface::MetricLabels;
use page::Page;

/// Everything that a page is written from.
struct Facts {
    now: Timestamp,
    totals: Totals,
    view: View,
    silences: Vec<Arc<Silence>>,
    rule_groups: Vec<RuleGroupView>,
    log_entries: usize,
    setup: Option<Arc<Setup>>,
    effort: Effort,
    labels: MetricLabels,
}

/// All metrics, in the text format.
pub(super) async fn show(extract::State(state): extract::State<State>) -> Response {
    let facts = match gather(&state).await {
        Ok(facts) => facts,
        Err(gone) => return (StatusCode::SERVICE_UNAVAILABLE, gone.to_string()).into_response(),
    };
    match tokio::task::spawn_blocking(move || write(&state, &facts)).await {
        Ok(text) => ([(header::CONTENT_TYPE, page::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn gather(state: &State) -> Result<Facts, Gone> {
    let handle = &state.handle;
    Ok(Facts {
        now: handle.now(),
        totals: handle.totals().await?,
        view: handle.view(Extent::Groups).await?,
        silences: handle.silences().await?,
        rule_groups: handle.rule_groups().await?,
        log_entries: handle.notification_log().await?.len(),
        setup: handle.setup().await?,
        effort: handle.effort(),
        labels: state.surface.labels,
    })
}

fn write(state: &State, facts: &Facts) -> String {
    let mut page = Page::default();
    alertmanager::alerts(&mut page, facts, &state.counters);
    alertmanager::dispatcher(&mut page, facts);
    notifications::write(&mut page, facts);
    let stored = state.handle.state_statistics();
    let snapshots = |bytes| memory::Snapshots {
        written: stored.snapshots,
        seconds: stored.snapshot_time.as_secs_f64(),
        bytes,
    };
    memory::log(&mut page, facts, snapshots(stored.log_bytes));
    let queries = state.counters.silence_queries();
    memory::silences(&mut page, facts, queries, snapshots(stored.silence_bytes));
    alertmanager::configuration(&mut page, facts, &state.counters);
    rules::write(&mut page, &facts.rule_groups);
    rules::durations(&mut page, &facts.totals, facts.now);
    forward::alerts(&mut page, &state.handle.forwarded());
    forward::samples(&mut page, &state.handle.forwarded());
    events::write(&mut page, state.handle.events().as_ref());
    store::write(&mut page, state);
    requests::write(&mut page, &state.counters);
    process::write(&mut page, state.started_at);
    page.finish()
}
