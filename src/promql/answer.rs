//! What a query answers.

use crate::label::Labels;
use crate::sample::{SeriesSet, Value};
use crate::time::Timestamp;

use super::Annotations;

/// What a query answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The value.
    pub value: AnswerValue,
    /// What there is to say about it.
    pub annotations: Annotations,
}

/// The value of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerValue {
    /// A number (instant queries).
    Scalar {
        /// The evaluation time.
        at: Timestamp,
        /// The number.
        value: f64,
    },
    /// A text (instant queries).
    String {
        /// The evaluation time.
        at: Timestamp,
        /// The text.
        text: String,
    },
    /// One sample per series (instant queries), in the order of the expression: sorted where it
    /// sorts, else by labels of the series it started from.
    Vector(Vec<VectorElement>),
    /// Samples over time, sorted by labels: range queries, and an instant `x[5m]`.
    Matrix(SeriesSet),
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorElement {
    /// Which series.
    pub labels: Labels,
    /// Its value.
    pub value: Value,
    /// The evaluation time.
    pub at: Timestamp,
}
