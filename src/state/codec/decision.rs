//! Decisions with their causes. Which fields are set depends on the kind.

use std::sync::Arc;

use crate::engine::{Decision, DecisionKind, Suppression};
use crate::label::Fingerprint;
use crate::notify::{Failure, FailureClass, NotifyReason};

use super::CodecError;
use super::message::Message;
use super::wire::{LabelsWire, labels, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct DecisionWire {
    #[prost(sint64, tag = "1")]
    at: i64,
    #[prost(string, tag = "2")]
    group_key: String,
    #[prost(string, tag = "3")]
    receiver: String,
    /// 1 notify, 2 notified, 3 retry, 4 failed, 5 suppressed, 6 released.
    #[prost(uint32, tag = "4")]
    kind: u32,
    #[prost(string, tag = "5")]
    integration: String,
    #[prost(uint32, tag = "6")]
    reason: u32,
    #[prost(message, repeated, tag = "7")]
    alerts: Vec<ToldWire>,
    /// How many attempts; of a notification, how many alerts.
    #[prost(uint32, tag = "8")]
    attempts: u32,
    #[prost(message, optional, tag = "9")]
    failure: Option<FailureWire>,
    #[prost(sint64, tag = "10")]
    next: i64,
    #[prost(message, optional, tag = "11")]
    alert: Option<LabelsWire>,
    #[prost(message, optional, tag = "12")]
    cause: Option<CauseWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ToldWire {
    #[prost(message, optional, tag = "1")]
    labels: Option<LabelsWire>,
    #[prost(bool, tag = "2")]
    firing: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FailureWire {
    #[prost(uint32, tag = "1")]
    class: u32,
    #[prost(string, tag = "2")]
    message: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CauseWire {
    /// 1 inhibited, 2 inactive, 3 muted, 4 silenced.
    #[prost(uint32, tag = "1")]
    kind: u32,
    #[prost(fixed64, tag = "2")]
    by: u64,
    #[prost(uint64, tag = "3")]
    rule: u64,
    /// Intervals or silences.
    #[prost(string, repeated, tag = "4")]
    names: Vec<String>,
}

const REASONS: [(u32, NotifyReason); 5] = [
    (1, NotifyReason::FirstNotification),
    (2, NotifyReason::NewAlerts),
    (3, NotifyReason::SomeResolved),
    (4, NotifyReason::AllResolved),
    (5, NotifyReason::RepeatInterval),
];

const CLASSES: [(u32, FailureClass); 8] = [
    (1, FailureClass::Other),
    (2, FailureClass::ClientError),
    (3, FailureClass::ServerError),
    (4, FailureClass::ContextCanceled),
    (5, FailureClass::ContextDeadlineExceeded),
    (6, FailureClass::AuthError),
    (7, FailureClass::RateLimited),
    (8, FailureClass::NotSent),
];

/// The number of a word in its table.
fn code<T: PartialEq>(table: &[(u32, T)], word: &T) -> u32 {
    table.iter().find(|(_, candidate)| candidate == word).map_or(0, |(code, _)| *code)
}

/// The word of a number.
fn word<T: Copy>(table: &[(u32, T)], code: u32, field: &'static str) -> Result<T, CodecError> {
    let found = table.iter().find(|(candidate, _)| *candidate == code);
    found.map(|(_, word)| *word).ok_or(bad(field))
}

fn bad(field: &'static str) -> CodecError {
    CodecError::Field { what: "decision", field }
}

/// Writes what [`DecisionWire`] reads.
pub(super) fn write(decision: &Decision, message: &mut Message<'_>) {
    message.time(1, decision.at);
    message.text(2, &decision.group_key);
    message.text(3, &decision.receiver);
    write_verdict(&decision.verdict, message);
}

fn write_verdict(verdict: &DecisionKind, message: &mut Message<'_>) {
    match verdict {
        DecisionKind::Notify { integration, reason, alerts, total } => {
            message.number(4, 1);
            message.text(5, integration);
            message.number(6, code(&REASONS, reason).into());
            for (labels, firing) in alerts {
                message.message(7, |told| {
                    told.labels(1, labels);
                    told.truth(2, *firing);
                });
            }
            message.number(8, (*total).into());
        }
        DecisionKind::Notified { integration, attempts } => {
            message.number(4, 2);
            message.text(5, integration);
            message.number(8, (*attempts).into());
        }
        DecisionKind::Retry { integration, attempt, failure, next } => {
            message.number(4, 3);
            message.text(5, integration);
            message.number(8, (*attempt).into());
            message.message(9, |message| write_failure(failure, message));
            message.time(10, *next);
        }
        DecisionKind::Failed { integration, attempts, failure } => {
            message.number(4, 4);
            message.text(5, integration);
            message.number(8, (*attempts).into());
            message.message(9, |message| write_failure(failure, message));
        }
        DecisionKind::Suppressed { alert, cause } => {
            message.number(4, 5);
            message.labels(11, alert);
            message.message(12, |message| write_cause(cause, message));
        }
        DecisionKind::Released { alert } => {
            message.number(4, 6);
            message.labels(11, alert);
        }
    }
}

fn write_failure(failure: &Failure, message: &mut Message<'_>) {
    message.number(1, code(&CLASSES, &failure.class).into());
    message.text(2, &failure.message);
}

fn write_cause(cause: &Suppression, message: &mut Message<'_>) {
    let (kind, names): (_, &[Arc<str>]) = match cause {
        Suppression::Inhibited { .. } => (1, &[]),
        Suppression::Inactive { intervals } => (2, intervals),
        Suppression::Muted { intervals } => (3, intervals),
        Suppression::Silenced { ids } => (4, ids),
    };
    message.number(1, kind);
    if let Suppression::Inhibited { by, rule } = cause {
        message.fixed(2, by.0);
        message.number(3, *rule as u64);
    }
    names.iter().for_each(|name| message.item(4, name));
}

impl DecisionWire {
    pub(super) fn decision(self) -> Result<Arc<Decision>, CodecError> {
        let verdict = self.verdict()?;
        Ok(Arc::new(Decision {
            at: time(self.at),
            group_key: self.group_key.into(),
            receiver: self.receiver.into(),
            verdict,
        }))
    }

    fn verdict(&self) -> Result<DecisionKind, CodecError> {
        let integration: Arc<str> = Arc::from(self.integration.as_str());
        let failure = || self.failure.as_ref().ok_or(bad("failure"))?.failure();
        let alert = || labels(self.alert.as_ref(), "decision");
        let told = |told: &ToldWire| Ok((labels(told.labels.as_ref(), "decision")?, told.firing));
        let attempts = self.attempts;
        Ok(match self.kind {
            1 => {
                let reason = word(&REASONS, self.reason, "reason")?;
                let alerts = self.alerts.iter().map(told).collect::<Result<_, _>>()?;
                DecisionKind::Notify { integration, reason, alerts, total: attempts }
            }
            2 => DecisionKind::Notified { integration, attempts },
            3 => {
                let (failure, next) = (failure()?, time(self.next));
                DecisionKind::Retry { integration, attempt: attempts, failure, next }
            }
            4 => DecisionKind::Failed { integration, attempts, failure: failure()? },
            5 => {
                let cause = self.cause.as_ref().ok_or(bad("cause"))?.cause()?;
                DecisionKind::Suppressed { alert: alert()?, cause }
            }
            6 => DecisionKind::Released { alert: alert()? },
            _ => return Err(bad("kind")),
        })
    }
}

impl FailureWire {
    fn failure(&self) -> Result<Failure, CodecError> {
        let class = word(&CLASSES, self.class, "failure class")?;
        Ok(Failure { class, message: self.message.clone() })
    }
}

impl CauseWire {
    fn cause(&self) -> Result<Suppression, CodecError> {
        let names = || self.names.iter().map(|name| Arc::from(name.as_str())).collect();
        Ok(match self.kind {
            1 => {
                let rule = usize::try_from(self.rule).map_err(|_| bad("inhibition rule"))?;
                Suppression::Inhibited { by: Fingerprint(self.by), rule }
            }
            2 => Suppression::Inactive { intervals: names() },
            3 => Suppression::Muted { intervals: names() },
            4 => Suppression::Silenced { ids: names() },
            _ => return Err(bad("cause")),
        })
    }
}
