//! Messages: what is sent, rendered from a delivery without touching the world, and how an
//! answer is to be read.

mod email;
mod json;
mod pagerduty;
mod payload;
mod slack;
#[cfg(test)]
mod tests;
mod truncate;
mod webhook;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::label::Labels;
use crate::secret::Secret;
use crate::template::Templates;
use crate::template::data::{AlertData, Data};
use crate::time::Span;

use super::integration::{Email, HttpOptions, PagerDutyApi, SecretSource, Settings};
use super::{Delivery, Failure, FailureClass, Verdict};

/// The contents of the secret files that a delivery's integration names, trimmed; the driver
/// reads them before it renders.
pub type SecretFiles = BTreeMap<Arc<str>, Secret>;

/// A rendered message, ready for the edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// One HTTP request.
    Http(HttpMessage),
    /// One mail.
    Mail(MailMessage),
}

/// One HTTP request. Always a POST.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpMessage {
    /// Where to; webhooks and Slack carry their key in it.
    pub url: Secret,
    /// Headers beside those of `options`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Arc<str>,
    /// How to reach the server.
    pub options: HttpOptions,
    /// How long the attempt may take, beside the delivery's deadline.
    pub timeout: Option<Span>,
}

/// One mail.
#[derive(Clone, Debug, PartialEq)]
pub struct MailMessage {
    /// The envelope's sender, one address.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// Header names and decoded values, in order; the edge adds `Message-Id` and `Date` where
    /// missing, `MIME-Version` and `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// The text part, if any.
    pub text: Option<String>,
    /// The HTML part, if any.
    pub html: Option<String>,
    /// The server and how to talk to it.
    pub server: Arc<Email>,
}

/// The most characters of an answer's body that are put into a message.
const MAX_SAID: usize = 512;

/// Renders the message of a delivery. `files` has the contents of [`secret_files`].
///
/// # Errors
/// Faults of templates and missing secrets; none of them passes by itself.
pub fn render(
    delivery: &Delivery,
    templates: &Templates,
    external_url: &Arc<str>,
    files: &SecretFiles,
) -> Result<Message, Failure> {
    let settings = &delivery.integration().settings;
    let shown = match settings {
        Settings::Webhook(webhook) if webhook.max_alerts > 0 => webhook.max_alerts,
        _ => usize::MAX,
    };
    let alerts = &delivery.alerts[..delivery.alerts.len().min(shown)];
    let data = data_of(delivery, alerts, external_url);
    let expander = templates.expander(&data, delivery.at);
    match settings {
        Settings::Slack(slack) => slack::render(slack, &expander, files).map(Message::Http),
        Settings::PagerDuty(pagerduty) => {
            pagerduty::render(pagerduty, delivery, &expander, files).map(Message::Http)
        }
        Settings::Email(email) => email::render(email, delivery, &expander).map(Message::Mail),
        Settings::Webhook(webhook) => {
            webhook::render(webhook, delivery, &data, &expander, files).map(Message::Http)
        }
    }
}

/// The secret files that [`render`] needs for an integration. Those that only say who we are
/// (passwords, tokens, certificates) are the edge's business.
pub fn secret_files(settings: &Settings) -> Vec<Arc<str>> {
    let source = match settings {
        Settings::Slack(slack) => &slack.url,
        Settings::Webhook(webhook) => &webhook.url,
        Settings::PagerDuty(pagerduty) => match &pagerduty.api {
            PagerDutyApi::V1 { service_key: key } | PagerDutyApi::V2 { routing_key: key, .. } => {
                key
            }
        },
        Settings::Email(_) => return Vec::new(),
    };
    match source {
        SecretSource::Inline(_) => Vec::new(),
        SecretSource::File(path) => vec![Arc::clone(path)],
    }
}

/// Reads the answer to an HTTP message.
pub fn judge(settings: &Settings, status: u16, content_type: &str, body: &str) -> Verdict {
    match settings {
        Settings::Slack(slack) => slack::judge(slack, status, content_type, body),
        Settings::PagerDuty(pagerduty) => pagerduty::judge(pagerduty, status, body),
        Settings::Webhook(_) => webhook::judge(status, body),
        Settings::Email(_) => judgement(status, &[], String::new()),
    }
}

/// What the templates of a delivery see.
pub fn data(delivery: &Delivery, external_url: &Arc<str>) -> Data {
    data_of(delivery, &delivery.alerts, external_url)
}

/// The same for some of the alerts.
fn data_of(delivery: &Delivery, alerts: &[AlertData], external_url: &Arc<str>) -> Data {
    Data {
        receiver: quote_pattern(&delivery.receiver.name),
        alerts: alerts.to_vec(),
        notification_reason: delivery.reason.text().to_owned(),
        group_labels: delivery.group_labels.clone(),
        common_labels: common(alerts.iter().map(|alert| &alert.labels)),
        common_annotations: common(alerts.iter().map(|alert| &alert.annotations)),
        route_labels: delivery.route_labels.clone(),
        external_url: Arc::clone(external_url),
    }
}

/// The pairs that all sets have.
fn common<'a>(mut sets: impl Iterator<Item = &'a Labels>) -> Labels {
    let Some(first) = sets.next() else { return Labels::empty() };
    sets.fold(first.clone(), |common, set| {
        if common == *set || common.is_empty() {
            return common;
        }
        common.filter(|name| set.get(name).is_some() && set.get(name) == common.get(name))
    })
}

/// A text as a regular expression that matches just it. (Source: Go, `regexp.QuoteMeta`.)
fn quote_pattern(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if "\\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// What providers know a group by: the lower-case hex sha256 of its key.
fn dedup_key(delivery: &Delivery) -> String {
    let digest = Sha256::digest(delivery.group_key.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret that a message is made of.
fn secret(source: &SecretSource, files: &SecretFiles) -> Result<String, Failure> {
    match source {
        SecretSource::Inline(secret) => Ok(secret.expose().to_owned()),
        SecretSource::File(path) => match files.get(path) {
            Some(secret) => Ok(secret.expose().trim().to_owned()),
            None => Err(refused(format!("the secret file {path} was not read"))),
        },
    }
}

/// A JSON request.
fn post(url: String, body: String, options: &HttpOptions, timeout: Option<Span>) -> HttpMessage {
    HttpMessage {
        url: Secret::new(url),
        headers: vec![("Content-Type", "application/json".to_owned())],
        body: Arc::from(body),
        options: options.clone(),
        timeout,
    }
}

/// A failure that lies in the configuration.
fn refused(message: impl fmt::Display) -> Failure {
    Failure { class: FailureClass::NotSent, message: message.to_string() }
}

/// Reads a status: 2xx is good; 5xx and the given ones may pass, others do not.
fn judgement(status: u16, retried: &[u16], said: String) -> Verdict {
    if status / 100 == 2 {
        return Verdict::Delivered;
    }
    let said = truncate::in_characters(said.trim().to_owned(), MAX_SAID);
    let colon = if said.is_empty() { "" } else { ": " };
    let class = match status {
        401 | 403 => FailureClass::AuthError,
        429 => FailureClass::RateLimited,
        400..500 => FailureClass::ClientError,
        500..600 => FailureClass::ServerError,
        _ => FailureClass::Other,
    };
    let failure =
        Failure { class, message: format!("unexpected status code {status}{colon}{said}") };
    if status / 100 == 5 || retried.contains(&status) {
        Verdict::Retry(failure)
    } else {
        Verdict::Rejected(failure)
    }
}
