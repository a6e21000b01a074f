//! Whole expressions, asked of a source that evaluates them itself.

use std::sync::Arc;
use std::time::Duration;

use crate::label::Labels;
use crate::time::Timestamp;

use super::Value;

/// An expression and the moment it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The expression's text.
    pub expr: Arc<str>,
    /// When.
    pub at: Timestamp,
}

/// What a source evaluated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The elements of the instant vector, in the order of the source; a scalar is one element
    /// without labels.
    pub elements: Vec<(Labels, Value)>,
    /// What the source warns of.
    pub warnings: Vec<String>,
    /// How long that took, the way there and back included.
    pub took: Duration,
}
