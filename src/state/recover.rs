//! Opening the state directory, come what may: files that cannot be trusted are moved aside, and
//! what of the others leads furthest takes their place.
//!
//! ```text
//! newest good snapshot --journal--> commit n     n >= acknowledged: that is it, in a moment
//! sled                 --journal--> commit m     asked only when n falls short
//! ```

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::contents::Contents;
use super::image::{Base, Image};
use super::mark::Mark;
use super::sled::{SledStore, sync_directory};
use super::{StateError, segment, snapshot};

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
    /// What is whole tells everything.
    Whole,
    /// What is whole tells everything up to a commit.
    Until(u64),
    /// Nowhere: nothing is whole.
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
        match self {
            Source::Whole => f.write_str("nothing is lost"),
            Source::Until(sequence) => {
                write!(f, "it is as of commit {sequence}, what changed since then is lost")
            }
            Source::Nothing => f.write_str("nothing is whole, starting without state"),
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

/// What a state directory holds.
pub(super) struct Found {
    /// What there is.
    pub contents: Contents,
    /// The commit that the journal goes on from.
    pub sequence: u64,
    /// What an operator should know.
    pub notice: Option<Notice>,
    /// How many files the journal had.
    pub segments: usize,
}

/// Reads a directory that is taken: the newest snapshot and the journal, in a moment; if that is
/// not everything, whatever leads furthest.
pub(super) fn open(directory: &Path) -> Result<Found, StateError> {
    snapshot::remove_unfinished(directory)?;
    let place = Place::look(directory)?;
    let mut bad = Bad::default();
    let quick = place.by_snapshots(&mut bad);
    let sequence = quick.image.sequence();
    // a directory of an earlier version has no journal of ours: what it knows is in sled
    let is_of_an_earlier_version = place.segments.is_empty() && place.has_sled;
    if sequence >= place.last && bad.files.is_empty() && !is_of_an_earlier_version {
        let segments = place.segments.len();
        return Ok(Found { contents: quick.contents, sequence, notice: None, segments });
    }
    place.recover(quick, bad)
}

/// What is in a directory.
struct Place<'a> {
    directory: &'a Path,
    snapshots: Vec<(u64, PathBuf)>,
    segments: Vec<(u64, PathBuf)>,
    has_sled: bool,
    /// The newest commit that anything tells of.
    last: u64,
    acknowledged: u64,
}

/// What can be had from somewhere.
struct Reading {
    image: Image,
    contents: Contents,
}

/// What is damaged: why, and which files are to be moved aside.
#[derive(Default)]
struct Bad {
    why: Vec<String>,
    files: Vec<PathBuf>,
}

impl Bad {
    fn add(&mut self, error: &StateError, file: PathBuf) {
        self.why.push(error.to_string());
        self.files.push(file);
    }
}

