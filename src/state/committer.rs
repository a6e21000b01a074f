//! Commits: written to the journal by whoever commits, synced by a thread for all at once.
//!
//! ```text
//! commit() --> [writer: lock, encode, one write] --> outlives the process
//!                 |                                      |
//!                 '--wakes--> [keeper: fdatasync] --> outlives the power supply --> who waits
//!                                  |
//!                                  '-- now and then --> [round: settle, snapshot, prune]
//! ```
//!
//! The order of commits is the order of calls: whoever calls one after the other has them in
//! that order in the journal.

mod committed;
mod keeper;
mod limits;
mod round;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::engine::Record;

use super::contents::Contents;
use super::frame::Frame;
use super::segment::Segment;
use super::{Notice, StateError, codec, recover, settle};
pub use committed::{Committed, Outlives};
use keeper::{Home, Keeper};
use limits::Limits;
use writer::Writer;

/// Keeps records. Dropped without [`close`](Committer::close) it finishes in the background.
pub struct Committer {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A committer and what was there when it began.
pub struct Opened {
    /// The committer.
    pub committer: Committer,
    /// All records, put one by one, in the order of their stored keys.
    pub records: Vec<Record>,
    /// All blobs by name.
    pub blobs: BTreeMap<String, Vec<u8>>,
    /// What an operator should know.
    pub notices: Vec<Notice>,
}

/// What the committer did since it was opened.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Commits that are written.
    pub commits: u64,
    /// Writes and syncs that failed; they are tried again.
    pub failures: u64,
    /// Damaged files that were replaced.
    pub recoveries: u64,
    /// Snapshots that were written.
    pub snapshots: u64,
    /// How long it took to write all of them.
    pub snapshot_time: Duration,
    /// Bytes of the notification log in the last one.
    pub log_bytes: u64,
    /// Bytes of the silences in the last one.
    pub silence_bytes: u64,
}

/// What callers and the thread share.
struct Shared {
    writer: Mutex<Writer>,
    ready: Condvar,
    /// Told when a round is over, to commits that wait for it.
    caught_up: Condvar,
    counters: Counters,
}

#[derive(Default)]
struct Counters {
    commits: AtomicU64,
    failures: AtomicU64,
    recoveries: AtomicU64,
    snapshots: AtomicU64,
    snapshot_nanos: AtomicU64,
    log_bytes: AtomicU64,
    silence_bytes: AtomicU64,
}

impl Committer {
    /// Opens the state of a directory, which is created if need be. Damage is repaired from what
    /// is whole and told as a notice.
    ///
    /// # Errors
    /// Only what an operator must mend: another process uses the directory, or the system does
    /// not let us write there.
    pub fn open(directory: &Path) -> Result<Opened, StateError> {
        Committer::open_within(directory, Limits::default())
    }

    fn open_within(directory: &Path, limits: Limits) -> Result<Opened, StateError> {
        let lock = recover::take(directory)?;
        let found = recover::open(directory)?;
        let segment = Segment::create(directory, found.sequence)?;
        let writer = Writer::new(Some(segment), found.sequence, limits);
        let home = Home::new(directory, lock, found.segments, limits)?;
        let committer = Committer::start(writer, Some(home))?;
        if found.notice.is_some() {
            add(&committer.shared.counters.recoveries);
        }
        let Contents { records, blobs, unreadable, .. } = found.contents;
        let unreadable =
            unreadable.map(|(count, first)| Notice::Unreadable { count, first: first.to_string() });
        let notices = found.notice.into_iter().chain(unreadable).collect();
        Ok(Opened { committer, records, blobs, notices })
    }

