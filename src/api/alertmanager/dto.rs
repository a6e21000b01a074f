//! What the API writes, borrowed from what the engine shows. Members stand in the peer's order.

use std::fmt::Display;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::engine::view::{AlertStatus, AlertView};
use crate::label::{Labels, Matcher};
use crate::notify::integration::Receiver;
use crate::silence::{Silence, SilenceState};
use crate::time::{Detail, Timestamp, rfc3339};

/// An alert.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertObject<'a> {
    annotations: Pairs<'a>,
    ends_at: Shown<Written>,
    fingerprint: Shown<crate::label::Fingerprint>,
    receivers: Names<'a>,
    starts_at: Shown<Written>,
    status: StatusObject<'a>,
    updated_at: Shown<Timestamp>,
    #[serde(rename = "generatorURL", skip_serializing_if = "str::is_empty")]
    generator_url: &'a str,
    labels: Pairs<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusObject<'a> {
    inhibited_by: Shown<&'a [crate::label::Fingerprint]>,
    muted_by: &'a [Arc<str>],
    silenced_by: &'a [Arc<str>],
    state: &'static str,
}

/// A group of alerts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupObject<'a> {
    pub(super) alerts: Vec<AlertObject<'a>>,
    pub(super) labels: Pairs<'a>,
    pub(super) receiver: Name<'a>,
    pub(super) route_labels: Pairs<'a>,
}

/// A receiver among all receivers.
#[derive(Serialize)]
pub(super) struct ReceiverObject<'a> {
    labels: Pairs<'a>,
    name: &'a str,
}

/// A silence.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SilenceObject<'a> {
    id: &'a str,
    status: SilenceStatus,
    updated_at: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    annotations: Pairs<'a>,
    comment: &'a str,
    created_by: &'a str,
    ends_at: Shown<Timestamp>,
    matchers: Vec<MatcherObject<'a>>,
    starts_at: Shown<Timestamp>,
}

#[derive(Serialize)]
struct SilenceStatus {
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MatcherObject<'a> {
    is_equal: bool,
    is_regex: bool,
    name: &'a str,
    value: &'a str,
}

/// The answer to a silence that was made or changed.
#[derive(Serialize)]
pub(super) struct SilenceId<'a> {
    #[serde(rename = "silenceID")]
    pub(super) id: &'a str,
}

/// A receiver in few words.
#[derive(Serialize)]
pub(super) struct Name<'a> {
    pub(super) name: &'a str,
}

/// Label pairs, an object.
pub(super) struct Pairs<'a>(pub(super) &'a Labels);

/// Receivers' names, a list of objects.
struct Names<'a>(&'a [Arc<str>]);

/// What is written as its text.
struct Shown<T>(T);

/// A moment in the zone that its sender gave.
type Written = (Timestamp, Detail);

impl<'a> AlertObject<'a> {
    /// An alert with the receivers that it is shown with.
    pub(super) fn new(view: &'a AlertView, receivers: &'a [Arc<str>]) -> AlertObject<'a> {
        let alert = &*view.alert;
        AlertObject {
            annotations: Pairs(&alert.annotations),
            ends_at: Shown((alert.ends_at, alert.details.ends)),
            fingerprint: Shown(view.fingerprint),
            receivers: Names(receivers),
            starts_at: Shown((alert.starts_at, alert.details.starts)),
            status: StatusObject::new(&view.status),
            updated_at: Shown(alert.updated_at),
            generator_url: &alert.generator_url,
            labels: Pairs(&alert.labels),
        }
    }
}

impl<'a> StatusObject<'a> {
    fn new(status: &'a AlertStatus) -> StatusObject<'a> {
        StatusObject {
            inhibited_by: Shown(&status.inhibited_by),
            muted_by: &status.muted_by,
            silenced_by: &status.silenced_by,
            state: if status.is_suppressed() { "suppressed" } else { "active" },
        }
    }
}

impl<'a> ReceiverObject<'a> {
    /// A receiver.
    pub(super) fn new(receiver: &'a Receiver) -> ReceiverObject<'a> {
        ReceiverObject { labels: Pairs(&receiver.labels), name: &receiver.name }
    }
}

impl<'a> SilenceObject<'a> {
    /// A silence as of now. One with several matcher sets, which only peers make, is shown with
    /// the first.
    pub(super) fn new(silence: &'a Silence, now: Timestamp) -> SilenceObject<'a> {
        let matchers = silence.matcher_sets.first().into_iter().flat_map(|set| set.iter());
        SilenceObject {
            id: &silence.id,
            status: SilenceStatus { state: state_text(silence.state(now)) },
            updated_at: Shown(silence.updated_at),
            annotations: Pairs(&silence.annotations),
            comment: &silence.comment,
            created_by: &silence.created_by,
            ends_at: Shown(silence.ends_at),
            matchers: matchers.map(MatcherObject::new).collect(),
            starts_at: Shown(silence.starts_at),
        }
    }
}

impl<'a> MatcherObject<'a> {
    fn new(matcher: &'a Matcher) -> MatcherObject<'a> {
        MatcherObject {
            is_equal: matcher.op.is_positive(),
            is_regex: matcher.op.is_regex(),
            name: &matcher.name,
            value: &matcher.value,
        }
    }
}

fn state_text(state: SilenceState) -> &'static str {
    match state {
        SilenceState::Active => "active",
        SilenceState::Pending => "pending",
        SilenceState::Expired => "expired",
    }
}

impl Pairs<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|name| Name { name }))
    }
}

impl Serialize for Shown<Timestamp> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Shown<Written> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (at, detail) = self.0;
        serializer.serialize_str(&rfc3339::millis_in_zone(at, detail))
    }
}

impl Serialize for Shown<crate::label::Fingerprint> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T: Display + Copy> Serialize for Shown<&[T]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|item| item.to_string()))
    }
}
