//! What the journal says: for every key that it knows, where the newest value stands.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{StateError, frame, segment};

/// How much of a file is read around a value, in bytes.
const WINDOW_BYTES: usize = 8 << 10;

/// The newest word of the journal on every key. Values stay in the files.
pub(super) struct Index {
    files: Vec<(File, PathBuf)>,
    places: BTreeMap<Box<[u8]>, Option<Place>>,
    /// The commit that it reaches.
    pub sequence: u64,
    /// Why a file could not be read to its end, if the system said so.
    pub fault: Option<StateError>,
}

/// Where a value stands.
#[derive(Copy, Clone)]
struct Place {
    file: u32,
    length: u32,
    offset: u64,
}

impl Index {
    /// Reads what comes after a commit, as far as commits follow one another without a gap, from
    /// files in order of their bases.
    pub(super) fn read(segments: &[(u64, PathBuf)], from: u64) -> Index {
        let (files, places) = (Vec::new(), BTreeMap::new());
        let mut index = Index { files, places, sequence: from, fault: None };
        let begun = segments.partition_point(|(base, _)| *base <= from);
        for (base, path) in &segments[begun.saturating_sub(1)..] {
            if *base > index.sequence {
                break;
            }
            if let Err(error) = index.add(*base, path) {
                index.fault = Some(StateError::io("read", path, &error));
                break;
            }
        }
        index
    }

    fn add(&mut self, base: u64, path: &Path) -> io::Result<()> {
        let Some(mut reader) = segment::Reader::open(path, base)? else { return Ok(()) };
        while let Some((sequence, start)) = reader.advance()? {
            if sequence <= self.sequence {
                continue;
            }
            let changes = frame::changes(reader.body());
            let Some(changes) = changes.filter(|_| sequence == self.sequence + 1) else { break };
            for (key, value) in changes {
                let place = value.map(|at| Place {
                    file: self.files.len() as u32,
                    length: at.len() as u32,
                    offset: start + at.start as u64,
                });
                match self.places.get_mut(key) {
                    Some(known) => *known = place,
                    None => drop(self.places.insert(key.into(), place)),
                }
            }
            self.sequence = sequence;
        }
        self.files.push((reader.into_file(), path.to_owned()));
        Ok(())
    }

    /// Gives every key with its newest value, or none where it is forgotten, in key order.
    ///
    /// # Errors
    /// What `take` says, and what the system says.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let mut window = Window::default();
        for (key, place) in &self.places {
            let value = place.map(|place| window.read(&self.files, place)).transpose()?;
            take(key, value)?;
        }
        Ok(())
    }
}

/// The part of a file around the value that was read last: the next one is often close by.
#[derive(Default)]
struct Window {
    file: u32,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn read(&mut self, files: &[(File, PathBuf)], place: Place) -> Result<&[u8], StateError> {
        let length = place.length as usize;
        let is_within = self.file == place.file
            && place.offset >= self.start
            && place.offset + u64::from(place.length) <= self.start + self.bytes.len() as u64;
        if !is_within {
            let (file, path) = &files[place.file as usize];
            self.bytes.resize(length.max(WINDOW_BYTES), 0);
            (self.file, self.start) = (place.file, place.offset);
            let read = fill(file, &mut self.bytes, place.offset);
            let count = read.map_err(|error| StateError::io("read", path, &error))?;
            self.bytes.truncate(count);
        }
        let at = (place.offset - self.start) as usize;
        let short = || StateError::Damaged("a file of the journal became shorter".to_owned());
        self.bytes.get(at..at + length).ok_or_else(short)
    }
}

/// Reads until the buffer is full or the file ends; says how much there was.
fn fill(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut count = 0;
    while count < buffer.len() {
        match file.read_at(&mut buffer[count..], offset + count as u64)? {
            0 => break,
            more => count += more,
        }
    }
    Ok(count)
}

/// Whether everything after a commit is in these files, as far as they go.
pub(super) fn covers(segments: &[(u64, PathBuf)], from: u64) -> bool {
    segments.first().is_some_and(|(base, _)| *base <= from)
}
