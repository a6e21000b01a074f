//! One attempt to hand one rendered message to one receiver: an HTTP request or a mail.
//! Retries, back-off and what an answer means are decided elsewhere.

mod clients;
pub mod dry_run;
#[cfg(feature = "otlp")]
mod grpc;
mod http;
mod mail;
mod oauth2;
mod plain;
mod post;
mod secrets;
mod tls;
mod verify;
mod way;

use tokio::time::Instant;

use crate::notify::message::Message;
use crate::notify::{Failure, FailureClass, Verdict};

#[cfg(feature = "otlp")]
pub use grpc::{Call, Status, call};
pub use http::Caller;
pub use post::{Answered, Post, PostError, post};
pub use secrets::{SECRET_FILE_LIMIT, SecretFileError, read_secret_files};

/// How we introduce ourselves to receivers. Some filter on it, so it is Alertmanager's.
pub const USER_AGENT: &str = "Alertmanager/0.34.0";

/// What is shown where a URL that may carry a key would stand.
pub const REDACTED: &str = "<redacted>";

/// Sends messages. Keeps a client per way of making requests, so one `Sender` serves all.
#[derive(Default)]
pub struct Sender {
    clients: clients::Clients,
}

impl Sender {
    /// A sender without any open connection.
    pub fn new() -> Sender {
        Sender::default()
    }

    /// Makes one attempt that ends by `deadline`, whatever happens. `judge` reads an HTTP answer:
    /// status, content type (empty when there is none) and body, cut at
    /// [`ANSWER_LIMIT`](http::ANSWER_LIMIT). Files that the message's options name are read now.
    pub async fn send(
        &self,
        message: &Message,
        judge: impl Fn(u16, &str, &str) -> Verdict,
        deadline: Instant,
    ) -> Verdict {
        match message {
            Message::Http(message) => http::attempt(&self.clients, message, judge, deadline).await,
            Message::Mail(message) => mail::attempt(message, deadline).await,
        }
    }
}

/// A failure that may pass.
fn retry(class: FailureClass, message: String) -> Verdict {
    Verdict::Retry(Failure { class, message })
}

/// A failure for good.
fn rejected(class: FailureClass, message: String) -> Verdict {
    Verdict::Rejected(Failure { class, message })
}

/// An error and everything below it on one line, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let below = error.to_string();
        if !text.contains(&below) {
            text.push_str(": ");
            text.push_str(&below);
        }
        source = error.source();
    }
    text
}
