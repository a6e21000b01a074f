//! The virtual-time loop that the tests, the backtest and the simulator share: it owns the
//! clock, keeps the records, and jumps from one due moment to the next.
//!
//! ```text
//!            .---- now = next due moment ----.
//!            v                               |
//!   inputs -> Engine::step -> records -> durable map
//!            ^             -> effects -> Outside: deliver, evaluate, append, reply
//!            '--- outcomes at once, reports when they are due ---'
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::engine::{
    Effect, Engine, Evaluation, Input, Record, RecordKey, RecordValue, Setup, Step, Wake,
};
use crate::notify::{Delivery, Receipt, Verdict};
use crate::rules::Outcome;
use crate::sample::Series;
use crate::silence::SilenceError;
use crate::time::{Span, Timestamp};

/// The world outside of the engine, as a test or a simulation makes it up.
pub trait Outside {
    /// An attempt is made. Reports come back after their spans; none means that it is lost.
    fn deliver(&mut self, now: Timestamp, delivery: &Delivery) -> Vec<(Span, Verdict)>;

    /// A rule group is evaluated; no outcome means that it never answers.
    fn evaluate(&mut self, now: Timestamp, evaluation: &Evaluation) -> Option<Outcome>;

    /// Series are stored.
    fn append(&mut self, now: Timestamp, series: Vec<Series>);

    /// Records have become durable.
    fn committed(&mut self, _records: &[Record]) {}

    /// A silence command is answered.
    fn reply(&mut self, now: Timestamp, reply: Result<Arc<str>, SilenceError>);
}

/// What happens when a batch of records is committed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The process lives on.
    Lives,
    /// It dies after the batch of this number (from 0) is durable, before its effects start.
    DiesAfter(u64),
}

/// The engine in virtual time.
pub struct World<O> {
    /// Everything outside.
    pub outside: O,
    engine: Engine,
    now: Timestamp,
    setup: Arc<Setup>,
    durable: BTreeMap<RecordKey, RecordValue>,
    inbox: VecDeque<Input>,
    reports: BTreeMap<(Timestamp, u64), Receipt>,
    reports_made: u64,
    batches: u64,
    fate: Fate,
    wake: Option<Wake>,
}

impl<O: Outside> World<O> {
    /// A world that begins at `now` with a configuration in force.
    pub fn new(now: Timestamp, setup: Arc<Setup>, outside: O) -> World<O> {
        World::with_fate(now, setup, outside, Fate::Lives)
    }

    /// A world whose process may die once, and come back at once.
    pub fn with_fate(now: Timestamp, setup: Arc<Setup>, outside: O, fate: Fate) -> World<O> {
        let mut world = World {
            outside,
            engine: Engine::new(),
            now,
            setup: Arc::clone(&setup),
            durable: BTreeMap::new(),
            inbox: VecDeque::new(),
            reports: BTreeMap::new(),
            reports_made: 0,
            batches: 0,
            fate,
            wake: None,
        };
        world.feed(Input::Configure(setup));
        world
    }

    /// The clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The engine, to look at.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many batches of records have been committed.
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// What is durable.
    pub fn durable(&self) -> &BTreeMap<RecordKey, RecordValue> {
        &self.durable
    }

    /// Gives the engine an input now.
    pub fn feed(&mut self, input: Input) {
        if let Input::Configure(setup) = &input {
            self.setup = Arc::clone(setup);
        }
        self.inbox.push_back(input);
        self.drain();
    }

    /// Runs until nothing is due up to and including `until`, and sets the clock to it.
    pub fn run_until(&mut self, until: Timestamp) {
        while let Some(next) = self.next_due().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            match self.reports.first_key_value() {
                // a report that arrives when something is due comes first, as in the live
                // driver, where the timer is looked at when nothing else is left to do
                Some(((at, _), _)) if *at <= self.now => {
                    if let Some((_, receipt)) = self.reports.pop_first() {
                        self.inbox.push_back(Input::Delivered(receipt));
                    }
                }
                _ => self.inbox.push_back(Input::Wake),
            }
            self.drain();
        }
        self.now = self.now.max(until);
    }

    /// The next moment at which anything happens by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        let report = self.reports.keys().next().map(|(at, _)| *at);
        let wake = self.wake.map(|wake| wake.at.max(self.now));
        [report, wake].into_iter().flatten().min()
    }

    /// The process dies and comes back: what was not durable is gone, reports that were on
    /// their way are lost, the engine is made anew from the records.
    pub fn crash(&mut self) {
        self.reports.clear();
        self.inbox.clear();
        self.wake = None;
        self.engine = Engine::new();
        let put =
            |(key, value): (&RecordKey, &RecordValue)| Record::Put(key.clone(), value.clone());
        let records = self.durable.iter().map(put).collect();
        self.inbox.push_back(Input::Restore(records));
        self.inbox.push_back(Input::Configure(Arc::clone(&self.setup)));
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(input) = self.inbox.pop_front() {
            let step = self.engine.step(self.now, input);
            self.wake = step.wake;
            if self.commit(&step) == Life::Ends {
                self.crash();
                return;
            }
            for effect in step.effects {
                self.act(effect);
            }
        }
    }

    fn commit(&mut self, step: &Step) -> Life {
        if step.records.is_empty() {
            return Life::GoesOn;
        }
        for record in &step.records {
            match record {
                Record::Put(key, value) => self.durable.insert(key.clone(), value.clone()),
                Record::Forget(key) => self.durable.remove(key),
            };
        }
        self.outside.committed(&step.records);
        let batch = self.batches;
        self.batches += 1;
        if self.fate == Fate::DiesAfter(batch) { Life::Ends } else { Life::GoesOn }
    }

    fn act(&mut self, effect: Effect) {
        match effect {
            Effect::Evaluate(evaluation) => {
                let outcome = self.outside.evaluate(self.now, &evaluation);
                self.inbox.extend(outcome.map(Input::Evaluated));
            }
            Effect::Deliver(delivery) => {
                for (after, verdict) in self.outside.deliver(self.now, &delivery) {
                    let receipt = Receipt { delivery: delivery.id, verdict };
                    self.reports.insert((self.now + after, self.reports_made), receipt);
                    self.reports_made += 1;
                }
            }
            Effect::Append(series) => self.outside.append(self.now, series),
            // nobody is out there in virtual time
            Effect::Forward(_) | Effect::Note(_) | Effect::Pass(_) => {}
            Effect::Reply(reply) => self.outside.reply(self.now, reply),
        }
    }
}

/// Whether the process survives a commit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Life {
    GoesOn,
    Ends,
}
