//! What is done when a commit is written: effects are started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{Semaphore, mpsc};
use tracing::{error, warn};

use crate::engine::{Effect, Setup};
use crate::notify::Delivery;
use crate::notify::message::Message;
use crate::receivers::Sender;
use crate::sample::Series;
use crate::source::{Source, SourceError};
use crate::time::Timestamp;

use super::core::Act;
use super::deliver::Couriers;
use super::evaluate::Evaluations;
use super::forward::Forwarder;
use super::recorder::Recorder;
use super::traces::{self, Tracer};

/// How messages leave.
#[derive(Clone)]
pub enum Transport {
    /// To their receivers.
    Send(Arc<Sender>),
    /// Nowhere: each is given to this function, and counts as delivered.
    Show(Arc<Show>),
}

/// Shows a message to whoever watches.
pub type Show = dyn Fn(&Delivery, &Message) + Send + Sync;

pub(super) struct Actor {
    source: Arc<dyn Source>,
    evaluations: Evaluations,
    forwarder: Arc<Forwarder>,
    recorder: Arc<Recorder>,
    tracer: Arc<Tracer>,
    /// The flush whose span was sent last: its deliveries follow each other.
    told: Option<(Arc<str>, Timestamp)>,
    setup: Arc<Setup>,
    couriers: Couriers,
    stopping: Arc<AtomicBool>,
    read_only_said: bool,
}

impl Actor {
    pub(super) fn new(
        couriers: Couriers,
        source: Arc<dyn Source>,
        evaluations: Evaluations,
        forwarder: Arc<Forwarder>,
        recorder: Arc<Recorder>,
        tracer: Arc<Tracer>,
        setup: Arc<Setup>,
    ) -> Actor {
        Actor {
            source,
            evaluations,
            forwarder,
            recorder,
            tracer,
            told: None,
            setup,
            couriers,
            stopping: Arc::default(),
            read_only_said: false,
        }
    }

    /// Raised when nothing new is to be begun.
    pub(super) fn stopping(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopping)
    }

    /// One permit for each courier under way.
    pub(super) fn deliveries(&self) -> Arc<Semaphore> {
        self.couriers.places()
    }

    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Act>) {
        while let Some(act) = queue.recv().await {
            if let Some(setup) = act.configure {
                self.reconfigure(setup);
            }
            act.replies.answer();
            for effect in act.effects {
                self.start(effect).await;
            }
        }
    }

    fn reconfigure(&mut self, setup: Arc<Setup>) {
        self.evaluations.reconfigure(&setup);
        self.forwarder.configure(&setup.forward);
        self.recorder.configure(setup.notification.events.as_ref());
        self.couriers.reconfigure(&setup);
        self.setup = setup;
    }

    async fn start(&mut self, effect: Effect) {
        let begins = matches!(effect, Effect::Evaluate(_) | Effect::Deliver(_));
        if begins && self.stopping.load(Ordering::Relaxed) {
            return;
        }
        match effect {
            Effect::Evaluate(evaluation) => self.evaluations.start(evaluation),
            Effect::Deliver(delivery) => {
                self.tell_flush(&delivery);
                self.couriers.deliver(delivery, &self.setup);
            }
            Effect::Append(series) => self.append(series).await,
            Effect::Forward(alerts) => self.forwarder.alerts(&alerts),
            Effect::Note(event) => self.recorder.note(*event),
            Effect::Pass(passage) => traces::passage(&self.tracer, &passage),
            Effect::Reply(_) => {}
        }
    }

    /// The first attempt of a flush tells of the flush.
    fn tell_flush(&mut self, delivery: &Delivery) {
        let is_told = self
            .told
            .as_ref()
            .is_some_and(|(key, at)| *at == delivery.at && Arc::ptr_eq(key, &delivery.group_key));
        if delivery.attempt == 1 && !is_told {
            self.told = Some((Arc::clone(&delivery.group_key), delivery.at));
            traces::tell_flush(&self.tracer, delivery);
        }
    }

    async fn append(&mut self, series: Vec<Series>) {
        self.forwarder.samples(&series);
        match self.source.append(series).await {
            Ok(()) => {}
            Err(SourceError::ReadOnly { url }) => {
                if !self.read_only_said && !self.forwarder.writes() {
                    warn!(%url, "recorded series are not kept: the source takes no samples");
                    self.read_only_said = true;
                }
            }
            Err(error) => error!(%error, "recorded series could not be stored"),
        }
    }
}
