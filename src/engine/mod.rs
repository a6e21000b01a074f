//! The deterministic engine: `step(now, input) -> Step { records, effects, wake }`.
//!
//! ```text
//!            Evaluated            Alerts      Silence        Delivered      Wake
//!                |                  |            |               |           |
//!            [evaluate] --alerts--> [intake]  [silences]     [deliver] <--- [flush] <--- due groups
//!                |                  |            |               |           |
//!             Append              groups       Reply       log, retry     Deliver
//! ```
//!
//! The engine is a function of the sequence of inputs and their times: it reads no clock, makes
//! no random number, and iterates in order only. Everything it wants kept is a [`Record`],
//! everything it wants done an [`Effect`], and it says when it wants to be called again.

mod configure;
mod decision;
mod deliver;
mod destination;
mod durations;
mod effect;
mod ending;
mod evaluate;
mod event;
mod flush;
mod groups;
mod input;
mod intake;
mod maintain;
mod origin;
mod record;
mod rest;
mod restore;
mod schedule;
pub mod setup;
mod suppress;
mod tally;
pub mod telemetry;
pub mod upkeep;
pub mod view;

pub use decision::{ALERTS_NAMED, Decision, DecisionKind, Suppression};
pub use effect::{Effect, Evaluation, Step, Wake, WakeReason};
pub use event::{Event, EventGroup, EventKind, Told};
pub use input::Input;
pub use origin::{ORIGINS_LIMIT, Passage, PassageKind};
pub use record::{GroupKey, GroupTimer, Record, RecordKey, RecordValue, RuleAlertKey};
pub use setup::{Notification, Setup};
pub use upkeep::Upkeep;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::alerts;
use crate::inhibit::Inhibitor;
use crate::notify::{DeliveryId, Log};
use crate::route::Tree;
use crate::rules::GroupId;
use crate::silence::Silences;
use crate::time::{Span, Timestamp};
use crate::trace::TraceContext;

use destination::Destinations;
use evaluate::RuleGroup;
use groups::{GroupNumber, Groups};
use restore::Restored;
use schedule::{Due, Schedule};

/// How many decisions are kept; older ones are forgotten, one for each new one.
pub const DECISIONS_LIMIT: usize = 10_000;
/// How long a group's evaluation may take before it is given up.
pub const EVALUATION_TIMEOUT: Span = Span::from_mins(5);
/// How long after an attempt's deadline its report is waited for.
pub const RECEIPT_GRACE: Span = Span::from_secs(1);
/// A flush may take at least this long, however short the group's interval.
/// (Source: Alertmanager, `notify.MinTimeout`.)
pub const SHORTEST_FLUSH: Span = Span::from_secs(10);

/// The engine. See the module's documentation.
#[derive(Default)]
pub struct Engine {
    now: Timestamp,
    setup: Option<Arc<Setup>>,
    // what views share is cloned only when it changes while somebody looks at it
    tree: Arc<Tree>,
    destinations: Destinations,
    alerts: Arc<alerts::Store>,
    admission: alerts::Admission<GroupNumber>,
    inhibitor: Arc<Inhibitor>,
    silences: Arc<Silences>,
    log: Log,
    groups: Groups,
    /// Those whose next slots go by without a flush.
    resting: BTreeSet<GroupNumber>,
    /// The moment at which evaluations were started last: their outcome belongs before what else
    /// is due at it.
    evaluated_at: Option<Timestamp>,
    deliveries: BTreeMap<DeliveryId, (GroupNumber, usize)>,
    next_delivery: u64,
    rule_groups: BTreeMap<GroupId, RuleGroup>,
    ending: Vec<ending::Ending>,
    schedule: Schedule,
    decisions: VecDeque<(u64, Arc<Decision>)>,
    next_decision: u64,
    restored: Restored,
    totals: view::Totals,
    /// How many groups were made so far.
    incarnations: u64,
    /// What the input of this step came of.
    origin: Option<TraceContext>,
}

impl Engine {
    /// An engine that knows nothing yet.
    pub fn new() -> Engine {
        Engine::default()
    }

    /// Advances to `now` and takes `input` in. A `now` before the last one counts as the last
    /// one. Calls that were not asked for do no harm.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Step {
        self.now = self.now.max(now);
        let now = self.now;
        let mut step = Step::default();
        let (origin, input) = input.untraced();
        self.origin = origin;
        match input {
            Input::Configure(setup) => self.configure(now, setup, &mut step),
            Input::Restore(records) => self.restore(now, records),
            Input::Evaluated(outcome) => self.take_outcome(now, outcome, &mut step),
            Input::Alerts(posted) => self.take_alerts(now, posted, &mut step),
            Input::Silence(command) => self.take_silence(now, command, &mut step),
            Input::Delivered(receipt) => self.take_receipt(now, receipt, &mut step),
            Input::Merge(records) => self.merge(now, records, &mut step),
            Input::Wake | Input::Traced(..) => self.do_what_is_due(now, &mut step),
        }
        step.wake = self.schedule.wake();
        step
    }

    /// Does everything that is due, but stops behind evaluations: their outcome belongs before
    /// what else is due at the same moment, and a driver in virtual time has it at once.
    fn do_what_is_due(&mut self, now: Timestamp, step: &mut Step) {
        let mut evaluations = false;
        self.evaluated_at = None;
        while let Some((at, due)) = self.schedule.pop(now) {
            if evaluations && !matches!(due, Due::Evaluate(_)) {
                self.schedule.add(at, due);
                return;
            }
            match due {
                Due::Evaluate(id) => {
                    self.start_evaluation(now, at, &id, step);
                    evaluations = true;
                    self.evaluated_at = Some(now);
                }
                Due::EvaluationOverdue(id) => self.give_up_evaluation(&id),
                Due::EndSeries => self.mark_ended(now, step),
                Due::DeliveryOverdue(id) => self.give_up_delivery(now, id, step),
                Due::Retry(group, integration) => self.attempt(now, group, integration, step),
                Due::GroupWait(group) | Due::GroupInterval(group) => self.flush(now, group, step),
                Due::Maintenance => self.maintain(now, step),
                Due::Collection => self.collect(now, step),
            }
        }
    }

    fn decide(&mut self, decision: Decision, step: &mut Step) {
        let (number, decision) = (self.next_decision, Arc::new(decision));
        self.next_decision += 1;
        let key = RecordKey::Decision(number);
        step.records.push(Record::Put(key, RecordValue::Decision(Arc::clone(&decision))));
        self.decisions.push_back((number, decision));
        while self.decisions.len() > DECISIONS_LIMIT {
            if let Some((oldest, _)) = self.decisions.pop_front() {
                step.records.push(Record::Forget(RecordKey::Decision(oldest)));
            }
        }
    }
}

#[cfg(test)]
mod tests;
