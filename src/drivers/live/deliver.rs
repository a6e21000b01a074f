//! Messages are delivered: by couriers, as many to one receiver as there is work, up to a limit.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::engine::{Input, Setup};
use crate::notify::message::{Message, judge, render, secret_files};
use crate::notify::{Delivery, Failure, FailureClass, Receipt, Verdict};
use crate::receivers::read_secret_files;

use super::act::Transport;
use super::desk::Desk;
use super::handle::Request;
use super::traces::{Attempt, Tracer};
use super::{Clock, DELIVERIES_LIMIT, RECEIVER_DELIVERIES_LIMIT};

/// All couriers.
pub(super) struct Couriers {
    office: Arc<Office>,
    by_receiver: BTreeMap<Arc<str>, Arc<Round>>,
}

/// What couriers share.
struct Office {
    transport: Transport,
    desk: Arc<Desk>,
    clock: Arc<Clock>,
    tracer: Arc<Tracer>,
    /// One permit for each courier under way.
    places: Arc<Semaphore>,
}

/// The deliveries to one receiver that wait for a courier.
#[derive(Default)]
struct Round(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<(Delivery, Arc<Setup>)>,
    couriers: usize,
}

/// Counts as one of its round's couriers, also when it ends in a panic.
struct Courier {
    office: Arc<Office>,
    round: Arc<Round>,
    counts: bool,
}

impl Couriers {
    pub(super) fn new(
        transport: Transport,
        desk: Arc<Desk>,
        clock: Arc<Clock>,
        tracer: Arc<Tracer>,
    ) -> Couriers {
        let places = Arc::new(Semaphore::new(DELIVERIES_LIMIT));
        let office = Arc::new(Office { transport, desk, clock, tracer, places });
        Couriers { office, by_receiver: BTreeMap::new() }
    }

    /// One permit for each courier under way.
    pub(super) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.office.places)
    }

    /// Forgets receivers that the configuration no longer has; what waits is delivered.
    pub(super) fn reconfigure(&mut self, setup: &Setup) {
        self.by_receiver.retain(|name, _| setup.notification.receivers.contains_key(name));
    }

    /// Begins a delivery, as soon as a courier is free.
    pub(super) fn deliver(&mut self, delivery: Delivery, setup: &Arc<Setup>) {
        let name = &delivery.receiver.name;
        let round = match self.by_receiver.get(name) {
            Some(round) => round,
            None => self.by_receiver.entry(Arc::clone(name)).or_default(),
        };
        let mut waiting = round.lock();
        waiting.deliveries.push_back((delivery, Arc::clone(setup)));
        if waiting.couriers < RECEIVER_DELIVERIES_LIMIT {
            waiting.couriers += 1;
            let (office, round) = (Arc::clone(&self.office), Arc::clone(round));
            tokio::spawn(Courier { office, round, counts: true }.run());
        }
    }
}

impl Round {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.round.lock().couriers -= usize::from(self.counts);
    }
}

impl Courier {
    /// Delivers until nothing waits.
    async fn run(mut self) {
        let places = Arc::clone(&self.office.places);
        let Ok(mut place) = places.acquire().await else { return };
        while let Some((delivery, setup)) = self.next() {
            self.office.deliver(&delivery, &setup).await;
            if places.available_permits() == 0 {
                drop(place);
                place = match places.acquire().await {
                    Ok(place) => place,
                    Err(_) => return,
                };
            }
        }
    }

    /// The next delivery; without one the courier no longer counts: the next that comes needs
    /// another.
    fn next(&mut self) -> Option<(Delivery, Arc<Setup>)> {
        let mut waiting = self.round.lock();
        let next = waiting.deliveries.pop_front();
        if next.is_none() {
            waiting.couriers -= 1;
            self.counts = false;
        }
        next
    }
}

impl Office {
    /// Makes an attempt and reports what came of it.
    async fn deliver(&self, delivery: &Delivery, setup: &Setup) {
        let verdict = if self.clock.now() >= delivery.deadline {
            // the engine has given this attempt up, perhaps made another one
            Verdict::Retry(Failure {
                class: FailureClass::NotSent,
                message: "too many deliveries under way: the attempt never began".to_owned(),
            })
        } else {
            self.attempt(delivery, setup).await
        };
        let receipt = Receipt { delivery: delivery.id, verdict };
        let _ = self.desk.send(Request::Input(Input::Delivered(receipt))).await;
    }

    async fn attempt(&self, delivery: &Delivery, setup: &Setup) -> Verdict {
        let mut traced = Attempt::begin(&self.tracer, delivery);
        let verdict = match message(delivery, setup).await {
            Ok(mut message) => {
                traced.carry(&self.tracer, &mut message);
                self.hand_over(delivery, &message, &traced).await
            }
            Err(verdict) => verdict,
        };
        traced.end(&self.tracer, &verdict);
        verdict
    }

    async fn hand_over(&self, delivery: &Delivery, message: &Message, traced: &Attempt) -> Verdict {
        match &self.transport {
            Transport::Show(show) => {
                show(delivery, message);
                Verdict::Delivered
            }
            Transport::Send(sender) => {
                let settings = &delivery.integration().settings;
                let judge = |status, kind: &str, body: &str| {
                    traced.answered(status);
                    judge(settings, status, kind, body)
                };
                let deadline = Instant::now() + self.clock.until(delivery.deadline);
                sender.send(message, judge, deadline).await
            }
        }
    }
}

async fn message(delivery: &Delivery, setup: &Setup) -> Result<Message, Verdict> {
    let paths = secret_files(&delivery.integration().settings);
    let files = read_secret_files(paths).await.map_err(|error| error.verdict())?;
    let templates = &setup.notification.templates;
    render(delivery, templates, &setup.external_url, &files).map_err(Verdict::Rejected)
}
