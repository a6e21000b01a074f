//! The thread that owns the store.

use std::fs::File;
use std::mem;
use std::path::PathBuf;
use std::sync::mpsc::{self, TryRecvError};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::snapshot::Snapshot;
use super::super::{Batch, Settled, StateError, Store, codec, recover};
use super::waiting::{Caller, Changes};
use super::{Shared, add};

/// Time between two snapshots, when something has changed.
const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(300);
/// How long after a commit the work that it put off is begun: what changes again meanwhile is
/// done once.
const SETTLE_AFTER: Duration = Duration::from_secs(1);

/// Where a store lives on disk.
pub(super) struct Home {
    pub directory: PathBuf,
    /// Held as long as the store is ours.
    pub _lock: File,
}

/// Owns the store.
pub(super) struct Keeper {
    /// None after a failure, until it is opened anew.
    store: Option<Box<dyn Store>>,
    home: Option<Home>,
    shared: Arc<Shared>,
    /// What failed to become durable.
    backlog: Batch,
    /// The commit of the last snapshot.
    snapshot_at: u64,
    next_snapshot: Instant,
    /// When work that commits put off goes on.
    next_settling: Option<Instant>,
    /// A snapshot that is being written: of which commit, and what came of it.
    writing: Option<(u64, mpsc::Receiver<Result<(), StateError>>)>,
}

impl Keeper {
    pub(super) fn new(store: Box<dyn Store>, home: Option<Home>, shared: Arc<Shared>) -> Keeper {
        let snapshot_at = store.sequence();
        let next_snapshot = Instant::now() + SNAPSHOT_INTERVAL;
        let (store, backlog, writing) = (Some(store), Batch::new(), None);
        // a journal may be left from the last process
        let next_settling = Some(Instant::now() + SETTLE_AFTER);
        Keeper { store, home, shared, backlog, snapshot_at, next_snapshot, next_settling, writing }
    }

    /// Works until it is told to close.
    pub(super) fn run(mut self) {
        loop {
            let (changes, callers, snapshots, closing) = self.next();
            let mut outcome = self.commit(changes);
            tell(callers, &outcome);
            if !snapshots.is_empty() {
                tell(snapshots, &self.snapshot_now());
            }
            if let Some(caller) = closing {
                outcome = outcome.and_then(|()| self.snapshot_now());
                drop(self);
                tell(caller, &outcome);
                return;
            }
            self.settle();
            if Instant::now() >= self.next_snapshot {
                self.snapshot_aside();
            }
        }
    }

    /// Waits for something to do.
    fn next(&self) -> (Changes, Vec<Caller>, Vec<Caller>, Option<Option<Caller>>) {
        let next = self.next_settling.map_or(self.next_snapshot, |at| at.min(self.next_snapshot));
        let patience = next.saturating_duration_since(Instant::now());
        let (mut waiting, _) = self
            .shared
            .ready
            .wait_timeout_while(self.shared.lock(), patience, |waiting| !waiting.is_pressing())
            .unwrap_or_else(PoisonError::into_inner);
        let (changes, callers) = waiting.take();
        (changes, callers, mem::take(&mut waiting.snapshots), waiting.closing.take())
    }

    /// Makes the changes durable, and what failed before.
    fn commit(&mut self, changes: Changes) -> Result<(), StateError> {
        let mut batch = mem::take(&mut self.backlog);
        batch.extend(changes.records.iter().map(codec::encode));
        batch.extend(changes.blobs.into_iter().map(|(name, blob)| (codec::blob_key(&name), blob)));
        if batch.is_empty() {
            return Ok(());
        }
        let outcome = self.revive().and_then(|()| match &mut self.store {
            Some(store) => recover::guarded(|| store.commit(&batch)),
            None => Err(StateError::Closed),
        });
        match &outcome {
            Ok(()) => {
                add(&self.shared.counters.commits);
                self.next_settling.get_or_insert_with(|| Instant::now() + SETTLE_AFTER);
            }
            Err(error) => {
                add(&self.shared.counters.failures);
                tracing::error!(%error, "state is not durable; trying again with the next change");
                self.backlog = batch;
                self.abandon();
            }
        }
        outcome
    }

