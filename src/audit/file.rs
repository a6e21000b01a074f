//! The file that lines are added to.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::time::Timestamp;

use super::chain::{self, Link};
use super::{Action, By, Entry, LINE_LIMIT, Outcome};

/// A trail that is written. Every line is on disk when [`add`](Audit::add) returns.
pub struct Audit {
    path: PathBuf,
    writer: Mutex<Writer>,
}

/// A trail and what an operator should know of it.
pub struct Opened {
    /// The trail.
    pub audit: Audit,
    /// What was found, one line each.
    pub notices: Vec<String>,
}

/// Why a line could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("audit file {path}: {what}: {why}")]
pub struct AuditError {
    /// Which file.
    pub path: String,
    /// What was tried.
    pub what: &'static str,
    /// What the system said.
    pub why: String,
}

struct Writer {
    file: File,
    head: File,
    /// Up to where there are whole lines.
    length: u64,
    last: Link,
}

/// What is at the end of a file.
struct Tail {
    /// The last whole line; none in an empty file.
    last: Option<Vec<u8>>,
    /// What follows it: a line that was cut off.
    torn: Vec<u8>,
}

impl Audit {
    /// Opens a trail, or begins one, and writes that as a line. A line that was cut off is taken
    /// away and kept in that line. A file that does not end in a line of ours is moved aside.
    ///
    /// # Errors
    /// When the system does not let us write.
    pub fn open(path: &Path, now: Timestamp) -> Result<Opened, AuditError> {
        let fail = |what| failing(path, what);
        let mut notices = Vec::new();
        let head = options().open(head_path(path)).map_err(fail("cannot open its head"))?;
        let known = known_head(&head);
        let mut file = options().append(true).open(path).map_err(fail("cannot open it"))?;
        let mut tail = tail(&mut file).map_err(fail("cannot read it"))?;
        let mut last = tail.last.as_deref().map(chain::read).transpose();
        if let Err(why) = last {
            let aside = set_aside(path).map_err(fail("cannot move it aside"))?;
            notices.push(format!(
                "audit file: the last line of {0} {why}; it is now {1}, and a new {0} begins",
                path.display(),
                aside.display()
            ));
            file = options().append(true).open(path).map_err(fail("cannot open it"))?;
            (tail, last) = (Tail { last: None, torn: Vec::new() }, Ok(None));
        }
        let last = last.ok().flatten().map(|read| read.link);
        let length = length(&file).map_err(fail("cannot read it"))? - tail.torn.len() as u64;
        file.set_len(length).map_err(fail("cannot take away what was cut off"))?;
        let (resumed, mut detail) = resume(last.clone(), known, &mut notices);
        if !tail.torn.is_empty() {
            let torn = String::from_utf8_lossy(&tail.torn).into_owned();
            notices.push("audit file: the last line was cut off; nobody was answered".to_owned());
            detail["torn"] = torn.chars().take(LINE_LIMIT / 8).collect::<String>().into();
        }
        if !notices.is_empty() {
            detail["found"] = notices.clone().into();
        }
        let writer = Writer { file, head, length, last: resumed };
        let audit = Audit { path: path.to_owned(), writer: Mutex::new(writer) };
        sync_directory(path).map_err(fail("cannot keep it"))?;
        let action = if length == 0 { Action::Begin } else { Action::Continue };
        audit.add(&audit.own(now, action, detail))?;
        Ok(Opened { audit, notices })
    }

    /// Adds a line; it is on disk when this returns.
    ///
    /// # Errors
    /// When it could not be written; the trail is as before.
    pub fn add(&self, entry: &Entry) -> Result<(), AuditError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.add(entry).map_err(failing(&self.path, "cannot write"))
    }

    /// Begins a new file if the one at its path is not ours any more: it was rotated.
    ///
    /// # Errors
    /// When the new one cannot be written; lines are added to the old one.
    pub fn reopen(&self, now: Timestamp) -> Result<(), AuditError> {
        let fail = |what| failing(&self.path, what);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let own = writer.file.metadata().map_err(fail("cannot look at it"))?;
        let identity = |metadata: &Metadata| (metadata.dev(), metadata.ino());
        let at_path = std::fs::metadata(&self.path).ok();
        let same = at_path.is_some_and(|there| identity(&there) == identity(&own));
        if same && own.len() >= writer.length {
            return Ok(());
        }
        let file = options().append(true).open(&self.path).map_err(fail("cannot open it"))?;
        let length = length(&file).map_err(fail("cannot read it"))?;
        let (old, old_length) = (std::mem::replace(&mut writer.file, file), writer.length);
        writer.length = length;
        let begun = writer.add(&self.own(now, Action::Begin, Value::Null));
        if begun.is_err() {
            (writer.file, writer.length) = (old, old_length);
        }
        drop(writer);
        begun.map_err(fail("cannot write"))?;
        sync_directory(&self.path).map_err(fail("cannot keep it"))
    }

    /// A line about the trail itself.
    fn own(&self, at: Timestamp, action: Action, detail: Value) -> Entry {
        let object = self.path.display().to_string();
        Entry { at, action, object, by: By::default(), outcome: Outcome::Done, detail }
    }
}

impl Writer {
    fn add(&mut self, entry: &Entry) -> io::Result<()> {
        let (mut line, link) = chain::line(entry, &self.last);
        line.push('\n');
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // a part of it may be there
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        self.head.write_all_at(chain::head(&link).as_bytes(), 0)?;
        self.head.sync_data()?;
        self.last = link;
        Ok(())
    }
}

/// Where the chain goes on: after the newest line that is known of. When lines are missing that
/// were acknowledged, the gap in the chain stays to be seen.
fn resume(last: Option<Link>, known: Option<Link>, notices: &mut Vec<String>) -> (Link, Value) {
    let program = json!({"program": format!("firebell {}", env!("CARGO_PKG_VERSION"))});
    let (there, known) = (last.unwrap_or_default(), known.unwrap_or_default());
    if known.sequence <= there.sequence {
        return (there, program);
    }
    // of an empty file the lines were rotated away, which is as it should be
    if there.sequence > 0 {
        notices.push(format!(
            "audit file: lines {} to {} were acknowledged and are missing",
            there.sequence + 1,
            known.sequence
        ));
    }
    (known, program)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options
}

/// Where the newest line of a trail is noted.
pub(super) fn head_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".head");
    PathBuf::from(name)
}

pub(super) fn known_head(file: &File) -> Option<Link> {
    let mut text = String::new();
    file.take(256).read_to_string(&mut text).ok()?;
    chain::read_head(&text)
}

fn tail(file: &mut File) -> io::Result<Tail> {
    let length = length(file)?;
    // room for a line and one that was cut off
    let start = length.saturating_sub(2 * LINE_LIMIT as u64 + 2);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length - start).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let torn = bytes.split_off(whole);
    bytes.pop();
    let last = bytes.rsplit(|byte| *byte == b'\n').next();
    Ok(Tail { last: last.filter(|_| whole > 0).map(<[u8]>::to_vec), torn })
}

fn length(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

/// Gives a file a name that nothing has, beside its own.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        PathBuf::from(name)
    };
    let free = (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0));
    std::fs::rename(path, &free)?;
    Ok(free)
}

/// The names of new files are on disk too.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn failing(path: &Path, what: &'static str) -> impl Fn(io::Error) -> AuditError {
    let path = path.display().to_string();
    move |error| AuditError { path: path.clone(), what, why: error.to_string() }
}
