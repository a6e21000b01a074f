//! The live driver: the wall clock, the disk and the network around the engine.
//!
//! ```text
//! handlers, receipts, outcomes --requests--> [desk: whoever finds it free steps the engine]
//!                                               | records        | replies, when written
//!                                               v                v
//!                                          [Committer]        handlers
//!                                               '--effects--> [actor: one task]
//!                                                                | spawns
//!                                   evaluations, deliveries, appends --requests--> desk
//! ```
//!
//! Commit before act: an effect starts and a caller is answered only when the records of its
//! step are kept. Requests that come together are stepped through and committed as one.

mod act;
mod clock;
mod core;
mod deliver;
mod desk;
mod effort;
mod evaluate;
pub mod forward;
mod handle;
mod hands;
pub mod recorder;
mod reply;
pub mod traces;

pub use crate::state::StateError;
pub use act::{Show, Transport};
pub use clock::Clock;
pub use effort::{Effort, Work};
pub use handle::{Gone, Handle};

use deliver::Couriers;
use forward::Forwarder;
use recorder::Recorder;
use traces::Tracer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::engine::{Engine, Input, Record, RecordKey, Setup};
use crate::promql::syntax::Features;
use crate::promql::{Limits, Options};
use crate::rules::run::RESEND_DELAY;
use crate::rules::{Hands, Patience, Surroundings};
use crate::source::Sources;
use crate::state::Committer;
use crate::time::{Span, Timestamp};

/// How many requests wait for the engine before callers have to wait.
pub const REQUESTS_LIMIT: usize = 4096;
/// How many requests are stepped through before their records are committed.
pub const GROUP_COMMIT: usize = 256;
/// How many commits are on their way before the engine waits.
pub const COMMITS_LIMIT: usize = 64;
/// How many deliveries are made at one time.
pub const DELIVERIES_LIMIT: usize = 4096;
/// How many of them to one receiver, so that one that hangs does not hold up the others.
pub const RECEIVER_DELIVERIES_LIMIT: usize = 256;
/// How long deliveries under way may take when the driver stops.
pub const LAST_DELIVERIES: Duration = Duration::from_secs(5);
/// How many rule groups on the embedded store are evaluated at one time.
pub const EVALUATIONS_LIMIT: usize = 4;
/// How many rule groups on other servers are: they mostly wait.
pub const FAR_EVALUATIONS_LIMIT: usize = 64;

/// What the live driver is started with.
pub struct Start {
    /// The configuration.
    pub setup: Arc<Setup>,
    /// What was durable.
    pub records: Vec<Record>,
    /// Makes records durable.
    pub committer: Arc<Committer>,
    /// Where series come from and go to.
    pub sources: Arc<Sources>,
    /// How rules are evaluated.
    pub rules: RuleConduct,
    /// How messages leave.
    pub transport: Transport,
    /// How queries are evaluated.
    pub options: Options,
    /// How far a query of a rule may go.
    pub limits: Limits,
    /// Which experimental syntax rules may use.
    pub features: Features,
    /// Since when the source has all series; see [`Surroundings::series_since`].
    pub series_since: Timestamp,
    /// Makes spans; configured already.
    pub tracer: Arc<Tracer>,
    /// The clock; shared with everything that needs to agree on now.
    pub clock: Arc<Clock>,
}

/// How rules are evaluated.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct RuleConduct {
    /// How the past of alerts is read from another server.
    pub patience: Patience,
    /// After which time an alert that still fires is handed on again.
    pub resend_delay: Span,
    /// How many rules that do not depend on others of their group are evaluated beside them at
    /// one time.
    pub side_by_side: usize,
}

impl Default for RuleConduct {
    /// Prometheus' defaults.
    fn default() -> RuleConduct {
        let (patience, resend_delay) = (Patience::default(), RESEND_DELAY);
        RuleConduct { patience, resend_delay, side_by_side: 4 }
    }
}

/// A started driver.
pub struct Live {
    /// How everybody else speaks with it.
    pub handle: Handle,
    core: JoinHandle<()>,
    actor: JoinHandle<()>,
    forwarder: Arc<Forwarder>,
    recorder: Arc<Recorder>,
    tracer: Arc<Tracer>,
    stopping: Arc<AtomicBool>,
    deliveries: Arc<Semaphore>,
}

