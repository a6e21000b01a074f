//! Answers that wait for a commit.

use tokio::sync::oneshot;
use tracing::error;

use crate::state::{Committed, StateError};

use super::handle::{Gone, SilenceAnswer};

/// The answers of the steps of one commit.
#[derive(Default)]
pub(super) struct Replies {
    /// What they wait for; nothing where nothing is to be kept.
    committed: Option<Committed>,
    /// For those it is enough that the commit is written.
    pub(super) done: Vec<oneshot::Sender<Result<(), Gone>>>,
    /// Those are to outlive a lost power supply.
    pub(super) silences: Vec<(oneshot::Sender<Result<SilenceAnswer, Gone>>, SilenceAnswer)>,
}

impl Replies {
    /// Lets the answers wait for a commit. A failure is told to those who wait; messages leave
    /// nevertheless: people waiting for them come before a full disk.
    pub(super) fn await_commit(&mut self, committed: Committed) {
        self.committed = Some(committed);
    }

    /// Answers now, and those that wait for the disk when it is done.
    pub(super) fn answer(self) {
        let Replies { committed, done, silences } = self;
        let written = committed.as_ref().map_or(Ok(()), |one| kept(one.written()));
        for reply in done {
            // who asked may have gone away meanwhile
            let _ = reply.send(written);
        }
        match committed {
            Some(committed) if committed.is_waiting() && !silences.is_empty() => {
                tokio::spawn(async move { tell(silences, kept(committed.await)) });
            }
            _ => tell(silences, written),
        }
    }
}

fn tell(
    silences: Vec<(oneshot::Sender<Result<SilenceAnswer, Gone>>, SilenceAnswer)>,
    kept: Result<(), Gone>,
) {
    for (reply, answer) in silences {
        let _ = reply.send(kept.map(|()| answer));
    }
}

fn kept(outcome: Result<(), StateError>) -> Result<(), Gone> {
    outcome.map_err(|error| {
        error!(%error, "state could not be written");
        Gone::NotDurable
    })
}
