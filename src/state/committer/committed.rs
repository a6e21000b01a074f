//! What a caller gets for a commit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

use super::super::StateError;

/// What a commit is to outlive before it counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlives {
    /// A killed process: it is written.
    Process,
    /// A power supply that fails: it is synced.
    Power,
}

/// The outcome of a commit, once it is known. What is written is written, whether somebody waits
/// or not.
#[must_use]
pub struct Committed(State);

enum State {
    Known(Result<(), StateError>),
    Waiting(oneshot::Receiver<Result<(), StateError>>),
}

impl Committed {
    pub(super) fn known(outcome: Result<(), StateError>) -> Committed {
        Committed(State::Known(outcome))
    }

    pub(super) fn waiting(receiver: oneshot::Receiver<Result<(), StateError>>) -> Committed {
        Committed(State::Waiting(receiver))
    }

    /// Whether it is written: an error now, or none so far.
    ///
    /// # Errors
    /// What the write met.
    pub fn written(&self) -> Result<(), StateError> {
        match &self.0 {
            State::Known(outcome) => outcome.clone(),
            State::Waiting(_) => Ok(()),
        }
    }

    /// Whether there is something to wait for.
    pub fn is_waiting(&self) -> bool {
        matches!(self.0, State::Waiting(_))
    }
}

impl Future for Committed {
    type Output = Result<(), StateError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Known(outcome) => Poll::Ready(outcome.clone()),
            State::Waiting(receiver) => {
                let outcome = ready!(Pin::new(receiver).poll(context));
                Poll::Ready(outcome.unwrap_or(Err(StateError::Closed)))
            }
        }
    }
}
