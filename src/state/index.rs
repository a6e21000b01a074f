//! What the journal says: for every key that it knows, where the newest value stands.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::{StateError, frame, segment};

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
        let mut value = Vec::new();
        for (key, place) in &self.places {
            match place {
                None => take(key, None)?,
                Some(place) => {
                    let (file, path) = &self.files[place.file as usize];
                    value.resize(place.length as usize, 0);
                    file.read_exact_at(&mut value, place.offset)
                        .map_err(|error| StateError::io("read", path, &error))?;
                    take(key, Some(&value))?;
                }
            }
        }
        Ok(())
    }
}

/// Whether everything after a commit is in these files, as far as they go.
pub(super) fn covers(segments: &[(u64, PathBuf)], from: u64) -> bool {
    segments.first().is_some_and(|(base, _)| *base <= from)
}
