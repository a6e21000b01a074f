//! `/api/v1/status/...`: what runs here, and how it was told to.

use std::collections::BTreeMap;
use std::num::NonZero;

use axum::extract;
use axum::response::Response;
use serde::Serialize;

use crate::time::duration::format_prometheus;

use super::dto::Moment;
use super::refusal::Refusal;
use super::{Shared, VERSION, envelope};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    version: &'static str,
    revision: &'static str,
    branch: &'static str,
    build_user: &'static str,
    build_date: &'static str,
    go_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Running {
    start_time: Moment,
    #[serde(rename = "CWD")]
    directory: String,
    hostname: String,
    server_time: Moment,
    reload_config_success: bool,
    last_config_time: Moment,
    corruption_count: u64,
    goroutine_count: usize,
    #[serde(rename = "GOMAXPROCS")]
    processors: usize,
    #[serde(rename = "GOMEMLIMIT")]
    memory_limit: i64,
    #[serde(rename = "GOGC")]
    go_gc: &'static str,
    #[serde(rename = "GODEBUG")]
    go_debug: &'static str,
    storage_retention: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    yaml: String,
}

/// The part of Prometheus' configuration that exists here.
#[derive(Serialize)]
struct File<'a> {
    global: Global<'a>,
    rule_files: Vec<&'a str>,
}

#[derive(Serialize)]
struct Global<'a> {
    evaluation_interval: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    external_labels: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct Replay {
    min: u8,
    max: u8,
    current: u8,
}

/// Which version this is. Clients read from it what they may ask for, so it is that of the
/// Prometheus whose API this is; the revision is our own.
pub(in crate::api) async fn build() -> Result<Response, Refusal> {
    envelope::answer(&Build {
        version: VERSION,
        revision: env!("CARGO_PKG_VERSION"),
        branch: "firebell",
        build_user: "",
        build_date: "",
        go_version: "none, written in Rust",
    })
}

/// Since when and where it runs.
pub(in crate::api) async fn running(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let state = &shared.state;
    let threads = tokio::runtime::Handle::current().metrics().num_workers();
    let hostname = tokio::fs::read_to_string("/proc/sys/kernel/hostname").await.unwrap_or_default();
    let directory = std::env::current_dir().unwrap_or_default();
    let (reload_config_success, loaded_at) = state.counters.last_load();
    envelope::answer(&Running {
        start_time: Moment(Some(state.started_at)),
        directory: directory.display().to_string(),
        hostname: hostname.trim().to_owned(),
        server_time: Moment(Some(state.handle.now())),
        reload_config_success,
        last_config_time: Moment(Some(loaded_at)),
        corruption_count: 0,
        goroutine_count: threads,
        processors: std::thread::available_parallelism().map_or(1, NonZero::get),
        memory_limit: i64::MAX,
        go_gc: "",
        go_debug: "",
        storage_retention: "as far as rules look back",
    })
}

/// The command line.
pub(in crate::api) async fn flags(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    envelope::answer(&*shared.state.flags)
}

/// The rule files and what they are evaluated with, in the form of Prometheus' configuration.
pub(in crate::api) async fn configuration(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let setup = shared.state.handle.setup().await?;
    let mut file = File {
        global: Global {
            evaluation_interval: format_prometheus(shared.state.options.default_step),
            external_labels: BTreeMap::new(),
        },
        rule_files: Vec::new(),
    };
    if let Some(setup) = &setup {
        file.global.external_labels = setup.external_labels.iter().collect();
        file.rule_files = setup.groups.iter().map(|group| &*group.id.file).collect();
        file.rule_files.dedup();
    }
    let yaml = serde_yaml::to_string(&file);
    let yaml = yaml.map_err(|error| Refusal::internal(error.to_string()))?;
    envelope::answer(&Configuration { yaml })
}

/// There is no log that is replayed before requests are answered.
pub(in crate::api) async fn replay() -> Result<Response, Refusal> {
    envelope::answer(&Replay { min: 0, max: 0, current: 0 })
}
