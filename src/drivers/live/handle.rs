//! How the rest of the house speaks with the live driver.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::alerts::PostedAlert;
use crate::engine::view::{Extent, RuleGroupView, Totals, View};
use crate::engine::{Decision, Input, Setup};
use crate::notify::{LogEntry, LogKey};
use crate::otlp::Kind;
use crate::silence::{Silence, SilenceCommand, SilenceError};
use crate::state::{Committer, StateError, Statistics};
use crate::time::Timestamp;
use crate::trace::TraceContext;

use super::Clock;
use super::desk::Desk;
use super::effort::{Effort, Efforts};
use super::forward::{Figures, Forwarder};
use super::recorder::{EventFigures, Recorder};
use super::traces::{self, Tracer};

/// Why the driver gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gone {
    /// It has stopped.
    #[error("firebell is shutting down")]
    Stopped,
    /// What was asked for is in force, but could not be written down: it is lost if the process
    /// dies before the disk is well again.
    #[error("the state could not be written to disk: look at --storage.path and try again")]
    NotDurable,
}

/// What comes of a silence command: the silence's id.
pub(super) type SilenceAnswer = Result<Arc<str>, SilenceError>;

/// What the core is asked; one closed list.
pub(super) enum Request {
    Input(Input),
    Alerts(Vec<PostedAlert>, Option<TraceContext>, oneshot::Sender<Result<(), Gone>>),
    Silence(SilenceCommand, oneshot::Sender<Result<SilenceAnswer, Gone>>),
    Configure(Arc<Setup>, oneshot::Sender<Result<(), Gone>>),
    Look(Look),
    Stop,
}

/// What is looked at.
pub(super) enum Look {
    View(Extent, oneshot::Sender<View>),
    Silences(oneshot::Sender<Vec<Arc<Silence>>>),
    Silence(Arc<str>, oneshot::Sender<Option<Arc<Silence>>>),
    Rules(oneshot::Sender<Vec<RuleGroupView>>),
    Decisions(usize, oneshot::Sender<Vec<(u64, Arc<Decision>)>>),
    Log(oneshot::Sender<Vec<(LogKey, Arc<LogEntry>)>>),
    Totals(oneshot::Sender<Totals>),
    Setup(oneshot::Sender<Option<Arc<Setup>>>),
}

/// A handle on the live driver; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    desk: Arc<Desk>,
    clock: Arc<Clock>,
    committer: Arc<Committer>,
    forwarder: Arc<Forwarder>,
    recorder: Arc<Recorder>,
    tracer: Arc<Tracer>,
    efforts: Arc<Efforts>,
}

impl Handle {
    pub(super) fn new(
        desk: Arc<Desk>,
        clock: Arc<Clock>,
        committer: Arc<Committer>,
        forwarder: Arc<Forwarder>,
        recorder: Arc<Recorder>,
        tracer: Arc<Tracer>,
        efforts: Arc<Efforts>,
    ) -> Handle {
        Handle { desk, clock, committer, forwarder, recorder, tracer, efforts }
    }

    /// Keeps something under a name over a restart, or forgets it. It is written when this
    /// returns, and outlives a lost power supply when the future does.
    pub fn keep(
        &self,
        name: &str,
        content: Option<Vec<u8>>,
    ) -> impl Future<Output = Result<(), StateError>> + Send + use<> {
        self.committer.put_blob(name, content.as_deref())
    }

    /// What was written since the start.
    pub fn state_statistics(&self) -> Statistics {
        self.committer.statistics()
    }

    /// What has been counted of what is sent on.
    pub fn forwarded(&self) -> Figures {
        self.forwarder.figures()
    }

    /// What has been counted of events; nothing when none was ever to be recorded.
    pub fn events(&self) -> Option<EventFigures> {
        self.recorder.figures()
    }

    /// Makes spans.
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// What the core has worked at.
    pub fn effort(&self) -> Effort {
        self.efforts.so_far()
    }

    /// The driver's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Gives alerts to the engine; returns when they are durable.
    pub async fn post_alerts(&self, alerts: Vec<PostedAlert>) -> Result<(), Gone> {
        self.ask(|reply| Request::Alerts(alerts, None, reply)).await?
    }

    /// The same, as a part of a trace.
    pub async fn post_traced(
        &self,
        alerts: Vec<PostedAlert>,
        parent: &TraceContext,
    ) -> Result<(), Gone> {
        let Some(mut span) = self.tracer.begin("provider.mem.Put", Kind::Producer, Some(parent))
        else {
            return self.post_alerts(alerts).await;
        };
        span.count("alerting.alerts.count", alerts.len());
        let origin = traces::origin(&span);
        let answer = self.ask(|reply| Request::Alerts(alerts, origin, reply)).await;
        span.error =
            answer.err().or(answer.and_then(|kept| kept).err()).map(|gone| gone.to_string());
        self.tracer.end(span);
        answer?
    }

    /// Changes a silence; returns its id when the change is durable.
    pub async fn silence(&self, command: SilenceCommand) -> Result<SilenceAnswer, Gone> {
        self.ask(|reply| Request::Silence(command, reply)).await?
    }

    /// Puts a configuration in force.
    pub async fn configure(&self, setup: Arc<Setup>) -> Result<(), Gone> {
        self.ask(|reply| Request::Configure(setup, reply)).await?
    }

    /// What there is to see of alerts.
    pub async fn view(&self, extent: Extent) -> Result<View, Gone> {
        self.look(|reply| Look::View(extent, reply)).await
    }

    /// All silences.
    pub async fn silences(&self) -> Result<Vec<Arc<Silence>>, Gone> {
        self.look(Look::Silences).await
    }

    /// One silence.
    pub async fn silence_of(&self, id: Arc<str>) -> Result<Option<Arc<Silence>>, Gone> {
        self.look(|reply| Look::Silence(id, reply)).await
    }

    /// All rule groups.
    pub async fn rule_groups(&self) -> Result<Vec<RuleGroupView>, Gone> {
        self.look(Look::Rules).await
    }

    /// The last decisions, oldest first.
    pub async fn decisions(&self, count: usize) -> Result<Vec<(u64, Arc<Decision>)>, Gone> {
        self.look(|reply| Look::Decisions(count, reply)).await
    }

    /// The notification log.
    pub async fn notification_log(&self) -> Result<Vec<(LogKey, Arc<LogEntry>)>, Gone> {
        self.look(Look::Log).await
    }

    /// What has been counted.
    pub async fn totals(&self) -> Result<Totals, Gone> {
        self.look(Look::Totals).await
    }

    /// The configuration in force.
    pub async fn setup(&self) -> Result<Option<Arc<Setup>>, Gone> {
        self.look(Look::Setup).await
    }

    pub(super) async fn input(&self, input: Input) -> Result<(), Gone> {
        self.desk.send(Request::Input(input)).await
    }

    pub(super) async fn stop(&self) {
        // when it has stopped already, that is what was wanted
        let _ = self.desk.send(Request::Stop).await;
    }

    async fn look<T>(&self, look: impl FnOnce(oneshot::Sender<T>) -> Look) -> Result<T, Gone> {
        self.ask(|reply| Request::Look(look(reply))).await
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.desk.send(request(reply)).await?;
        answer.await.map_err(|_| Gone::Stopped)
    }
}