    /// A committer that keeps nothing: for tests, and for running without state.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn in_memory() -> Result<Committer, StateError> {
        Committer::start(Writer::new(None, 0, Limits::default()), None)
    }

    fn start(writer: Writer, home: Option<Home>) -> Result<Committer, StateError> {
        let (writer, counters) = (Mutex::new(writer), Counters::default());
        let (ready, caught_up) = (Condvar::new(), Condvar::new());
        let shared = Arc::new(Shared { writer, ready, caught_up, counters });
        let keeper = Keeper::new(home, Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || keeper.run())
            .map_err(|error| StateError::Store(format!("cannot start its thread: {error}")))?;
        Ok(Committer { shared, thread: Some(thread) })
    }

    /// Writes the records, all or none, before it returns; what is returned resolves when they
    /// outlive what they are to outlive. After an error the records are not lost: they are part
    /// of the next commit, which is tried soon.
    ///
    /// It takes the time of a copy to the system's memory: some 30 us for 100 alerts. Where
    /// commits outrun what works up the journal, they wait a little after they are written.
    pub fn commit(&self, records: &[Record], outlives: Outlives) -> Committed {
        self.write(outlives, |frame| records.iter().for_each(|record| frame.put_record(record)))
    }

    /// As [`commit`](Committer::commit), for a named blob that is to outlive a lost power supply;
    /// `None` removes it.
    pub fn put_blob(&self, name: &str, content: Option<&[u8]>) -> Committed {
        self.write(Outlives::Power, |frame| frame.put(&codec::blob_key(name), content))
    }

    /// Writes a snapshot now; resolves when it is durable. They are written from time to time
    /// anyway.
    pub fn snapshot(&self) -> Committed {
        let (sender, receiver) = oneshot::channel();
        self.shared.lock().snapshots.push(sender);
        self.shared.ready.notify_one();
        Committed::waiting(receiver)
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        let counters = &self.shared.counters;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Statistics {
            commits: get(&counters.commits),
            failures: get(&counters.failures),
            recoveries: get(&counters.recoveries),
            snapshots: get(&counters.snapshots),
            snapshot_time: Duration::from_nanos(get(&counters.snapshot_nanos)),
            log_bytes: get(&counters.log_bytes),
            silence_bytes: get(&counters.silence_bytes),
        }
    }

    /// Syncs what is written, writes a last snapshot and lets go of the directory.
    ///
    /// # Errors
    /// What the last sync or the snapshot met.
    pub async fn close(mut self) -> Result<(), StateError> {
        let (sender, receiver) = oneshot::channel();
        self.shared.lock().closing = Some(Some(sender));
        self.shared.ready.notify_one();
        let outcome = receiver.await.unwrap_or(Err(StateError::Closed));
        if let Some(thread) = self.thread.take() {
            // It has nothing left to do but to let go of its files.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        outcome
    }

    fn write(&self, outlives: Outlives, fill: impl FnOnce(&mut Frame)) -> Committed {
        let mut writer = self.shared.lock();
        let was_calm = writer.is_calm();
        let outcome = writer.write(fill);
        let counters = &self.shared.counters;
        match &outcome {
            Ok(false) => {}
            Ok(true) => add(&counters.commits),
            Err(_) => add(&counters.failures),
        }
        let waits = outcome.is_ok() && outlives == Outlives::Power && writer.segment.is_some();
        let committed = if waits { writer.wait() } else { Committed::known(outcome.map(|_| ())) };
        let wakes = waits || (was_calm && !writer.is_calm());
        if wakes {
            self.shared.ready.notify_one();
        }
        if let Some(pause) = writer.pause() {
            let waited = self.shared.caught_up.wait_timeout(writer, pause);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
        committed
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.shared.lock().closing.get_or_insert(None);
            self.shared.ready.notify_one();
        }
    }
}

impl Shared {
    /// Writes the snapshot of a commit, unless there is one.
    fn take_snapshot(&self, directory: &Path, at: u64) -> Result<(), StateError> {
        let (begun, counters) = (Instant::now(), &self.counters);
        if let Some(weight) = settle::take_snapshot(directory, at)? {
            let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
            counters.snapshot_nanos.fetch_add(nanos, Ordering::Relaxed);
            counters.log_bytes.store(weight.log, Ordering::Relaxed);
            counters.silence_bytes.store(weight.silences, Ordering::Relaxed);
            add(&counters.snapshots);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
