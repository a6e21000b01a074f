//! `/api/v1/rules`, `/api/v1/alerts`, `/api/v1/alertmanagers`.

use std::sync::Arc;

use axum::extract;
use axum::response::Response;

use super::dto::{Address, Alertmanagers, Alerts, active};
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule_filter::Filter;
use super::{Shared, envelope};

/// Rule groups with their rules and alerts.
pub(in crate::api) async fn list(
    extract::State(shared): extract::State<Shared>,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    let filter = Filter::new(&parameters)?;
    let groups = shared.state.handle.rule_groups().await?;
    let turn = shared.lookups.turn().await?;
    let body = turn.run(move || envelope::written(&filter.page(&groups)?)).await??;
    Ok(envelope::response(body))
}

/// The alerts of all rules that are pending or fire.
pub(in crate::api) async fn alerts(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let groups = shared.state.handle.rule_groups().await?;
    let turn = shared.lookups.turn().await?;
    let body = turn.run(move || {
        let rules = groups.iter().flat_map(|group| &group.state.rules);
        envelope::written(&Alerts { alerts: rules.flat_map(active).collect() })
    });
    Ok(envelope::response(body.await??))
}

/// Where alerts of rules go: to this process itself, to other Alertmanagers, or both.
pub(in crate::api) async fn alertmanagers(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let setup = shared.state.handle.setup().await?;
    let (mut active_alertmanagers, mut dropped_alertmanagers) = (Vec::new(), Vec::new());
    if let Some(setup) = setup {
        let (forward, external) = (&setup.forward, &setup.external_url);
        if forward.recipients.has_pipeline() {
            active_alertmanagers.push(Address { url: format!("{external}/api/v2/alerts").into() });
        }
        let others = forward.alertmanagers.iter().map(|one| Address { url: Arc::clone(&one.url) });
        active_alertmanagers.extend(others);
        let dropped = forward.dropped_alertmanagers.iter();
        dropped_alertmanagers.extend(dropped.map(|url| Address { url: Arc::clone(url) }));
    }
    envelope::answer(&Alertmanagers { active_alertmanagers, dropped_alertmanagers })
}
