//! The engine with its surroundings: takes requests, steps, commits, and passes on what is to be
//! done. Who calls it is the business of [`super::desk`].

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::{self, OwnedPermit};
use tokio::sync::oneshot;
use tracing::{debug, error, info, warn};

use crate::engine::{
    Decision, DecisionKind, Effect, Engine, Input, Record, RecordKey, RecordValue, Setup, Step,
    Wake, WakeReason,
};
use crate::state::{Committer, Outlives};
use crate::time::Timestamp;

use super::Clock;
use super::effort::Efforts;
use super::handle::{Gone, Look, Request, SilenceAnswer};
use super::reply::Replies;

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
    acts: mpsc::Sender<Act>,
    efforts: Arc<Efforts>,
    wake: Option<Wake>,
    /// Until when the keeper of the desk sleeps.
    keeper_sleeps_until: Option<Timestamp>,
    flow: Flow,
    records: Vec<Record>,
    act: Act,
}

/// Whether the core goes on.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Flow {
    GoesOn,
    Stops,
}

impl Core {
    pub(super) fn new(
        engine: Engine,
        clock: Arc<Clock>,
        committer: Arc<Committer>,
        efforts: Arc<Efforts>,
        acts: mpsc::Sender<Act>,
    ) -> Core {
        Core {
            engine,
            clock,
            committer,
            acts,
            efforts,
            wake: None,
            keeper_sleeps_until: None,
            flow: Flow::GoesOn,
            records: Vec::new(),
            act: Act::default(),
        }
    }

    pub(super) fn flow(&self) -> Flow {
        self.flow
    }

    /// Room to pass on what comes of steps, if there is some.
    pub(super) fn room(&self) -> Option<OwnedPermit<Act>> {
        self.acts.clone().try_reserve_owned().ok()
    }

    /// Whether something is due before the keeper wakes up.
    pub(super) fn is_due_before_keeper_wakes(&self) -> bool {
        let until = self.keeper_sleeps_until;
        self.wake.is_some_and(|wake| until.is_none_or(|until| wake.at < until))
    }

    /// The keeper sleeps until something is due, which this says.
    pub(super) fn keeper_sleeps(&mut self) -> Option<Wake> {
        self.keeper_sleeps_until = self.wake.map(|wake| wake.at);
        self.wake
    }

    /// Does what is due by now, if anything is.
    pub(super) fn do_what_is_due(&mut self) {
        if self.wake.is_some_and(|wake| wake.at <= self.clock.now()) {
            self.step(Input::Wake);
        }
    }

    /// Takes a request in; looks are answered at once.
    pub(super) fn take(&mut self, request: Request) {
        match request {
            Request::Input(input) => self.step(input),
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
            Request::Stop => self.flow = Flow::Stops,
        }
    }

    fn step(&mut self, input: Input) {
        let step = self.advance(input);
        self.keep(step, None);
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

    /// Commits what the steps since the last time want kept, and passes on what they want done.
    pub(super) fn hand_on(&mut self, room: OwnedPermit<Act>) {
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
                return;
            }
        }
        room.send(act);
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
