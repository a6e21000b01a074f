//! The thread that writes events: it alone owns the outputs.

use std::sync::{Arc, PoisonError};

use tokio::runtime::Handle as Runtime;
use tokio::sync::mpsc;
use tracing::{error, info};

use crate::engine::telemetry::EventOutputs;

use super::figures::Counts;
use super::json::Author;
use super::outputs::{Output, Rendered, open};
use super::{Entry, Errand, Wanted};

/// The most events that are written at once.
const BATCH: usize = 256;

pub(super) struct Writer {
    inbox: mpsc::Receiver<Errand>,
    wanted: Wanted,
    counts: Arc<Counts>,
    author: Author,
    runtime: Runtime,
    outputs: Vec<Output>,
    /// What the outputs were opened by, or could not be.
    settings: Option<Arc<EventOutputs>>,
}

impl Writer {
    pub(super) fn new(
        inbox: mpsc::Receiver<Errand>,
        wanted: Wanted,
        counts: Arc<Counts>,
        author: Author,
        runtime: Runtime,
    ) -> Writer {
        Writer { inbox, wanted, counts, author, runtime, outputs: Vec::new(), settings: None }
    }

    /// Writes until nobody can send events any more.
    pub(super) fn run(mut self) {
        self.configure();
        let mut batch = Vec::new();
        while let Some(errand) = self.inbox.blocking_recv() {
            self.configure();
            let mut next = Some(errand);
            while let Some(errand) = next {
                if let Errand::Write(entry) = errand {
                    batch.push(self.render(&entry));
                }
                next = (batch.len() < BATCH).then(|| self.inbox.try_recv().ok()).flatten();
            }
            self.write(&batch);
            batch.clear();
        }
        let runtime = &self.runtime;
        let ends: Vec<_> =
            self.outputs.into_iter().map(|output| runtime.spawn(output.end())).collect();
        runtime.block_on(async {
            for end in ends {
                // one that breaks off has nothing more to send
                let _ = end.await;
            }
        });
    }

    fn render(&self, entry: &Entry) -> Rendered {
        let mut line = self.author.line(entry).into_bytes();
        line.push(b'\n');
        Rendered { kind: entry.what.text(), line }
    }

    fn write(&mut self, batch: &[Rendered]) {
        if batch.is_empty() {
            return;
        }
        for output in &mut self.outputs {
            if let Err(error) = output.add(batch, &self.counts) {
                error!(output = %output.name, %error, "events could not be written");
            }
        }
    }

    /// Takes changed settings up. When not all of their outputs can be opened, the old ones stay;
    /// at the start, those that can be are used.
    fn configure(&mut self) {
        let wanted = Arc::clone(&self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        if self.settings.as_ref().is_some_and(|settings| **settings == *wanted) {
            return;
        }
        let first = self.settings.is_none();
        let (outputs, problems) = open(&wanted, &self.counts, &self.runtime);
        for problem in &problems {
            error!("event_recorder: {problem}");
        }
        self.settings = Some(wanted);
        let leaving = if first || problems.is_empty() {
            std::mem::replace(&mut self.outputs, outputs)
        } else {
            error!("event_recorder: events go on to where they went before");
            outputs
        };
        for output in leaving {
            self.runtime.spawn(output.end());
        }
        if !first && problems.is_empty() {
            info!(outputs = self.outputs.len(), "event_recorder reloaded");
        }
    }
}
