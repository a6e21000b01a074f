//! Opening the state directory, come what may: a store that cannot be trusted is moved aside
//! and the newest state that is whole takes its place.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::mark::Mark;
use super::sled::{SledStore, sync_directory};
use super::snapshot::{self, Snapshot};
use super::{Batch, StateError, Store};

/// How many damaged stores are kept for a post-mortem.
const DAMAGED_KEPT: u64 = 3;

/// Something an operator should know about the state, said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The store was damaged and is replaced.
    Recovered {
        /// What was wrong.
        why: String,
        /// Where the damaged store is now.
        aside: PathBuf,
        /// Where the state comes from instead.
        source: Source,
        /// How many entries it has.
        entries: usize,
    },
    /// Entries that cannot be read, perhaps written by a newer version; they stay where they are.
    Unreadable {
        /// How many.
        count: usize,
        /// What is wrong with the first.
        first: String,
    },
}

/// Where the state comes from after damage.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// What of the store itself was whole: everything up to a commit.
    Store(u64),
    /// The snapshot of a commit.
    Snapshot(u64),
    /// Nowhere: there is no good snapshot.
    Nothing,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Recovered { why, aside, source, entries } => {
                write!(f, "{why}; it is moved to {}; {source}, {entries} entries", aside.display())
            }
            Notice::Unreadable { count, first } => {
                write!(f, "{count} entries of the state cannot be read, the first: {first}")
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = "what changed since then is lost";
        match self {
            Source::Store(sequence) => {
                write!(f, "it was whole up to commit {sequence}, {lost}")
            }
            Source::Snapshot(sequence) => {
                write!(f, "restored from the snapshot at commit {sequence}, {lost}")
            }
            Source::Nothing => f.write_str("there is no good snapshot, starting without state"),
        }
    }
}

/// Creates the directory if need be and takes it for this process, as long as the file lives.
pub(super) fn take(directory: &Path) -> Result<File, StateError> {
    fs::create_dir_all(directory).map_err(|error| StateError::io("create", directory, &error))?;
    let path = directory.join("lock");
    let file = File::create(&path).map_err(|error| StateError::io("create", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateError::Locked(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(StateError::io("lock", &path, &error)),
    }
}

/// Opens the store of a directory that is taken.
pub(super) fn open(directory: &Path) -> Result<(SledStore, Option<Notice>), StateError> {
    snapshot::remove_unfinished(directory)?;
    let snapshots = snapshot::list(directory)?;
    let newest = snapshots.first().map_or(0, |(sequence, _)| *sequence);
    let acknowledged = Mark::open(&directory.join("acknowledged"))?.read();
    let (why, whole) = match guarded(|| SledStore::open(directory)) {
        Ok(store) if store.sequence() < newest.max(acknowledged) => {
            let at = store.sequence();
            let why = format!(
                "state is damaged: the store is at commit {at}, {acknowledged} was acknowledged, \
                 the newest snapshot is of {newest}"
            );
            let whole = (at > 0 && at >= newest).then(|| guarded(|| store.entries()));
            (why, whole.and_then(Result::ok).map(|entries| Snapshot { sequence: at, entries }))
        }
        Ok(mut store) => {
            if store.sequence() == 0 {
                begin(&mut store, directory)?;
            }
            return Ok((store, None));
        }
        // In use is not damaged.
        Err(error @ StateError::Busy(_)) => return Err(error),
        Err(error) => (error.to_string(), None),
    };
    let aside = make_room(directory)?;
    move_into(&aside, &directory.join("sled"))?;
    let (source, image) = match whole {
        Some(whole) => (Source::Store(whole.sequence), Some(whole)),
        None => match newest_good(snapshots, &aside)? {
            Some(snapshot) => (Source::Snapshot(snapshot.sequence), Some(snapshot)),
            None => (Source::Nothing, None),
        },
    };
    sync_directory(directory)?;
    let (store, entries) = replace(directory, image, newest.max(acknowledged))?;
    Ok((store, Some(Notice::Recovered { why, aside, source, entries })))
}

/// A new store with this image, and how many entries it has. Its sequence goes on after every
/// commit there ever was, so that none is missed again.
fn replace(
    directory: &Path,
    image: Option<Snapshot>,
    last: u64,
) -> Result<(SledStore, usize), StateError> {
    let mut store = guarded(|| SledStore::open(directory))?;
    store.continue_from(last)?;
    let Some(Snapshot { entries, .. }) = image else {
        begin(&mut store, directory)?;
        return Ok((store, 0));
    };
    let count = entries.len();
    let batch = entries.into_iter().map(|(key, value)| (key, Some(value))).collect();
    guarded(|| store.commit(&batch))?;
    Ok((store, count))
}

/// The first commit and the first snapshot, of nothing: from now on, a store that comes up
/// empty is known for damaged.
fn begin(store: &mut SledStore, directory: &Path) -> Result<(), StateError> {
    guarded(|| store.commit(&Batch::new()))?;
    Snapshot { sequence: store.sequence(), entries: Vec::new() }.write(directory)?;
    Ok(())
}

/// Runs something that may panic deep inside sled.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, StateError>) -> Result<T, StateError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
        Err(StateError::Damaged(format!("the store gave up: {text}")))
    })
}

/// The newest snapshot that is good; newer ones that are damaged too go aside.
fn newest_good(
    snapshots: Vec<(u64, PathBuf)>,
    aside: &Path,
) -> Result<Option<Snapshot>, StateError> {
    for (_, path) in snapshots {
        match Snapshot::read(&path) {
            Ok(snapshot) => return Ok(Some(snapshot)),
            Err(_) => move_into(aside, &path)?,
        }
    }
    Ok(None)
}

/// An empty directory `damaged-<n>`, n counting on; the oldest go.
fn make_room(directory: &Path) -> Result<PathBuf, StateError> {
    let failed = |error| StateError::io("list", directory, &error);
    let mut numbers = Vec::new();
    for file in fs::read_dir(directory).map_err(failed)? {
        let name = file.map_err(failed)?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix("damaged-"));
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    let next = numbers.iter().max().map_or(1, |newest| newest.saturating_add(1));
    for number in numbers.into_iter().filter(|number| number + DAMAGED_KEPT <= next) {
        let path = directory.join(format!("damaged-{number}"));
        fs::remove_dir_all(&path).map_err(|error| StateError::io("remove", &path, &error))?;
    }
    let path = directory.join(format!("damaged-{next}"));
    fs::create_dir(&path).map_err(|error| StateError::io("create", &path, &error))?;
    Ok(path)
}

fn move_into(aside: &Path, path: &Path) -> Result<(), StateError> {
    let Some(name) = path.file_name() else { return Ok(()) };
    match fs::rename(path, aside.join(name)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StateError::io("move aside", path, &error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
