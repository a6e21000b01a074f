//! The task that owns the engine: takes requests, steps, and passes on what is to be committed
//! and done.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tracing::{debug, error, info, warn};

use crate::engine::{
    Decision, DecisionKind, Effect, Engine, Input, Record, RecordKey, RecordValue, Setup, Step,
    Wake, WakeReason,
};
use crate::state::{Committer, Outlives};

use super::effort::Efforts;
use super::handle::{Gone, Look, Request, SilenceAnswer};
use super::reply::Replies;
use super::{Clock, GROUP_COMMIT};

/// What is done when a commit is written.
#[derive(Default)]
pub(super) struct Act {
    pub(super) configure: Option<Arc<Setup>>,
    pub(super) effects: Vec<Effect>,
    pub(super) replies: Replies,
}

/// How many records the list of a commit keeps room for.
const RECORDS_KEPT: usize = 1024;

pub(super) struct Core {
    engine: Engine,
    clock: Arc<Clock>,
    committer: Arc<Committer>,
    inbox: mpsc::Receiver<Request>,
    acts: mpsc::Sender<Act>,
    efforts: Arc<Efforts>,
    wake: Option<Wake>,
    records: Vec<Record>,
    act: Act,
}

/// Whether the core goes on.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Flow {
    GoesOn,
    Stops,
}

impl Core {
    pub(super) fn new(
        engine: Engine,
        clock: Arc<Clock>,
        committer: Arc<Committer>,
        efforts: Arc<Efforts>,
        inbox: mpsc::Receiver<Request>,
        acts: mpsc::Sender<Act>,
    ) -> Core {
        let (records, act) = (Vec::new(), Act::default());
        Core { engine, clock, committer, inbox, acts, efforts, wake: None, records, act }
    }

    pub(super) async fn run(mut self) {
        loop {
            let mut flow = match self.next().await {
                Some(request) => self.take(request),
                None => self.step(Input::Wake),
            };
            for _ in 0..GROUP_COMMIT {
                match self.inbox.try_recv() {
                    Ok(request) if flow == Flow::GoesOn => flow = self.take(request),
                    _ => break,
                }
            }
            if self.wake.is_some_and(|wake| wake.at <= self.clock.now()) {
                // requests that never end must not keep what is due from happening
                self.step(Input::Wake);
            }
            if self.hand_on().await == Flow::Stops || flow == Flow::Stops {
                return;
            }
        }
    }

    /// The next request; `None` when something is due before one comes.
    async fn next(&mut self) -> Option<Request> {
        let Some(wake) = self.wake else { return Some(self.receive().await) };
        tokio::select! {
            biased;
            request = self.inbox.recv() => Some(request.unwrap_or(Request::Stop)),
            () = tokio::time::sleep(self.clock.until(wake.at)) => {
                debug!(why = %wake.why, due = %wake.at, "waking up");
                None
            }
        }
    }

    async fn receive(&mut self) -> Request {
        self.inbox.recv().await.unwrap_or(Request::Stop)
    }

    fn take(&mut self, request: Request) -> Flow {
        match request {
            Request::Input(input) => return self.step(input),
            Request::Alerts(alerts, origin, reply) => {
                let (count, begun) = (alerts.len(), Instant::now());
                let input = Input::Alerts(alerts);
                self.step(match origin {
                    Some(origin) => Input::Traced(origin, Box::new(input)),
                    None => input,
                });
                self.efforts.alerts.add(count, begun.elapsed());
                self.act.replies.done.push(reply);
            }
            Request::Silence(command, reply) => {
                let step = self.advance(Input::Silence(command));
                self.keep(step, Some(reply));
            }
            Request::Configure(setup, reply) => {
                self.act.configure = Some(Arc::clone(&setup));
                self.step(Input::Configure(setup));
                self.act.replies.done.push(reply);
            }
            Request::Look(look) => self.look(look),
            Request::Stop => return Flow::Stops,
        }
        Flow::GoesOn
    }

    fn step(&mut self, input: Input) -> Flow {
        let step = self.advance(input);
        self.keep(step, None);
        Flow::GoesOn
    }

