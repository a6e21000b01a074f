//! HTTP: one router that reads as a table of contents. Handlers extract, ask, answer; one place
//! turns errors into responses.

mod alertmanager;
mod audit;
mod counters;
mod elsewhere;
mod ending;
mod lifecycle;
mod limit;
pub mod listener;
mod metrics;
mod prefix;
mod prometheus;
mod push;
mod state;
mod surface;
mod traces;
mod traffic;

pub use audit::{Trail, Unwritten};
pub use counters::Counters;
pub use prometheus::{FORM_LIMIT, LOOKUPS_LIMIT, WAITING_LIMIT};
pub use push::BLOB_PREFIX;
pub use state::{Queueing, Reload, Reloads, State};
pub use surface::{Apis, MetricLabels, Presence, SilenceLog, Surface};

use std::sync::Arc;

use alertmanager::conduct;
use alertmanager::removed::gone;

/// The version of Alertmanager whose API is answered.
pub use alertmanager::VERSION as ALERTMANAGER_VERSION;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware;
use axum::routing::{MethodRouter, any, get, post, put as route_put};

/// The most bytes of a body of any request but pushes and remote writes.
pub const BODY_LIMIT: usize = 32 << 20;

/// Everything that is served, on every address.
pub fn router(state: State) -> Router {
    let prefix = Arc::clone(&state.surface.prefix);
    let own = Router::new()
        .route("/-/healthy", get(lifecycle::healthy))
        .route("/-/ready", get(lifecycle::ready))
        .route("/-/reload", reload(state.surface.apis))
        .route("/metrics", get(metrics::show).head(elsewhere::no_such_method))
        .route("/debug/{*rest}", get(elsewhere::profiles).post(elsewhere::profiles))
        .route("/api/v2", any(elsewhere::to_folder))
        .route("/api/v2/", any(conduct::no_root).layer(middleware::from_fn(conduct::conduct)))
        .method_not_allowed_fallback(elsewhere::no_such_method)
        .fallback(elsewhere::no_such_path);
    let all = match state.surface.apis {
        Apis::All => own.merge(pushes()).merge(prometheus_v1(&state)).merge(alertmanager_v1()),
        Apis::Alertmanager => own.merge(alertmanager_v1()).route("/api/v1/alerts", get(gone)),
    };
    let all = all
        .nest("/api/v2", alertmanager_v2())
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(limit::Limit::new(&state), limit::limit))
        .layer(middleware::from_fn_with_state(state.clone(), traces::trace))
        .layer(middleware::from_fn_with_state(state.clone(), traffic::count))
        .with_state(state);
    prefix::below(prefix, all)
}

/// A reload is asked for with POST; Prometheus takes PUT too.
fn reload(apis: Apis) -> MethodRouter<State> {
    let reload = post(lifecycle::reload);
    if apis == Apis::All { reload.put(lifecycle::reload) } else { reload }
}

/// What takes samples in.
fn pushes() -> Router<State> {
    Router::new()
        .route("/metrics/{*group}", route_put(push::put).post(push::post).delete(push::delete))
        .route("/api/v1/write", post(push::remote_write))
}

/// Alertmanager's API, below `/api/v2`.
fn alertmanager_v2() -> Router<State> {
    use alertmanager::{alerts, groups, openapi, receivers, silences, status};
    Router::new()
        .route("/status", read(status::show))
        .route("/receivers", read(receivers::list))
        .route("/alerts", read(alerts::list).post(alerts::post))
        .route("/alerts/groups", read(groups::list))
        .route("/silences", read(silences::list).post(silences::set))
        .route("/silence/{silenceID}", read(silences::show).delete(silences::expire))
        .route("/openapi.yaml", read(openapi::show))
        .method_not_allowed_fallback(conduct::no_such_method)
        .fallback(conduct::no_such_path)
        .layer(middleware::from_fn(conduct::conduct))
}

/// A route that is read with GET, and not with HEAD. One for OPTIONS is there so that nothing is
/// added to what a preflight is answered.
fn read<H: Handler<T, State>, T: 'static>(handler: H) -> MethodRouter<State> {
    get(handler).head(conduct::no_such_method).options(conduct::no_such_method)
}

/// Prometheus' API, version 1.
fn prometheus_v1(state: &State) -> Router<State> {
    use prometheus::{
        Shared, conduct, features, lookups, query, rules, status, syntax, targets, tsdb,
    };
    Router::new()
        .route("/api/v1/query", get(query::instant).post(query::instant))
        .route("/api/v1/query_range", get(query::range).post(query::range))
        .route("/api/v1/query_exemplars", get(query::exemplars).post(query::exemplars))
        .route("/api/v1/format_query", get(syntax::format).post(syntax::format))
        .route("/api/v1/parse_query", get(syntax::show_tree).post(syntax::show_tree))
        .route("/api/v1/labels", get(lookups::names).post(lookups::names))
        .route("/api/v1/label/{name}/values", get(lookups::values))
        .route("/api/v1/series", get(lookups::series).post(lookups::series))
        .route("/api/v1/metadata", get(lookups::metadata))
        .route("/api/v1/rules", get(rules::list))
        .route("/api/v1/alerts", get(rules::alerts))
        .route("/api/v1/alertmanagers", get(rules::alertmanagers))
        .route("/api/v1/targets", get(targets::list))
        .route("/api/v1/targets/metadata", get(targets::metadata))
        .route("/api/v1/targets/relabel_steps", get(targets::relabel_steps))
        .route("/api/v1/scrape_pools", get(targets::scrape_pools))
        .route("/api/v1/notifications", get(targets::notifications))
        .route("/api/v1/status/buildinfo", get(status::build))
        .route("/api/v1/status/runtimeinfo", get(status::running))
        .route("/api/v1/status/flags", get(status::flags))
        .route("/api/v1/status/config", get(status::configuration))
        .route("/api/v1/status/walreplay", get(status::replay))
        .route("/api/v1/status/tsdb", get(tsdb::show))
        .route("/api/v1/features", get(features::list))
        .method_not_allowed_fallback(conduct::no_such_method)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(middleware::from_fn(conduct::conduct))
        .with_state(Shared::new(state.clone()))
}

/// Alertmanager's removed API, where Prometheus' API does not have the same route.
fn alertmanager_v1() -> Router<State> {
    Router::new()
        .route("/api/v1/status", any(gone))
        .route("/api/v1/receivers", any(gone))
        .route("/api/v1/alerts", post(gone))
        .route("/api/v1/silences", any(gone))
        .route("/api/v1/silence/{id}", any(gone))
}
