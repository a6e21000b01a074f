//! A seeded world that goes wrong: deliveries fail, hang, are late, are reported twice or not at
//! all; the process dies; the configuration is reloaded; alerts come and go. One seed replays
//! everything, and checkers say whether the promises held.
//!
//! ```text
//! seed -> operations -> World(engine) -> receivers' belief
//!              '------> Model (what should be believed) -> Verdict
//! ```
//!
//! The promises:
//! 1. an alert that fires undisturbed is known to its receiver within a bound;
//! 2. an alert that ended undisturbed is known as resolved, if the receiver wants to know (one
//!    that ends while it is silenced is not told of, as upstream has it);
//! 3. nothing is told twice but after a delivery in doubt (its report was lost or late, or the
//!    process died), or because the repeat interval is over;
//! 4. the same seed gives the same trace.

mod chance;
mod model;
mod receivers;
mod setup;

pub use chance::Chance;
pub use setup::{BOUND, setup};

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::drivers::world::World;
use crate::engine::Input;
use crate::label::{Labels, Matcher, Matchers};
use crate::silence::{Silence, SilenceCommand};
use crate::time::{Details, Span, Timestamp};

use model::{Fired, Silenced, check};
use receivers::Receivers;

/// When simulations begin.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// How often an alert that fires is posted again.
const REPOST_INTERVAL: Span = Span::from_mins(1);

/// One thing that happens in a simulation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Time goes by.
    Wait(Span),
    /// An alert begins to fire.
    Fire(usize),
    /// It ends.
    Resolve(usize),
    /// Some alerts are silenced.
    Silence {
        /// Which team's.
        team: usize,
        /// For how long.
        span: Span,
    },
    /// All silences end.
    Unsilence,
    /// How badly deliveries go from now on, in per cent.
    Faults(u8),
    /// The process dies and comes back.
    Crash,
    /// The configuration is loaded again.
    Reload,
    /// Nothing goes wrong and nothing changes for a while; then the promises are checked.
    Settle,
}

/// What came of a simulation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Broken promises, in words.
    pub broken: Vec<String>,
    /// What happened, line by line.
    pub trace: Vec<String>,
    /// How many messages receivers got.
    pub messages: usize,
    /// How many of them were doubles after a delivery in doubt.
    pub doubles: usize,
    /// How often the process died.
    pub crashes: usize,
}

/// How many different alerts there are.
pub const ALERTS: usize = 12;
/// How many teams they belong to.
pub const TEAMS: usize = 3;

/// The operations of a seed.
pub fn operations(seed: u64, length: usize) -> Vec<Operation> {
    let mut chance = Chance::new(seed);
    let mut operations: Vec<_> = (0..length).map(|_| operation(&mut chance)).collect();
    operations.push(Operation::Settle);
    operations
}

fn operation(chance: &mut Chance) -> Operation {
    match chance.below(100) {
        0..=29 => Operation::Wait(Span::from_millis(chance.below(90_000) as i64)),
        30..=54 => Operation::Fire(chance.below(ALERTS as u64) as usize),
        55..=74 => Operation::Resolve(chance.below(ALERTS as u64) as usize),
        75..=78 => Operation::Silence {
            team: chance.below(TEAMS as u64) as usize,
            span: Span::from_secs(60 + chance.below(600) as i64),
        },
        79..=80 => Operation::Unsilence,
        81..=88 => Operation::Faults([0, 20, 50, 90][chance.below(4) as usize]),
        89..=93 => Operation::Crash,
        94..=95 => Operation::Reload,
        _ => Operation::Settle,
    }
}

/// Runs operations in the world of a seed.
pub fn simulate(seed: u64, operations: &[Operation]) -> Verdict {
    let mut stage = Stage::new(seed);
    for (position, operation) in operations.iter().enumerate() {
        stage.trace.push(format!("{} {operation:?}", stage.world.now()));
        stage.act(position, operation);
    }
    let outside = stage.world.outside;
    let mut trace = stage.trace;
    trace.extend(outside.trace);
    Verdict {
        broken: [stage.broken, outside.broken].concat(),
        trace,
        messages: outside.messages,
        doubles: outside.doubles,
        crashes: stage.crashes,
    }
}

struct Stage {
    world: World<Receivers>,
    firing: BTreeMap<usize, (Timestamp, Timestamp)>,
    /// When each alert last changed between firing and not.
    fired: BTreeMap<usize, Fired>,
    silences: BTreeMap<Arc<str>, Silenced>,
    broken: Vec<String>,
    trace: Vec<String>,
    crashes: usize,
}