impl Live {
    /// Starts the driver; the configuration is in force and what was durable is restored when
    /// this returns.
    pub async fn start(start: Start) -> Live {
        let (acts, queue) = mpsc::channel(COMMITS_LIMIT);
        let efforts = Arc::<effort::Efforts>::default();
        let core = core::Core::new(
            Engine::new(),
            Arc::clone(&start.clock),
            Arc::clone(&start.committer),
            Arc::clone(&efforts),
            acts.clone(),
        );
        let desk = Arc::new(desk::Desk::new(core));
        let forwarder = Arc::new(Forwarder::new(Arc::clone(&start.clock)));
        let recorder = Arc::new(Recorder::new(Arc::clone(&start.clock)));
        recorder.configure(start.setup.notification.events.as_ref());
        recorder.started();
        let handle = Handle::new(
            Arc::clone(&desk),
            Arc::clone(&start.clock),
            Arc::clone(&start.committer),
            Arc::clone(&forwarder),
            Arc::clone(&recorder),
            Arc::clone(&start.tracer),
            Arc::clone(&efforts),
        );
        let mut evaluations = evaluate::Evaluations::new(
            Arc::clone(&desk),
            Arc::clone(&start.clock),
            Arc::clone(&start.sources),
            surroundings(&start),
            start.rules,
            Arc::clone(&start.tracer),
        );
        if !start.records.iter().any(is_of_a_rule) {
            evaluations.await_the_past(&start.setup);
        }
        let tracer = Arc::clone(&start.tracer);
        let clock = Arc::clone(&start.clock);
        let couriers =
            Couriers::new(start.transport, Arc::clone(&desk), clock, Arc::clone(&tracer));
        let actor = act::Actor::new(
            couriers,
            Arc::clone(start.sources.embedded()),
            evaluations,
            Arc::clone(&forwarder),
            Arc::clone(&recorder),
            Arc::clone(&start.tracer),
            Arc::clone(&start.setup),
        );
        let (stopping, deliveries) = (actor.stopping(), actor.deliveries());
        let actor = tokio::spawn(actor.run(queue));
        let clock = start.clock;
        let core = tokio::spawn(async move { desk.keep(acts, &clock).await });
        // it ends only when asked to, so these two are answered
        let _ = handle.input(Input::Restore(start.records)).await;
        let _ = handle.configure(start.setup).await;
        Live { handle, core, actor, forwarder, recorder, tracer, stopping, deliveries }
    }

    /// Returns when the driver ends without having been told to.
    pub async fn ended(&mut self) {
        tokio::select! {
            _ = &mut self.core => {}
            _ = &mut self.actor => {}
        }
    }

    /// Stops: nothing new is begun, deliveries under way may end and are written down, what is
    /// left is committed, what waits to be sent on or written down is, as far as there is time.
    pub async fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        let under_way = self.deliveries.acquire_many(DELIVERIES_LIMIT as u32);
        // those that take longer stay in doubt and are told again after the next start
        let _ = tokio::time::timeout(LAST_DELIVERIES, under_way).await;
        self.handle.stop().await;
        if !self.core.is_finished() {
            let _ = self.core.await;
        }
        if !self.actor.is_finished() {
            let _ = self.actor.await;
        }
        tokio::join!(self.forwarder.close(), self.recorder.stop(), self.tracer.stop());
    }
}

/// Whether rules ran before: what was taken over from an Alertmanager says nothing of them.
fn is_of_a_rule(record: &Record) -> bool {
    !matches!(record.key(), RecordKey::Silence(_) | RecordKey::Notified(_))
}

/// What runs of rule groups share under a configuration.
fn surroundings(start: &Start) -> Surroundings {
    let Start { setup, options, limits, features, series_since, rules, .. } = start;
    Surroundings {
        external_labels: setup.external_labels.clone(),
        external_url: Arc::clone(&setup.external_url),
        options: options.clone(),
        features: *features,
        limits: limits.clone(),
        resend_delay: rules.resend_delay,
        series_since: *series_since,
        stopwatch,
        hands: Hands::one(),
    }
}

/// A monotonic reading.
fn stopwatch() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
