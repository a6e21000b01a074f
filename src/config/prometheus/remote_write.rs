//! `remote_write`.

use std::collections::HashSet;
use std::sync::Arc;

use crate::config::alertmanager::Anything;
use crate::config::alertmanager::http::Http;
use crate::config::read::{At, Field, HttpUrl, Pairs, PromDuration, Reader, Yaml, section};
use crate::config::yaml::{Node, Position};
use crate::forward::{
    Address, Histograms, QueueOptions, RemoteWrite, TooManyRequests, WAITING_SAMPLES_LIMIT,
    WRITE_TIMEOUT,
};
use crate::notify::integration::SecretSource;
use crate::secret::Secret;
use crate::time::Span;

use super::relabel::{self, RawRelabel};
use super::requests;

/// How many samples one shard holds when the file does not say.
const CAPACITY: u64 = 10_000;
/// How many shards there may be when the file does not say.
const MAX_SHARDS: u64 = 50;
/// Remote write 1.0.
const MESSAGE_1: &str = "prometheus.WriteRequest";
/// Remote write 2.0.
const MESSAGE_2: &str = "io.prometheus.write.v2.Request";

/// Headers that writing needs for itself.
const RESERVED_HEADERS: [&str; 16] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "user-agent",
    "www-authenticate",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-prometheus-remote-read-version",
    "x-prometheus-remote-write-version",
];

section! {
    /// One of `remote_write`, without what says how requests are made.
    struct RawWrite("config.plain") {
        nonempty url: Option<HttpUrl>,
        nonempty name: At<String>,
        nonempty remote_timeout: PromDuration = PromDuration(WRITE_TIMEOUT),
        nonempty write_relabel_configs: Vec<RawRelabel>,
        nonempty headers: Pairs<String>,
        nonempty send_exemplars: bool,
        nonempty send_native_histograms: bool,
        nonempty round_robin_dns: bool,
        nonempty protobuf_message: At<String>,
        nonempty queue_config: Option<RawQueue>,
        nonempty metadata_config: Anything,
        nonempty sigv4: Option<At<Anything>>,
        nonempty azuread: Option<At<Anything>>,
        nonempty google_iam: Option<At<Anything>>,
    }
}

section! {
    /// `queue_config`
    struct RawQueue("config.plain") {
        nonempty capacity: u64 = CAPACITY,
        nonempty max_shards: u64 = MAX_SHARDS,
        nonempty min_shards: u64 = 1,
        nonempty max_samples_per_send: u64 = 2000,
        nonempty batch_send_deadline: PromDuration = PromDuration(Span::from_secs(5)),
        nonempty min_backoff: PromDuration = PromDuration(Span::from_millis(30)),
        nonempty max_backoff: PromDuration = PromDuration(Span::from_secs(5)),
        nonempty retry_on_http_429: bool = true,
        nonempty sample_age_limit: PromDuration,
    }
}

/// One of `remote_write`.
#[derive(Clone, Debug)]
pub(in crate::config) struct RawRemoteWrite {
    write: RawWrite,
    http: Http,
}

impl Field for RawRemoteWrite {
    fn read(node: &Node, reader: &mut Reader) -> Option<RawRemoteWrite> {
        let Node::Map(at, entries) = node else {
            let write = RawWrite::read(node, reader)?;
            let http = Http::empty(write.at);
            return Some(RawRemoteWrite { write, http });
        };
        let mut entries = entries.clone();
        let http = requests::read(*at, &mut entries, reader);
        RawWrite::read(&Node::Map(*at, entries), reader).map(|write| RawRemoteWrite { write, http })
    }

    fn null(at: Position, reader: &mut Reader) -> Option<RawRemoteWrite> {
        reader.problem(at, "empty or null remote write config section");
        None
    }

    fn write(&self) -> Yaml {
        self.write.write()
    }
}

pub(super) fn check(writes: &[RawRemoteWrite], reader: &mut Reader) {
    let mut names = HashSet::new();
    for RawRemoteWrite { write, http } in writes {
        write.check(http, reader);
        http.check(reader);
        if !write.name.is_empty() && !names.insert(write.name.as_str()) {
            let message =
                format!("found multiple remote write configs with job name {:?}", write.name.value);
            reader.problem(write.name.at, message);
        }
    }
}

