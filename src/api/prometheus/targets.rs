//! `/api/v1/targets` and its like: nothing is scraped here, so there are none.

use axum::response::Response;
use serde::Serialize;

use super::envelope;
use super::parameters::Parameters;
use super::refusal::Refusal;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: [(); 0],
    dropped_targets: [(); 0],
    dropped_target_counts: Empty,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScrapePools {
    scrape_pools: [(); 0],
}

/// Targets, none.
pub(in crate::api) async fn list() -> Result<Response, Refusal> {
    let none = Targets { active_targets: [], dropped_targets: [], dropped_target_counts: Empty {} };
    envelope::answer(&none)
}

/// The metadata of the metrics of targets.
pub(in crate::api) async fn metadata() -> Result<Response, Refusal> {
    envelope::answer(&[(); 0])
}

/// The names of what is scraped.
pub(in crate::api) async fn scrape_pools() -> Result<Response, Refusal> {
    envelope::answer(&ScrapePools { scrape_pools: [] })
}

/// How a target's labels come about: there is no target.
pub(in crate::api) async fn relabel_steps(parameters: Parameters) -> Result<Response, Refusal> {
    let pool = parameters.text("scrapePool");
    if pool.is_empty() {
        return Err(Refusal::bad("no scrapePool parameter provided"));
    }
    Err(Refusal::not_found(format!("no scrape pool {pool:?}: nothing is scraped here")))
}

/// Messages of the server to people who look at it: there are none.
pub(in crate::api) async fn notifications() -> Result<Response, Refusal> {
    envelope::answer(&[(); 0])
}
