//! The glue between what is pushed and the embedded store: one place for every handler.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::encoding;
use super::exposition::{self, Family, Format};
use super::protobuf;
use super::pushgateway::{self, GroupKey, Groups, Method, Notice, PushError, SavedGroup};
use super::remote_write::{self, WriteError};
use crate::label::Labels;
use crate::source::embedded::{Appended, Store};
use crate::time::{Span, Timestamp};

/// The most decoders that wait for the next remote write.
const MAX_SPARE: usize = 4;
/// The most bytes of memory that a waiting decoder keeps; a larger one is given back.
const MAX_KEPT: usize = 4 << 20;

/// Takes what is pushed and stores it.
#[derive(Debug)]
pub struct Intake {
    store: Arc<Store>,
    /// Decoders between two remote writes.
    spare: Mutex<Vec<remote_write::Decoder>>,
    /// Held until the samples of a change are stored, so that they are stored in its order.
    groups: Mutex<Groups>,
    totals: Totals,
}

/// A push as it came in.
#[derive(Copy, Clone, Debug)]
pub struct PushRequest<'a> {
    /// What to do.
    pub method: Method,
    /// The request's path as it was sent, escapes and all.
    pub path: &'a str,
    /// The header of that name.
    pub content_type: Option<&'a str>,
    /// The header of that name.
    pub content_encoding: Option<&'a str>,
    /// The body as it was sent.
    pub body: &'a [u8],
}

/// A remote write as it came in.
#[derive(Copy, Clone, Debug)]
pub struct WriteRequest<'a> {
    /// The header of that name.
    pub content_type: Option<&'a str>,
    /// The header of that name.
    pub content_encoding: Option<&'a str>,
    /// The body as it was sent.
    pub body: &'a [u8],
}

/// What to tell whoever pushed: a status without a body.
#[derive(Clone, Debug, PartialEq)]
pub struct PushAnswer {
    /// 200 for a push, 202 for a removal.
    pub status: u16,
    /// What is worth a line in the log.
    pub notice: Option<Notice>,
}

/// What to tell whoever wrote: a status without a body.
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
    /// Pushes and removals that were taken.
    pub pushes: u64,
    /// Pushes and removals that were refused.
    pub pushes_refused: u64,
    /// Remote-write requests that were taken.
    pub writes: u64,
    /// Remote-write requests that were refused, in whole or in part.
    pub writes_refused: u64,
    /// Groups that are kept now.
    pub groups: u64,
}

#[derive(Debug, Default)]
struct Totals {
    pushes: AtomicU64,
    pushes_refused: AtomicU64,
    writes: AtomicU64,
    writes_refused: AtomicU64,
}

impl Intake {
    /// An intake into this store; groups expire that long after their last push, or never.
    pub fn new(store: Arc<Store>, expiry: Option<Span>) -> Intake {
        Intake {
            store,
            spare: Mutex::default(),
            groups: Mutex::new(Groups::new(expiry)),
            totals: Totals::default(),
        }
    }

    /// The store that everything goes to.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// A push or a removal.
    pub fn push(&self, now: Timestamp, request: &PushRequest<'_>) -> Result<PushAnswer, PushError> {
        let answer = self.try_push(now, request);
        count(&answer, &self.totals.pushes, &self.totals.pushes_refused);
        answer
    }

    /// A remote write. Samples that are valid are stored even if the answer is that others are
    /// not.
    pub fn write(
        &self,
        now: Timestamp,
        request: &WriteRequest<'_>,
    ) -> Result<WriteAnswer, WriteError> {
        let answer = self.try_write(now, request);
        count(&answer, &self.totals.writes, &self.totals.writes_refused);
        answer
    }

    /// Stores the present value of everything pushed, as a scrape of a Pushgateway would. To be
    /// called at every scrape interval; at least every look-back (five minutes), or pushed
    /// series vanish from rules.
    pub fn tick(&self, now: Timestamp) -> Appended {
        let mut groups = self.groups();
        let samples = groups.scrape(now);
        self.store.append(&samples)
    }

