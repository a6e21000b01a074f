//! Why a query has no answer.

use crate::promql::syntax::ast::PositionRange;

/// Whose fault a failed query is; the HTTP API has a status for each.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The query cannot be right, whatever the data.
    BadData,
    /// The query met data it cannot be evaluated on, or exceeded a limit.
    Execution,
    /// Somebody cancelled it.
    Cancelled,
}

/// Why a query has no answer. The texts are Prometheus'.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// The expression is wrong.
    #[error("{message}")]
    BadData {
        /// What is wrong.
        message: String,
        /// Where, if it is known.
        range: Option<PositionRange>,
    },
    /// The evaluation failed.
    #[error("{message}")]
    Execution {
        /// What happened.
        message: String,
        /// Which part of the expression, if it is known.
        range: Option<PositionRange>,
    },
    /// `Limits::samples` was exceeded.
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
    /// `Limits::cancelled` was raised.
    #[error("query was canceled in query execution")]
    Cancelled,
}

impl QueryError {
    /// Whose fault it is.
    pub fn class(&self) -> ErrorClass {
        match self {
            QueryError::BadData { .. } => ErrorClass::BadData,
            QueryError::Execution { .. } | QueryError::TooManySamples => ErrorClass::Execution,
            QueryError::Cancelled => ErrorClass::Cancelled,
        }
    }

    /// The part of the expression that is to blame, if it is known.
    pub fn range(&self) -> Option<PositionRange> {
        match self {
            QueryError::BadData { range, .. } | QueryError::Execution { range, .. } => *range,
            QueryError::TooManySamples | QueryError::Cancelled => None,
        }
    }

    pub(super) fn execution(message: impl Into<String>) -> QueryError {
        QueryError::Execution { message: message.into(), range: None }
    }

    pub(super) fn bad_data(message: impl Into<String>, range: PositionRange) -> QueryError {
        QueryError::BadData { message: message.into(), range: Some(range) }
    }
}
