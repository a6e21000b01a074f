//! Gathers spans and sends them, many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::{debug, info, warn};

use crate::engine::telemetry::TraceExport;
use crate::otlp::{ExportError, Exporter, Span};
use crate::receivers::USER_AGENT;

use super::{SPANS_AT_ONCE, SPANS_LIMIT};

/// How long the first span of a batch waits for others.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a batch is tried.
const TRIES: u32 = 4;
/// The pause before the second try; it doubles.
const PAUSE: Duration = Duration::from_millis(500);
/// How long what waits may still be sent when tracing ends.
const LAST_SPANS: Duration = Duration::from_secs(5);

/// What waits for a collector, and who sends that.
#[derive(Debug)]
pub(super) struct Batches {
    spans: mpsc::Sender<Span>,
    dropped: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Batches {
    /// Starts to send.
    pub(super) async fn begin(settings: Arc<TraceExport>) -> Result<Batches, String> {
        let version = USER_AGENT.rsplit('/').next().unwrap_or_default();
        let exporter = Exporter::new(settings, version).await?;
        let (spans, inbox) = mpsc::channel(SPANS_LIMIT);
        let dropped = Arc::<AtomicU64>::default();
        let task = tokio::spawn(work(exporter, inbox, Arc::clone(&dropped)));
        Ok(Batches { spans, dropped, task })
    }

    pub(super) fn push(&self, span: Span) {
        if self.spans.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sends what waits, as far as there is time.
    pub(super) async fn end(self) {
        let Batches { spans, task, .. } = self;
        drop(spans);
        let stop = task.abort_handle();
        if timeout(LAST_SPANS, task).await.is_err() {
            stop.abort();
            warn!("spans were not sent before the end");
        }
    }
}

async fn work(exporter: Exporter, mut inbox: mpsc::Receiver<Span>, dropped: Arc<AtomicU64>) {
    let mut failing = false;
    while let Some(first) = inbox.recv().await {
        let until = Instant::now() + PATIENCE;
        let mut batch = vec![first];
        while batch.len() < SPANS_AT_ONCE
            && let Ok(Some(span)) = timeout_at(until, inbox.recv()).await
        {
            batch.push(span);
        }
        let failed = send(&exporter, &batch).await.is_err();
        if failing && !failed {
            info!("spans are sent again");
        }
        failing = failed;
        let dropped = dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            warn!(dropped, "too many spans wait: some are dropped");
        }
    }
}

async fn send(exporter: &Exporter, batch: &[Span]) -> Result<(), ExportError> {
    let mut pause = PAUSE;
    for attempt in 1.. {
        let error = match exporter.send(batch).await {
            Ok(()) => break,
            Err(error) => error,
        };
        let again = matches!(error, ExportError::Passing(_)) && attempt < TRIES;
        if !again {
            warn!(%error, spans = batch.len(), "spans could not be sent");
            return Err(error);
        }
        debug!(%error, attempt, "spans not taken, trying again");
        sleep(pause).await;
        pause *= 2;
    }
    Ok(())
}