    /// The groups, for keeping over a restart.
    pub fn export(&self) -> Vec<SavedGroup> {
        self.groups().export()
    }

    /// One group by its grouping labels, for keeping over a restart; `None` when it is gone.
    pub fn export_one(&self, group: &Labels) -> Option<SavedGroup> {
        self.groups().export_one(group)
    }

    /// Takes back what [`Intake::export`] gave; their samples come with the next tick.
    pub fn import(&self, groups: Vec<SavedGroup>) {
        self.groups().import(groups);
    }

    /// How much was taken.
    pub fn counts(&self) -> IntakeCounts {
        let load = |total: &AtomicU64| total.load(Ordering::Relaxed);
        IntakeCounts {
            pushes: load(&self.totals.pushes),
            pushes_refused: load(&self.totals.pushes_refused),
            writes: load(&self.totals.writes),
            writes_refused: load(&self.totals.writes_refused),
            groups: self.groups().len() as u64,
        }
    }

    fn try_push(&self, now: Timestamp, request: &PushRequest<'_>) -> Result<PushAnswer, PushError> {
        let key = GroupKey::from_path(request.path)?;
        let (families, status) = match request.method {
            Method::Delete => (Vec::new(), 202),
            Method::Put | Method::Post => (families(request)?, 200),
        };
        let mut groups = self.groups();
        let change = groups.push(now, request.method, &key, families);
        self.store.append(&change.samples);
        drop(groups);
        self.store.describe(change.metadata);
        change.verdict.map(|notice| PushAnswer { status, notice })
    }

    fn try_write(
        &self,
        now: Timestamp,
        request: &WriteRequest<'_>,
    ) -> Result<WriteAnswer, WriteError> {
        remote_write::check_headers(request.content_type, request.content_encoding)?;
        let mut decoder = self.spare().pop().unwrap_or_default();
        let decoded = decoder.decode(request.body, now)?;
        let appended = self.store.append(&decoded.samples);
        decoder.reuse(decoded.samples);
        self.keep(decoder);
        self.store.describe(decoded.metadata);
        match (decoded.refused, &appended.first_refused) {
            (Some(first), _) => Err(first),
            (None, Some(first)) => Err(WriteError::Refused {
                first: first.to_string(),
                refused: appended.refused(),
                taken: appended.samples,
            }),
            (None, None) => Ok(WriteAnswer { status: 204, appended }),
        }
    }

    /// Keeps a decoder for the next remote write, unless there are enough or it has grown large.
    fn keep(&self, decoder: remote_write::Decoder) {
        let mut spare = self.spare();
        if spare.len() < MAX_SPARE && decoder.bytes() <= MAX_KEPT {
            spare.push(decoder);
        }
    }

    fn spare(&self) -> MutexGuard<'_, Vec<remote_write::Decoder>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The families of a push; whatever claims to be neither protobuf nor OpenMetrics is read as
/// the classic text format, as a Pushgateway does.
fn families(request: &PushRequest<'_>) -> Result<Vec<Family>, PushError> {
    let content_type = request.content_type.unwrap_or_default();
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let kind = kind.trim().to_ascii_lowercase();
    let has = |wanted: &str| parameters.split(';').any(|one| one.trim() == wanted);
    let protobuf =
        kind == "application/vnd.google.protobuf" && has("proto=io.prometheus.client.MetricFamily");
    if protobuf && !has("encoding=delimited") {
        return Err(PushError::Format(content_type.to_owned()));
    }
    let body = encoding::decoded(request.content_encoding, request.body, pushgateway::MAX_BODY)?;
    if protobuf {
        return Ok(protobuf::parse(&body)?);
    }
    let format = match kind.as_str() {
        "application/openmetrics-text" => Format::OpenMetrics,
        _ => Format::Text,
    };
    Ok(exposition::parse(&body, format)?)
}

fn count<T, E>(answer: &Result<T, E>, taken: &AtomicU64, refused: &AtomicU64) {
    let total = if answer.is_ok() { taken } else { refused };
    total.fetch_add(1, Ordering::Relaxed);
}
