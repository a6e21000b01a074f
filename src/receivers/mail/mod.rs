//! One mail by SMTP. lettre composes it; the dialogue is our own, because Alertmanager's picks
//! the way to log in by the server's order, knows CRAM-MD5 and an authorization identity, and
//! shares its TLS options with HTTP.

mod compose;
mod connection;
mod dialogue;
mod login;

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use crate::notify::message::MailMessage;
use crate::notify::{FailureClass, Verdict};

use super::secrets::SecretFileError;
use super::tls::TlsError;
use super::{rejected, retry};

/// Why a mail was not delivered.
#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("bad address {0:?} in {1}: must be like name@example.org")]
    Address(String, &'static str),
    #[error("bad header {0:?}: a header name has 1 to 76 printable ASCII characters, no colon")]
    Header(String),
    #[error("bad hello {0:?}: must be one word")]
    Hello(String),
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    #[error("connect to {host}:{port}: {source}")]
    Connect { host: Arc<str>, port: u16, source: std::io::Error },
    #[error("tls_config: {0}")]
    TlsOptions(#[from] TlsError),
    #[error("TLS handshake: {0}")]
    Handshake(std::io::Error),
    #[error("connection to the mail server: {0}")]
    Connection(#[from] std::io::Error),
    #[error("answer to {step}: {what}")]
    Answer { step: &'static str, what: &'static str },
    #[error("{step} refused: {code} {text}")]
    Refused { step: &'static str, code: u16, text: String },
    #[error("'require_tls' is true (default) but the server does not advertise STARTTLS")]
    NoStartTls,
    #[error("the server sent something before TLS began: somebody may be in between")]
    Injected,
    #[error("login: {0}")]
    Login(String),
    #[error("the server cannot take addresses that are not ASCII: no SMTPUTF8")]
    NoUtf8,
}

/// Delivers the mail to the server.
pub(super) async fn attempt(message: &MailMessage, deadline: Instant) -> Verdict {
    match timeout_at(deadline, dialogue::deliver(message)).await {
        Ok(Ok(connection)) => {
            dialogue::quit(connection, deadline).await;
            Verdict::Delivered
        }
        Ok(Err(error)) => error.verdict(),
        Err(_) => {
            let text = "the mail server did not finish before the deadline of the notification";
            retry(FailureClass::ContextDeadlineExceeded, text.to_owned())
        }
    }
}

impl MailError {
    /// What is wrong with the mail itself stays wrong; a server may change its mind, even
    /// about a 5xx. (Source: Alertmanager, `notify/email`.)
    fn verdict(&self) -> Verdict {
        let text = self.to_string();
        match self {
            MailError::Address(..) | MailError::Header(_) | MailError::Hello(_) => {
                rejected(FailureClass::NotSent, text)
            }
            MailError::Connect { .. } => retry(FailureClass::NotSent, text),
            MailError::Login(_) => retry(FailureClass::AuthError, text),
            _ => retry(FailureClass::Other, text),
        }
    }
}
