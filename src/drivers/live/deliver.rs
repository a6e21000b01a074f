//! One attempt to deliver a message.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use crate::engine::{Input, Setup};
use crate::notify::message::{Message, judge, render, secret_files};
use crate::notify::{Delivery, Failure, FailureClass, Receipt, Verdict};
use crate::receivers::read_secret_files;

use super::Clock;
use super::act::Transport;
use super::handle::Request;

pub(super) struct Courier {
    pub(super) transport: Transport,
    pub(super) setup: Arc<Setup>,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) clock: Arc<Clock>,
    pub(super) all: Arc<Semaphore>,
    pub(super) permits: Arc<Semaphore>,
}

impl Courier {
    pub(super) async fn run(self, delivery: Delivery) {
        let Ok(_one_of_all) = self.all.acquire().await else { return };
        let Ok(_permit) = self.permits.acquire().await else { return };
        let verdict = if self.clock.now() >= delivery.deadline {
            // the engine has given this attempt up, perhaps made another one
            Verdict::Retry(Failure {
                class: FailureClass::NotSent,
                message: "too many deliveries under way: the attempt never began".to_owned(),
            })
        } else {
            self.attempt(&delivery).await
        };
        let receipt = Receipt { delivery: delivery.id, verdict };
        let _ = self.requests.send(Request::Input(Input::Delivered(receipt))).await;
    }

    async fn attempt(&self, delivery: &Delivery) -> Verdict {
        let message = match self.message(delivery).await {
            Ok(message) => message,
            Err(verdict) => return verdict,
        };
        match &self.transport {
            Transport::Show(show) => {
                show(delivery, &message);
                Verdict::Delivered
            }
            Transport::Send(sender) => {
                let settings = &delivery.integration().settings;
                let judge = |status, kind: &str, body: &str| judge(settings, status, kind, body);
                let deadline = Instant::now() + self.clock.until(delivery.deadline);
                sender.send(&message, judge, deadline).await
            }
        }
    }

    async fn message(&self, delivery: &Delivery) -> Result<Message, Verdict> {
        let paths = secret_files(&delivery.integration().settings);
        let files = read_secret_files(paths).await.map_err(|error| error.verdict())?;
        let templates = &self.setup.notification.templates;
        render(delivery, templates, &self.setup.external_url, &files).map_err(Verdict::Rejected)
    }
}
