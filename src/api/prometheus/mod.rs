//! Prometheus' HTTP API, version 1.
//!
//! ```text
//! request --parameters--> question --threads--> evaluate --json--> envelope --conduct--> response
//!                '-------------- refusal: one place for errors -------'
//! ```
//!
//! (Source: Prometheus docs, "HTTP API"; where they are silent, what Prometheus 3 answers.)

pub(super) mod conduct;
mod dto;
mod envelope;
mod evaluate;
mod explained;
pub(super) mod features;
mod json;
pub(super) mod lookups;
mod moments;
mod parameters;
pub(super) mod query;
mod refusal;
mod results;
mod rule_filter;
pub(super) mod rules;
pub(super) mod status;
pub(super) mod syntax;
pub(super) mod targets;
mod threads;
mod tree;
pub(super) mod tsdb;

use std::sync::Arc;

use super::State;
use threads::Threads;

/// The version of Prometheus whose API this is; clients choose what they ask for by it.
pub(super) const VERSION: &str = "3.14.0";
/// How many look-ups of labels, series and metadata run at one time.
pub const LOOKUPS_LIMIT: usize = 20;
/// How many requests may wait for a turn.
pub const WAITING_LIMIT: usize = 4096;
/// The most bytes of a form, as Go reads it.
pub const FORM_LIMIT: usize = 10 << 20;

/// What the handlers of this API share.
#[derive(Clone)]
pub(super) struct Shared {
    state: State,
    queries: Arc<Threads>,
    lookups: Arc<Threads>,
}

impl Shared {
    pub(super) fn new(state: State) -> Shared {
        let queries = Threads::new(state.queueing.concurrency);
        Shared { state, queries, lookups: Threads::new(LOOKUPS_LIMIT) }
    }
}
