//! `tracing`. (Source: Alertmanager 0.34, `tracing`: keys, defaults, checks and their texts.)

use std::sync::Arc;

use crate::config::read::{At, Pairs, PromDuration, Reader, section};
use crate::config::yaml::Position;
use crate::engine::telemetry::{Compression, Security, TraceExport, TraceProtocol};
use crate::notify::integration::{SecretSource, TlsOptions};
use crate::secret::Secret;
use crate::time::Span;

use super::http::{Header, MAX_HEADERS};
use super::tls::Tls;

/// How long a request may take, when nothing else is said. (Source: OpenTelemetry,
/// `OTEL_EXPORTER_OTLP_TIMEOUT`.)
const TIMEOUT: Span = Span::from_secs(10);

section! {
    /// `tracing`
    struct Tracing("tracing.plain") {
        nonempty client_type: At<String> = grpc(),
        nonempty endpoint: At<String>,
        nonempty sampling_fraction: f64,
        nonempty insecure: bool,
        nonempty tls_config: Option<Tls>,
        nonempty headers: Pairs<Header>,
        nonempty compression: At<String>,
        nonempty timeout: PromDuration,
    }
}

fn grpc() -> At<String> {
    At { at: Position::default(), value: "grpc".to_owned() }
}

impl Tracing {
    /// Checks what is written, and says what may surprise.
    pub(super) fn check(&self, reader: &mut Reader) {
        let kind = self.client_type.as_str();
        if !["grpc", "http"].contains(&kind) {
            let message =
                format!("expected tracing client type to be http or grpc, but got {kind}");
            reader.problem(self.client_type.at, message);
        }
        if self.endpoint.is_empty() && self.whole {
            reader.problem(self.at, "tracing endpoint must be set");
        }
        if self.endpoint.contains("://") {
            let message = "the endpoint of tracing is host:port; write `insecure: true` for a \
                           connection in the open, and no scheme";
            reader.warning(self.endpoint.at, message);
        }
        let compression = self.compression.as_str();
        if !["", "gzip"].contains(&compression) {
            let message =
                format!("invalid compression type {compression} provided, valid options: gzip");
            reader.problem(self.compression.at, message);
        }
        if let Some(tls) = &self.tls_config {
            tls.check(reader);
        }
        self.check_headers(reader);
        if self.sampling_fraction.is_nan() {
            reader.problem(self.at, "sampling_fraction is not a number");
        }
        if cfg!(not(feature = "otlp")) {
            let message = "tracing has no effect: this program was built without the feature otlp";
            reader.warning(self.at, message);
        } else if self.sampling_fraction <= 0.0 {
            let message = "sampling_fraction is 0: only requests that come with a sampled \
                           traceparent are traced";
            reader.warning(self.at, message);
        }
    }

    fn check_headers(&self, reader: &mut Reader) {
        if self.headers.0.len() > MAX_HEADERS {
            reader.problem(self.at, format!("more than {MAX_HEADERS} headers"));
        }
        for (name, header) in self.headers.0.iter().take(MAX_HEADERS) {
            if http::HeaderName::try_from(name.as_str()).is_err() {
                reader.problem(name.at, format!("invalid header name {:?}", name.value));
            }
            let bad = |value: &str| http::HeaderValue::try_from(value).is_err();
            let secret = header.secrets.iter().any(|secret| bad(secret.expose()));
            if secret || header.values.iter().any(|value| bad(value)) {
                reader.problem(header.at, format!("invalid value of header {:?}", name.value));
            }
        }
    }

    /// Where spans are sent to.
    pub(super) fn compile(&self, file: &dyn Fn(&str) -> String) -> TraceExport {
        let endpoint = self.endpoint.split_once("://").map_or(self.endpoint.as_str(), |(_, it)| it);
        let tls = self.tls_config.as_ref();
        TraceExport {
            protocol: match self.client_type.as_str() {
                "http" => TraceProtocol::Http,
                _ => TraceProtocol::Grpc,
            },
            endpoint: Arc::from(endpoint.trim_end_matches('/')),
            fraction: self.sampling_fraction.clamp(0.0, 1.0),
            security: if self.insecure { Security::Plain } else { Security::Tls },
            tls: tls.map_or_else(TlsOptions::default, |tls| tls.compile(file)),
            headers: self.headers.iter().filter_map(|pair| first(pair, file)).collect(),
            compression: match self.compression.as_str() {
                "gzip" => Compression::Gzip,
                _ => Compression::None,
            },
            timeout: if self.timeout.0 > Span::ZERO { self.timeout.0 } else { TIMEOUT },
        }
    }
}

/// A header's first value, wherever it is. (Source: Alertmanager, `headersToMap`: the others do
/// not count.)
fn first(
    (name, header): (&str, &Header),
    file: &dyn Fn(&str) -> String,
) -> Option<(Arc<str>, SecretSource)> {
    let value =
        header.values.first().map(|value| SecretSource::Inline(Secret::new(value.as_str())));
    let secret = || header.secrets.first().map(|secret| SecretSource::Inline(secret.clone()));
    let path = || header.files.first().map(|path| SecretSource::File(Arc::from(file(path))));
    let source = value.or_else(secret).or_else(path)?;
    Some((Arc::from(name.to_lowercase()), source))
}
