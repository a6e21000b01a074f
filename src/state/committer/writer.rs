//! The end of the journal, which callers write to one after the other.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::super::frame::Frame;
use super::super::segment::Segment;
use super::super::{Batch, StateError};
use super::Committed;
use super::limits::Limits;

/// How long what is written may stay unsynced when nobody waits for it.
pub(super) const SYNC_AFTER: Duration = Duration::from_millis(10);
/// After which time what failed is tried again.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Somebody who wants to know an outcome.
pub(super) type Caller = oneshot::Sender<Result<(), StateError>>;

/// Writes commits, and knows who waits for what.
pub(super) struct Writer {
    /// None where nothing is kept.
    pub segment: Option<Segment>,
    frame: Frame,
    /// How many bytes the last commit had.
    pub written: u64,
    limits: Limits,
    /// What could not be written.
    backlog: Batch,
    /// The newest commit that is written.
    pub sequence: u64,
    /// When a sync is due; none when everything is synced.
    pub sync_at: Option<Instant>,
    /// When the backlog is tried again.
    pub retry_at: Option<Instant>,
    /// Who waits until a commit is synced.
    pub callers: Vec<(u64, Caller)>,
    /// Who waits for a snapshot.
    pub snapshots: Vec<Caller>,
    /// Set when nothing will be added any more; perhaps somebody waits for the end.
    pub closing: Option<Option<Caller>>,
}

impl Writer {
    pub(super) fn new(segment: Option<Segment>, sequence: u64, limits: Limits) -> Writer {
        Writer {
            segment,
            frame: Frame::default(),
            written: 0,
            limits,
            backlog: Batch::new(),
            sequence,
            sync_at: None,
            retry_at: None,
            callers: Vec::new(),
            snapshots: Vec::new(),
            closing: None,
        }
    }

    /// Writes a commit of what `fill` adds, and of what could not be written before; says whether
    /// there was anything.
    pub(super) fn write(&mut self, fill: impl FnOnce(&mut Frame)) -> Result<bool, StateError> {
        self.frame.begin(self.sequence + 1);
        for (key, value) in &self.backlog {
            self.frame.put(key, value.as_deref());
        }
        fill(&mut self.frame);
        if self.frame.is_empty() {
            return Ok(false);
        }
        let Some(segment) = &mut self.segment else { return Ok(true) };
        let begun = segment.end;
        match segment.append(self.frame.finish()) {
            Ok(()) => {
                self.written = segment.end - begun;
                if self.retry_at.take().is_some() {
                    tracing::info!("state can be written again");
                }
                self.backlog.clear();
                self.sequence += 1;
                self.sync_at.get_or_insert_with(|| Instant::now() + SYNC_AFTER);
                Ok(true)
            }
            Err(error) => {
                if self.retry_at.is_none() {
                    tracing::error!(%error, "state cannot be written; trying again and again");
                }
                self.retry_at = Some(Instant::now() + RETRY_AFTER);
                self.backlog.extend(self.frame.to_changes());
                Err(StateError::Io {
                    what: "write",
                    path: "journal".into(),
                    why: error.to_string(),
                })
            }
        }
    }

    /// How long who has just committed is to wait, so that the journal does not outgrow the disk.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.limits.pause(self.segment.as_ref()?.end, self.written)
    }

    /// Whether the thread has nothing to look after.
    pub(super) fn is_calm(&self) -> bool {
        self.sync_at.is_none() && self.retry_at.is_none()
    }

    /// Resolves when everything that is written now is synced.
    pub(super) fn wait(&mut self) -> Committed {
        let (sender, receiver) = oneshot::channel();
        self.callers.push((self.sequence, sender));
        Committed::waiting(receiver)
    }

    /// Those who wait for this commit or one before.
    pub(super) fn take_callers(&mut self, until: u64) -> Vec<Caller> {
        let all = std::mem::take(&mut self.callers).into_iter();
        let (now, later): (Vec<_>, Vec<_>) = all.partition(|(sequence, _)| *sequence <= until);
        self.callers = later;
        now.into_iter().map(|(_, caller)| caller).collect()
    }
}
