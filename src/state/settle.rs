//! The work that commits put off: what the journal says is put into its places, key by key, and
//! copied; then the journal's old files can go.
//!
//! ```text
//! journal-0  journal-70  journal-90 (commits go here)
//! '------ read -------'
//!          |-- newest value of each key --> sled, in slices       settled at 90
//!          '-- over the newest snapshot --> snapshot-90           when it is time for one
//! then journal-0 and journal-70 go: snapshot and sled both hold what they said
//! ```
//!
//! Everything can be had from either of two places and the journal behind it: from the newest
//! snapshot, and from sled. A file of the journal goes when neither needs it. Whatever single
//! file is damaged, nothing is lost.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::digest::Digest;
use super::image::Image;
use super::index::{self, Index};
use super::recover::{self, guarded};
use super::sled::SledStore;
use super::{Batch, StateError, codec, segment, snapshot};

/// How many changes are put into their places at one go.
const SLICE: usize = 256;

/// Settles everything up to a commit, at which a new file of the journal begins, and gives sled's
/// digest. `written` is the one that this process wrote there before.
///
/// # Errors
/// What the system or sled says. Nothing is lost: the next attempt does it all.
pub(super) fn settle(
    directory: &Path,
    at: u64,
    written: Option<Digest>,
    stop: &AtomicBool,
) -> Result<Digest, StateError> {
    let store = match guarded(|| SledStore::open(directory, written)) {
        Ok(store) => Some(store),
        Err(error @ StateError::Busy(_)) => return Err(error),
        Err(error) => {
            let aside = recover::make_room(directory)?;
            recover::move_into(&aside, &directory.join("sled"))?;
            let aside = aside.display();
            tracing::error!("{error}; it is moved to {aside} and made anew; nothing is lost");
            None
        }
    };
    guarded(|| settle_into(store, directory, at, stop))
}

fn settle_into(
    store: Option<SledStore>,
    directory: &Path,
    at: u64,
    stop: &AtomicBool,
) -> Result<Digest, StateError> {
    let segments = sealed(directory, at)?;
    let known = store.filter(|store| {
        let sequence = store.sequence();
        !store.is_of_an_earlier_version() && sequence <= at && index::covers(&segments, sequence)
    });
    let (mut store, image, changed);
    match known {
        Some(known) => {
            changed = Index::read(&segments, known.sequence());
            (store, image) = (known, None);
        }
        None => {
            image = Some(Image::as_of(directory, &segments, at)?);
            changed = Index::read(&[], at);
            store = anew(directory)?;
        }
    }
    if changed.sequence != at {
        let reached = changed.sequence;
        return Err(StateError::Damaged(format!("the journal ends at {reached}, not at {at}")));
    }
    let mut slices = Slices { store: &mut store, batch: Batch::new(), begun: Instant::now(), stop };
    match &image {
        Some(image) => image.each(|key, value| slices.put(key, Some(value)))?,
        None => changed.each(|key, value| slices.put(key, value))?,
    }
    slices.apply()?;
    store.finish(at)
}

/// An empty store in place of one that cannot go on.
fn anew(directory: &Path) -> Result<SledStore, StateError> {
    let path = directory.join("sled");
    if path.exists() {
        super::sled::wait_until_free(&path.join("db"))?;
        fs::remove_dir_all(&path).map_err(|error| StateError::io("remove", &path, &error))?;
    }
    SledStore::open(directory, None)
}

/// Gathers changes to slices.
struct Slices<'a> {
    store: &'a mut SledStore,
    batch: Batch,
    begun: Instant,
    stop: &'a AtomicBool,
}

impl Slices<'_> {
    fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), StateError> {
        self.batch.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        if self.batch.len() < SLICE { Ok(()) } else { self.apply() }
    }

    /// Applies a slice, and leaves the processor to others for as long as that took.
    fn apply(&mut self) -> Result<(), StateError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(StateError::Closed);
        }
        self.store.apply(&self.batch)?;
        self.batch.clear();
        thread::park_timeout(self.begun.elapsed());
        self.begun = Instant::now();
        Ok(())
    }
}

/// What is in a snapshot, in bytes of keys and values.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Of the notification log.
    pub log: u64,
    /// Of silences.
    pub silences: u64,
}

impl Weight {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        let bytes = (key.len() + value.len()) as u64;
        self.log += if codec::is_log_entry(key) { bytes } else { 0 };
        self.silences += if codec::is_silence(key) { bytes } else { 0 };
    }
}

/// What state takes on the disk, in bytes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The files of the journal before a commit.
    pub behind: u64,
    /// The newest snapshot; 0 where there is none.
    pub snapshot: u64,
}

/// Measures the files of the journal that begin before a commit, and the newest snapshot.
///
/// # Errors
/// What the system says.
pub(super) fn sizes(directory: &Path, at: u64) -> Result<Sizes, StateError> {
    let size = |path: &Path| {
        let found = fs::metadata(path).map_err(|error| StateError::io("look at", path, &error));
        found.map(|found| found.len())
    };
    let mut behind = 0;
    for (_, path) in sealed(directory, at)? {
        behind += size(&path)?;
    }
    let newest = snapshot::list(directory)?.into_iter().next();
    let snapshot = newest.map_or(Ok(0), |(_, path)| size(&path))?;
    Ok(Sizes { behind, snapshot })
}

/// Writes the snapshot of a commit, and says what is in it; nothing where there is one.
///
/// # Errors
/// What the system says, and damage to the files that it is made from.
pub(super) fn take_snapshot(directory: &Path, at: u64) -> Result<Option<Weight>, StateError> {
    if snapshot::list(directory)?.first().map_or(0, |(sequence, _)| *sequence) >= at {
        return Ok(None);
    }
    let image = Image::as_of(directory, &sealed(directory, at)?, at)?;
    let mut weight = Weight::default();
    snapshot::write(directory, at, |writer| {
        image.each(|key, value| {
            weight.add(key, value);
            writer.put(key, value)
        })
    })?;
    Ok(Some(weight))
}

/// Removes the files of the journal that neither the newest snapshot nor sled needs, which has
/// settled up to a commit. Where nothing has settled, an older snapshot stands in for sled.
///
/// # Errors
/// What the system says.
pub(super) fn prune(directory: &Path, settled: u64) -> Result<(), StateError> {
    let mut snapshots = snapshot::list(directory)?.into_iter().map(|(sequence, _)| sequence);
    let newest = snapshots.next().unwrap_or_default();
    let other = snapshots.next().unwrap_or_default().max(settled);
    segment::prune(directory, newest.min(other))
}

/// The files of the journal that end at or before a commit.
fn sealed(directory: &Path, at: u64) -> Result<Vec<(u64, std::path::PathBuf)>, StateError> {
    let mut segments = segment::list(directory)?;
    segments.retain(|(base, _)| *base < at);
    Ok(segments)
}

#[cfg(test)]
mod tests;