impl Stage {
    fn new(seed: u64) -> Stage {
        let receivers = Receivers::new(Chance::new(seed ^ 0x5eed));
        Stage {
            world: World::new(START, Arc::new(setup()), receivers),
            firing: BTreeMap::new(),
            fired: BTreeMap::new(),
            silences: BTreeMap::new(),
            broken: Vec::new(),
            trace: Vec::new(),
            crashes: 0,
        }
    }

    fn act(&mut self, position: usize, operation: &Operation) {
        let now = self.world.now();
        match operation {
            Operation::Wait(span) => self.run_until(now + *span),
            Operation::Fire(alert) => self.fire(now, *alert),
            Operation::Resolve(alert) => self.resolve(now, *alert),
            Operation::Silence { team, span } => self.silence(position, *team, *span),
            Operation::Unsilence => self.unsilence(),
            Operation::Faults(per_cent) => self.world.outside.faults = *per_cent,
            Operation::Crash => {
                self.crashes += 1;
                self.world.outside.lose_reports(now);
                self.world.crash();
            }
            Operation::Reload => self.world.feed(Input::Configure(Arc::new(setup()))),
            Operation::Settle => self.settle(),
        }
    }

    fn fire(&mut self, now: Timestamp, alert: usize) {
        if let Entry::Vacant(entry) = self.firing.entry(alert) {
            entry.insert((now, now + REPOST_INTERVAL));
            self.fired.insert(alert, Fired { firing: true, since: now });
            self.post(posted(alert, now, None));
        }
    }

    fn resolve(&mut self, now: Timestamp, alert: usize) {
        if let Some((starts, _)) = self.firing.remove(&alert) {
            self.fired.insert(alert, Fired { firing: false, since: now });
            self.post(posted(alert, starts, Some(now)));
        }
    }

    fn post(&mut self, alert: PostedAlert) {
        self.world.feed(Input::Alerts(vec![alert]));
    }

    fn run_until(&mut self, until: Timestamp) {
        while let Some((alert, at)) = self.next_repost().filter(|(_, at)| *at <= until) {
            self.world.run_until(at);
            if let Some((starts, next)) = self.firing.get_mut(&alert) {
                *next = at + REPOST_INTERVAL;
                let posted = posted(alert, *starts, None);
                self.post(posted);
            }
        }
        self.world.run_until(until);
    }

    fn next_repost(&self) -> Option<(usize, Timestamp)> {
        let next = self.firing.iter().map(|(alert, (_, next))| (*alert, *next));
        next.min_by_key(|(_, next)| *next)
    }

    fn silence(&mut self, position: usize, team: usize, span: Span) {
        let now = self.world.now();
        let id: Arc<str> = Arc::from(format!("silence-{position}"));
        let silenced = Silenced { team, from: now, to: now + span };
        self.silences.insert(Arc::clone(&id), silenced);
        let silence = Silence {
            id: Arc::from(""),
            matcher_sets: vec![Matchers(vec![Matcher::equal("team", &team.to_string())])],
            starts_at: now,
            ends_at: now + span,
            updated_at: now,
            created_by: "simulate".into(),
            comment: "".into(),
            annotations: Labels::empty(),
        };
        let silence = Box::new(silence);
        self.world.feed(Input::Silence(SilenceCommand::Set { silence, new_id: id }));
    }

    fn unsilence(&mut self) {
        let now = self.world.now();
        for (id, silenced) in &mut self.silences {
            silenced.to = silenced.to.min(now);
            let id = Arc::clone(id);
            self.world.feed(Input::Silence(SilenceCommand::Expire { id }));
        }
    }

    /// Ends the trouble, waits as long as the promises allow, and checks them.
    fn settle(&mut self) {
        self.unsilence();
        self.world.outside.faults = 0;
        let now = self.world.now();
        self.run_until(now + BOUND);
        let silences: Vec<_> = self.silences.values().copied().collect();
        self.broken.extend(check(now, &self.fired, &silences, &self.world.outside.belief));
    }
}

/// The labels of an alert.
pub fn labels(alert: usize) -> Labels {
    Labels::from_pairs([
        ("alertname", format!("Alert{}", alert % 4)),
        ("instance", alert.to_string()),
        ("team", (alert % TEAMS).to_string()),
    ])
}

fn posted(alert: usize, starts_at: Timestamp, ends_at: Option<Timestamp>) -> PostedAlert {
    PostedAlert {
        labels: labels(alert),
        annotations: Labels::empty(),
        starts_at: Some(starts_at),
        ends_at,
        generator_url: "".into(),
        details: Details::default(),
    }
}
