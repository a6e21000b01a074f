//! A file of events: lines are added at its end, and it is begun anew when it was moved away.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// An open file.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path) -> io::Result<EventFile> {
        Ok(EventFile { path: path.to_owned(), file: open(path)? })
    }

    /// Adds lines. When the file at its path is not ours any more (it was rotated, or removed),
    /// they go to a new one.
    pub(super) fn add(&mut self, lines: &[u8]) -> io::Result<()> {
        let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let at_path = std::fs::metadata(&self.path).ok().map(identity);
        if at_path != self.file.metadata().ok().map(identity) {
            self.file = open(&self.path)?;
        }
        self.file.write_all(lines)
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_to_a_new_file_when_the_old_one_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        std::fs::write(&path, "before\n").unwrap();
        let mut file = EventFile::open(&path).unwrap();
        file.add(b"one\n").unwrap();
        std::fs::rename(&path, folder.path().join("events.1")).unwrap();
        file.add(b"two\n").unwrap();
        assert_eq!(
            (read("events.1"), read("events.jsonl")),
            ("before\none\n".into(), "two\n".into())
        );
        std::fs::remove_file(&path).unwrap();
        file.add(b"three\n").unwrap();
        assert_eq!(read("events.jsonl"), "three\n");
        // copied and cut off, as logrotate's copytruncate does
        std::fs::write(&path, "").unwrap();
        file.add(b"four\n").unwrap();
        assert_eq!(read("events.jsonl"), "four\n");
    }

    #[test]
    fn a_path_that_cannot_be_is_an_error() {
        assert!(EventFile::open(Path::new("/nonexistent/events.jsonl")).is_err());
        let folder = tempfile::tempdir().unwrap();
        assert!(EventFile::open(folder.path()).is_err());
    }
}
