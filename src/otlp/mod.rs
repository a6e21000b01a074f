//! OTLP, OpenTelemetry's protocol: spans are sent to a collector, by gRPC or in HTTP requests.
//! Without the cargo feature `otlp` there are spans, and nobody sends them.
//! (Source: OpenTelemetry specification, "OTLP".)

#[cfg(feature = "otlp")]
mod export;
mod span;
#[cfg(feature = "otlp")]
mod wire;

#[cfg(feature = "otlp")]
pub use export::{ExportError, Exporter};
pub use span::{Kind, Span, Value};
