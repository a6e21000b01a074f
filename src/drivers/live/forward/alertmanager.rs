//! One external Alertmanager: what waits for it, and who sends that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tracing::{debug, error, warn};

use crate::forward::alerts::{Shared, body, is_taken, relabelled};
use crate::forward::{Alertmanager, AtStop, Waiting};
use crate::receivers::{Caller, Post, post};

use super::figures::AlertmanagerFigures;
use super::line::Line;

/// The headers of a request.
const HEADERS: [(&str, &str); 1] = [("content-type", "application/json")];

/// One Alertmanager.
pub(super) struct Peer {
    line: Line<Shared>,
    state: Mutex<State>,
}

struct State {
    settings: Arc<Alertmanager>,
    waiting: Waiting,
    figures: AlertmanagerFigures,
}

impl Peer {
    pub(super) fn new(settings: Arc<Alertmanager>, waiting: Waiting) -> Peer {
        let figures = AlertmanagerFigures { url: Arc::clone(&settings.url), ..Default::default() };
        Peer {
            line: Line::new(waiting.capacity),
            state: Mutex::new(State { settings, waiting, figures }),
        }
    }

    /// Takes new settings; what waits goes on waiting.
    pub(super) fn configure(&self, settings: Arc<Alertmanager>, waiting: Waiting) {
        let dropped = self.line.resize(waiting.capacity);
        let mut state = self.lock();
        (state.settings, state.waiting) = (settings, waiting);
        state.figures.dropped += dropped as u64;
    }

    /// Puts alerts into the queue.
    pub(super) fn push(&self, alerts: &[Shared]) {
        let settings = Arc::clone(&self.lock().settings);
        let alerts = relabelled(alerts, &settings.relabel);
        let dropped = self.line.push(alerts.into_iter());
        if dropped > 0 {
            warn!(alertmanager = %settings.url, dropped, "alert queue full: the oldest are dropped");
            self.lock().figures.dropped += dropped as u64;
        }
    }

    pub(super) fn figures(&self) -> AlertmanagerFigures {
        AlertmanagerFigures { waiting: self.line.len(), ..self.lock().figures.clone() }
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        if self.lock().waiting.at_stop == AtStop::Drop {
            self.forget();
        }
        self.line.close();
    }

    /// Sends until the line is closed and empty, or has been closed for too long.
    pub(super) async fn work(&self, caller: &Caller) {
        tokio::select! {
            () = self.send_all(caller) => {}
            () = self.line.given_up() => self.forget(),
        }
    }

    fn forget(&self) {
        let forgotten = self.line.clear();
        if forgotten > 0 {
            let mut state = self.lock();
            state.figures.dropped += forgotten as u64;
            warn!(alertmanager = %state.settings.url, forgotten, "alerts were not sent before the end");
        }
    }

    async fn send_all(&self, caller: &Caller) {
        loop {
            let batch = self.lock().waiting.batch.max(1);
            let Some(alerts) = self.line.next(batch, Duration::ZERO).await else { return };
            self.send(caller, &alerts).await;
        }
    }

    /// Makes one request. What fails is not sent again: alerts that go on firing come again by
    /// themselves. (Source: Prometheus, `notifier`.)
    async fn send(&self, caller: &Caller, alerts: &[Shared]) {
        let settings = Arc::clone(&self.lock().settings);
        let body = Bytes::from(body(alerts));
        let begin = Instant::now();
        let request = Post {
            url: &settings.url,
            options: &settings.http,
            headers: &HEADERS,
            body: &body,
            timeout: settings.timeout,
        };
        let failure = match post(caller, request).await {
            Ok(answer) if is_taken(answer.status) => None,
            Ok(answer) => Some(format!("bad response status {}: {}", answer.status, answer.said)),
            Err(error) => Some(error.to_string()),
        };
        let count = alerts.len();
        match &failure {
            None => debug!(alertmanager = %settings.url, count, "alerts sent"),
            Some(error) => {
                error!(alertmanager = %settings.url, count, error, "alerts could not be sent");
            }
        }
        let figures = &mut self.lock().figures;
        figures.sent += count as u64;
        figures.latency.add(begin.elapsed());
        if failure.is_some() {
            figures.errors += count as u64;
            figures.dropped += count as u64;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