    /// Goes on with the work that commits put off, unless somebody waits for a commit.
    fn settle(&mut self) {
        let is_due = self.next_settling.is_some_and(|at| at <= Instant::now());
        if !is_due || self.shared.lock().is_pressing() {
            return;
        }
        let Some(store) = &mut self.store else {
            // the store that failed is opened anew with the next commit, at the earliest then
            self.next_settling = Some(Instant::now() + SETTLE_AFTER);
            return;
        };
        match recover::guarded(|| store.settle()) {
            Ok(Settled::Everything) => self.next_settling = None,
            Ok(Settled::Partly) => {}
            Err(error) => {
                tracing::error!(%error, "the journal of the state does not get shorter");
                self.next_settling = None;
                self.abandon();
            }
        }
    }

    /// After a failure nobody knows what the store on disk holds. One in memory cannot fail.
    fn abandon(&mut self) {
        if self.home.is_some() {
            let store = self.store.take();
            // Closing writes, so it may fail as the commit did.
            let _ = recover::guarded(|| {
                drop(store);
                Ok(())
            });
        }
    }

    /// Opens the store anew where it was given up.
    fn revive(&mut self) -> Result<(), StateError> {
        let (None, Some(home)) = (&self.store, &self.home) else { return Ok(()) };
        let (store, notice) = recover::open(&home.directory)?;
        if let Some(notice) = notice {
            add(&self.shared.counters.recoveries);
            tracing::error!("{notice}");
        }
        self.store = Some(Box::new(store));
        Ok(())
    }

    fn snapshot_now(&mut self) -> Result<(), StateError> {
        // One that is being written now may be of an older commit.
        let _ = self.wait_for_writer();
        self.snapshot_aside();
        self.wait_for_writer()
    }

    /// Begins to write a snapshot on a thread of its own, unless there is nothing new. Commits go
    /// on meanwhile: what is written was copied before.
    fn snapshot_aside(&mut self) {
        self.next_snapshot = Instant::now() + SNAPSHOT_INTERVAL;
        if self.is_writing() {
            return;
        }
        let (Some(store), Some(home)) = (&self.store, &self.home) else { return };
        let sequence = store.sequence();
        if sequence == self.snapshot_at {
            return;
        }
        let entries = recover::guarded(|| store.entries());
        let (directory, shared) = (home.directory.clone(), Arc::clone(&self.shared));
        let (sender, receiver) = mpsc::sync_channel(1);
        let write = move || {
            let begun = Instant::now();
            let outcome = entries.and_then(|entries| {
                let snapshot = Snapshot { sequence, entries };
                snapshot.write(&directory)?;
                shared.counters.wrote(&snapshot, begun.elapsed());
                Ok(())
            });
            match &outcome {
                Ok(()) => {}
                Err(error) => tracing::error!(%error, "no snapshot of the state was written"),
            }
            let _ = sender.send(outcome);
        };
        if thread::Builder::new().name("state-snapshot".to_owned()).spawn(write).is_ok() {
            self.writing = Some((sequence, receiver));
        }
    }

    fn is_writing(&mut self) -> bool {
        let Some((sequence, receiver)) = &self.writing else { return false };
        match receiver.try_recv() {
            Err(TryRecvError::Empty) => return true,
            Ok(Ok(())) => self.snapshot_at = *sequence,
            Ok(Err(_)) | Err(TryRecvError::Disconnected) => {}
        }
        self.writing = None;
        false
    }

    fn wait_for_writer(&mut self) -> Result<(), StateError> {
        let Some((sequence, receiver)) = self.writing.take() else { return Ok(()) };
        receiver.recv().unwrap_or(Err(StateError::Closed))?;
        self.snapshot_at = sequence;
        Ok(())
    }
}

fn tell(callers: impl IntoIterator<Item = Caller>, outcome: &Result<(), StateError>) {
    for caller in callers {
        // Who does not wait any more does not want to know.
        let _ = caller.send(outcome.clone());
    }
}
