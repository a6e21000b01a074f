//! Events as lines of JSON, in the form that protobuf messages have: members that say nothing are
//! left out, large numbers are strings, enumerations are names.
//! (Source: Alertmanager 0.34, `eventrecorder.proto`, and protobuf's JSON mapping.)

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::alerts::Alert;
use crate::engine::{EventGroup, EventKind, Told};
use crate::inhibit::InhibitRule;
use crate::label::{Labels, MatchOp, Matchers};
use crate::notify::NotifyReason;
use crate::silence::Silence;
use crate::template::data::AlertData;
use crate::time::rfc3339::{GO_ZERO, millis, nano};
use crate::time::{Span, Timestamp};

use super::{Entry, What};

/// The Alertmanager this stands for.
const VERSION: &str = "0.34.0";

/// Who writes events.
#[derive(Debug)]
pub(super) struct Author {
    /// The machine's name.
    pub(super) instance: String,
    /// What tells this process' groups from those of others.
    pub(super) seed: Uuid,
}

impl Author {
    /// One line, without a line feed.
    pub(super) fn line(&self, entry: &Entry) -> String {
        let (name, content) = match &entry.what {
            What::Startup => ("alertmanagerStartupEvent", startup()),
            What::Shutdown => ("alertmanagerShutdownEvent", json!({})),
            What::Event(kind) => self.event(entry.at, kind),
        };
        let mut data = Map::new();
        data.insert(name.to_owned(), content);
        json!({"@timestamp": time(entry.at), "instance": self.instance, "data": data}).to_string()
    }

    fn event(&self, at: Timestamp, kind: &EventKind) -> (&'static str, Value) {
        match kind {
            EventKind::AlertCreated(one) => ("alertCreated", json!({"alert": alert(at, one)})),
            EventKind::AlertGrouped(one, of) => ("alertGrouped", self.grouped(at, one, of)),
            EventKind::AlertResolved(one, of) => ("alertResolved", self.grouped(at, one, of)),
            EventKind::Notification(told) => ("notification", self.told(told)),
            EventKind::SilenceCreated(one) => ("silenceCreated", json!({"silence": silence(one)})),
            EventKind::SilenceUpdated(one) => ("silenceUpdated", json!({"silence": silence(one)})),
            EventKind::SilenceMuted { silence: by, alert } => {
                ("silenceMutedAlert", json!({"silence": silence(by), "mutedAlert": muted(alert)}))
            }
            EventKind::InhibitionMuted { rule, alert, by } => {
                let (rules, by) = ([inhibit_rule(rule)], [by.0.to_string()]);
                let content = json!({
                    "inhibitRules": rules,
                    "mutedAlert": muted(alert),
                    "inhibitingFingerprints": by,
                });
                ("inhibitionMutedAlert", content)
            }
        }
    }

    fn grouped(&self, at: Timestamp, one: &Alert, group: &EventGroup) -> Value {
        let hash = one.labels.notification_hash().to_string();
        let alert = json!({"hash": hash, "details": alert(at, one)});
        json!({"alert": alert, "groupInfo": self.group(group)})
    }

    fn told(&self, told: &Told) -> Value {
        let whole = told.alerts.iter().map(|alert| {
            let hash = alert.labels.notification_hash().to_string();
            json!({"hash": hash, "details": told_alert(alert)})
        });
        let hashes = |firing: bool| {
            let those = told.alerts.iter().filter(|alert| alert.firing == firing);
            list(those.map(|alert| hashed(alert.labels.notification_hash())))
        };
        let mut integration = Members::default();
        integration.text("name", &told.integration);
        integration.put("index", number(told.index.into()));
        let mut members = Members::default();
        members.put("alerts", list(whole));
        members.put("firingAlerts", hashes(true));
        members.put("resolvedAlerts", hashes(false));
        members.put("mutedAlerts", list(told.muted.iter().map(|hash| hashed(*hash))));
        members.put("groupInfo", Some(self.group(&told.group)));
        members.put("repeatInterval", Some(seconds(told.repeat_interval).into()));
        members.put("reason", Some(reason(told.reason).into()));
        members.put("flushId", number(told.flush));
        members.put("integration", Some(integration.into()));
        members.into()
    }

    fn group(&self, group: &EventGroup) -> Value {
        let id = Sha256::digest(group.key.as_bytes());
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut members = Members::default();
        members.text("groupKey", &group.key);
        members.put("groupLabels", Some(labels(&group.labels)));
        members.text("groupId", &id);
        members.text("receiverName", &group.receiver);
        members.put("matchers", matchers(&group.matchers));
        members.text("groupUuid", &self.uuid(group.incarnation));
        members.into()
    }

