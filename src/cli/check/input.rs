//! The files that are checked.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::drivers::load::{FILE_LIMIT, read_text};

/// The name of standard input in findings.
pub(in crate::cli) const STDIN: &str = "/dev/stdin";

/// A file's name, and its text or why it cannot be read.
pub(in crate::cli) type Input = (String, Result<String, String>);

/// Refuses files that are not there, before anything is checked.
pub(in crate::cli) fn must_exist(files: &[PathBuf]) -> Result<()> {
    for file in files {
        ensure!(file.exists(), "path '{}' does not exist, try --help", file.display());
    }
    Ok(())
}

/// The files, or standard input when there are none.
pub(in crate::cli) fn all(files: &[PathBuf]) -> Vec<Input> {
    if files.is_empty() {
        return vec![(STDIN.to_owned(), stdin())];
    }
    files.iter().map(|file| (file.display().to_string(), read_text(file))).collect()
}

/// A file's text, or why it cannot be opened, as Go tells it.
pub(in crate::cli) fn opened(path: &Path) -> Result<String, String> {
    let problem = match std::fs::metadata(path).map_err(|error| error.kind()) {
        Ok(_) => match read_text(path) {
            Ok(text) => return Ok(text),
            Err(error) => error,
        },
        Err(ErrorKind::NotFound) => "no such file or directory".to_owned(),
        Err(ErrorKind::PermissionDenied) => "permission denied".to_owned(),
        Err(kind) => kind.to_string(),
    };
    Err(format!("open {}: {problem}", path.display()))
}

fn stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    let mut limited = std::io::stdin().lock().take(FILE_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(format!("too many bytes: at most {FILE_LIMIT} are read"));
    }
    String::from_utf8(bytes).map_err(|error| format!("not UTF-8: {}", error.utf8_error()))
}
