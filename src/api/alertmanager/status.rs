//! `/api/v2/status`.

use axum::extract;
use axum::response::Response;
use serde::Serialize;

use super::super::State;
use super::refusal::Refusal;
use super::{VERSION, answer};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    cluster: Cluster,
    config: Configuration<'a>,
    uptime: String,
    version_info: Version,
}

/// There are no peers.
#[derive(Serialize)]
struct Cluster {
    peers: [(); 0],
    status: &'static str,
}

#[derive(Serialize)]
struct Configuration<'a> {
    original: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    branch: &'static str,
    build_date: &'static str,
    build_user: &'static str,
    go_version: &'static str,
    revision: &'static str,
    version: &'static str,
}

/// What runs here since when, and the configuration with defaults filled in and secrets hidden.
pub(in crate::api) async fn show(
    extract::State(state): extract::State<State>,
) -> Result<Response, Refusal> {
    let setup = state.handle.setup().await?;
    let original = setup.as_ref().map_or("", |setup| &setup.notification.original);
    answer::one(&Status {
        cluster: Cluster { peers: [], status: "disabled" },
        config: Configuration { original },
        uptime: state.started_at.to_string(),
        version_info: Version {
            branch: "firebell",
            build_date: "",
            build_user: "",
            go_version: "none, written in Rust",
            revision: env!("CARGO_PKG_VERSION"),
            version: VERSION,
        },
    })
}
