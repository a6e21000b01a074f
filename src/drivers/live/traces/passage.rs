//! The spans of what the engine decides: where alerts go, and flushes.

use xxhash_rust::xxh3::Xxh3;

use crate::engine::{Passage, PassageKind, Suppression};
use crate::notify::Delivery;
use crate::otlp::{Kind, Span};
use crate::time::Timestamp;

use super::{Tracer, root, span};

/// Says in an alert's trace where it went.
pub(in crate::drivers::live) fn passage(tracer: &Tracer, passage: &Passage) {
    let name = match &passage.kind {
        PassageKind::Joined => "dispatch.AggregationGroup.insert",
        PassageKind::Suppressed(Suppression::Inactive { .. }) => "notify.TimeActiveStage.Exec",
        PassageKind::Suppressed(Suppression::Muted { .. }) => "notify.TimeMuteStage.Exec",
        PassageKind::Suppressed(_) => "notify.MuteStage.Exec",
    };
    let Some(mut span) = tracer.begin(name, Kind::Internal, Some(&passage.origin)) else { return };
    span.text("alerting.alert.name", passage.alert.value(crate::label::ALERT_NAME));
    span.text("alerting.alert.fingerprint", passage.alert.fingerprint().to_string());
    span.text("alerting.aggregation_group.key", &*passage.group_key);
    span.text("alerting.route.receiver.name", &*passage.receiver);
    if let PassageKind::Suppressed(cause) = &passage.kind {
        span.text("alerting.suppressed.reason", cause.text());
        match cause {
            Suppression::Inhibited { by, .. } => {
                span.text("alerting.inhibit_rule.source.fingerprint", by.to_string());
            }
            Suppression::Silenced { ids } => span.text("alerting.silence.id", ids.join(",")),
            Suppression::Inactive { .. } | Suppression::Muted { .. } => {}
        }
    }
    tracer.end(span);
}

/// The span of the flush that a delivery is of; the same for all of its deliveries and attempts.
/// Nothing when tracing is off.
pub(super) fn flush(tracer: &Tracer, delivery: &Delivery) -> Option<Span> {
    let fraction = tracer.fraction()?;
    let origins = &delivery.origins;
    let parent = origins.iter().find(|origin| origin.is_kept()).or(origins.first());
    let id = |part: u8| identity(tracer.seed, delivery, part);
    let context = match parent {
        Some(parent) => parent.at_span(id(0)),
        None => {
            let mut trace = [0; 16];
            trace[..8].copy_from_slice(&id(1));
            trace[8..].copy_from_slice(&id(2));
            root(trace, id(0), fraction)
        }
    };
    let name = "dispatch.AggregationGroup.flush".to_owned();
    let mut flush = span(name, Kind::Internal, context, parent.cloned());
    flush.begin = flush.begin.min(nanoseconds(delivery.at));
    flush.links = origins.iter().filter(|one| Some(*one) != parent).cloned().collect();
    Some(flush)
}

/// Sends the span of a delivery's flush.
pub(in crate::drivers::live) fn tell_flush(tracer: &Tracer, delivery: &Delivery) {
    let Some(mut flush) = flush(tracer, delivery) else { return };
    flush.text("alerting.aggregation_group.key", &*delivery.group_key);
    flush.text("alerting.notify.receiver.name", &*delivery.receiver.name);
    flush.count("alerting.alerts.count", delivery.alerts.len());
    flush.text("alerting.notify.reason", delivery.reason.text());
    tracer.end(flush);
}

fn identity(seed: u64, delivery: &Delivery, part: u8) -> [u8; 8] {
    let mut hash = Xxh3::with_seed(seed);
    let parts: [&[u8]; 3] =
        [delivery.receiver.name.as_bytes(), delivery.group_key.as_bytes(), &[part]];
    for part in parts {
        hash.update(&part.len().to_be_bytes());
        hash.update(part);
    }
    hash.update(&delivery.at.millis().to_be_bytes());
    // no id is zero
    (hash.digest() | 1).to_be_bytes()
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.millis()).unwrap_or(0).saturating_mul(1_000_000)
}
