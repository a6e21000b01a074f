//! The files of the journal. A new one is begun at every start and whenever the old ones are to
//! be worked up; each is as good as its frames are.
//!
//! ```text
//! journal-<base>: "FBJOURN1" | base (8) | hash of both (8) | frame ...      little endian
//!                              the commit after which the first frame comes
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::snapshot::numbered;
use super::{StateError, frame};

const PREFIX: &str = "journal-";
const MAGIC: &[u8; 8] = b"FBJOURN1";
const HEADER: usize = 24;
/// How much of a file is read at one go, in bytes.
const READ_BYTES: usize = 256 << 10;

/// The file that commits are written to.
pub(super) struct Segment {
    /// The file, shared with the thread that syncs it.
    pub file: Arc<File>,
    /// Where the next frame goes.
    pub end: u64,
}

impl Segment {
    /// Begins a file in a directory. One that is there already holds nothing that anybody read.
    pub(super) fn create(directory: &Path, base: u64) -> Result<Segment, StateError> {
        let path = directory.join(format!("{PREFIX}{base:020}"));
        let failed = |error| StateError::io("create", &path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let file = options.open(&path).map_err(failed)?;
        file.write_all_at(&header(base), 0).map_err(failed)?;
        Ok(Segment { file: Arc::new(file), end: HEADER as u64 })
    }

    /// Writes a frame to the end. What of one that failed is there is written over by the next.
    pub(super) fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        self.file.write_all_at(frame, self.end)?;
        self.end += frame.len() as u64;
        Ok(())
    }

    /// Whether it has no frame.
    pub(super) fn is_empty(&self) -> bool {
        self.end == HEADER as u64
    }
}

/// Writes what a file has from a position on once more: after a sync that failed, the system may
/// take for written what never reached the disk.
pub(super) fn write_again(file: &File, from: u64) -> io::Result<()> {
    let (mut at, mut buffer) = (from, vec![0; READ_BYTES]);
    loop {
        match file.read_at(&mut buffer, at)? {
            0 => return Ok(()),
            count => {
                file.write_all_at(&buffer[..count], at)?;
                at += count as u64;
            }
        }
    }
}

/// The files of a directory in order: base and path.
pub(super) fn list(directory: &Path) -> Result<Vec<(u64, PathBuf)>, StateError> {
    let mut found = numbered(directory, PREFIX)?;
    found.sort_unstable();
    Ok(found)
}

/// Removes the files whose commits are all at or before this one.
pub(super) fn prune(directory: &Path, until: u64) -> Result<(), StateError> {
    let segments = list(directory)?;
    for (older, newer) in segments.iter().zip(segments.iter().skip(1)) {
        if newer.0 <= until {
            let path = &older.1;
            fs::remove_file(path).map_err(|error| StateError::io("remove", path, &error))?;
        }
    }
    Ok(())
}

/// Reads the frames of a file one by one.
pub(super) struct Reader {
    input: BufReader<File>,
    /// Where the next frame begins, and how much there is behind it.
    at: u64,
    left: u64,
    body: Vec<u8>,
}

impl Reader {
    /// Opens a file of this base; nothing when it does not begin as it should.
    pub(super) fn open(path: &Path, base: u64) -> io::Result<Option<Reader>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut input = BufReader::with_capacity(READ_BYTES, file);
        let mut found = [0; HEADER];
        if length < HEADER as u64 {
            return Ok(None);
        }
        input.read_exact(&mut found)?;
        let (at, left) = (HEADER as u64, length - HEADER as u64);
        Ok((found == header(base)).then_some(Reader { input, at, left, body: Vec::new() }))
    }

    /// The next commit: its sequence, and where its body begins in the file. Nothing at the end,
    /// and where something else begins than a whole frame.
    pub(super) fn advance(&mut self) -> io::Result<Option<(u64, u64)>> {
        let mut head = [0; frame::HEAD];
        if self.left < head.len() as u64 {
            return Ok(None);
        }
        self.input.read_exact(&mut head)?;
        let (length, hash) = frame::head(&head);
        let start = self.at + frame::HEAD as u64;
        self.left -= frame::HEAD as u64;
        if length > self.left {
            return Ok(None);
        }
        self.body.resize(length as usize, 0);
        self.input.read_exact(&mut self.body)?;
        (self.at, self.left) = (start + length, self.left - length);
        Ok(frame::sequence(&self.body, hash).map(|sequence| (sequence, start)))
    }

    /// The body of the commit.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// The file, for a look at what was read.
    pub(super) fn into_file(self) -> File {
        self.input.into_inner()
    }
}

fn header(base: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&base.to_le_bytes());
    let hash = xxh3_64(&header[..16]);
    header[16..].copy_from_slice(&hash.to_le_bytes());
    header
}
