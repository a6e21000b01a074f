//! `/api/v1/status/...`: what runs here, and how it was told to.

use std::collections::BTreeMap;
use std::num::NonZero;

use axum::extract;
use axum::response::Response;
use serde::Serialize;

use crate::forward::{Alertmanager, RemoteWrite};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    alerting: Option<Alerting<'a>>,
    rule_files: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remote_write: Vec<Endpoint<'a>>,
}

#[derive(Serialize)]
struct Alerting<'a> {
    alertmanagers: Vec<Recipient<'a>>,
}

/// An external Alertmanager; who we are to it is not told.
#[derive(Serialize)]
struct Recipient<'a> {
    scheme: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    path_prefix: &'a str,
    timeout: String,
    api_version: &'static str,
    static_configs: [Targets<'a>; 1],
}

#[derive(Serialize)]
struct Targets<'a> {
    targets: [&'a str; 1],
}

/// Where samples are written on to.
#[derive(Serialize)]
struct Endpoint<'a> {
    url: &'a str,
    remote_timeout: String,
    name: &'a str,
}

impl<'a> Recipient<'a> {
    fn new(alertmanager: &'a Alertmanager) -> Recipient<'a> {
        let url = &*alertmanager.url;
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = path.strip_suffix(ALERTS_PATH).unwrap_or(path);
        Recipient {
            scheme,
            path_prefix: path.trim_end_matches('/'),
            timeout: format_prometheus(alertmanager.timeout),
            api_version: "v2",
            static_configs: [Targets { targets: [host] }],
        }
    }
}

impl<'a> Endpoint<'a> {
    fn new(endpoint: &'a RemoteWrite) -> Endpoint<'a> {
        let remote_timeout = format_prometheus(endpoint.timeout);
        Endpoint { url: &endpoint.url, remote_timeout, name: &endpoint.name }
    }
}

/// Where an Alertmanager takes alerts.
const ALERTS_PATH: &str = "/api/v2/alerts";

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

/// The rule files, what they are evaluated with and where what comes of them is sent on to, in the
/// form of Prometheus' configuration.
pub(in crate::api) async fn configuration(
    extract::State(shared): extract::State<Shared>,
) -> Result<Response, Refusal> {
    let setup = shared.state.handle.setup().await?;
    let mut file = File {
        global: Global {
            evaluation_interval: format_prometheus(shared.state.options.default_step),
            external_labels: BTreeMap::new(),
        },
        alerting: None,
        rule_files: Vec::new(),
        remote_write: Vec::new(),
    };
    if let Some(setup) = &setup {
        file.global.external_labels = setup.external_labels.iter().collect();
        file.rule_files = setup.groups.iter().map(|group| &*group.id.file).collect();
        file.rule_files.dedup();
        let forward = &setup.forward;
        let alertmanagers = forward.alertmanagers.iter().map(|one| Recipient::new(one));
        let alertmanagers: Vec<_> = alertmanagers.collect();
        file.alerting = (!alertmanagers.is_empty()).then_some(Alerting { alertmanagers });
        file.remote_write = forward.remote_writes.iter().map(|one| Endpoint::new(one)).collect();
    }
    let yaml = serde_yaml::to_string(&file);
    let yaml = yaml.map_err(|error| Refusal::internal(error.to_string()))?;
    envelope::answer(&Configuration { yaml })
}

/// There is no log that is replayed before requests are answered.
pub(in crate::api) async fn replay() -> Result<Response, Refusal> {
    envelope::answer(&Replay { min: 0, max: 0, current: 0 })
}
