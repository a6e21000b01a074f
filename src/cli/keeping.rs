//! When the embedded store's samples are saved: from time to time, and at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::drivers::samples::{self, SAVED_LIMIT, SAVING_INTERVAL, SAVING_SHARE, Saved};
use crate::source::embedded::Store;
use crate::time::Timestamp;

/// Saves the samples of a store.
pub(super) struct Keeping {
    place: Option<(Arc<Store>, PathBuf)>,
    next: Instant,
    busy: Arc<AtomicBool>,
    /// How long the last saving took, in milliseconds.
    took: Arc<AtomicU64>,
}

/// Takes what was saved into a store; the newest time that came back.
pub(super) fn restore(
    store: &Store,
    directory: Option<&Path>,
    now: Timestamp,
) -> Option<Timestamp> {
    match samples::restore(store, directory?, now) {
        Ok(restored) => {
            let restored = restored?;
            if restored.samples == 0 {
                return None;
            }
            info!(samples = restored.samples, newest = %restored.newest, "samples are back");
            Some(restored.newest)
        }
        Err(error) => {
            warn!("{error}");
            None
        }
    }
}

impl Keeping {
    /// Keeps the samples of a store in a directory, if there are both.
    pub(super) fn new(store: Option<Arc<Store>>, directory: Option<PathBuf>) -> Keeping {
        let next = Instant::now() + SAVING_INTERVAL;
        Keeping { place: store.zip(directory), next, busy: Arc::default(), took: Arc::default() }
    }

    /// Begins to save on a thread of its own, if it is time.
    pub(super) fn tick(&mut self) {
        let Some((store, directory)) = &self.place else { return };
        let took = Duration::from_millis(self.took.load(Ordering::Relaxed));
        let pause = took * SAVING_SHARE;
        if Instant::now() < self.next + pause.saturating_sub(SAVING_INTERVAL)
            || self.busy.swap(true, Ordering::AcqRel)
        {
            return;
        }
        self.next = Instant::now() + SAVING_INTERVAL;
        let (store, directory) = (Arc::clone(store), directory.clone());
        let (busy, took) = (Arc::clone(&self.busy), Arc::clone(&self.took));
        tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            save(&store, &directory);
            took.store(u64::try_from(begun.elapsed().as_millis()).unwrap_or(0), Ordering::Relaxed);
            busy.store(false, Ordering::Release);
        });
    }

    /// Saves a last time, when nothing comes in any more.
    pub(super) async fn finish(self) {
        while self.busy.load(Ordering::Acquire) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let Some((store, directory)) = self.place else { return };
        // without a thread there is nobody to save; the last file stays
        let _ = tokio::task::spawn_blocking(move || save(&store, &directory)).await;
    }
}

fn save(store: &Store, directory: &Path) {
    match samples::save(store, directory) {
        Ok(Saved::Whole) => {}
        Ok(Saved::TooMany) => {
            info!(limit = SAVED_LIMIT, "too many samples: they do not survive a restart");
        }
        Err(error) => error!(%error, directory = %directory.display(), "samples are not saved"),
    }
}
