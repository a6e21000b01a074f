//! Handlers' words to the audit trail.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use serde_json::{Value, json};
use tracing::error;

use crate::audit::{Action, Audit, By, Entry, Outcome};
use crate::drivers::live::Gone;
use crate::silence::{Silence, SilenceError};
use crate::time::{Timestamp, rfc3339};

use super::listener::Caller;

/// The trail, if there is one; cheap to clone.
#[derive(Clone, Default)]
pub struct Trail(Option<Arc<Audit>>);

/// What comes of a command: the id of the silence that is there now.
type Answer = Result<Result<Arc<str>, SilenceError>, Gone>;

/// What was done could not be written down; it is in force nevertheless.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Unwritten;

/// Who asks, as the trail has it.
pub(super) struct Asking(pub(super) By);

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Asking, Infallible> {
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
        let agent = parts.headers.get(USER_AGENT);
        Ok(Asking(By {
            user: caller.user,
            address: caller.address.map(|address| address.to_string()),
            agent: agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        }))
    }
}

impl Trail {
    /// The trail that is written to a file; without one nothing is.
    pub fn new(audit: Option<Arc<Audit>>) -> Trail {
        Trail(audit)
    }

    /// The file, if there is one.
    pub fn audit(&self) -> Option<&Arc<Audit>> {
        self.0.as_ref()
    }

    /// Writes a line, on disk when this returns well.
    ///
    /// # Errors
    /// When it could not be written; that was said already.
    pub async fn add(&self, entry: Entry) -> Result<(), Unwritten> {
        let Some(audit) = self.0.clone() else { return Ok(()) };
        let written = tokio::task::spawn_blocking(move || audit.add(&entry)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                error!(%error, "a change is in force that the audit trail does not have");
                Err(Unwritten)
            }
            Err(_) => Err(Unwritten),
        }
    }

    /// A silence was made or changed, or was not. `wanted` is what was asked for, its id empty
    /// for a new one.
    pub(super) async fn silence_set(
        &self,
        at: Timestamp,
        by: By,
        wanted: Silence,
        answer: &Answer,
    ) -> Result<(), Unwritten> {
        if self.0.is_none() {
            return Ok(());
        }
        let action =
            if wanted.id.is_empty() { Action::SilenceCreate } else { Action::SilenceChange };
        let id = answer.as_ref().ok().and_then(|answer| answer.as_ref().ok());
        let object = id.unwrap_or(&wanted.id).to_string();
        let mut detail = described(&wanted);
        if action == Action::SilenceChange && *wanted.id != *object {
            detail["replaces"] = (*wanted.id).into();
        }
        let outcome = outcome(answer);
        self.add(Entry { at, action, object, by, outcome, detail }).await
    }

    /// A silence was ended, or was not.
    pub(super) async fn silence_expired(
        &self,
        at: Timestamp,
        by: By,
        id: &str,
        answer: &Answer,
    ) -> Result<(), Unwritten> {
        let (action, object) = (Action::SilenceExpire, id.to_owned());
        let outcome = outcome(answer);
        self.add(Entry { at, action, object, by, outcome, detail: Value::Null }).await
    }
}

fn outcome(answer: &Answer) -> Outcome {
    match answer {
        Ok(Ok(_)) => Outcome::Done,
        Ok(Err(error)) => Outcome::Refused(error.to_string()),
        Err(gone) => Outcome::Refused(gone.to_string()),
    }
}

fn described(silence: &Silence) -> Value {
    let sets = silence.matcher_sets.iter();
    let matchers =
        |set: &crate::label::Matchers| set.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "matchers": sets.map(matchers).collect::<Vec<_>>(),
        "startsAt": rfc3339::millis(silence.starts_at),
        "endsAt": rfc3339::millis(silence.ends_at),
        "createdBy": &*silence.created_by,
        "comment": &*silence.comment,
    })
}
