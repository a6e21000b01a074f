//! Working up the journal beside everything else, on a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

use super::super::digest::Digest;
use super::super::{StateError, settle};
use super::Shared;
use super::keeper::tell;
use super::writer::Caller;

/// What is to be worked up.
pub(super) struct Round {
    pub directory: PathBuf,
    /// Up to which commit.
    pub at: u64,
    /// Whether a snapshot is due.
    pub takes_snapshot: bool,
    /// Who waits for the snapshot.
    pub callers: Vec<Caller>,
}

/// The rounds, of which one at most is under way.
#[derive(Default)]
pub(super) struct Rounds {
    stop: Arc<AtomicBool>,
    under_way: Option<mpsc::Receiver<Option<Digest>>>,
    /// What this process has written to sled.
    settled: Option<Digest>,
}

impl Rounds {
    /// Begins a round; without a thread for it, the next comes as well.
    pub(super) fn begin(&mut self, round: Round, shared: Arc<Shared>) {
        let (sender, receiver) = mpsc::sync_channel(1);
        let (stop, settled) = (Arc::clone(&self.stop), self.settled);
        let work = move || {
            let reached = round.run(settled, &stop, &shared);
            let _ = sender.send(reached);
            // who holds the lock has not looked yet, or waits already
            drop(shared.lock());
            shared.ready.notify_one();
            shared.caught_up.notify_all();
        };
        if thread::Builder::new().name("state-settle".to_owned()).spawn(work).is_ok() {
            self.under_way = Some(receiver);
        }
    }

    /// Whether one is under way.
    pub(super) fn is_under_way(&mut self) -> bool {
        let Some(receiver) = &self.under_way else { return false };
        match receiver.try_recv() {
            Err(TryRecvError::Empty) => return true,
            Ok(reached) => self.settled = reached,
            Err(TryRecvError::Disconnected) => {}
        }
        self.under_way = None;
        false
    }

    /// Ends what is under way.
    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(receiver) = self.under_way.take() {
            self.settled = receiver.recv().ok().flatten();
        }
    }

    /// Up to which commit everything has settled, as far as this process knows.
    pub(super) fn settled(&self) -> u64 {
        self.settled.map_or(0, |digest| digest.sequence)
    }
}

impl Round {
    /// Gives what is written to sled now, if that is known.
    fn run(self, settled: Option<Digest>, stop: &AtomicBool, shared: &Shared) -> Option<Digest> {
        let Round { directory, at, takes_snapshot, callers } = self;
        if takes_snapshot {
            let outcome = shared.take_snapshot(&directory, at);
            said(&outcome, "no snapshot of the state was written");
            tell(callers, &outcome);
        }
        if settled.is_some_and(|digest| digest.sequence == at) {
            return settled;
        }
        let outcome = settle::settle(&directory, at, settled, stop);
        said(&outcome, "the journal of the state does not get shorter");
        let reached = outcome.ok();
        let until = reached.map_or(0, |digest| digest.sequence);
        said(&settle::prune(&directory, until), "the journal stays longer");
        reached
    }
}

fn said<T>(outcome: &Result<T, StateError>, what: &str) {
    match outcome {
        Ok(_) | Err(StateError::Closed) => {}
        Err(error) => tracing::error!(%error, "{what}"),
    }
}
