//! One attempt to tell one integration something, and what came of it.

use std::fmt;
use std::sync::Arc;

use crate::label::Labels;
use crate::template::data::AlertData;
use crate::time::Timestamp;
use crate::trace::TraceContext;

use super::integration::{Integration, Receiver};

/// Why a notification is sent. (Source: Alertmanager 0.34, `notification_reason`.)
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotifyReason {
    /// The receiver knows of nothing that fires in this group.
    FirstNotification,
    /// An alert fires that it does not know of.
    NewAlerts,
    /// An alert it knows as firing is resolved, others still fire.
    SomeResolved,
    /// Nothing fires any more.
    AllResolved,
    /// Nothing changed, but it was told long ago.
    RepeatInterval,
}

impl NotifyReason {
    /// The reason as templates, webhooks and logs write it.
    pub fn text(self) -> &'static str {
        match self {
            NotifyReason::FirstNotification => "first notification",
            NotifyReason::NewAlerts => "new alerts added",
            NotifyReason::SomeResolved => "some alerts resolved",
            NotifyReason::AllResolved => "all alerts resolved",
            NotifyReason::RepeatInterval => "repeat interval elapsed",
        }
    }
}

impl fmt::Display for NotifyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Names one attempt; unique within a run of the engine and never used again.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub u64);

/// One attempt: everything a driver needs to render and send one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Which attempt this is, for the receipt.
    pub id: DeliveryId,
    /// Who is told.
    pub receiver: Arc<Receiver>,
    /// Which of the receiver's integrations (position in its list).
    pub integration: usize,
    /// The group's key, `{}/{team="x"}:{alertname="y"}`; its sha256 is the dedup key.
    pub group_key: Arc<str>,
    /// The labels the group is grouped by.
    pub group_labels: Labels,
    /// The labels of the route, rendered.
    pub route_labels: Labels,
    /// What is told, in Alertmanager's order. Resolved ones are already left out when the
    /// integration does not want them.
    pub alerts: Arc<[AlertData]>,
    /// Why.
    pub reason: NotifyReason,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The moment of the flush: what templates take for now.
    pub at: Timestamp,
    /// When the engine gives the attempt up.
    pub deadline: Timestamp,
    /// What those of the alerts came of that nobody was told of before, where that is known.
    pub origins: Arc<[TraceContext]>,
}

impl Delivery {
    /// The integration that is told.
    pub fn integration(&self) -> &Integration {
        &self.receiver.integrations[self.integration]
    }

    /// `receiver/kind[index]`, as logs name it.
    pub fn target(&self) -> String {
        let integration = self.integration();
        format!("{}/{}[{}]", self.receiver.name, integration.settings.kind(), integration.index)
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Which attempt.
    pub delivery: DeliveryId,
    /// How it ended.
    pub verdict: Verdict,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// It failed in a way that may pass.
    Retry(Failure),
    /// It failed for good.
    Rejected(Failure),
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The class, a label of the failure metric.
    pub class: FailureClass,
    /// What was said, without secrets.
    pub message: String,
}

/// Classes of failures. (Source: Alertmanager, `notifications_failed_total{reason}`.)
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the metric's")]
pub enum FailureClass {
    Other,
    /// Nothing left the house: no connection, no message. The metric counts it as `other`.
    NotSent,
    ClientError,
    ServerError,
    ContextCanceled,
    ContextDeadlineExceeded,
    AuthError,
    RateLimited,
}

impl FailureClass {
    /// Whether the receiver surely has not taken the message: nothing was sent, or it said no.
    pub fn surely_not_taken(self) -> bool {
        matches!(
            self,
            FailureClass::NotSent
                | FailureClass::ClientError
                | FailureClass::ServerError
                | FailureClass::AuthError
                | FailureClass::RateLimited
        )
    }

    /// The value of the metric's label.
    pub fn text(self) -> &'static str {
        match self {
            FailureClass::Other | FailureClass::NotSent => "other",
            FailureClass::ClientError => "clientError",
            FailureClass::ServerError => "serverError",
            FailureClass::ContextCanceled => "contextCanceled",
            FailureClass::ContextDeadlineExceeded => "contextDeadlineExceeded",
            FailureClass::AuthError => "authError",
            FailureClass::RateLimited => "rateLimited",
        }
    }
}
