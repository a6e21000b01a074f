//! Everything as of a commit: a base, and over it what the journal says.

use std::path::{Path, PathBuf};

use super::index::Index;
use super::snapshot::{self, Reader};
use super::{Entry, StateError};

/// Everything as of a commit, on disk.
pub(super) struct Image {
    base: Base,
    journal: Index,
}

/// What the journal goes on from.
pub(super) enum Base {
    /// The very beginning.
    Nothing,
    /// A snapshot.
    Snapshot(PathBuf),
    /// Entries in key order.
    Entries(Vec<Entry>),
}

/// Goes over entries in key order.
trait Cursor {
    /// Goes on to the next entry; says whether there is one. At the end it is known that all
    /// were what was written.
    fn advance(&mut self) -> Result<bool, StateError>;

    /// The entry: key and value.
    fn entry(&self) -> (&[u8], &[u8]);
}

impl Image {
    /// A base of a commit, and the journal's files.
    pub(super) fn new(base: Base, at: u64, segments: &[(u64, PathBuf)]) -> Image {
        Image { base, journal: Index::read(segments, at) }
    }

    /// Everything up to a commit, by the newest snapshot and the journal of a directory.
    ///
    /// # Errors
    /// When they do not reach that commit.
    pub(super) fn as_of(
        directory: &Path,
        segments: &[(u64, PathBuf)],
        at: u64,
    ) -> Result<Image, StateError> {
        let (base, from) = match snapshot::list(directory)?.into_iter().next() {
            Some((sequence, path)) => (Base::Snapshot(path), sequence),
            None => (Base::Nothing, 0),
        };
        let image = Image::new(base, from, segments);
        if image.sequence() == at {
            return Ok(image);
        }
        let reached = image.sequence();
        Err(StateError::Damaged(format!("the journal ends at commit {reached}, not at {at}")))
    }

    /// The commit it is of.
    pub(super) fn sequence(&self) -> u64 {
        self.journal.sequence
    }

    /// Why the journal could not be read to its end, if the system said so.
    pub(super) fn fault(&self) -> Option<&StateError> {
        self.journal.fault.as_ref()
    }

    /// Gives every entry in key order.
    ///
    /// # Errors
    /// What `take` says; and when the base is not what was written, which is known at its end.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let mut base: Box<dyn Cursor + '_> = match &self.base {
            Base::Nothing => Box::new(Listed::over(&[])),
            Base::Snapshot(path) => Box::new(Reader::open(path)?),
            Base::Entries(entries) => Box::new(Listed::over(entries)),
        };
        let mut more = base.advance()?;
        self.journal.each(|key, value| {
            while more && base.entry().0 < key {
                take(base.entry().0, base.entry().1)?;
                more = base.advance()?;
            }
            if more && base.entry().0 == key {
                more = base.advance()?;
            }
            value.map_or(Ok(()), |value| take(key, value))
        })?;
        while more {
            take(base.entry().0, base.entry().1)?;
            more = base.advance()?;
        }
        Ok(())
    }
}

/// Entries in memory.
struct Listed<'a> {
    entry: Option<&'a Entry>,
    rest: &'a [Entry],
}

impl<'a> Listed<'a> {
    fn over(entries: &'a [Entry]) -> Listed<'a> {
        Listed { entry: None, rest: entries }
    }
}

impl Cursor for Listed<'_> {
    fn advance(&mut self) -> Result<bool, StateError> {
        let (entry, rest) = match self.rest.split_first() {
            Some((entry, rest)) => (Some(entry), rest),
            None => (None, self.rest),
        };
        (self.entry, self.rest) = (entry, rest);
        Ok(entry.is_some())
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        self.entry.map_or((&[], &[]), |(key, value)| (key, value))
    }
}

impl Cursor for Reader {
    fn advance(&mut self) -> Result<bool, StateError> {
        Reader::advance(self)
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        Reader::entry(self)
    }
}
