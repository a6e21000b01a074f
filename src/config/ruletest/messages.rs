//! What a test says of the messages that its alerts lead to: beyond promtool.

use std::collections::BTreeMap;

use crate::config::read::{At, Field, PromDuration, Reader, Yaml, section};
use crate::config::yaml::{Node, Position};
use crate::time::Span;

/// An Alertmanager configuration of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigSource {
    /// A path, relative to the test file.
    Path(String),
    /// Its text: a scalar of several lines.
    Text {
        /// The text.
        written: String,
        /// How many lines of the test file stand above it.
        above: usize,
    },
    /// A map, written in the test file itself.
    Tree(Node),
}

/// What happens in a test beside its alerts, and which messages are expected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notifications {
    /// Silences.
    pub silences: Vec<PlannedSilence>,
    /// Receivers that fail for a while.
    pub faults: Vec<PlannedFault>,
    /// When the process dies and comes back, from the start.
    pub restarts: Vec<Span>,
    /// Messages that are expected.
    pub expected: Vec<NotificationTest>,
    /// Alerts that are expected to be kept from their receivers.
    pub suppressed: Vec<SuppressionTest>,
    /// Receivers that are expected to get nothing.
    pub quiet: Vec<QuietTest>,
    /// Where the test names receivers.
    pub named: Vec<NamedReceiver>,
}

/// A place where a test names a receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedReceiver {
    /// Where the name stands.
    pub at: Position,
    /// Its name, or for a fault `kind#receiver`.
    pub name: String,
    /// What names it.
    pub form: ReceiverForm,
}

/// How a receiver is named.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ReceiverForm {
    /// By its name.
    Name,
    /// `kind#receiver`: one kind of its integrations.
    Integration,
}

/// A silence that is made during a test.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSilence {
    /// The line, from 1.
    pub line: usize,
    /// When it begins, from the start.
    pub at: Span,
    /// How long it lasts.
    pub length: Span,
    /// What it matches, as Alertmanager writes matchers.
    pub matchers: String,
}

/// A receiver that fails for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedFault {
    /// The line, from 1.
    pub line: usize,
    /// `kind#receiver`.
    pub target: String,
    /// Since when, from the start.
    pub from: Span,
    /// Until when, from the start; to the end when absent.
    pub until: Option<Span>,
    /// What happens: a status, `hang`, `lost`, `slow SPAN` or `doubled`.
    pub fault: String,
}

/// The messages that a receiver has got since the test of it before.
#[derive(Clone, Debug, PartialEq)]
pub struct NotificationTest {
    /// The line, from 1.
    pub line: usize,
    /// The moment, from the start.
    pub at: Span,
    /// The receiver's name.
    pub receiver: String,
    /// The messages, in order.
    pub expected: Vec<ExpectedMessage>,
}

/// A message. Fields that are not written are not compared.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedMessage {
    /// The line, from 1.
    pub line: usize,
    /// `slack`, `email`, `pagerduty` or `webhook`.
    pub integration: Option<String>,
    /// `firing` or `resolved`.
    pub status: Option<String>,
    /// Why it was sent.
    pub reason: Option<String>,
    /// All labels of its group.
    pub group_labels: Option<BTreeMap<String, String>>,
    /// Its alerts, in any order.
    pub alerts: Option<Vec<ExpectedMember>>,
    /// What the reader sees first.
    pub title: Option<String>,
    /// What the reader sees then.
    pub text: Option<String>,
    /// Parts of the payload by JSON pointer, of mails by header name.
    pub payload: BTreeMap<String, String>,
}

/// An alert of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedMember {
    /// `firing` or `resolved`.
    pub status: Option<String>,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// All its annotations.
    pub annotations: Option<BTreeMap<String, String>>,
}

/// An alert that is kept from a receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct SuppressionTest {
    /// The line, from 1.
    pub line: usize,
    /// By when, from the start.
    pub at: Span,
    /// Name and labels; it may have more labels.
    pub alert: String,
    /// `inhibition`, `silence`, `time interval`, or which kind of time interval.
    pub by: String,
}

/// A receiver that gets nothing for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct QuietTest {
    /// The line, from 1.
    pub line: usize,
    /// The receiver's name.
    pub receiver: String,
    /// Since when, from the start.
    pub from: Span,
    /// Until when, from the start.
    pub until: Span,
}

section! {
    /// A silence.
    struct RawSilence("test.silence") {
        nonempty at_time("at"): PromDuration,
        nonempty length("for"): PromDuration,
        nonempty matchers: At<String>,
    }
}

section! {
    /// A receiver that fails.
    struct RawFault("test.receiver_fault") {
        nonempty receiver: At<String>,
        nonempty from: PromDuration,
        nonempty until: Option<PromDuration>,
        nonempty fault: At<String>,
    }
}

section! {
    /// Messages of a receiver.
    struct RawNotificationTest("test.notification_test") {
        nonempty at_time("at"): PromDuration,
        nonempty receiver: At<String>,
        nonempty exp_notifications: Vec<RawMessage>,
    }
}

section! {
    /// A message.
    struct RawMessage("test.notification") {
        nonempty integration: Option<String>,
        nonempty status: Option<String>,
        nonempty reason: Option<String>,
        nonempty group_labels: Option<BTreeMap<String, String>>,
        nonempty alerts: Option<Vec<RawMember>>,
        nonempty title: Option<String>,
        nonempty text: Option<String>,
        nonempty payload: BTreeMap<String, String>,
    }
}

