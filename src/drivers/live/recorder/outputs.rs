//! The outputs of a configuration, and what they are called in metrics.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::runtime::Handle as Runtime;
use tracing::warn;

use crate::engine::telemetry::EventOutputs;

use super::figures::Counts;
use super::file::EventFile;
use super::webhook::Webhook;

/// Somewhere that events are written.
pub(super) struct Output {
    /// `kind:target`, without secrets.
    pub(super) name: Arc<str>,
    place: Place,
}

enum Place {
    File(EventFile),
    Stdout,
    Webhook(Webhook),
}

/// An event as it is written: its type, and its line with the line feed.
pub(super) struct Rendered {
    pub(super) kind: &'static str,
    pub(super) line: Vec<u8>,
}

/// Opens all outputs of a configuration; and what went wrong, one text for each that is missing.
pub(super) fn open(
    settings: &EventOutputs,
    counts: &Arc<Counts>,
    runtime: &Runtime,
) -> (Vec<Output>, Vec<String>) {
    let (mut outputs, mut problems) = (Vec::new(), Vec::new());
    for path in &settings.files {
        match EventFile::open(Path::new(&**path)) {
            Ok(file) => outputs.push(Output::new(format!("file:{path}"), Place::File(file))),
            Err(error) => problems.push(format!("{path}: {error}")),
        }
    }
    for _ in 0..settings.stdouts {
        outputs.push(Output::new("stdout".to_owned(), Place::Stdout));
    }
    for webhook in &settings.webhooks {
        let name: Arc<str> = Arc::from(format!("webhook:{}", bare(webhook.url.expose())));
        let (settings, counts) = (webhook.clone(), Arc::clone(counts));
        let place = Webhook::begin(Arc::clone(&name), settings, counts, runtime);
        outputs.push(Output { name, place: Place::Webhook(place) });
    }
    outputs.iter().for_each(|output| counts.begin_output(&output.name));
    (outputs, problems)
}

impl Output {
    fn new(name: String, place: Place) -> Output {
        Output { name: Arc::from(name), place }
    }

    /// Writes events down, or puts them into the output's own queue, and counts them.
    pub(super) fn add(&mut self, events: &[Rendered], counts: &Counts) -> io::Result<()> {
        let written = match &mut self.place {
            Place::File(file) => file.add(&lines(events)),
            Place::Stdout => io::stdout().lock().write_all(&lines(events)),
            Place::Webhook(webhook) => {
                push(webhook, &self.name, events, counts);
                return Ok(());
            }
        };
        for Rendered { kind, line } in events {
            match &written {
                Ok(()) => counts.written(kind, &self.name, line.len()),
                Err(_) => counts.failed(kind, &self.name),
            }
        }
        written
    }

    /// Sends what waits, as far as there is time.
    pub(super) async fn end(self) {
        if let Place::Webhook(webhook) = self.place {
            webhook.end(&self.name).await;
        }
    }
}

fn push(webhook: &Webhook, name: &Arc<str>, events: &[Rendered], counts: &Counts) {
    let mut dropped = 0;
    for Rendered { kind, line } in events {
        let event = line.strip_suffix(b"\n").unwrap_or(line);
        // as upstream counts: what is in the queue is written
        counts.written(kind, name, event.len());
        dropped += usize::from(!webhook.push(Bytes::copy_from_slice(event)));
    }
    if dropped > 0 {
        warn!(output = %name, dropped, "event queue full: events are dropped");
        counts.output_dropped(name, dropped);
    }
}

fn lines(events: &[Rendered]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(events.iter().map(|event| event.line.len()).sum());
    events.iter().for_each(|event| lines.extend_from_slice(&event.line));
    lines
}

/// A URL without login, query and fragment: any of them may hold a secret.
fn bare(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return String::new() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_webhooks_have_no_secrets() {
        for (url, name) in [
            ("http://a:1/x", "http://a:1/x"),
            ("https://user:s3cret@a/x?key=s3cret#s3cret", "https://a/x"),
            ("http://a?key=s3cret", "http://a"),
            ("http://u:s@a@b/x@y", "http://b/x@y"),
            ("<secret>", ""),
        ] {
            assert_eq!(bare(url), name, "{url}");
        }
    }
}
