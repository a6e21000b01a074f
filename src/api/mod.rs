//! HTTP: one router that reads as a table of contents. Handlers extract, ask, answer; one place
//! turns errors into responses.

mod lifecycle;
mod push;
mod state;

pub use push::BLOB_PREFIX;
pub use state::{Reloads, State};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put as route_put};

/// The most bytes of a body of any request but pushes and remote writes.
pub const BODY_LIMIT: usize = 32 << 20;

/// Everything that is served, on every address.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/-/healthy", get(lifecycle::healthy))
        .route("/-/ready", get(lifecycle::ready))
        .route("/-/reload", post(lifecycle::reload).put(lifecycle::reload))
        .route("/metrics/{*group}", route_put(push::put).post(push::post).delete(push::delete))
        .route("/api/v1/write", post(push::remote_write))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(state)
}
