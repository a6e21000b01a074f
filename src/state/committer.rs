//! Group commit: one thread that owns the store and makes all waiting commits durable at once.
//!
//! ```text
//! commit() --> waiting: changes, callers --> thread: one batch, one sync --> every caller
//!                 ^ grows while the disk is busy
//! ```

mod keeper;
mod waiting;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::Record;

use super::codec::{self, Content};
use super::snapshot::Snapshot;
use super::{Entry, MemoryStore, Notice, StateError, recover};
use keeper::{Home, Keeper};
use waiting::Waiting;

/// What a caller gets: the outcome of a commit, once it is known.
pub type Committed = oneshot::Receiver<Result<(), StateError>>;

/// Makes records durable. Dropped without [`close`](Committer::close) it finishes what is
/// waiting in the background.
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
    /// Durable batches.
    pub commits: u64,
    /// Batches that could not be made durable; they are tried again with the next.
    pub failures: u64,
    /// Stores that were damaged and replaced from a snapshot.
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
#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    ready: Condvar,
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

impl Counters {
    /// Notes a snapshot that is durable, and how long it took.
    fn wrote(&self, snapshot: &Snapshot, took: Duration) {
        let bytes = |is_wanted: fn(&[u8]) -> bool| {
            let entries = snapshot.entries.iter().filter(|(key, _)| is_wanted(key));
            entries.map(|(key, value)| (key.len() + value.len()) as u64).sum()
        };
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.snapshot_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.log_bytes.store(bytes(codec::is_log_entry), Ordering::Relaxed);
        self.silence_bytes.store(bytes(codec::is_silence), Ordering::Relaxed);
        self.snapshots.fetch_add(1, Ordering::Relaxed);
    }
}

impl Committer {
    /// Opens the state of a directory, which is created if need be. Damage is repaired from the
    /// newest good snapshot and told as a notice.
    ///
    /// # Errors
    /// Only what an operator must mend: another process uses the directory, or the system does
    /// not let us write there.
    pub fn open(directory: &Path) -> Result<Opened, StateError> {
        let lock = recover::take(directory)?;
        let (store, notice) = recover::open(directory)?;
        let entries = recover::guarded(|| super::Store::entries(&store))?;
        let home = Home { directory: directory.to_owned(), _lock: lock };
        let recovered = notice.is_some();
        let mut opened = Committer::start(Box::new(store), Some(home), entries)?;
        opened.notices.splice(0..0, notice);
        if recovered {
            add(&opened.committer.shared.counters.recoveries);
        }
        Ok(opened)
    }

    /// A committer that keeps everything in memory: for tests, and for running without state.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn in_memory() -> Result<Committer, StateError> {
        let store = Box::new(MemoryStore::default());
        Ok(Committer::start(store, None, Vec::new())?.committer)
    }

    fn start(
        store: Box<dyn super::Store>,
        home: Option<Home>,
        entries: Vec<Entry>,
    ) -> Result<Opened, StateError> {
        let shared = Arc::new(Shared::default());
        let keeper = Keeper::new(store, home, Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || keeper.run())
            .map_err(|error| StateError::Store(format!("cannot start its thread: {error}")))?;
        let committer = Committer { shared, thread: Some(thread) };
        let mut opened =
            Opened { committer, records: Vec::new(), blobs: BTreeMap::new(), notices: Vec::new() };
        opened.read(entries);
        Ok(opened)
    }

    /// Makes the records durable, all or none. The receiver resolves when they are; commits that
    /// wait at the same time become one batch. After an error the records are not lost: they are
    /// part of the next commit.
    pub fn commit(&self, records: Vec<Record>) -> Committed {
        self.enqueue(|waiting| waiting.add_records(records))
    }

    /// As [`commit`](Committer::commit), for a named blob; `None` removes it.
    pub fn put_blob(&self, name: &str, content: Option<Vec<u8>>) -> Committed {
        self.enqueue(|waiting| waiting.add_blob(name, content))
    }

    /// Writes a snapshot now; the receiver resolves when it is durable. They are written from
    /// time to time anyway.
    pub fn snapshot(&self) -> Committed {
        let (sender, receiver) = oneshot::channel();
        self.enlist(|waiting| waiting.snapshots.push(sender));
        receiver
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

    /// Commits what is waiting, writes a last snapshot and lets go of the directory.
    ///
    /// # Errors
    /// What the last commit or the snapshot met.
    pub async fn close(mut self) -> Result<(), StateError> {
        let (sender, receiver) = oneshot::channel();
        self.enlist(|waiting| waiting.closing = Some(Some(sender)));
        let outcome = receiver.await.unwrap_or(Err(StateError::Closed));
        if let Some(thread) = self.thread.take() {
            // It has nothing left to do but to let go of its files.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        outcome
    }

    fn enqueue(&self, add: impl FnOnce(&mut Waiting)) -> Committed {
        let (sender, receiver) = oneshot::channel();
        self.enlist(|waiting| {
            add(waiting);
            waiting.callers.push(sender);
        });
        receiver
    }

    fn enlist(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.shared.lock());
        self.shared.ready.notify_one();
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.enlist(|waiting| {
                waiting.closing.get_or_insert(None);
            });
        }
    }
}

impl Opened {
    fn read(&mut self, entries: Vec<Entry>) {
        let mut unreadable = Vec::new();
        for (key, value) in entries {
            match codec::decode(&key, &value) {
                Ok(Content::Record(record)) => self.records.push(record),
                Ok(Content::Blob(name, content)) => drop(self.blobs.insert(name, content)),
                Err(error) => unreadable.push(error),
            }
        }
        if let Some(first) = unreadable.first() {
            let (count, first) = (unreadable.len(), first.to_string());
            self.notices.push(Notice::Unreadable { count, first });
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
