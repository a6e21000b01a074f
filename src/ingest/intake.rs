//! The glue between what is pushed and the embedded store: one place for every handler.

use std::sync::Arc;

use super::pushgateway::{Method, PushError, SavedGroup};
use super::remote_write::WriteError;
use crate::source::embedded::{Appended, Store};
use crate::time::{Span, Timestamp};

/// Takes what is pushed and stores it.
#[derive(Debug)]
pub struct Intake {
    store: Arc<Store>,
}

/// What to tell whoever pushed: a status without a body.
#[derive(Clone, Debug, PartialEq)]
pub struct PushAnswer {
    /// 200 for a push, 202 for a removal.
    pub status: u16,
    /// What is worth a line in the log.
    pub notice: Option<Notice>,
}

/// Something about a push that its sender would want to know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// The first push of a job without a single metric.
    #[error(
        "job {job:?} pushed no metrics: its registry is empty (said once a job); check that the \
         metrics are registered with the registry that is pushed"
    )]
    EmptyPush {
        /// Whose push.
        job: String,
    },
}

/// What to tell whoever wrote: 204.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteAnswer {
    /// 204.
    pub status: u16,
    /// What became of the samples.
    pub appended: Appended,
}

/// How much was taken since the start, for metrics.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeCounts {
    /// Pushes answered 2xx.
    pub pushes: u64,
    /// Pushes refused.
    pub pushes_refused: u64,
    /// Remote-write requests answered 2xx.
    pub writes: u64,
    /// Remote-write requests refused.
    pub writes_refused: u64,
    /// Samples stored.
    pub samples: u64,
    /// Samples refused: out of order, in conflict, or over a limit.
    pub samples_refused: u64,
    /// Groups that are kept.
    pub groups: u64,
}

impl Intake {
    /// An intake into this store; groups expire that long after their last push, or never.
    pub fn new(store: Arc<Store>, _expiry: Option<Span>) -> Intake {
        Intake { store }
    }

    /// The store that everything goes to.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// A push: `path` is the request's undecoded path, `content_type` its header, `body` what
    /// is left after any content encoding was undone.
    pub fn push(
        &self,
        _now: Timestamp,
        _method: Method,
        _path: &str,
        _content_type: Option<&str>,
        _body: &[u8],
    ) -> Result<PushAnswer, PushError> {
        todo!()
    }

    /// A remote write; the headers as they came.
    pub fn write(
        &self,
        _now: Timestamp,
        _content_type: Option<&str>,
        _content_encoding: Option<&str>,
        _body: &[u8],
    ) -> Result<WriteAnswer, WriteError> {
        todo!()
    }

    /// Stores the present value of everything pushed, as a scrape of a Pushgateway would.
    pub fn tick(&self, _now: Timestamp) {
        todo!()
    }

    /// The groups, for keeping over a restart.
    pub fn export(&self) -> Vec<SavedGroup> {
        todo!()
    }

    /// Takes back what [`Intake::export`] gave.
    pub fn import(&self, _groups: Vec<SavedGroup>) {
        todo!()
    }

    /// How much was taken.
    pub fn counts(&self) -> IntakeCounts {
        todo!()
    }
}
