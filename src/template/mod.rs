//! Go templates: what rules and receivers write their texts in.

pub mod data;
mod quote;

pub use quote::quote;

/// Parsed template files: the default templates, overlaid with the user's.
#[derive(Debug, Default)]
pub struct Templates {}
