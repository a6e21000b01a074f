//! The newest acknowledged commit, written down outside the store.
//!
//! A store whose end is damaged can come up whole as of an earlier commit: to it that is a write
//! that a crash cut off. The mark tells the two apart. It is written after a commit is durable
//! and never synced, so it costs nothing and is at most too old, never too new.
//!
//! ```text
//! sequence (8) | hash of the sequence (8)      little endian
//! ```

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::StateError;

/// The file that holds the mark.
pub(super) struct Mark(File);

impl Mark {
    pub(super) fn open(path: &Path) -> Result<Mark, StateError> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map(Mark)
            .map_err(|error| StateError::io("open", path, &error))
    }

    /// The sequence that was written last; 0 when there is none, or none that can be read.
    pub(super) fn read(&mut self) -> u64 {
        let mut bytes = [0; 16];
        if self.0.rewind().and_then(|()| self.0.read_exact(&mut bytes)).is_err() {
            return 0;
        }
        let number = u128::from_le_bytes(bytes);
        let (sequence, hash) = (number as u64, (number >> 64) as u64);
        if hash == xxh3_64(&sequence.to_le_bytes()) { sequence } else { 0 }
    }

    /// Writes a sequence down. Failing, it leaves an old mark, which is a true one.
    pub(super) fn write(&mut self, sequence: u64) {
        let hash = xxh3_64(&sequence.to_le_bytes());
        let bytes = (u128::from(hash) << 64 | u128::from(sequence)).to_le_bytes();
        let _ = self.0.rewind().and_then(|()| self.0.write_all(&bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mark_is_read_and_nonsense_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("acknowledged");
        let mut mark = Mark::open(&path).unwrap();
        assert_eq!(mark.read(), 0);
        mark.write(u64::MAX);
        mark.write(7);
        assert_eq!(mark.read(), 7);
        assert_eq!(Mark::open(&path).unwrap().read(), 7);
        std::fs::write(&path, [1; 16]).unwrap();
        assert_eq!(mark.read(), 0);
    }
}
