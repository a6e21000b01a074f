//! One attempt to deliver, against real servers on loopback.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../sinks/mod.rs"]
mod sinks;

mod http;
mod mail;
mod oauth2;
mod tls;

use firebell::notify::integration::SecretSource;
use firebell::notify::message::Message;
use firebell::notify::{Failure, FailureClass, Verdict};
use firebell::receivers::Sender;
use firebell::secret::Secret;
use tokio::time::Instant;

fn inline(text: &str) -> SecretSource {
    SecretSource::Inline(Secret::new(text))
}

/// One attempt of a fresh sender; 200 is good, anything else is rejected with what came.
async fn send(message: &Message) -> Verdict {
    let message = message.clone();
    // Spawned, as drivers do.
    let attempt = tokio::spawn(async move {
        Sender::new().send(&message, judge, Instant::now() + sinks::PATIENCE).await
    });
    attempt.await.unwrap()
}

fn judge(status: u16, kind: &str, body: &str) -> Verdict {
    match status {
        200 => Verdict::Delivered,
        _ => Verdict::Rejected(Failure {
            class: FailureClass::Other,
            message: format!("{status} {kind} {body}"),
        }),
    }
}

/// The failure that may pass.
fn retry(verdict: Verdict) -> (FailureClass, String) {
    match verdict {
        Verdict::Retry(failure) => (failure.class, failure.message),
        verdict => panic!("{verdict:?}"),
    }
}

/// The failure for good.
fn rejected(verdict: Verdict) -> String {
    match verdict {
        Verdict::Rejected(failure) => failure.message,
        verdict => panic!("{verdict:?}"),
    }
}
