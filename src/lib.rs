//! Firebell turns time series into the right message for the right person, and can say why.
//!
//! The map, in reading order. `tests/tidy.rs` checks the table at the end.

// 0  vocabulary: words everybody uses; pure
pub mod label;
pub mod sample;
pub mod secret;
pub mod template;
pub mod time;

// 1  the pipeline: pure, deterministic; `now` is an argument
pub mod alerts;
pub mod config;
pub mod engine;
pub mod inhibit;
pub mod notify;
pub mod promql;
pub mod route;
pub mod rules;
pub mod silence;

// 2  the edges: they do, they do not decide
pub mod ingest;
pub mod receivers;
pub mod source;
pub mod state;

// 3  drivers: they own the clock
pub mod drivers;
