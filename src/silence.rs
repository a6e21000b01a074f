//! Silences: matchers that keep alerts quiet for a while.

use std::sync::Arc;

use crate::label::{Labels, Matchers};
use crate::time::Timestamp;

/// A silence. It matches an alert that any of its matcher sets matches.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// A UUID, made by the caller.
    pub id: Arc<str>,
    /// The matcher sets, in written order.
    pub matcher_sets: Vec<Matchers>,
    /// First moment.
    pub starts_at: Timestamp,
    /// Last moment.
    pub ends_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who made it.
    pub created_by: Arc<str>,
    /// Why.
    pub comment: Arc<str>,
    /// For tools.
    pub annotations: Labels,
}
