//! Groups run in virtual time against series in memory.

mod alerts;
mod guide;
mod templates;
mod ways;
mod writing;

use std::collections::BTreeMap;

use super::*;
use crate::label::{ALERT_NAME, METRIC_NAME};
use crate::rules::tests::{alert, group, minute, record, surroundings};
use crate::rules::{AlertState, Group, Health, Restoration};
use crate::sample::{Sample, Selection, Series, SeriesSet, Value, is_stale};

/// A group, what it remembers, and the series it reads and writes.
struct World {
    compiled: Arc<Compiled>,
    surroundings: Surroundings,
    state: GroupState,
    samples: BTreeMap<Labels, BTreeMap<Timestamp, Value>>,
    /// What each fetch of the last run asked for.
    fetches: Vec<Vec<Selection>>,
    /// When not empty, every fetch fails with it.
    outage: &'static str,
}

impl World {
    fn new(group: Group) -> World {
        let state = GroupState::new(&group);
        World {
            compiled: Arc::new(Compiled::new(Arc::new(group), &Options::default())),
            surroundings: surroundings(),
            state,
            samples: BTreeMap::new(),
            fetches: Vec::new(),
            outage: "",
        }
    }

    /// Stores a sample of `name{i="instance"}`.
    fn put(&mut self, name: &str, instance: &str, at: Timestamp, value: f64) {
        let labels = Labels::from_pairs([(METRIC_NAME, name), ("i", instance)]);
        self.samples.entry(labels).or_default().insert(at, Value::Float(value));
    }

    /// Stores samples at one moment: `up a=1 b=0`.
    fn push(&mut self, at: Timestamp, text: &str) {
        let mut words = text.split_whitespace();
        let name = words.next().unwrap();
        for word in words {
            let (instance, value) = word.split_once('=').unwrap();
            self.put(name, instance, at, value.parse().unwrap());
        }
    }

    /// Runs the group, stores what it writes, and remembers.
    fn tick(&mut self, at: Timestamp) -> Outcome {
        let surroundings = Arc::new(self.surroundings.clone());
        let state = Arc::new(self.state.clone());
        let mut run = Run::new(Arc::clone(&self.compiled), state, at, surroundings);
        self.fetches.clear();
        while let Some(needs) = run.needs() {
            assert_eq!(run.needs().as_ref(), Some(&needs));
            run.supply(Supply::series(self.fetch(&needs.series)));
            self.fetches.push(needs.series);
        }
        let outcome = run.finish();
        self.take(&outcome);
        outcome
    }

    /// Stores what an outcome writes, and remembers.
    fn take(&mut self, outcome: &Outcome) {
        for series in &outcome.series {
            let stored = self.samples.entry(series.labels.clone()).or_default();
            for sample in &series.samples {
                stored.entry(sample.at).or_insert_with(|| sample.value.clone());
            }
        }
        self.state = outcome.state.clone();
    }

    fn fetch(&self, selections: &[Selection]) -> Result<Vec<SeriesSet>, String> {
        if self.outage.is_empty() {
            Ok(selections.iter().map(|selection| self.select(selection)).collect())
        } else {
            Err(self.outage.to_owned())
        }
    }

    fn select(&self, selection: &Selection) -> SeriesSet {
        let selected = self.samples.iter().filter(|(labels, _)| selection.matchers.matches(labels));
        SeriesSet::from_series(selected.filter_map(|(labels, stored)| {
            let within = |at: &Timestamp| selection.after < *at && *at <= selection.until;
            let within = stored.iter().filter(|(at, _)| within(at));
            let samples: Vec<_> =
                within.map(|(at, value)| Sample { at: *at, value: value.clone() }).collect();
            (!samples.is_empty()).then(|| Series { labels: labels.clone(), samples })
        }))
    }
}

/// The series of an outcome, one a line: labels, value or `stale`, and the minute unless it is
/// the slot.
fn written(outcome: &Outcome) -> Vec<String> {
    let line = |series: &Series| {
        let Sample { at, value } = &series.samples[0];
        let value = match value {
            Value::Float(value) if is_stale(*value) => "stale".to_owned(),
            Value::Float(value) => value.to_string(),
            Value::Histogram(_) => "histogram".to_owned(),
        };
        let minute = at.millis() / 60_000;
        let when = if *at == outcome.at { String::new() } else { format!(" @{minute}") };
        format!("{}{} {value}{when}", series.labels.value(METRIC_NAME), rest(&series.labels))
    };
    outcome.series.iter().map(line).collect()
}

/// Labels without the metric's and the alert's name; nothing when there are none.
fn rest(labels: &Labels) -> String {
    let rest = labels.filter(|name| name != METRIC_NAME && name != ALERT_NAME);
    if rest.is_empty() { String::new() } else { rest.to_string() }
}

/// The health of the rules: empty for good ones.
fn healths(outcome: &Outcome) -> Vec<String> {
    let text = |rule: &RuleState| match &rule.health {
        Health::Unknown => panic!("not evaluated"),
        Health::Good => String::new(),
        Health::Failed(reason) => reason.clone(),
    };
    outcome.state.rules.iter().map(text).collect()
}
