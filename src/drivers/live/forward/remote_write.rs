//! One remote write endpoint: what waits for it, and who sends that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tracing::{debug, error, warn};

use crate::drivers::live::Clock;
use crate::forward::RemoteWrite;
use crate::forward::samples::{self, Request, Verdict, Waiting, backoff, judge, request};
use crate::label::Labels;
use crate::receivers::{Caller, Post, post};
use crate::time::Span;

use super::figures::WriteFigures;
use super::line::Line;

/// The longest time that a server may ask to be left alone.
const LONGEST_PAUSE: Span = Span::from_mins(5);
/// The headers of a request.
const HEADERS: [(&str, &str); 3] = [
    ("content-type", "application/x-protobuf"),
    ("content-encoding", "snappy"),
    ("x-prometheus-remote-write-version", "0.1.0"),
];

/// One endpoint.
pub(super) struct Endpoint {
    shards: Vec<Line<Waiting>>,
    state: Mutex<State>,
}

struct State {
    settings: Arc<RemoteWrite>,
    external: Labels,
    figures: WriteFigures,
    under_way: usize,
}

impl Endpoint {
    pub(super) fn new(settings: Arc<RemoteWrite>, external: Labels) -> Endpoint {
        let shards = (0..settings.queue.shards.max(1)).map(|_| Line::new(settings.queue.capacity));
        let figures = WriteFigures {
            name: Arc::clone(&settings.name),
            url: Arc::clone(&settings.url),
            queue: settings.queue,
            ..Default::default()
        };
        Endpoint {
            shards: shards.collect(),
            state: Mutex::new(State { settings, external, figures, under_way: 0 }),
        }
    }

    /// How many workers it takes.
    pub(super) fn shards(&self) -> usize {
        self.shards.len()
    }

    /// Takes new settings of the same address and number of shards; what waits goes on waiting.
    /// `false`: they are others.
    pub(super) fn configure(&self, settings: &Arc<RemoteWrite>, external: &Labels) -> bool {
        let mut state = self.lock();
        if settings.url != state.settings.url || settings.queue.shards != self.shards.len() {
            return false;
        }
        let resized = self.shards.iter().map(|shard| shard.resize(settings.queue.capacity));
        state.figures.pushed_out += resized.sum::<usize>() as u64;
        state.figures.queue = settings.queue;
        (state.settings, state.external) = (Arc::clone(settings), external.clone());
        true
    }

    /// Puts samples into the queues.
    pub(super) fn push(&self, samples: &[Waiting]) {
        let mut dropped = 0;
        if let [only] = &self.shards[..] {
            dropped = only.push(samples.iter().cloned());
        } else {
            let mut sorted = vec![Vec::new(); self.shards.len()];
            for sample in samples {
                sorted[samples::shard(&sample.labels, self.shards.len())].push(sample.clone());
            }
            for (shard, samples) in self.shards.iter().zip(sorted) {
                dropped += shard.push(samples.into_iter());
            }
        }
        if dropped > 0 {
            let mut state = self.lock();
            state.figures.pushed_out += dropped as u64;
            let (name, url) = (&*state.settings.name, &*state.settings.url);
            warn!(
                remote = name,
                url, dropped, "remote write is behind: the oldest samples are dropped"
            );
        }
    }

    pub(super) fn figures(&self) -> WriteFigures {
        let waiting: usize = self.shards.iter().map(Line::len).sum();
        let state = self.lock();
        WriteFigures { waiting: waiting + state.under_way, ..state.figures.clone() }
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        self.shards.iter().for_each(Line::close);
    }

    /// Sends what waits in one shard until it is closed and empty, or has been closed for too
    /// long.
    pub(super) async fn work(&self, shard: usize, caller: &Caller, clock: &Clock) {
        let line = &self.shards[shard];
        tokio::select! {
            () = self.send_all(line, caller, clock) => {}
            () = line.given_up() => self.forget(line),
        }
    }

    fn forget(&self, line: &Line<Waiting>) {
        let mut state = self.lock();
        let forgotten = line.clear() + std::mem::take(&mut state.under_way);
        if forgotten > 0 {
            state.figures.pushed_out += forgotten as u64;
            let name = &*state.settings.name;
            warn!(remote = name, forgotten, "samples were not written on before the end");
        }
    }

    async fn send_all(&self, line: &Line<Waiting>, caller: &Caller, clock: &Clock) {
        loop {
            let queue = self.lock().settings.queue;
            let Some(batch) = line.next(queue.batch, duration(queue.batch_wait)).await else {
                return;
            };
            self.lock().under_way += batch.len();
            self.send(&batch, caller, clock).await;
            let mut state = self.lock();
            state.under_way = state.under_way.saturating_sub(batch.len());
        }
    }

    async fn send(&self, batch: &[Waiting], caller: &Caller, clock: &Clock) {
        let (settings, external) = {
            let state = self.lock();
            (Arc::clone(&state.settings), state.external.clone())
        };
        let made = request(batch, &settings, &external, clock.now());
        {
            let figures = &mut self.lock().figures;
            figures.relabelled_away += made.relabelled_away as u64;
            figures.too_old += made.too_old as u64;
            figures.samples += made.samples as u64;
            figures.histograms += made.histograms as u64;
        }
        if !made.is_empty() {
            self.deliver(made, caller).await;
        }
    }

    /// Makes a request again and again until it is taken or refused.
    async fn deliver(&self, mut made: Request, caller: &Caller) {
        let body = Bytes::from(std::mem::take(&mut made.body));
        let count = (made.samples + made.histograms) as u64;
        let mut last = None;
        loop {
            // a reload may have mended them
            let settings = Arc::clone(&self.lock().settings);
            let (verdict, said, asked) = self.attempt(&settings, &body, caller).await;
            let (name, url) = (&*settings.name, &*settings.url);
            match verdict {
                Verdict::Written => {
                    debug!(remote = name, url, count, "samples written on");
                    let figures = &mut self.lock().figures;
                    figures.bytes += body.len() as u64;
                    figures.newest = figures.newest.max(made.newest);
                    return;
                }
                Verdict::Refused => {
                    error!(remote = name, url, count, error = said, "samples refused");
                    self.lock().figures.failed += count;
                    return;
                }
                Verdict::Retry => {}
            }
            if last.is_none() {
                warn!(remote = name, url, count, error = said, "remote write failed, trying again");
            }
            let wait = backoff(last, &settings.queue);
            last = Some(wait);
            tokio::time::sleep(duration(asked.unwrap_or(wait).min(LONGEST_PAUSE))).await;
            self.lock().figures.retried += count;
        }
    }

    async fn attempt(
        &self,
        settings: &RemoteWrite,
        body: &Bytes,
        caller: &Caller,
    ) -> (Verdict, String, Option<Span>) {
        let begin = Instant::now();
        let request = Post {
            url: &settings.url,
            options: &settings.http,
            headers: &HEADERS,
            body,
            timeout: settings.timeout,
        };
        let answer = post(caller, request).await;
        self.lock().figures.durations.add(begin.elapsed());
        match answer {
            Ok(answer) => {
                let said = format!("status {}: {}", answer.status, answer.said);
                (judge(answer.status, &settings.queue), said, answer.retry_after)
            }
            Err(error) => (Verdict::Retry, error.to_string(), None),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}
