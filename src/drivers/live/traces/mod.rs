//! Spans of what alerts go through, sent to where `tracing` says.
//!
//! ```text
//! POST /api/v2/alerts                     server, of the caller's traceparent if it has one
//!   api.postAlertsHandler
//!     provider.mem.Put                    into the engine, until it is durable
//!       dispatch.AggregationGroup.insert    each alert, into each group
//!       notify.MuteStage.Exec               when something keeps it from its receiver
//!       dispatch.AggregationGroup.flush     links to what its other alerts came of
//!         notify.Integration.Notify         each attempt
//!           HTTP POST                       its context is the traceparent that is sent
//! rules.Group.Eval                        a rule group's evaluation; then as below Put
//! ```
//! A flush belongs to the trace of the first of its alerts that are news; upstream begins a new
//! one there. Its id is a hash of group and moment, so that nobody has to remember it.
//! (Source: Alertmanager's names of spans and attributes.)

mod attempt;
#[cfg(feature = "otlp")]
mod batch;
mod passage;

pub(super) use attempt::Attempt;
pub(super) use passage::{passage, tell_flush};

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

#[cfg(feature = "otlp")]
use tracing::info;
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::engine::telemetry::TraceExport;
use crate::otlp::{Kind, Span};
use crate::trace::{Sampling, TraceContext};

/// How many spans wait to be sent; more are dropped.
pub const SPANS_LIMIT: usize = 2048;
/// The most spans of one request. (Source: OpenTelemetry, `OTEL_BSP_*`, for both.)
pub const SPANS_AT_ONCE: usize = 512;

/// Makes spans and has them sent.
#[derive(Debug)]
pub struct Tracer {
    active: RwLock<Option<Active>>,
    /// What tells this process' spans from those of others.
    seed: u64,
}

/// Tracing as it is in force.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "it never is"))]
struct Active {
    settings: Arc<TraceExport>,
    #[cfg(feature = "otlp")]
    batches: batch::Batches,
}

impl Default for Tracer {
    /// One that makes no spans.
    fn default() -> Tracer {
        let seed = Uuid::new_v4().as_u64_pair().0;
        Tracer { active: RwLock::default(), seed }
    }
}

impl Tracer {
    /// Says where spans are to be sent from now on, if anywhere. What waits for the old place is
    /// sent there. The same place again changes nothing, unless there are certificates to read.
    ///
    /// # Errors
    /// What is wrong with the settings or the files that they name; then all stays as it was.
    #[cfg(feature = "otlp")]
    pub async fn configure(&self, settings: Option<&Arc<TraceExport>>) -> Result<(), String> {
        if !self.is_news(settings) {
            return Ok(());
        }
        let next = match settings {
            Some(settings) => {
                let batches = batch::Batches::begin(Arc::clone(settings)).await;
                let batches = batches.map_err(|error| format!("tracing: {error}"))?;
                Some(Active { settings: Arc::clone(settings), batches })
            }
            None => None,
        };
        match &next {
            Some(next) => info!(endpoint = %next.settings.endpoint, "tracing is on"),
            None => info!("tracing is off"),
        }
        if let Some(old) = self.replace(next) {
            tokio::spawn(old.batches.end());
        }
        Ok(())
    }

    /// Does nothing: this program was built without the feature `otlp`.
    ///
    /// # Errors
    /// None.
    #[cfg(not(feature = "otlp"))]
    pub async fn configure(&self, _: Option<&Arc<TraceExport>>) -> Result<(), String> {
        Ok(())
    }

    #[cfg(feature = "otlp")]
    fn is_news(&self, settings: Option<&Arc<TraceExport>>) -> bool {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        match (active.as_ref(), settings) {
            (None, None) => false,
            (Some(active), Some(settings)) => {
                let tls = &settings.tls;
                let reads_files = tls.ca.is_some() || tls.cert.is_some() || tls.key.is_some();
                reads_files || active.settings != *settings
            }
            _ => true,
        }
    }

