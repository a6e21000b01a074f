//! One attempt to hand one rendered message to one receiver: an HTTP request or a mail.
//! Retries are the engine's.

use tokio::time::Instant;

use crate::notify::message::Message;
use crate::notify::{Failure, FailureClass, Verdict};

/// Sends messages. Keeps a client per way of making requests, so one `Sender` serves all.
#[derive(Default)]
pub struct Sender {}

impl Sender {
    /// A sender without any open connection.
    pub fn new() -> Sender {
        Sender::default()
    }

    /// Makes one attempt that ends by `deadline`, whatever happens. `judge` reads an HTTP answer:
    /// status, content type (empty when there is none) and body, cut at a limit.
    pub async fn send(
        &self,
        _message: &Message,
        _judge: impl Fn(u16, &str, &[u8]) -> Verdict,
        _deadline: Instant,
    ) -> Verdict {
        Verdict::Retry(Failure { class: FailureClass::Other, message: String::new() })
    }
}
