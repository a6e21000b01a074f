//! Copies of everything, written and read entry by entry.
//!
//! ```text
//! snapshot-<sequence>: "FBSTATE2" | sequence (8) | entry ... | end | checksum of all before (8)
//! entry: length of key (4) | key | length of value (4) | value              little endian
//! end:   ff ff ff ff | entries (8)
//! ```
//!
//! Older ones, which are still read, begin with `FBSTATE1`: the number of entries comes after the
//! sequence, and there is no end.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use super::StateError;
use super::sled::sync_directory;

/// How many snapshots are kept.
pub(super) const SNAPSHOTS_KEPT: usize = 3;

const MAGIC: &[u8; 8] = b"FBSTATE2";
const OLD_MAGIC: &[u8; 8] = b"FBSTATE1";
const PREFIX: &str = "snapshot-";
const UNFINISHED: &str = ".tmp";
/// Stands where the length of a key would.
const END: u32 = u32::MAX;
/// How much is read or written at one go, in bytes.
const BUFFER_BYTES: usize = 128 << 10;

/// A snapshot that is being written.
pub(super) struct Writer<'a> {
    output: BufWriter<&'a File>,
    hasher: Xxh3,
    entries: u64,
    path: &'a Path,
}

/// Writes the snapshot of a commit into the directory, durable when this returns, and removes
/// old ones. `fill` puts all entries in key order.
pub(super) fn write(
    directory: &Path,
    sequence: u64,
    fill: impl FnOnce(&mut Writer<'_>) -> Result<(), StateError>,
) -> Result<PathBuf, StateError> {
    let path = directory.join(format!("{PREFIX}{sequence:020}"));
    let unfinished = path.with_extension(&UNFINISHED[1..]);
    let failed = |error: io::Error| StateError::io("write", &unfinished, &error);
    let file = File::create(&unfinished).map_err(failed)?;
    let output = BufWriter::with_capacity(BUFFER_BYTES, &file);
    let mut writer = Writer { output, hasher: Xxh3::new(), entries: 0, path: &unfinished };
    writer.write(MAGIC)?;
    writer.write(&sequence.to_le_bytes())?;
    fill(&mut writer)?;
    writer.finish()?;
    file.sync_all().map_err(failed)?;
    fs::rename(&unfinished, &path).map_err(failed)?;
    sync_directory(directory)?;
    prune(directory)?;
    Ok(path)
}

impl Writer<'_> {
    /// Adds an entry.
    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), StateError> {
        self.write(&length(key))?;
        self.write(key)?;
        self.write(&length(value))?;
        self.write(value)?;
        self.entries += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), StateError> {
        self.write(&END.to_le_bytes())?;
        self.write(&self.entries.to_le_bytes())?;
        let checksum = self.hasher.digest();
        self.write(&checksum.to_le_bytes())?;
        self.output.flush().map_err(|error| StateError::io("write", self.path, &error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StateError> {
        self.hasher.update(bytes);
        self.output.write_all(bytes).map_err(|error| StateError::io("write", self.path, &error))
    }
}

/// Keys and values are far below 4 GiB: the codec limits them.
fn length(bytes: &[u8]) -> [u8; 4] {
    (bytes.len() as u32).to_le_bytes()
}

/// A snapshot that is being read.
pub(super) struct Reader {
    input: BufReader<File>,
    path: PathBuf,
    hasher: Xxh3,
    /// How many bytes are not yet read.
    left: u64,
    /// How many entries were read.
    read: u64,
    /// How many there are, where that is said before them.
    said: Option<u64>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Reader {
    /// Opens a snapshot.
    pub(super) fn open(path: &Path) -> Result<Reader, StateError> {
        let failed = |error| StateError::io("read", path, &error);
        let file = File::open(path).map_err(failed)?;
        let left = file.metadata().map_err(failed)?.len();
        let input = BufReader::with_capacity(BUFFER_BYTES, file);
        let (hasher, key, value) = (Xxh3::new(), Vec::new(), Vec::new());
        let (path, read, said) = (path.to_owned(), 0, None);
        let mut reader = Reader { input, path, hasher, left, read, said, key, value };
        let magic = reader.word()?.to_le_bytes();
        reader.word()?;
        match &magic {
            MAGIC => {}
            OLD_MAGIC => reader.said = Some(reader.word()?),
            _ => return Err(reader.damaged()),
        }
        Ok(reader)
    }

    /// Goes on to the next entry; says whether there is one. Whether the entries are what was
    /// written is known at the end only.
    pub(super) fn advance(&mut self) -> Result<bool, StateError> {
        if self.said == Some(self.read) {
            return self.end();
        }
        let length = self.length()?;
        if length == END && self.said.is_none() {
            return if self.word()? == self.read { self.end() } else { Err(self.damaged()) };
        }
        let mut key = std::mem::take(&mut self.key);
        self.fill(&mut key, length)?;
        let mut value = std::mem::take(&mut self.value);
        let length = self.length()?;
        self.fill(&mut value, length)?;
        (self.key, self.value) = (key, value);
        self.read += 1;
        Ok(true)
    }

    /// The entry: key and value.
    pub(super) fn entry(&self) -> (&[u8], &[u8]) {
        (&self.key, &self.value)
    }

    fn end(&mut self) -> Result<bool, StateError> {
        let sum = self.hasher.digest();
        if self.word()? == sum && self.left == 0 { Ok(false) } else { Err(self.damaged()) }
    }

    fn word(&mut self) -> Result<u64, StateError> {
        let mut bytes = [0; 8];
        self.take(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn length(&mut self) -> Result<u32, StateError> {
        let mut bytes = [0; 4];
        self.take(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, length: u32) -> Result<(), StateError> {
        if u64::from(length) > self.left {
            return Err(self.damaged());
        }
        bytes.resize(length as usize, 0);
        self.take(bytes)
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), StateError> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(self.damaged());
        };
        self.input.read_exact(bytes).map_err(|error| StateError::io("read", &self.path, &error))?;
        self.hasher.update(bytes);
        self.left = left;
        Ok(())
    }

    fn damaged(&self) -> StateError {
        StateError::Damaged(format!("snapshot {}", self.path.display()))
    }
}

/// The snapshots of a directory, newest first: sequence and path.
pub(super) fn list(directory: &Path) -> Result<Vec<(u64, PathBuf)>, StateError> {
    let mut found = numbered(directory, PREFIX)?;
    found.sort_unstable_by(|left, right| right.cmp(left));
    Ok(found)
}

/// Removes what a crash left half written.
pub(super) fn remove_unfinished(directory: &Path) -> Result<(), StateError> {
    for name in names(directory)? {
        if name.starts_with(PREFIX) && name.ends_with(UNFINISHED) {
            remove(&directory.join(name))?;
        }
    }
    Ok(())
}

/// The files of a directory whose names are this and a number.
pub(super) fn numbered(directory: &Path, prefix: &str) -> Result<Vec<(u64, PathBuf)>, StateError> {
    let number = |name: &str| name.strip_prefix(prefix)?.parse().ok();
    let found = names(directory)?.into_iter();
    Ok(found.filter_map(|name| Some((number(&name)?, directory.join(name)))).collect())
}

fn prune(directory: &Path) -> Result<(), StateError> {
    list(directory)?.iter().skip(SNAPSHOTS_KEPT).try_for_each(|(_, path)| remove(path))
}

fn remove(path: &Path) -> Result<(), StateError> {
    fs::remove_file(path).map_err(|error| StateError::io("remove", path, &error))
}

fn names(directory: &Path) -> Result<Vec<String>, StateError> {
    let failed = |error| StateError::io("list", directory, &error);
    let mut names = Vec::new();
    for file in fs::read_dir(directory).map_err(failed)? {
        names.extend(file.map_err(failed)?.file_name().into_string());
    }
    Ok(names)
}

/// A snapshot as earlier versions wrote them.
#[cfg(test)]
pub(super) fn write_old(
    directory: &Path,
    sequence: u64,
    entries: &[super::Entry],
) -> std::path::PathBuf {
    let mut bytes = OLD_MAGIC.to_vec();
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&(entries.len() as u64).to_le_bytes());
    for (key, value) in entries {
        for part in [key, value] {
            bytes.extend_from_slice(&length(part));
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(&xxhash_rust::xxh3::xxh3_64(&bytes).to_le_bytes());
    let path = directory.join(format!("{PREFIX}{sequence:020}"));
    fs::write(&path, bytes).unwrap();
    path
}

#[cfg(test)]
mod tests;