section! {
    /// An alert of a message.
    struct RawMember("test.notification_alert") {
        nonempty status: Option<String>,
        nonempty labels: BTreeMap<String, String>,
        nonempty annotations: Option<BTreeMap<String, String>>,
    }
}

section! {
    /// An alert that is kept back.
    struct RawSuppressionTest("test.exp_suppressed") {
        nonempty at_time("at"): PromDuration,
        nonempty alert: At<String>,
        nonempty by: At<String>,
    }
}

section! {
    /// A receiver that gets nothing.
    struct RawQuietTest("test.exp_no_notification") {
        nonempty receiver: At<String>,
        nonempty from: PromDuration,
        nonempty until: PromDuration,
    }
}

impl Field for ConfigSource {
    fn read(node: &Node, _: &mut Reader) -> Option<ConfigSource> {
        Some(match node {
            Node::Scalar(scalar) if scalar.text.contains('\n') => {
                // a block begins on the line after its sign
                ConfigSource::Text { written: scalar.text.clone(), above: scalar.at.line }
            }
            Node::Scalar(scalar) => ConfigSource::Path(scalar.text.clone()),
            tree => ConfigSource::Tree(tree.clone()),
        })
    }

    fn null(_: Position, _: &mut Reader) -> Option<ConfigSource> {
        None
    }

    fn write(&self) -> Yaml {
        match self {
            ConfigSource::Path(text) | ConfigSource::Text { written: text, .. } => {
                text.as_str().into()
            }
            ConfigSource::Tree(_) => Yaml::Null,
        }
    }
}

/// The places where receivers are named, in the file's order.
pub(super) fn named(
    faults: &[RawFault],
    expected: &[RawNotificationTest],
    quiet: &[RawQuietTest],
) -> Vec<NamedReceiver> {
    let place = |receiver: &At<String>, form| NamedReceiver {
        at: receiver.at,
        name: receiver.value.clone(),
        form,
    };
    let faults = faults.iter().map(|one| place(&one.receiver, ReceiverForm::Integration));
    let expected = expected.iter().map(|one| place(&one.receiver, ReceiverForm::Name));
    let quiet = quiet.iter().map(|one| place(&one.receiver, ReceiverForm::Name));
    let mut named: Vec<NamedReceiver> = faults.chain(expected).chain(quiet).collect();
    named.sort_by_key(|one| one.at);
    named
}

impl RawSilence {
    pub(super) fn compile(self, reader: &mut Reader) -> PlannedSilence {
        if self.length.0 <= Span::ZERO && self.whole {
            reader.problem(self.at, "a silence lasts `for` some time");
        }
        PlannedSilence {
            line: self.at.line,
            at: self.at_time.0,
            length: self.length.0,
            matchers: self.matchers.value,
        }
    }
}

impl RawFault {
    pub(super) fn compile(self, reader: &mut Reader) -> PlannedFault {
        if !self.receiver.contains('#') && self.whole {
            reader.problem(self.at, "`receiver` of a fault is KIND#NAME, for example slack#oncall");
        }
        PlannedFault {
            line: self.at.line,
            target: self.receiver.value,
            from: self.from.0,
            until: self.until.map(|until| until.0),
            fault: self.fault.value,
        }
    }
}

impl RawNotificationTest {
    pub(super) fn compile(self, reader: &mut Reader) -> NotificationTest {
        if self.receiver.is_empty() && self.whole {
            reader.problem(self.at, "a notification_test names its `receiver`");
        }
        NotificationTest {
            line: self.at.line,
            at: self.at_time.0,
            receiver: self.receiver.value,
            expected: self.exp_notifications.into_iter().map(RawMessage::compile).collect(),
        }
    }
}

impl RawMessage {
    fn compile(self) -> ExpectedMessage {
        let member = |alert: RawMember| ExpectedMember {
            status: alert.status,
            labels: alert.labels,
            annotations: alert.annotations,
        };
        ExpectedMessage {
            line: self.at.line,
            integration: self.integration,
            status: self.status,
            reason: self.reason,
            group_labels: self.group_labels,
            alerts: self.alerts.map(|alerts| alerts.into_iter().map(member).collect()),
            title: self.title,
            text: self.text,
            payload: self.payload,
        }
    }
}

impl RawSuppressionTest {
    pub(super) fn compile(self, reader: &mut Reader) -> SuppressionTest {
        let causes = [
            "inhibition",
            "silence",
            "time interval",
            "mute_time_interval",
            "active_time_interval",
        ];
        if self.whole && !causes.contains(&self.by.as_str()) {
            reader.problem(self.at, format!("`by` is one of: {}", causes.join(", ")));
        }
        SuppressionTest {
            line: self.at.line,
            at: self.at_time.0,
            alert: self.alert.value,
            by: self.by.value,
        }
    }
}

impl RawQuietTest {
    pub(super) fn compile(self, reader: &mut Reader) -> QuietTest {
        if self.whole && (self.receiver.is_empty() || self.until.0 < self.from.0) {
            reader
                .problem(self.at, "a `receiver` gets nothing `from` a moment `until` a later one");
        }
        QuietTest {
            line: self.at.line,
            receiver: self.receiver.value,
            from: self.from.0,
            until: self.until.0,
        }
    }
}