impl Place<'_> {
    fn look(directory: &Path) -> Result<Place<'_>, StateError> {
        let (snapshots, segments) = (snapshot::list(directory)?, segment::list(directory)?);
        let acknowledged = Mark::open(&directory.join("acknowledged"))?.read();
        let first = |list: &[(u64, PathBuf)]| list.first().map_or(0, |(sequence, _)| *sequence);
        let newest_base = segments.last().map_or(0, |(base, _)| *base);
        let last = acknowledged.max(first(&snapshots)).max(newest_base);
        let has_sled = directory.join("sled/db").exists();
        Ok(Place { directory, snapshots, segments, has_sled, last, acknowledged })
    }

    /// The newest snapshot that is good, and the journal behind it.
    fn by_snapshots(&self, bad: &mut Bad) -> Reading {
        for (sequence, path) in &self.snapshots {
            match self.read(Base::Snapshot(path.clone()), *sequence) {
                Ok(reading) => return reading,
                Err(error) => bad.add(&error, path.clone()),
            }
        }
        self.read(Base::Nothing, 0).unwrap_or_else(|error| {
            // a file of the journal that was read a moment ago cannot be read any more
            bad.why.push(error.to_string());
            let image = Image::new(Base::Nothing, 0, &[]);
            Reading { image, contents: Contents::default() }
        })
    }

    fn read(&self, base: Base, at: u64) -> Result<Reading, StateError> {
        let image = Image::new(base, at, &self.segments);
        let mut contents = Contents::default();
        image.each(|key, value| {
            contents.take(key, value);
            Ok(())
        })?;
        Ok(Reading { image, contents })
    }

    /// What sled knows, and the journal behind it.
    fn by_sled(&self, bad: &mut Bad) -> Result<Option<Reading>, StateError> {
        if !self.has_sled {
            return Ok(None);
        }
        let opened = guarded(|| {
            let store = SledStore::open(self.directory, None)?;
            Ok((store.sequence(), store.entries()?))
        });
        match opened.and_then(|(at, entries)| self.read(Base::Entries(entries), at)) {
            Ok(reading) => Ok(Some(reading)),
            // In use is not damaged.
            Err(error @ StateError::Busy(_)) => Err(error),
            Err(error) => {
                bad.add(&error, self.directory.join("sled"));
                Ok(None)
            }
        }
    }

    /// Takes what leads furthest and makes a snapshot of it, from which everything goes on.
    fn recover(self, quick: Reading, mut bad: Bad) -> Result<Found, StateError> {
        let settled = self.by_sled(&mut bad)?;
        let further = |sled: &Reading| sled.image.sequence() > quick.image.sequence();
        let best = settled.filter(further).unwrap_or(quick);
        let reached = best.image.sequence();
        if reached < self.last {
            bad.why.push(self.what_is_missing(&best.image));
            bad.files.extend(self.segments.iter().map(|(_, path)| path.clone()));
            bad.files.push(self.directory.join("sled"));
        }
        let aside = if bad.why.is_empty() { None } else { Some(make_room(self.directory)?) };
        let (now, later): (Vec<_>, Vec<_>) =
            bad.files.into_iter().partition(|path| self.is_snapshot(path));
        for path in now {
            move_into(aside.as_deref().unwrap_or(self.directory), &path)?;
        }
        // it goes on after every commit there ever was, so that none is missed again
        let sequence = reached.max(self.last);
        snapshot::write(self.directory, sequence, |writer| {
            best.image.each(|key, value| writer.put(key, value))
        })?;
        for path in later {
            move_into(aside.as_deref().unwrap_or(self.directory), &path)?;
        }
        sync_directory(self.directory)?;
        let entries = best.contents.entries;
        let source = match reached {
            reached if reached >= self.last => Source::Whole,
            0 => Source::Nothing,
            reached => Source::Until(reached),
        };
        let why = bad.why.join("; ");
        let notice = aside.map(|aside| Notice::Recovered { why, aside, source, entries });
        Ok(Found { contents: best.contents, sequence, notice, segments: self.segments.len() })
    }

    fn is_snapshot(&self, path: &Path) -> bool {
        self.snapshots.iter().any(|(_, snapshot)| snapshot == path)
    }

    fn what_is_missing(&self, best: &Image) -> String {
        if let Some(fault) = best.fault() {
            return fault.to_string();
        }
        let (at, acknowledged) = (best.sequence(), self.acknowledged);
        let newest = self.snapshots.first().map_or(0, |(sequence, _)| *sequence);
        format!(
            "state is damaged: it can be read up to commit {at}, {acknowledged} was acknowledged, \
             the newest snapshot is of {newest}"
        )
    }
}

/// Runs something that may panic deep inside sled.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, StateError>) -> Result<T, StateError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
        Err(StateError::Damaged(format!("the store gave up: {text}")))
    })
}

/// An empty directory `damaged-<n>`, n counting on; the oldest go.
pub(super) fn make_room(directory: &Path) -> Result<PathBuf, StateError> {
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

/// Moves a file or a directory into another, if it is there.
pub(super) fn move_into(aside: &Path, path: &Path) -> Result<(), StateError> {
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