    fn advance(&mut self, input: Input) -> Step {
        let due = self.wake.filter(|_| matches!(input, Input::Wake)).map(|wake| wake.why);
        let begun = Instant::now();
        let step = self.engine.step(self.clock.now(), input);
        if due == Some(WakeReason::Maintenance) {
            self.efforts.maintenance.add(1, begun.elapsed());
        }
        step
    }

    fn keep(
        &mut self,
        step: Step,
        mut silence: Option<oneshot::Sender<Result<SilenceAnswer, Gone>>>,
    ) {
        self.wake = step.wake;
        for record in &step.records {
            if let Record::Put(_, RecordValue::Decision(decision)) = record {
                log(decision);
            }
        }
        self.records.extend(step.records);
        for effect in step.effects {
            match effect {
                Effect::Reply(answer) => {
                    let reply = silence.take().map(|reply| (reply, answer));
                    self.act.replies.silences.extend(reply);
                }
                other => self.act.effects.push(other),
            }
        }
    }

    /// Passes on what the steps since the last commit want kept and done.
    async fn hand_on(&mut self) -> Flow {
        let mut act = std::mem::take(&mut self.act);
        if !self.records.is_empty() {
            let outlives = grade(&self.records);
            act.replies.await_commit(self.committer.commit(&self.records, outlives));
            self.records.clear();
            self.records.shrink_to(RECORDS_KEPT);
        }
        if act.configure.is_none() {
            std::mem::take(&mut act.replies).answer();
            if act.effects.is_empty() {
                return Flow::GoesOn;
            }
        }
        if self.acts.send(act).await.is_err() { Flow::Stops } else { Flow::GoesOn }
    }

    fn look(&self, look: Look) {
        // who asked may have gone away meanwhile: then there is nobody to tell
        match look {
            Look::View(extent, reply) => drop(reply.send(self.engine.view(extent))),
            Look::Silences(reply) => drop(reply.send(self.engine.silences())),
            Look::Silence(id, reply) => drop(reply.send(self.engine.silence(&id))),
            Look::Rules(reply) => drop(reply.send(self.engine.rule_groups())),
            Look::Decisions(count, reply) => {
                let mut last: Vec<_> = self.engine.decisions().rev().take(count).collect();
                last.reverse();
                let last = last.into_iter().map(|(number, one)| (number, Arc::clone(one)));
                drop(reply.send(last.collect()));
            }
            Look::Log(reply) => drop(reply.send(self.engine.notification_log())),
            Look::Totals(reply) => drop(reply.send(self.engine.totals().clone())),
            Look::Setup(reply) => drop(reply.send(self.engine.setup().cloned())),
        }
    }
}

/// What records are to outlive before callers are answered: nobody sends a silence again.
fn grade(records: &[Record]) -> Outlives {
    let is_of_a_silence = |record: &Record| matches!(record.key(), RecordKey::Silence(_));
    if records.iter().any(is_of_a_silence) { Outlives::Power } else { Outlives::Process }
}

/// One line for every decision; failures are logged here and nowhere else.
fn log(decision: &Decision) {
    let (group, receiver) = (&*decision.group_key, &*decision.receiver);
    match &decision.verdict {
        DecisionKind::Notify { integration, reason, total, .. } => {
            debug!(group, receiver, %integration, %reason, alerts = total, "notifying");
        }
        DecisionKind::Notified { integration, attempts: 1 } => {
            debug!(group, receiver, %integration, "notified");
        }
        DecisionKind::Notified { integration, attempts } => {
            info!(group, receiver, %integration, attempts, "notified");
        }
        DecisionKind::Retry { integration, attempt, failure, next } => {
            let error = &failure.message;
            warn!(group, receiver, %integration, attempt, error, %next, "attempt failed, trying again");
        }
        DecisionKind::Failed { integration, attempts, failure } => {
            let (error, class) = (&failure.message, failure.class.text());
            error!(group, receiver, %integration, attempts, class, error, "notification failed");
        }
        DecisionKind::Suppressed { alert, cause } => {
            debug!(group, receiver, %alert, by = cause.text(), "alert suppressed");
        }
        DecisionKind::Released { alert } => {
            debug!(group, receiver, %alert, "alert no longer suppressed");
        }
    }
}
