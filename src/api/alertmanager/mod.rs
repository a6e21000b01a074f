//! Alertmanager's API v2: `/api/v2`. (Source: its OpenAPI document, and what 0.33 answers.)
//!
//! ```text
//! conduct (cross-origin, caching, accepted types)
//!   '-> handler: parameters | body --> handle --> dto --> answer
//!                      '--refusal: a JSON string | {code, message} | nothing
//! ```

pub(super) mod alerts;
mod answer;
mod body;
pub(super) mod conduct;
mod dto;
pub(super) mod groups;
mod json;
mod lenient;
pub(super) mod openapi;
mod parameters;
mod plain;
mod posted;
pub(super) mod receivers;
mod refusal;
pub(super) mod removed;
mod selection;
pub(super) mod silences;
pub(super) mod status;
mod uri;

/// The version whose API this is; clients compare it with their own.
pub const VERSION: &str = "0.34.0";
