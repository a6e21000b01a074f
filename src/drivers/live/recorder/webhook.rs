//! Posts events to a server: each alone, or gathered into arrays.
//!
//! ```text
//! push --queue--> [gather, when batches are wished] --> [workers] --> server
//! ```

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle as Runtime;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::{error, warn};

use crate::engine::telemetry::{EventBatch, EventWebhook};
use crate::receivers::{Caller, Post, post};
use crate::time::Span;

use super::figures::Counts;
use super::{LAST_EVENTS, WEBHOOK_EVENTS_LIMIT};

const HEADERS: [(&str, &str); 1] = [("content-type", "application/json")];
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A server that events are posted to.
pub(super) struct Webhook {
    events: mpsc::Sender<Bytes>,
    tasks: JoinSet<()>,
}

/// A request's body.
struct Body {
    bytes: Bytes,
    events: usize,
}

/// What the workers of a webhook share.
struct Shared {
    name: Arc<str>,
    settings: EventWebhook,
    caller: Caller,
    counts: Arc<Counts>,
    bodies: Mutex<mpsc::Receiver<Body>>,
}

impl Webhook {
    /// Starts the tasks.
    pub(super) fn begin(
        name: Arc<str>,
        settings: EventWebhook,
        counts: Arc<Counts>,
        runtime: &Runtime,
    ) -> Webhook {
        let (events, inbox) = mpsc::channel(WEBHOOK_EVENTS_LIMIT);
        let (out, bodies) = mpsc::channel(settings.workers);
        let mut tasks = JoinSet::new();
        match settings.batch {
            Some(batch) => tasks.spawn_on(gather(batch, inbox, out), runtime),
            None => tasks.spawn_on(each(inbox, out), runtime),
        };
        let workers = settings.workers;
        let (caller, bodies) = (Caller::default(), Mutex::new(bodies));
        let shared = Arc::new(Shared { name, settings, caller, counts, bodies });
        for _ in 0..workers {
            tasks.spawn_on(work(Arc::clone(&shared)), runtime);
        }
        Webhook { events, tasks }
    }

    /// Puts an event into the queue; whether there was room.
    pub(super) fn push(&self, event: Bytes) -> bool {
        self.events.try_send(event).is_ok()
    }

    /// Sends what waits, as far as there is time.
    pub(super) async fn end(self, name: &Arc<str>) {
        let Webhook { events, mut tasks } = self;
        drop(events);
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_EVENTS, all).await.is_err() {
            warn!(output = %name, "events were not sent before the end");
        }
    }
}

/// Every event is a body.
async fn each(mut inbox: mpsc::Receiver<Bytes>, out: mpsc::Sender<Body>) {
    while let Some(bytes) = inbox.recv().await {
        if out.send(Body { bytes, events: 1 }).await.is_err() {
            return;
        }
    }
}

/// Events are gathered into arrays until one is full, or its first event has waited.
async fn gather(batch: EventBatch, mut inbox: mpsc::Receiver<Bytes>, out: mpsc::Sender<Body>) {
    let mut left = None;
    while let Some(first) = match left.take() {
        Some(event) => Some(event),
        None => inbox.recv().await,
    } {
        let until = Instant::now() + duration(batch.patience);
        let mut array = Vec::from(*b"[");
        array.extend_from_slice(&first);
        let mut events = 1;
        while events < batch.events && array.len() + 1 < batch.bytes {
            let Ok(Some(event)) = tokio::time::timeout_at(until, inbox.recv()).await else { break };
            if array.len() + event.len() + 2 > batch.bytes {
                left = Some(event);
                break;
            }
            array.push(b',');
            array.extend_from_slice(&event);
            events += 1;
        }
        array.push(b']');
        if out.send(Body { bytes: array.into(), events }).await.is_err() {
            return;
        }
    }
}

async fn work(shared: Arc<Shared>) {
    loop {
        let body = shared.bodies.lock().await.recv().await;
        let Some(body) = body else { return };
        shared.deliver(body).await;
    }
}

impl Shared {
    /// Tries until the server takes the body, or has been tried often enough.
    async fn deliver(&self, body: Body) {
        let tries = self.settings.tries;
        let mut pause = duration(self.settings.backoff);
        for attempt in 1..=tries {
            let Err(error) = self.post(&body.bytes).await else { return };
            if attempt == tries {
                error!(output = %self.name, attempt, error, "events dropped: the server did not take them");
                break;
            }
            warn!(output = %self.name, attempt, error, "events not taken, trying again");
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
            pause = pause.saturating_mul(2);
        }
        self.counts.output_dropped(&self.name, body.events);
    }

    async fn post(&self, body: &Bytes) -> Result<(), String> {
        let request = Post {
            url: self.settings.url.expose(),
            options: &self.settings.http,
            headers: &HEADERS,
            body,
            timeout: self.settings.timeout,
        };
        match post(&self.caller, request).await {
            Ok(answer) if answer.status / 100 == 2 => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}
