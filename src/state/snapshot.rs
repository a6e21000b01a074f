//! Copies of everything, beside the store.
//!
//! ```text
//! "FBSTATE1" | sequence (8) | entries (8) | entry ... | checksum of all before (8)
//! entry: length of key (4) | key | length of value (4) | value         little endian
//! ```

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::sled::sync_directory;
use super::{Entry, StateError};

/// How many snapshots are kept.
pub(super) const SNAPSHOTS_KEPT: usize = 3;
/// The largest snapshot that is read, in bytes.
const SNAPSHOT_LIMIT: u64 = 4 << 30;

const MAGIC: &[u8; 8] = b"FBSTATE1";
const PREFIX: &str = "snapshot-";
const UNFINISHED: &str = ".tmp";

/// Everything as of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Which commit.
    pub sequence: u64,
    /// All entries in key order.
    pub entries: Vec<Entry>,
}

impl Snapshot {
    /// Writes the snapshot into the directory, durable when this returns, and removes old ones.
    pub(super) fn write(&self, directory: &Path) -> Result<PathBuf, StateError> {
        let path = directory.join(format!("{PREFIX}{:020}", self.sequence));
        let unfinished = path.with_extension(&UNFINISHED[1..]);
        let failed = |error: io::Error| StateError::io("write", &unfinished, &error);
        self.write_file(&unfinished).map_err(failed)?;
        fs::rename(&unfinished, &path).map_err(failed)?;
        sync_directory(directory)?;
        prune(directory)?;
        Ok(path)
    }

    fn write_file(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        let mut writer = Hashing { writer: BufWriter::new(&file), hasher: Xxh3::new() };
        writer.write_all(MAGIC)?;
        writer.write_all(&self.sequence.to_le_bytes())?;
        writer.write_all(&(self.entries.len() as u64).to_le_bytes())?;
        for (key, value) in &self.entries {
            writer.write_sized(key)?;
            writer.write_sized(value)?;
        }
        let checksum = writer.hasher.digest();
        writer.writer.write_all(&checksum.to_le_bytes())?;
        writer.writer.flush()?;
        file.sync_all()
    }

    /// Reads a snapshot and checks it.
    pub(super) fn read(path: &Path) -> Result<Snapshot, StateError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(SNAPSHOT_LIMIT).read_to_end(&mut bytes))
            .map_err(|error| StateError::io("read", path, &error))?;
        Snapshot::parse(&bytes)
            .ok_or_else(|| StateError::Damaged(format!("snapshot {}", path.display())))
    }

    fn parse(bytes: &[u8]) -> Option<Snapshot> {
        let (body, checksum) = bytes.split_last_chunk::<8>()?;
        if xxh3_64(body) != u64::from_le_bytes(*checksum) {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?;
        let sequence = u64::from_le_bytes(*pull_chunk(&mut rest)?);
        let count = u64::from_le_bytes(*pull_chunk(&mut rest)?);
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push((pull_sized(&mut rest)?.to_vec(), pull_sized(&mut rest)?.to_vec()));
        }
        rest.is_empty().then_some(Snapshot { sequence, entries })
    }
}

/// The snapshots of a directory, newest first: sequence and path.
pub(super) fn list(directory: &Path) -> Result<Vec<(u64, PathBuf)>, StateError> {
    let mut found = Vec::new();
    for name in names(directory)? {
        let sequence = name.strip_prefix(PREFIX).and_then(|digits| digits.parse().ok());
        if let Some(sequence) = sequence {
            found.push((sequence, directory.join(name)));
        }
    }
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

fn pull_chunk<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (chunk, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(chunk)
}

fn pull_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(*pull_chunk(rest)?) as usize;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

/// Writes, and hashes what it has written.
struct Hashing<W> {
    writer: W,
    hasher: Xxh3,
}

impl<W: Write> Hashing<W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.writer.write_all(bytes)
    }

    fn write_sized(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len())
            .map_err(|_| io::Error::other("an entry of more than 4 GiB"))?;
        self.write_all(&length.to_le_bytes())?;
        self.write_all(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(sequence: u64) -> Snapshot {
        let entry = |key: &str, value: &str| (key.into(), value.into());
        Snapshot { sequence, entries: vec![entry("a", "1"), entry("b", ""), entry("", "c")] }
    }

    #[test]
    fn a_snapshot_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = snapshot(7).write(directory.path()).unwrap();
        assert_eq!(path.file_name().unwrap(), "snapshot-00000000000000000007");
        assert_eq!(Snapshot::read(&path), Ok(snapshot(7)));
    }

    #[test]
    fn any_flipped_or_missing_byte_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = snapshot(7).write(directory.path()).unwrap();
        let good = fs::read(&path).unwrap();
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 0x10;
            assert_eq!(Snapshot::parse(&bad), None, "byte {position}");
            assert_eq!(Snapshot::parse(&good[..position]), None, "cut at {position}");
        }
        let mut claims = MAGIC.to_vec();
        claims.extend_from_slice(&[0xff; 24]);
        claims.extend_from_slice(&xxh3_64(&claims).to_le_bytes());
        assert_eq!(Snapshot::parse(&claims), None);
    }

    #[test]
    fn the_newest_three_are_kept_and_unfinished_ones_go() {
        let directory = tempfile::tempdir().unwrap();
        for sequence in [9, 10, 11, 12] {
            snapshot(sequence).write(directory.path()).unwrap();
        }
        fs::write(directory.path().join("snapshot-00000000000000000013.tmp"), "x").unwrap();
        remove_unfinished(directory.path()).unwrap();
        let kept: Vec<_> = list(directory.path()).unwrap().into_iter().map(|(n, _)| n).collect();
        assert_eq!(kept, [12, 11, 10]);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), SNAPSHOTS_KEPT);
    }
}
