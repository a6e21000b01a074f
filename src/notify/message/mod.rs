//! Messages: what is sent, rendered from a delivery without touching the world, and how an
//! answer is to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::secret::Secret;
use crate::time::Span;

use super::integration::{Email, HttpOptions};

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
