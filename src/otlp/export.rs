//! Sends spans to a collector.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::write::GzEncoder;
use prost::Message;

use crate::engine::telemetry::{Compression, Security, TraceExport, TraceProtocol};
use crate::notify::integration::HttpOptions;
use crate::receivers::{Call, Caller, Post, PostError, call, post};

use super::{Span, wire};

/// The service that spans are of, to whoever reads traces: an Alertmanager.
const SERVICE: &str = "alertmanager";
/// The method that is called by gRPC.
const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// The path of HTTP requests.
const PATH: &str = "/v1/traces";
/// Answers after which it may be tried again. (Source: OTLP specification, "Failures".)
const BUSY: [u16; 4] = [429, 502, 503, 504];
/// The same by gRPC: cancelled, deadline exceeded, exhausted, aborted, out of range, unavailable,
/// data loss.
const BUSY_CODES: [u32; 7] = [1, 4, 8, 10, 11, 14, 15];
const PLAIN: [(&str, &str); 1] = [("content-type", "application/x-protobuf")];
const GZIPPED: [(&str, &str); 2] =
    [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];

/// Why spans were not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Not now; another try may do.
    #[error("{0}")]
    Passing(String),
    /// Not these, ever.
    #[error("{0}")]
    Final(String),
}

/// Sends spans to one collector.
#[derive(Debug)]
pub struct Exporter {
    settings: Arc<TraceExport>,
    caller: Caller,
    options: HttpOptions,
    version: String,
}

impl Exporter {
    /// One for these settings; `version` is the service's. The files that they name are read.
    ///
    /// # Errors
    /// What is wrong with the settings or their files, in words, without secrets.
    pub async fn new(settings: Arc<TraceExport>, version: &str) -> Result<Exporter, String> {
        let options = HttpOptions {
            tls: settings.tls.clone(),
            headers: settings.headers.clone(),
            follow_redirects: false,
            ..HttpOptions::default()
        };
        let exporter =
            Exporter { settings, caller: Caller::default(), options, version: version.to_owned() };
        match exporter.settings.protocol {
            TraceProtocol::Http => exporter.caller.prepare(&exporter.options).await?,
            TraceProtocol::Grpc => exporter.caller.prepare_http2(&exporter.options).await?,
        };
        Ok(exporter)
    }

    /// Makes one request with these spans.
    ///
    /// # Errors
    /// When the collector did not take them.
    pub async fn send(&self, spans: &[Span]) -> Result<(), ExportError> {
        let resource = [
            ("service.name", SERVICE),
            ("service.version", &self.version),
            ("telemetry.sdk.language", "rust"),
            ("telemetry.sdk.name", env!("CARGO_PKG_NAME")),
            ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        ];
        let message = wire::request(&resource, spans).encode_to_vec();
        let message = match self.settings.compression {
            Compression::None => message,
            Compression::Gzip => gzip(&message).map_err(ExportError::Final)?,
        };
        match self.settings.protocol {
            TraceProtocol::Http => self.post(message.into()).await,
            TraceProtocol::Grpc => self.call(&message).await,
        }
    }

    fn url(&self, path: &str) -> String {
        let scheme = match self.settings.security {
            Security::Tls => "https",
            Security::Plain => "http",
        };
        format!("{scheme}://{}{path}", self.settings.endpoint)
    }

    async fn post(&self, body: Bytes) -> Result<(), ExportError> {
        let headers: &[_] = match self.settings.compression {
            Compression::None => &PLAIN,
            Compression::Gzip => &GZIPPED,
        };
        let request = Post {
            url: &self.url(PATH),
            options: &self.options,
            headers,
            body: &body,
            timeout: self.settings.timeout,
        };
        match post(&self.caller, request).await {
            Ok(answer) if answer.status / 100 == 2 => Ok(()),
            Ok(answer) => {
                let said = format!("status {}: {}", answer.status, answer.said);
                Err(match BUSY.contains(&answer.status) {
                    true => ExportError::Passing(said),
                    false => ExportError::Final(said),
                })
            }
            Err(error @ (PostError::Connection(_) | PostError::Timeout)) => {
                Err(ExportError::Passing(error.to_string()))
            }
            Err(error) => Err(ExportError::Final(error.to_string())),
        }
    }

    async fn call(&self, message: &[u8]) -> Result<(), ExportError> {
        let request = Call {
            url: &self.url(METHOD),
            options: &self.options,
            message,
            encoding: match self.settings.compression {
                Compression::None => None,
                Compression::Gzip => Some("gzip"),
            },
            timeout: self.settings.timeout,
        };
        match call(&self.caller, request).await {
            Ok(status) if status.code == 0 => Ok(()),
            Ok(status) => {
                let said = format!("gRPC status {}: {}", status.code, status.message);
                Err(match BUSY_CODES.contains(&status.code) {
                    true => ExportError::Passing(said),
                    false => ExportError::Final(said),
                })
            }
            Err(error @ (PostError::Connection(_) | PostError::Timeout)) => {
                Err(ExportError::Passing(error.to_string()))
            }
            Err(error) => Err(ExportError::Final(error.to_string())),
        }
    }
}

fn gzip(message: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(message).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}