    /// A group's id: random to others, and the same for all events of the group.
    fn uuid(&self, incarnation: u64) -> String {
        let mut hash = Sha256::new();
        hash.update(self.seed.as_bytes());
        hash.update(incarnation.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

/// Members of an object; those that say nothing are left out.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, (!text.is_empty()).then(|| text.into()));
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Value {
        Value::Object(members.0)
    }
}

fn startup() -> Value {
    let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    let own = env!("CARGO_PKG_VERSION");
    let context = format!("(firebell={own}, platform={platform})");
    json!({"version": VERSION, "buildContext": context})
}

fn alert(at: Timestamp, alert: &Alert) -> Value {
    let resolved = alert.is_resolved(at);
    details(&alert.labels, &alert.annotations, (alert.starts_at, alert.ends_at), resolved)
}

/// An alert as a message shows it: without an end while it fires.
fn told_alert(alert: &AlertData) -> Value {
    let times = (alert.starts_at, alert.ends_at.unwrap_or(GO_ZERO));
    details(&alert.labels, &alert.annotations, times, !alert.firing)
}

fn details(
    set: &Labels,
    annotations: &Labels,
    (starts_at, ends_at): (Timestamp, Timestamp),
    resolved: bool,
) -> Value {
    let mut members = Members::default();
    members.text("fingerprint", &set.fingerprint().0.to_string());
    members.text("name", set.value(crate::label::ALERT_NAME));
    members.put("labels", Some(labels(set)));
    members.put("annotations", Some(labels(annotations)));
    members.text("startsAt", &time(starts_at));
    members.text("endsAt", &time(ends_at));
    members.put("resolved", resolved.then_some(true.into()));
    members.into()
}

fn labels(labels: &Labels) -> Value {
    let mut members = Members::default();
    let pair = |(name, value): (&str, &str)| {
        let mut members = Members::default();
        members.text("key", name);
        members.text("value", value);
        members.into()
    };
    members.put("labels", list(labels.iter().map(pair)));
    members.into()
}

fn muted(alert: &Labels) -> Value {
    json!({"labels": labels(alert), "fingerprint": alert.fingerprint().0.to_string()})
}

fn silence(silence: &Arc<Silence>) -> Value {
    let mut members = Members::default();
    members.text("id", &silence.id);
    members.put("matchers", silence.matcher_sets.first().and_then(matchers));
    let annotations = !silence.annotations.is_empty();
    members.put("annotations", annotations.then(|| labels(&silence.annotations)));
    members.text("startsAt", &time(silence.starts_at));
    members.text("endsAt", &time(silence.ends_at));
    members.text("updatedAt", &time(silence.updated_at));
    members.text("createdBy", &silence.created_by);
    members.text("comment", &silence.comment);
    let sets = silence.matcher_sets.iter().map(|set| {
        let mut members = Members::default();
        members.put("matchers", matchers(set));
        members.into()
    });
    members.put("matcherSets", list(sets));
    members.into()
}

fn inhibit_rule(rule: &InhibitRule) -> Value {
    let mut members = Members::default();
    members.text("name", &rule.name);
    members.put("sourceMatchers", matchers(&rule.source));
    members.put("targetMatchers", matchers(&rule.target));
    let mut equal = rule.equal.clone();
    equal.sort();
    members.put("equalLabels", list(equal.into_iter().map(Value::from)));
    members.into()
}

fn matchers(matchers: &Matchers) -> Option<Value> {
    list(matchers.iter().map(|matcher| {
        let kind = match matcher.op {
            MatchOp::Equal => "TYPE_EQUAL",
            MatchOp::Regex => "TYPE_REGEXP",
            MatchOp::NotEqual => "TYPE_NOT_EQUAL",
            MatchOp::NotRegex => "TYPE_NOT_REGEXP",
        };
        let mut members = Members::default();
        members.text("type", kind);
        members.text("name", &matcher.name);
        members.text("pattern", &matcher.value);
        members.text("rendered", &matcher.to_string());
        members.into()
    }))
}

fn reason(reason: NotifyReason) -> &'static str {
    match reason {
        NotifyReason::FirstNotification => "NOTIFY_REASON_FIRST_NOTIFICATION",
        NotifyReason::NewAlerts => "NOTIFY_REASON_NEW_ALERTS_IN_GROUP",
        NotifyReason::SomeResolved => "NOTIFY_REASON_NEW_RESOLVED_ALERTS",
        NotifyReason::AllResolved => "NOTIFY_REASON_ALL_ALERTS_RESOLVED",
        NotifyReason::RepeatInterval => "NOTIFY_REASON_REPEAT_INTERVAL_ELAPSED",
    }
}

fn hashed(hash: u64) -> Value {
    json!({"hash": hash.to_string()})
}

/// A list, unless it is empty.
fn list(items: impl Iterator<Item = Value>) -> Option<Value> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

/// A large number, unless it is zero.
fn number(number: u64) -> Option<Value> {
    (number != 0).then(|| number.to_string().into())
}

/// A moment, with three digits of a second or none.
fn time(at: Timestamp) -> String {
    if at.millis().rem_euclid(1000) == 0 { nano(at) } else { millis(at) }
}

/// A length in seconds, with three digits after the point or none.
fn seconds(span: Span) -> String {
    let (whole, rest) = (span.millis() / 1000, span.millis() % 1000);
    if rest == 0 { format!("{whole}s") } else { format!("{whole}.{rest:03}s") }
}

#[cfg(test)]
mod tests;