    #[cfg(feature = "otlp")]
    fn replace(&self, next: Option<Active>) -> Option<Active> {
        let mut active = self.active.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *active, next)
    }

    /// Begins a span of this parent, or of a new trace. Nothing when tracing is off.
    pub fn begin(
        &self,
        name: impl Into<String>,
        kind: Kind,
        parent: Option<&TraceContext>,
    ) -> Option<Span> {
        let fraction = self.fraction()?;
        let context = match parent {
            Some(parent) => parent.at_span(random_span()),
            None => root(random_trace(), random_span(), fraction),
        };
        Some(span(name.into(), kind, context, parent.cloned()))
    }

    /// Ends a span, and has it sent if its trace is kept.
    pub fn end(&self, mut span: Span) {
        if !span.context.is_kept() {
            return;
        }
        span.end = now();
        #[cfg(feature = "otlp")]
        if let Some(active) = &*self.active.read().unwrap_or_else(PoisonError::into_inner) {
            active.batches.push(span);
        }
    }

    /// Whether spans are made.
    pub fn is_on(&self) -> bool {
        self.fraction().is_some()
    }

    /// Which share of new traces is kept; nothing when tracing is off.
    fn fraction(&self) -> Option<f64> {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        active.as_ref().map(|active| active.settings.fraction)
    }

    /// Sends what waits, as far as there is time.
    pub async fn stop(&self) {
        #[cfg(feature = "otlp")]
        if let Some(active) = self.replace(None) {
            active.batches.end().await;
        }
    }
}

/// What an input came of, if that is worth carrying: a trace that begins here and is not kept
/// leads nowhere.
pub(super) fn origin(span: &Span) -> Option<TraceContext> {
    let carried = span.context.is_kept() || span.parent.is_some();
    carried.then(|| span.context.clone())
}

fn span(name: String, kind: Kind, context: TraceContext, parent: Option<TraceContext>) -> Span {
    let begin = now();
    let (attributes, links) = (Vec::new(), Vec::new());
    Span { name, kind, context, parent, begin, end: begin, attributes, links, error: None }
}

/// A context of a new trace. Whether it is kept is a matter of the trace's id, so that others
/// decide alike. (Source: OpenTelemetry, `TraceIdRatioBased`.)
fn root(trace: [u8; 16], span: [u8; 8], fraction: f64) -> TraceContext {
    let low = trace[8..].iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let kept = fraction >= 1.0 || ((low >> 1) as f64) < fraction * (1_u64 << 63) as f64;
    let sampling = if kept { Sampling::Kept } else { Sampling::Dropped };
    TraceContext { trace, span, sampling, state: Arc::from("") }
}

/// Sixteen random bytes. A UUID has bits that are always the same, just where the share of traces
/// is decided; its hash has none.
fn random_trace() -> [u8; 16] {
    xxh3_128(Uuid::new_v4().as_bytes()).to_be_bytes()
}

fn random_span() -> [u8; 8] {
    Uuid::new_v4().as_u64_pair().1.to_be_bytes()
}

/// Nanoseconds since 1970, by the wall clock.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_wanted_share_of_traces_is_kept() {
        for fraction in [0.0, 0.1, 0.5, 1.0] {
            let is_kept = |_: &usize| root(random_trace(), [1; 8], fraction).is_kept();
            let kept = (0..4000).filter(is_kept).count();
            let share = kept as f64 / 4000.0;
            assert!((share - fraction).abs() < 0.05, "{fraction}: {share}");
            assert!(fraction > 0.0 || kept == 0);
            assert!(fraction < 1.0 || kept == 4000);
        }
    }

    #[tokio::test]
    async fn without_settings_there_are_no_spans() {
        let tracer = Tracer::default();
        tracer.configure(None).await.unwrap();
        assert_eq!(tracer.begin("x", Kind::Internal, None), None);
        tracer.stop().await;
    }
}
