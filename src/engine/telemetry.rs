//! Where events and traces go: settings that the driver acts on, and that decide nothing here but
//! whether events are made.

use std::sync::Arc;

use crate::notify::integration::{HttpOptions, SecretSource, TlsOptions};
use crate::secret::Secret;
use crate::time::Span;

/// `event_recorder`: where events are written to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventOutputs {
    /// Files, one line of JSON for each event.
    pub files: Vec<Arc<str>>,
    /// How often each event is written to standard output.
    pub stdouts: usize,
    /// Servers.
    pub webhooks: Vec<EventWebhook>,
}

/// A server that events are posted to.
#[derive(Clone, Debug, PartialEq)]
pub struct EventWebhook {
    /// Where to.
    pub url: Secret,
    /// How.
    pub http: HttpOptions,
    /// How long a request may take.
    pub timeout: Span,
    /// How many requests are made at a time.
    pub workers: usize,
    /// How often one is tried, the first time included.
    pub tries: u32,
    /// The pause before the second try; it doubles.
    pub backoff: Span,
    /// How events are gathered; without it each is posted alone.
    pub batch: Option<EventBatch>,
}

/// How events are gathered before they are posted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct EventBatch {
    /// The most events of one request.
    pub events: usize,
    /// The most bytes, unless one event alone has more.
    pub bytes: usize,
    /// How long the first one waits for others.
    pub patience: Span,
}

/// `tracing`: where spans are sent to, by OTLP.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceExport {
    /// How the collector is spoken with.
    pub protocol: TraceProtocol,
    /// The collector, `host:port`.
    pub endpoint: Arc<str>,
    /// Which share of the traces that begin here is kept, from 0 to 1.
    pub fraction: f64,
    /// Whether the connection is encrypted.
    pub security: Security,
    /// How it is encrypted.
    pub tls: TlsOptions,
    /// Headers of every request.
    pub headers: Vec<(Arc<str>, SecretSource)>,
    /// Whether requests are compressed.
    pub compression: Compression,
    /// How long a request may take.
    pub timeout: Span,
}

/// How a collector is spoken with.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum TraceProtocol {
    /// gRPC.
    Grpc,
    /// Protobuf in HTTP requests to `/v1/traces`.
    Http,
}

/// Whether a connection is encrypted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Security {
    /// It is.
    Tls,
    /// It is not.
    Plain,
}

/// Whether requests are compressed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    None,
    /// By gzip.
    Gzip,
}
