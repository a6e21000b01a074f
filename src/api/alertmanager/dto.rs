//! What the API writes, as JSON. Members stand in the peer's order.

use std::sync::Arc;

use crate::alerts::Alert;
use crate::engine::view::AlertStatus;
use crate::label::{Fingerprint, Labels, Matcher};
use crate::notify::integration::Receiver;
use crate::silence::{Silence, SilenceState};
use crate::time::Timestamp;

use super::json::{fingerprint, list, pairs, string, strings, time, time_in_zone};

/// An alert as it is shown.
pub(super) struct AlertObject<'a> {
    pub(super) fingerprint: Fingerprint,
    pub(super) alert: &'a Alert,
    /// Those who are told of it; one may stand there twice.
    pub(super) receivers: &'a [&'a Arc<str>],
    pub(super) status: &'a AlertStatus,
    /// The time intervals that keep its group quiet.
    pub(super) muted_by: &'a [Arc<str>],
}

impl AlertObject<'_> {
    /// Writes it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let alert = self.alert;
        out.extend_from_slice(b"{\"annotations\":");
        pairs(out, &alert.annotations);
        out.extend_from_slice(b",\"endsAt\":");
        time_in_zone(out, alert.ends_at, alert.details.ends);
        out.extend_from_slice(b",\"fingerprint\":");
        fingerprint(out, self.fingerprint);
        out.extend_from_slice(b",\"receivers\":");
        list(out, self.receivers, |out, receiver| name(out, receiver));
        out.extend_from_slice(b",\"startsAt\":");
        time_in_zone(out, alert.starts_at, alert.details.starts);
        out.extend_from_slice(b",\"status\":");
        self.write_status(out);
        out.extend_from_slice(b",\"updatedAt\":");
        time(out, alert.updated_at);
        if !alert.generator_url.is_empty() {
            out.extend_from_slice(b",\"generatorURL\":");
            string(out, &alert.generator_url);
        }
        out.extend_from_slice(b",\"labels\":");
        pairs(out, &alert.labels);
        out.push(b'}');
    }

    fn write_status(&self, out: &mut Vec<u8>) {
        let AlertStatus { inhibited_by, silenced_by } = self.status;
        if self.status.is_active() && self.muted_by.is_empty() {
            out.extend_from_slice(
                b"{\"inhibitedBy\":[],\"mutedBy\":[],\"silencedBy\":[],\"state\":\"active\"}",
            );
            return;
        }
        out.extend_from_slice(b"{\"inhibitedBy\":");
        list(out, inhibited_by, |out, by| fingerprint(out, *by));
        out.extend_from_slice(b",\"mutedBy\":");
        strings(out, self.muted_by);
        out.extend_from_slice(b",\"silencedBy\":");
        strings(out, silenced_by);
        out.extend_from_slice(b",\"state\":\"suppressed\"}");
    }
}

/// What a group says before its alerts.
pub(super) fn begin_group(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"alerts\":[");
}

/// What a group says behind its alerts.
pub(super) fn end_group(out: &mut Vec<u8>, labels: &Labels, receiver: &str, route_labels: &Labels) {
    out.extend_from_slice(b"],\"labels\":");
    pairs(out, labels);
    out.extend_from_slice(b",\"receiver\":");
    name(out, receiver);
    out.extend_from_slice(b",\"routeLabels\":");
    pairs(out, route_labels);
    out.push(b'}');
}

/// A receiver among all receivers.
pub(super) fn receiver(out: &mut Vec<u8>, receiver: &Receiver) {
    out.extend_from_slice(b"{\"labels\":");
    pairs(out, &receiver.labels);
    out.extend_from_slice(b",\"name\":");
    string(out, &receiver.name);
    out.push(b'}');
}

/// A silence as of now. One with several matcher sets, which only peers make, is shown with the
/// first.
pub(super) fn silence(out: &mut Vec<u8>, silence: &Silence, now: Timestamp) {
    out.extend_from_slice(b"{\"id\":");
    string(out, &silence.id);
    out.extend_from_slice(b",\"status\":{\"state\":\"");
    out.extend_from_slice(state_text(silence.state(now)).as_bytes());
    out.extend_from_slice(b"\"},\"updatedAt\":");
    time(out, silence.updated_at);
    if !silence.annotations.is_empty() {
        out.extend_from_slice(b",\"annotations\":");
        pairs(out, &silence.annotations);
    }
    out.extend_from_slice(b",\"comment\":");
    string(out, &silence.comment);
    out.extend_from_slice(b",\"createdBy\":");
    string(out, &silence.created_by);
    out.extend_from_slice(b",\"endsAt\":");
    time(out, silence.ends_at);
    out.extend_from_slice(b",\"matchers\":");
    let matchers = silence.matcher_sets.first().into_iter().flat_map(|set| set.iter());
    list(out, matchers, matcher);
    out.extend_from_slice(b",\"startsAt\":");
    time(out, silence.starts_at);
    out.push(b'}');
}

fn matcher(out: &mut Vec<u8>, matcher: &Matcher) {
    let truth = |flag: bool| if flag { &b"true"[..] } else { b"false" };
    out.extend_from_slice(b"{\"isEqual\":");
    out.extend_from_slice(truth(matcher.op.is_positive()));
    out.extend_from_slice(b",\"isRegex\":");
    out.extend_from_slice(truth(matcher.op.is_regex()));
    out.extend_from_slice(b",\"name\":");
    string(out, &matcher.name);
    out.extend_from_slice(b",\"value\":");
    string(out, &matcher.value);
    out.push(b'}');
}

/// The answer to a silence that was made or changed.
pub(super) fn silence_id(out: &mut Vec<u8>, id: &str) {
    out.extend_from_slice(b"{\"silenceID\":");
    string(out, id);
    out.push(b'}');
}

/// A receiver in few words.
fn name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"{\"name\":");
    string(out, name);
    out.push(b'}');
}

fn state_text(state: SilenceState) -> &'static str {
    match state {
        SilenceState::Active => "active",
        SilenceState::Pending => "pending",
        SilenceState::Expired => "expired",
    }
}
