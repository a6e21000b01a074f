//! A message as a person wants to read it.

use std::fmt;

use serde_json::Value;

use crate::notify::message::Message;
use crate::notify::{Delivery, NotifyReason};

/// One message of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The time of day.
    pub time: String,
    /// Who is told, and where.
    pub target: String,
    /// Whether something fires.
    pub firing: bool,
    /// Why the message is sent.
    pub reason: NotifyReason,
    /// The alerts in few words.
    pub alerts: Vec<String>,
    /// What the message says.
    pub lines: Vec<String>,
}

/// Takes what is worth reading out of a message.
pub fn show(time: String, delivery: &Delivery, message: &Message) -> Shown {
    let kind = delivery.integration().settings.kind();
    let (place, lines) = match message {
        Message::Mail(mail) => (mail.to.join(", "), mail_lines(mail)),
        Message::Http(http) => {
            let body = serde_json::from_str(&http.body).unwrap_or(Value::Null);
            (text(&body, "/channel").unwrap_or_default(), body_lines(&body))
        }
    };
    Shown {
        time,
        target: format!("{kind} {place}").trim_end().to_owned(),
        firing: delivery.alerts.iter().any(|alert| alert.firing),
        reason: delivery.reason,
        alerts: delivery.alerts.iter().map(|alert| identity(&alert.labels)).collect(),
        lines,
    }
}

/// The alert's name and what tells it from others of the name.
fn identity(labels: &crate::label::Labels) -> String {
    let ordinary = ["alertname", "severity", "team", "job", "instance"];
    let rest = labels.iter().filter(|(name, _)| !ordinary.contains(name));
    let rest: Vec<_> = rest.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", labels.value("alertname"), rest.join(" ")).trim_end().to_owned()
}

/// What a body says: the fields people read in Slack, PagerDuty and webhooks.
fn body_lines(body: &Value) -> Vec<String> {
    let parts = [
        "/attachments/0/title",
        "/attachments/0/text",
        "/description",
        "/payload/summary",
        "/commonAnnotations/summary",
    ];
    let mut lines: Vec<String> = parts.iter().filter_map(|part| text(body, part)).collect();
    let details = body.get("details").or_else(|| body.pointer("/payload/custom_details"));
    for (name, value) in details.and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines.push(format!("{name}: {value}"));
    }
    lines
}

fn mail_lines(mail: &crate::notify::message::MailMessage) -> Vec<String> {
    let subject = mail.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("subject"));
    let subject = subject.map(|(_, value)| format!("Subject: {value}"));
    subject.chain(mail.text.clone()).collect()
}

fn text(body: &Value, pointer: &str) -> Option<String> {
    body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.firing { "FIRING  " } else { "RESOLVED" };
        write!(f, "{}  {state}  {}", self.time, self.alerts.join(", "))?;
        write!(f, "\n          to {}  ({})", self.target, self.reason)?;
        for line in self.lines.iter().flat_map(|text| text.lines()) {
            write!(f, "\n          | {line}")?;
        }
        Ok(())
    }
}
