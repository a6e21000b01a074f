//! The thread that syncs, and sees to it that the journal does not grow for ever.

use std::fs::File;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::super::mark::Mark;
use super::super::segment::{self, Segment};
use super::super::sled::sync_directory;
use super::super::{StateError, settle};
use super::limits::Limits;
use super::round::{Round, Rounds};
use super::writer::{Caller, RETRY_AFTER, Writer};
use super::{Shared, add};

/// How long after a commit its changes are put into their places: what changes again meanwhile is
/// done once.
const SETTLE_AFTER: Duration = Duration::from_secs(60);
/// Time between two snapshots, when something has changed.
const SNAPSHOT_INTERVAL: Duration = Duration::from_secs(300);
/// How many files the journal may have at the start before they are worked up at once.
const SEGMENTS_LIMIT: usize = 16;

/// Where state lives on disk.
pub(super) struct Home {
    directory: PathBuf,
    mark: Mark,
    /// How many files the journal had at the start.
    segments: usize,
    limits: Limits,
    /// Held as long as the directory is ours.
    _lock: File,
}

impl Home {
    pub(super) fn new(
        directory: &Path,
        lock: File,
        segments: usize,
        limits: Limits,
    ) -> Result<Home, StateError> {
        let mark = Mark::open(&directory.join("acknowledged"))?;
        sync_directory(directory)?;
        Ok(Home { directory: directory.to_owned(), mark, segments, limits, _lock: lock })
    }

    /// Whether the files of the journal before a commit are more than may stay there without a
    /// snapshot. What cannot be looked at is told by the round, which needs it, too.
    fn is_outgrown(&self, at: u64) -> bool {
        let sizes = settle::sizes(&self.directory, at);
        sizes.is_ok_and(|sizes| self.limits.are_exceeded(sizes.behind, sizes.snapshot))
    }
}

/// Looks after the journal.
pub(super) struct Keeper {
    home: Option<Home>,
    shared: Arc<Shared>,
    /// Files that are written no more, but perhaps not synced.
    left: Vec<Arc<File>>,
    /// Up to where the file that is written is synced.
    synced_to: u64,
    /// Whether a file was created whose name may not be on the disk.
    has_new_name: bool,
    rounds: Rounds,
    next_round: Option<Instant>,
    next_snapshot: Instant,
}

/// What is to be done.
enum Task {
    Sync,
    Retry,
    Round,
    Close(Option<Caller>),
}

impl Keeper {
    pub(super) fn new(home: Option<Home>, shared: Arc<Shared>) -> Keeper {
        let now = Instant::now();
        let segments = home.as_ref().map_or(0, |home| home.segments);
        // what the last process left is worked up some time; at once when there is much of it
        let after = if segments > SEGMENTS_LIMIT { Duration::ZERO } else { SETTLE_AFTER };
        let next_round = (segments > 0).then(|| now + after);
        let next_snapshot = if segments > SEGMENTS_LIMIT { now } else { now + SNAPSHOT_INTERVAL };
        let (left, rounds) = (Vec::new(), Rounds::default());
        let (synced_to, has_new_name) = (0, true);
        Keeper { home, shared, left, synced_to, has_new_name, rounds, next_round, next_snapshot }
    }

    /// Works until it is told to close.
    pub(super) fn run(mut self) {
        loop {
            match self.next() {
                Task::Sync => self.sync(),
                Task::Retry => self.retry(),
                Task::Round => self.round(),
                Task::Close(caller) => {
                    let outcome = self.close();
                    drop(self);
                    tell(caller, &outcome);
                    return;
                }
            }
        }
    }

