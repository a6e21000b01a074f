//! How requests are refused: in the three shapes that clients of the peer know.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::api::Unwritten;
use crate::drivers::live::Gone;

/// A required member is missing. (Source: `go-openapi/errors`, `RequiredFailCode`.)
const REQUIRED: u32 = 602;
/// A value is not of its type or format. (Source: `InvalidTypeCode`.)
const TYPE: u32 = 601;
/// A list is too short. (Source: `MinItemsFailCode`.)
const TOO_FEW: u32 = 612;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::api) enum Refusal {
    /// A handler's word: a bare JSON string.
    Said(StatusCode, String),
    /// The word of whoever reads requests: `{"code": ..., "message": ...}`.
    Unread { status: StatusCode, code: u32, message: String },
    /// There is no such thing: an empty body.
    Absent,
}

#[derive(Serialize)]
struct Unread<'a> {
    code: u32,
    message: &'a str,
}

impl Refusal {
    /// 400 with a reason.
    pub(super) fn bad(reason: impl Into<String>) -> Refusal {
        Refusal::Said(StatusCode::BAD_REQUEST, reason.into())
    }

    /// 422: a member that must be there is not; `place` as `matchers.0.name in body`.
    pub(super) fn missing(place: &str) -> Refusal {
        Refusal::invalid(REQUIRED, format!("{place} is required"))
    }

    /// 422: a value is not of a format.
    pub(super) fn wrong_format(place: &str, format: &str, value: &str) -> Refusal {
        let message = format!("{place} must be of type {format}: {value:?}");
        Refusal::invalid(TYPE, message)
    }

    /// 422: a list has nothing in it.
    pub(super) fn too_few(place: &str) -> Refusal {
        Refusal::invalid(TOO_FEW, format!("{place} should have at least 1 items"))
    }

    /// The request could not be read; the code in the body is the status.
    pub(super) fn unread(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal::Unread { status, code: u32::from(status.as_u16()), message: message.into() }
    }

    fn invalid(code: u32, message: String) -> Refusal {
        Refusal::Unread { status: StatusCode::UNPROCESSABLE_ENTITY, code, message }
    }
}

impl From<Gone> for Refusal {
    fn from(gone: Gone) -> Refusal {
        Refusal::Said(StatusCode::SERVICE_UNAVAILABLE, gone.to_string())
    }
}

impl From<Unwritten> for Refusal {
    fn from(_: Unwritten) -> Refusal {
        let text = "the change is in force, but the audit trail could not be written: look at \
                    --audit.file";
        Refusal::Said(StatusCode::INTERNAL_SERVER_ERROR, text.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // strings and numbers always become JSON; only what handlers say ends in a line feed
        let (status, body) = match &self {
            Refusal::Said(status, reason) => {
                (*status, serde_json::to_string(reason).unwrap_or_default() + "\n")
            }
            Refusal::Unread { status, code, message } => {
                let body = serde_json::to_string(&Unread { code: *code, message });
                (*status, body.unwrap_or_default())
            }
            Refusal::Absent => return StatusCode::NOT_FOUND.into_response(),
        };
        (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
