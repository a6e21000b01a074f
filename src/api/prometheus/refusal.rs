//! Errors of this API: `{"status":"error","errorType":...,"error":...}` and a status.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::drivers::live::Gone;
use crate::promql::{ErrorClass, QueryError};
use crate::source::SourceError;

use super::{envelope, json};

/// Whose fault a refusal is, by the API's own names.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum ErrorType {
    BadData,
    Execution,
    Canceled,
    Timeout,
    Internal,
    Unavailable,
    NotFound,
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::api) struct Refusal {
    pub(super) kind: ErrorType,
    pub(super) message: String,
}

impl ErrorType {
    fn text(self) -> &'static str {
        match self {
            ErrorType::BadData => "bad_data",
            ErrorType::Execution => "execution",
            ErrorType::Canceled => "canceled",
            ErrorType::Timeout => "timeout",
            ErrorType::Internal => "internal",
            ErrorType::Unavailable => "unavailable",
            ErrorType::NotFound => "not_found",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            ErrorType::BadData => StatusCode::BAD_REQUEST,
            ErrorType::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            // nginx' code for a client that went away; no other stands for it
            ErrorType::Canceled => {
                StatusCode::from_u16(499).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
            }
            ErrorType::Timeout | ErrorType::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorType::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorType::NotFound => StatusCode::NOT_FOUND,
        }
    }
}

impl Refusal {
    fn new(kind: ErrorType, message: impl Into<String>) -> Refusal {
        Refusal { kind, message: message.into() }
    }

    /// The request is wrong.
    pub(super) fn bad(message: impl Into<String>) -> Refusal {
        Refusal::new(ErrorType::BadData, message)
    }

    /// A parameter of the request is wrong.
    pub(super) fn parameter(name: &str, error: impl std::fmt::Display) -> Refusal {
        Refusal::bad(format!("invalid parameter \"{name}\": {error}"))
    }

    /// It took too long, and in which phase.
    pub(super) fn timeout(phase: &str) -> Refusal {
        Refusal::new(ErrorType::Timeout, format!("query timed out in {phase}"))
    }

    /// Something broke here.
    pub(super) fn internal(message: impl Into<String>) -> Refusal {
        Refusal::new(ErrorType::Internal, message)
    }

    /// Not now.
    pub(super) fn unavailable(message: impl Into<String>) -> Refusal {
        Refusal::new(ErrorType::Unavailable, message)
    }

    /// There is no such thing here.
    pub(super) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(ErrorType::NotFound, message)
    }

    /// A query that could not be evaluated.
    pub(super) fn query(error: &QueryError) -> Refusal {
        match error.class() {
            ErrorClass::BadData => Refusal::parameter("query", error),
            ErrorClass::Execution => Refusal::new(ErrorType::Execution, error.to_string()),
            ErrorClass::Cancelled => Refusal::new(ErrorType::Canceled, error.to_string()),
        }
    }

    /// A source that gave no samples to a query.
    pub(super) fn fetch(error: &SourceError) -> Refusal {
        let refusal = Refusal::from_source(error);
        if matches!(error, SourceError::TooManySamples) {
            return refusal;
        }
        Refusal { message: format!("expanding series: {}", refusal.message), ..refusal }
    }

    /// A source that did not answer.
    pub(super) fn from_source(error: &SourceError) -> Refusal {
        let kind = match error {
            SourceError::Unavailable { .. } => ErrorType::Internal,
            SourceError::Refused { .. }
            | SourceError::ReadOnly { .. }
            | SourceError::Limit(_)
            | SourceError::TooManySamples => ErrorType::Execution,
        };
        Refusal::new(kind, error.to_string())
    }
}

impl From<Gone> for Refusal {
    fn from(gone: Gone) -> Refusal {
        Refusal::unavailable(gone.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = String::from("{\"status\":\"error\",\"errorType\":");
        json::string(&mut body, self.kind.text());
        body.push_str(",\"error\":");
        json::string(&mut body, &self.message);
        body.push('}');
        (self.kind.status(), envelope::response(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_status() {
        for (kind, text, status) in [
            (ErrorType::BadData, "bad_data", 400),
            (ErrorType::Execution, "execution", 422),
            (ErrorType::Canceled, "canceled", 499),
            (ErrorType::Timeout, "timeout", 503),
            (ErrorType::Internal, "internal", 500),
            (ErrorType::Unavailable, "unavailable", 503),
            (ErrorType::NotFound, "not_found", 404),
        ] {
            assert_eq!((kind.text(), kind.status().as_u16()), (text, status));
        }
    }

    #[test]
    fn a_source_that_cannot_be_reached_is_our_fault_and_a_refusal_the_querys() {
        let (url, message) = ("http://a".into(), "gone".to_owned());
        let unavailable = Refusal::fetch(&SourceError::Unavailable { url, message });
        assert_eq!(unavailable.kind, ErrorType::Internal);
        assert_eq!(unavailable.message, "expanding series: source http://a: gone");
        let limit = Refusal::from_source(&SourceError::Limit("too much".to_owned()));
        assert_eq!((limit.kind, &*limit.message), (ErrorType::Execution, "too much"));
        let samples = Refusal::fetch(&SourceError::TooManySamples);
        assert_eq!(samples.message, crate::promql::QueryError::TooManySamples.to_string());
    }
}
