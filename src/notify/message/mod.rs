//! Messages: what is sent, rendered from a delivery without touching the world, and how an
//! answer is to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::secret::Secret;
use crate::template::Templates;
use crate::template::data::Data;
use crate::time::Span;

use super::integration::{Email, HttpOptions, Settings};
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

/// Renders the message of a delivery. `files` has the contents of [`secret_files`].
///
/// # Errors
/// Faults of templates and missing secrets; none of them passes by itself.
pub fn render(
    delivery: &Delivery,
    _templates: &Templates,
    external_url: &Arc<str>,
    _files: &SecretFiles,
) -> Result<Message, Failure> {
    let data = data(delivery, external_url);
    Err(Failure { class: FailureClass::Other, message: data.receiver })
}

/// The secret files that [`render`] needs for an integration.
pub fn secret_files(_settings: &Settings) -> Vec<Arc<str>> {
    Vec::new()
}

/// Reads the answer to an HTTP message.
pub fn judge(_settings: &Settings, status: u16, _content_type: &str, _body: &str) -> Verdict {
    if status / 100 == 2 {
        return Verdict::Delivered;
    }
    Verdict::Rejected(Failure {
        class: FailureClass::Other,
        message: format!("unexpected status code {status}"),
    })
}

/// What the templates of a delivery see.
pub fn data(delivery: &Delivery, external_url: &Arc<str>) -> Data {
    Data {
        receiver: delivery.receiver.name.to_string(),
        alerts: delivery.alerts.to_vec(),
        notification_reason: delivery.reason.text().to_owned(),
        group_labels: delivery.group_labels.clone(),
        common_labels: crate::label::Labels::empty(),
        common_annotations: crate::label::Labels::empty(),
        route_labels: delivery.route_labels.clone(),
        external_url: Arc::clone(external_url),
    }
}
