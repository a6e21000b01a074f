//! `event_recorder`. (Source: Alertmanager 0.34, `eventrecorder`: keys, defaults, checks.)

use std::sync::Arc;

use crate::config::read::{At, Field, PromDuration, Reader, SecretUrl, Yaml, section};
use crate::config::yaml::{Node, Position};
use crate::engine::telemetry::{EventBatch, EventOutputs, EventWebhook};
use crate::notify::integration::HttpOptions;
use crate::time::Span;

use super::http::Http;
use super::tls::Tls;

/// The most requests that one output makes at a time.
pub const MAX_WORKERS: i64 = 64;
/// The most tries of one request.
pub const MAX_TRIES: i64 = 100;

/// What is said of outputs that there are not.
pub(super) const NO_KAFKA: &str =
    "kafka_outputs are not supported: write events to file_outputs or webhook_outputs";

section! {
    /// `event_recorder`
    struct EventRecorder("eventrecorder.Config") {
        nonempty file_outputs: Vec<FileOutput>,
        nonempty stdout_outputs: Vec<StdoutOutput>,
        nonempty webhook_outputs: Vec<WebhookOutput>,
        nonempty kafka_outputs: Vec<KafkaOutput>,
    }
}

section! {
    /// One of `file_outputs`.
    struct FileOutput("eventrecorder.plain") {
        always path: String,
    }
}

/// One of `stdout_outputs`: a map without any key.
#[derive(Clone, Debug)]
pub(in crate::config) struct StdoutOutput;

impl Field for StdoutOutput {
    fn read(node: &Node, reader: &mut Reader) -> Option<StdoutOutput> {
        reader.fields(node, "eventrecorder.plain", &[], |_, _, _| false).map(|()| StdoutOutput)
    }

    fn null(_: Position, _: &mut Reader) -> Option<StdoutOutput> {
        Some(StdoutOutput)
    }

    fn write(&self) -> Yaml {
        serde_yaml::Mapping::new().into()
    }
}

section! {
    /// One of `webhook_outputs`.
    struct WebhookOutput("eventrecorder.plain") {
        nonempty url: Option<SecretUrl>,
        nonempty http_config: Option<Http>,
        nonempty timeout: PromDuration,
        nonempty workers: i64,
        nonempty max_retries: i64,
        nonempty retry_backoff: PromDuration,
        nonempty batch: bool,
        nonempty batch_max_events: i64,
        nonempty batch_max_bytes: i64,
        nonempty batch_flush_interval: PromDuration,
    }
}

section! {
    /// One of `kafka_outputs`: checked, and not supported.
    struct KafkaOutput("eventrecorder.plain") {
        nonempty brokers: Vec<String>,
        nonempty topic: String,
        nonempty client_id: String,
        nonempty format: At<String>,
        nonempty acks: At<String>,
        nonempty compression: At<String>,
        nonempty buffer_size: i64,
        nonempty tls_config: Option<Tls>,
    }
}

impl EventRecorder {
    /// Checks each output.
    pub(super) fn check(&self, reader: &mut Reader) {
        for output in self.file_outputs.iter().filter(|output| output.whole) {
            if output.path.is_empty() {
                reader.problem(output.at, "event_recorder file output requires a path");
            }
        }
        self.webhook_outputs.iter().for_each(|output| output.check(reader));
        self.kafka_outputs.iter().for_each(|output| output.check(reader));
        if let Some(kafka) = self.kafka_outputs.first() {
            reader.warning(kafka.at, NO_KAFKA);
        }
    }

    /// Where the first output stands that there is not.
    pub(super) fn unsupported(&self) -> Option<Position> {
        self.kafka_outputs.first().map(|kafka| kafka.at)
    }

    /// Where events are written to, if anywhere.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> Option<EventOutputs> {
        let files = self.file_outputs.iter().map(|output| Arc::from(file(&output.path)));
        let outputs = EventOutputs {
            files: files.collect(),
            stdouts: self.stdout_outputs.len(),
            webhooks: self.webhook_outputs.iter().map(|output| output.compile(file)).collect(),
        };
        (outputs != EventOutputs::default()).then_some(outputs)
    }
}

impl WebhookOutput {
    fn check(&self, reader: &mut Reader) {
        if self.url.is_none() && self.whole {
            reader.problem(self.at, "event_recorder webhook output requires a url");
        }
        if let Some(http) = &self.http_config {
            http.check(reader);
        }
        let sizes = [self.batch_max_events, self.batch_max_bytes];
        if sizes.iter().any(|size| *size < 0) {
            reader.problem(self.at, "event_recorder webhook batch settings cannot be negative");
        }
        let batches =
            sizes.iter().any(|size| *size != 0) || self.batch_flush_interval.0 > Span::ZERO;
        if batches && !self.batch {
            reader.problem(self.at, "event_recorder webhook batch settings require batch: true");
        }
    }

    fn compile(&self, file: &dyn Fn(&str) -> String) -> EventWebhook {
        let at_most =
            |number: i64, usual: i64, most| if number > 0 { number.min(most) } else { usual };
        let span = |PromDuration(span), usual| if span > Span::ZERO { span } else { usual };
        let size = |number: i64, usual: usize| match usize::try_from(number) {
            Ok(0) | Err(_) => usual,
            Ok(number) => number,
        };
        let batch = self.batch.then(|| EventBatch {
            events: size(self.batch_max_events, 100),
            bytes: size(self.batch_max_bytes, 1 << 20),
            patience: span(self.batch_flush_interval, Span::from_millis(100)),
        });
        let http = self.http_config.as_ref();
        EventWebhook {
            url: self.url.as_ref().map(|url| url.0.clone()).unwrap_or_default(),
            http: http.map_or_else(HttpOptions::default, |http| http.compile(file)),
            timeout: span(self.timeout, Span::from_secs(10)),
            workers: usize::try_from(at_most(self.workers, 4, MAX_WORKERS)).unwrap_or(4),
            tries: u32::try_from(at_most(self.max_retries, 3, MAX_TRIES)).unwrap_or(3),
            backoff: span(self.retry_backoff, Span::from_millis(500)),
            batch,
        }
    }
}

impl KafkaOutput {
    fn check(&self, reader: &mut Reader) {
        let mut refuse = |wrong: bool, at, message: String| {
            if wrong && self.whole {
                reader.problem(at, message);
            }
        };
        let brokers = &self.brokers;
        let requires = |what: &str| format!("event_recorder kafka output requires {what}");
        refuse(brokers.is_empty(), self.at, requires("at least one broker"));
        let blank = brokers.iter().any(|broker| broker.trim().is_empty());
        refuse(blank, self.at, "event_recorder kafka output has an empty broker".to_owned());
        refuse(self.topic.is_empty(), self.at, requires("a topic"));
        refuse(
            self.buffer_size < 0,
            self.at,
            "event_recorder kafka output buffer_size cannot be negative".to_owned(),
        );
        for (name, given, known) in [
            ("format", &self.format, &["json", "protobuf"][..]),
            ("acks", &self.acks, &["none", "leader", "all"]),
            ("compression", &self.compression, &["none", "gzip", "snappy", "lz4", "zstd"]),
        ] {
            let text = given.value.as_str();
            let message = format!(
                "unknown event_recorder kafka {name} {text:?}, must be one of {}",
                known.join(", ")
            );
            refuse(!text.is_empty() && !known.contains(&text), given.at, message);
        }
        if let Some(tls) = &self.tls_config {
            tls.check(reader);
        }
    }
}
