//! The event recorder: writes down what the engine says happened, where `event_recorder` says.
//!
//! ```text
//! Effect::Note --queue--> [writer: one thread] --> files, standard output
//!    (after the commit)           |
//!                                 '--queue each--> [webhook: tasks] --> servers
//! ```
//! Nobody waits for it: what a full queue does not take is dropped and counted.
//! (Source: Alertmanager 0.34, `eventrecorder`.)

mod figures;
mod file;
mod json;
mod outputs;
mod webhook;
mod writer;

pub use figures::{EventFigures, Written};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle as Runtime;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};
use uuid::Uuid;

use crate::engine::telemetry::EventOutputs;
use crate::engine::{Event, EventKind};
use crate::time::Timestamp;

use super::Clock;
use figures::Counts;
use writer::Writer;

/// How many events wait to be written; more are dropped.
pub const EVENTS_LIMIT: usize = 8192;
/// How many events wait for one webhook; more are dropped.
pub const WEBHOOK_EVENTS_LIMIT: usize = 1024;
/// How long what waits for webhooks may still be sent when the process stops, or when a reload
/// takes them away.
pub const LAST_EVENTS: Duration = Duration::from_secs(10);

/// What is written down.
pub(super) struct Entry {
    at: Timestamp,
    what: What,
}

/// What the writer is asked to do.
pub(super) enum Errand {
    /// Write this down.
    Write(Entry),
    /// Look at the settings again.
    Configure,
}

/// What happened.
pub(super) enum What {
    Startup,
    Shutdown,
    Event(Box<EventKind>),
}

/// Where events are to be written, as the configuration in force says.
type Wanted = Arc<Mutex<Arc<EventOutputs>>>;

/// Takes events and has them written.
pub struct Recorder {
    clock: Arc<Clock>,
    wanted: Wanted,
    counts: Arc<Counts>,
    line: Mutex<Option<Line>>,
}

/// The way to the writer.
struct Line {
    entries: mpsc::Sender<Errand>,
    done: oneshot::Receiver<()>,
}

impl What {
    /// The event's type as a metric's label.
    fn text(&self) -> &'static str {
        match self {
            What::Startup => "alertmanager_startup_event",
            What::Shutdown => "alertmanager_shutdown_event",
            What::Event(kind) => kind.text(),
        }
    }
}

impl Recorder {
    /// One that writes nothing yet.
    pub fn new(clock: Arc<Clock>) -> Recorder {
        let (wanted, counts, line) = (Wanted::default(), Arc::default(), Mutex::default());
        Recorder { clock, wanted, counts, line }
    }

    /// Says where events are to be written from now on. Must be called on a runtime.
    pub fn configure(&self, outputs: Option<&Arc<EventOutputs>>) {
        let mut line = self.line();
        if outputs.is_none() && line.is_none() {
            return;
        }
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) =
            outputs.cloned().unwrap_or_default();
        match line.as_ref() {
            // a full queue has something to write, before which it looks at the settings
            Some(line) => drop(line.entries.try_send(Errand::Configure)),
            None => *line = self.begin(),
        }
    }

    /// Starts the writer.
    fn begin(&self) -> Option<Line> {
        let (entries, inbox) = mpsc::channel(EVENTS_LIMIT);
        let (end, done) = oneshot::channel();
        let writer = Writer::new(
            inbox,
            Arc::clone(&self.wanted),
            Arc::clone(&self.counts),
            json::Author { instance: host(), seed: Uuid::new_v4() },
            Runtime::current(),
        );
        let work = move || {
            writer.run();
            // whoever waited may have given up
            let _ = end.send(());
        };
        match std::thread::Builder::new().name("events".to_owned()).spawn(work) {
            Ok(_) => Some(Line { entries, done }),
            Err(error) => {
                error!(%error, "events are not recorded: no thread for them");
                None
            }
        }
    }

    /// Notes that the process begins.
    pub fn started(&self) {
        self.put(Entry { at: self.clock.now(), what: What::Startup });
    }

    /// Writes an event down, some time soon.
    pub fn note(&self, event: Event) {
        self.put(Entry { at: event.at, what: What::Event(Box::new(event.kind)) });
    }

    fn put(&self, entry: Entry) {
        let line = self.line();
        let Some(line) = line.as_ref() else { return };
        let kind = entry.what.text();
        if line.entries.try_send(Errand::Write(entry)).is_err() {
            self.counts.dropped(kind);
        }
    }

    /// What has been counted; nothing when there never was a recorder.
    pub fn figures(&self) -> Option<EventFigures> {
        let line = self.line();
        let line = line.as_ref()?;
        let waiting = line.entries.max_capacity() - line.entries.capacity();
        Some(EventFigures { waiting, ..self.counts.figures() })
    }

    /// Ends: notes that, and writes what waits.
    pub async fn stop(&self) {
        self.put(Entry { at: self.clock.now(), what: What::Shutdown });
        let Some(Line { entries, done }) = self.line().take() else { return };
        drop(entries);
        // the webhooks have their own time; a disk that hangs must not keep the process
        if tokio::time::timeout(LAST_EVENTS * 2, done).await.is_err() {
            warn!("events were not written before the end");
        }
    }

    fn line(&self) -> MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
