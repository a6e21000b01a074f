//! Whether a trail is whole.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::chain::{self, Link};
use super::file::{head_path, known_head};
use super::{Action, AuditError, LINE_LIMIT};

/// The most findings that are told.
pub const FINDINGS_LIMIT: usize = 100;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many lines were read.
    pub lines: u64,
    /// The newest line's number and hash.
    pub last: Option<(u64, String)>,
    /// What is wrong, each with its file and line; none when the trail is whole.
    pub findings: Vec<String>,
    /// What could not be looked at.
    pub notes: Vec<String>,
}

/// Where the reading is.
struct Reading {
    verdict: Verdict,
    /// The line before; its hash is empty when it was changed.
    last: Option<Link>,
    /// The newest line that was written.
    head: Option<Link>,
}

/// Reads files, oldest first, as one trail. Beside the last one its head tells whether lines are
/// missing at the end.
///
/// # Errors
/// When a file cannot be read.
pub fn verify(paths: &[PathBuf]) -> Result<Verdict, AuditError> {
    let newest = paths.last().map(|path| head_path(path));
    let head = newest.as_deref().and_then(|path| File::open(path).ok());
    let head = head.as_ref().and_then(known_head);
    let mut reading = Reading { verdict: Verdict::default(), last: None, head };
    for path in paths {
        read(path, &mut reading)?;
    }
    Ok(reading.end(newest.as_deref()))
}

fn read(path: &Path, reading: &mut Reading) -> Result<(), AuditError> {
    let fail = |error: std::io::Error| AuditError {
        path: path.display().to_string(),
        what: "cannot read it",
        why: error.to_string(),
    };
    let mut file = BufReader::new(File::open(path).map_err(fail)?);
    let mut number = 0;
    loop {
        number += 1;
        let mut line = Vec::new();
        let limit = LINE_LIMIT as u64 + 2;
        file.by_ref().take(limit).read_until(b'\n', &mut line).map_err(fail)?;
        let place = format!("{}:{number}", path.display());
        match line.pop() {
            None => return Ok(()),
            Some(b'\n') => reading.line(&place, number, &line),
            Some(last) => {
                line.push(last);
                let rest = file.skip_until(b'\n').map_err(fail)?;
                let what = if rest == 0 { "is cut off" } else { "is too long to be one of ours" };
                reading.find(format!("{place}: the line {what}"));
            }
        }
    }
}

impl Reading {
    fn line(&mut self, place: &str, number: u64, line: &[u8]) {
        self.verdict.lines += 1;
        let read = match chain::read(line) {
            Ok(read) => read,
            Err(why) => {
                self.find(format!("{place}: the line {why}"));
                // the one after it is not to blame for what it names
                let sequence = self.last.as_ref().map(|last| last.sequence + 1);
                let hash = String::new();
                self.last = sequence.map(|sequence| Link { sequence, hash });
                return;
            }
        };
        if let Some(problem) = self.gap(number, &read) {
            self.find(format!("{place}: {problem}"));
        }
        if let Some(head) = &self.head
            && head.sequence == read.link.sequence
            && head.hash != read.link.hash
        {
            let sequence = head.sequence;
            self.find(format!("{place}: line {sequence} is not the one that was written"));
        }
        self.last = Some(read.link);
    }

    /// What is wrong between this line and the one before it.
    fn gap(&self, number: u64, read: &chain::Read) -> Option<String> {
        let begins = read.action == Action::Begin.text();
        let sequence = read.link.sequence;
        let Some(last) = &self.last else {
            let from_the_start = sequence > 1 || read.previous == Link::default().hash;
            return match (number, begins) {
                (1, true) if from_the_start => None,
                (1, _) => Some(format!("lines are missing before line {sequence}")),
                _ => None,
            };
        };
        let expected = last.sequence + 1;
        if sequence > expected {
            return Some(match sequence - expected {
                1 => format!("line {expected} is missing before line {sequence}"),
                _ => format!("lines {expected} to {} are missing", sequence - 1),
            });
        }
        if sequence < expected {
            return Some(format!("line {sequence} is out of order, or there twice"));
        }
        let broken = !last.hash.is_empty() && read.previous != last.hash;
        broken.then(|| format!("line {sequence} does not follow on the one before it"))
    }

    fn find(&mut self, finding: String) {
        if self.verdict.findings.len() < FINDINGS_LIMIT {
            self.verdict.findings.push(finding);
        }
    }

    fn end(mut self, head_path: Option<&Path>) -> Verdict {
        let last = self.last.take();
        let sequence = last.as_ref().map_or(0, |last| last.sequence);
        match self.head.take() {
            Some(head) if head.sequence > sequence => {
                let first = sequence + 1;
                self.find(match head.sequence - sequence {
                    1 => format!("line {first} is missing at the end"),
                    _ => format!("lines {first} to {} are missing at the end", head.sequence),
                });
            }
            Some(_) => {}
            None => {
                let path = head_path.map(|path| path.display().to_string()).unwrap_or_default();
                let note = format!("there is no {path}: lines missing at the end are not seen");
                self.verdict.notes.push(note);
            }
        }
        self.verdict.last = last.map(|last| (last.sequence, last.hash));
        self.verdict
    }
}