impl RawWrite {
    fn check(&self, http: &Http, reader: &mut Reader) {
        if self.url.is_none() && self.whole {
            reader.problem(self.at, "url for remote_write is empty");
        }
        let logins = [
            http.basic_auth.is_some(),
            http.authorization.is_some(),
            http.oauth2.is_some(),
            self.sigv4.is_some(),
            self.azuread.is_some(),
            self.google_iam.is_some(),
        ];
        if logins.iter().filter(|login| **login).count() > 1 {
            let message = "at most one of basic_auth, authorization, oauth2, sigv4, azuread & \
                           google_iam must be configured";
            reader.problem(self.at, message);
        }
        if !matches!(self.protobuf_message.as_str(), "" | MESSAGE_1 | MESSAGE_2) {
            let given = &self.protobuf_message.value;
            let message = format!("unknown remote write protobuf message {given}");
            reader.problem(self.protobuf_message.at, message);
        }
        self.check_headers(reader);
        relabel::check(&self.write_relabel_configs, reader);
    }

    fn check_headers(&self, reader: &mut Reader) {
        for (name, _) in &self.headers.0 {
            let lower = name.to_lowercase();
            if lower == "authorization" {
                let message = "authorization header must be changed via the basic_auth, \
                               authorization, oauth2, or sigv4 parameter";
                reader.problem(name.at, message);
            } else if RESERVED_HEADERS.contains(&lower.as_str()) {
                let name_text = &name.value;
                let message = format!("{name_text} is a reserved header. It must not be changed");
                reader.problem(name.at, message);
            }
        }
    }
}

impl RawRemoteWrite {
    /// The endpoint. `file` turns a file's path into what is opened.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> Option<RemoteWrite> {
        let RawRemoteWrite { write, http } = self;
        let mut endpoint = RemoteWrite::at(Address::parse(&write.url.as_ref()?.0).ok()?);
        let login = endpoint.http.authorization.take();
        endpoint.http = http.compile(file);
        endpoint.http.authorization = endpoint.http.authorization.or(login);
        for (name, value) in write.headers.iter() {
            let value = SecretSource::Inline(Secret::new(value.as_str()));
            endpoint.http.headers.push((Arc::from(name), value));
        }
        if !write.name.is_empty() {
            endpoint.name = Arc::from(write.name.as_str());
        }
        endpoint.timeout = write.remote_timeout.0;
        endpoint.relabel = relabel::compile(&write.write_relabel_configs);
        endpoint.queue = write.queue_config.as_ref().map(RawQueue::compile).unwrap_or_default();
        if !write.send_native_histograms {
            endpoint.histograms = Histograms::LeftOut;
        }
        Some(endpoint)
    }

    /// What has no effect, with its place.
    pub(super) fn unused(&self) -> Vec<(String, Position)> {
        let write = &self.write;
        let parts = [
            ("sigv4", &write.sigv4),
            ("azuread", &write.azuread),
            ("google_iam", &write.google_iam),
        ];
        let there = |(name, part): (&str, &Option<At<Anything>>)| {
            part.as_ref().map(|part| (format!("{name} of remote_write"), part.at))
        };
        let mut unused: Vec<_> = parts.into_iter().filter_map(there).collect();
        if write.protobuf_message.as_str() == MESSAGE_2 {
            let what = "protobuf_message 2.0 of remote_write".to_owned();
            unused.push((what, write.protobuf_message.at));
        }
        unused
    }
}

impl RawQueue {
    fn compile(&self) -> QueueOptions {
        let batch = usize::try_from(self.max_samples_per_send).unwrap_or(usize::MAX);
        QueueOptions {
            batch: batch.clamp(1, WAITING_SAMPLES_LIMIT),
            batch_wait: self.batch_send_deadline.0,
            min_backoff: self.min_backoff.0,
            max_backoff: self.max_backoff.0,
            too_many_requests: match self.retry_on_http_429 {
                true => TooManyRequests::Retry,
                false => TooManyRequests::Drop,
            },
            age_limit: self.sample_age_limit.0,
            ..QueueOptions::default()
        }
        .sized(self.capacity, self.min_shards, self.max_shards)
    }
}