    /// Waits for something to do.
    fn next(&mut self) -> Task {
        let shared = Arc::clone(&self.shared);
        let mut writer = shared.lock();
        loop {
            if let Some(caller) = writer.closing.take() {
                return Task::Close(caller);
            }
            let now = Instant::now();
            let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
            if !writer.callers.is_empty() || is_due(writer.sync_at) {
                return Task::Sync;
            }
            if is_due(writer.retry_at) {
                return Task::Retry;
            }
            self.plan(&writer);
            let is_asked = !writer.snapshots.is_empty() || is_due(self.next_round);
            if is_asked && !self.rounds.is_under_way() {
                return Task::Round;
            }
            let times = [writer.sync_at, writer.retry_at, self.next_round];
            writer = match times.into_iter().flatten().min() {
                Some(at) => {
                    let patience = at.saturating_duration_since(now);
                    let waited = shared.ready.wait_timeout(writer, patience);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => shared.ready.wait(writer).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Plans a round for what has been written since the last.
    fn plan(&mut self, writer: &Writer) {
        let Some(segment) = writer.segment.as_ref().filter(|segment| !segment.is_empty()) else {
            return;
        };
        let now = Instant::now();
        let at = *self.next_round.get_or_insert(now + SETTLE_AFTER);
        let limit = self.home.as_ref().map(|home| home.limits.file);
        if limit.is_some_and(|limit| segment.end >= limit) {
            self.next_round = Some(at.min(now));
        }
    }

    /// Makes what is written outlive the power supply.
    fn sync(&mut self) {
        let (file, end, sequence) = {
            let mut writer = self.shared.lock();
            writer.sync_at = None;
            let sequence = writer.sequence;
            let Some(segment) = &writer.segment else { return };
            (Arc::clone(&segment.file), segment.end, sequence)
        };
        let outcome = self.sync_files(&file);
        let callers = self.shared.lock().take_callers(sequence);
        match &outcome {
            Ok(()) => {
                self.synced_to = end;
                if let Some(home) = &mut self.home {
                    home.mark.write(sequence);
                }
            }
            Err(error) => {
                add(&self.shared.counters.failures);
                tracing::error!(%error, "state is not on the disk; trying again");
                for (file, from) in
                    self.left.iter().map(|file| (file, 0)).chain([(&file, self.synced_to)])
                {
                    // failing, it fails the next sync too
                    let _ = segment::write_again(file, from);
                }
                self.shared.lock().sync_at = Some(Instant::now() + RETRY_AFTER);
            }
        }
        tell(callers, &outcome);
    }

    fn sync_files(&mut self, file: &File) -> Result<(), StateError> {
        let failed = |error| StateError::io("sync", "journal", &error);
        while let Some(older) = self.left.first() {
            older.sync_data().map_err(failed)?;
            self.left.remove(0);
        }
        if let Some(home) = self.home.as_ref().filter(|_| self.has_new_name) {
            sync_directory(&home.directory)?;
            self.has_new_name = false;
        }
        file.sync_data().map_err(failed)
    }

    /// Tries what could not be written once more.
    fn retry(&mut self) {
        let mut writer = self.shared.lock();
        match writer.write(|_| ()) {
            Ok(_) => add(&self.shared.counters.commits),
            Err(_) => add(&self.shared.counters.failures),
        }
    }

    /// Begins a new file of the journal and has the older ones worked up.
    fn round(&mut self) {
        let callers = mem::take(&mut self.shared.lock().snapshots);
        let now = Instant::now();
        self.next_round = None;
        let at = match self.begin_file() {
            Ok(at) => at,
            Err(error) => {
                tracing::error!(%error, "the journal of the state does not get shorter");
                self.next_round = Some(now + SETTLE_AFTER);
                return tell(callers, &Err(error));
            }
        };
        let Some(home) = &self.home else { return tell(callers, &Ok(())) };
        let is_due = now >= self.next_snapshot || home.is_outgrown(at);
        if is_due {
            self.next_snapshot = now + SNAPSHOT_INTERVAL;
        }
        let takes_snapshot = is_due || !callers.is_empty();
        let round = Round { directory: home.directory.clone(), at, takes_snapshot, callers };
        self.rounds.begin(round, Arc::clone(&self.shared));
    }

    /// Begins a new file unless the last is empty; says after which commit.
    fn begin_file(&mut self) -> Result<u64, StateError> {
        let Some(home) = &self.home else { return Ok(0) };
        let mut writer = self.shared.lock();
        let sequence = writer.sequence;
        match &mut writer.segment {
            Some(segment) if !segment.is_empty() => {
                let new = Segment::create(&home.directory, sequence)?;
                let old = mem::replace(segment, new);
                self.left.push(old.file);
                (self.has_new_name, self.synced_to) = (true, 0);
            }
            _ => {}
        }
        Ok(sequence)
    }

    /// Ends well: everything is synced, and a snapshot tells it all.
    fn close(&mut self) -> Result<(), StateError> {
        let outcome = {
            let mut writer = self.shared.lock();
            writer.write(|_| ()).map(|_| ())
        };
        self.sync();
        self.rounds.stop();
        let Some(home) = &self.home else { return outcome };
        let directory = home.directory.clone();
        let at = self.begin_file()?;
        sync_directory(&directory)?;
        self.shared.take_snapshot(&directory, at)?;
        settle::prune(&directory, self.rounds.settled())?;
        outcome
    }
}

pub(super) fn tell(callers: impl IntoIterator<Item = Caller>, outcome: &Result<(), StateError>) {
    for caller in callers {
        // Who does not wait any more does not want to know.
        let _ = caller.send(outcome.clone());
    }
}
