//! Evaluates rule groups on an embedded store, for drivers in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Evaluation;
use crate::promql::Options;
use crate::rules::foresight::{Foresight, Questions, Written};
use crate::rules::run::Elements;
use crate::rules::{Compiled, Group, GroupId, Outcome, Run, Supply, Surroundings};
use crate::sample::{Selection, Series};
use crate::source::Batch;
use crate::source::embedded::Store;
use crate::time::{Span, Timestamp};

/// How often a run may ask for series; templates that query ask again and again.
pub const FETCHES_LIMIT: usize = 1000;

/// A run that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rule group asked for series more than {FETCHES_LIMIT} times")]
pub struct Endless;

/// Compiled groups, each compiled once and kept while the group stays the same one.
#[derive(Clone, Debug, Default)]
pub struct CompiledGroups {
    by_id: BTreeMap<GroupId, Arc<Compiled>>,
}

impl CompiledGroups {
    /// Forgets the groups that are not among these.
    pub fn retain(&mut self, groups: &[Arc<Group>]) {
        self.by_id.retain(|id, _| groups.iter().any(|group| group.id == *id));
    }

    /// The group, compiled.
    pub fn get(&mut self, group: &Arc<Group>, options: &Options) -> Arc<Compiled> {
        match self.by_id.get(&group.id) {
            Some(compiled) if Arc::ptr_eq(compiled.group(), group) => Arc::clone(compiled),
            _ => {
                let compiled = Arc::new(Compiled::new(Arc::clone(group), options));
                self.by_id.insert(group.id.clone(), Arc::clone(&compiled));
                compiled
            }
        }
    }
}

/// A store and what runs on it.
#[derive(Debug)]
pub struct Evaluator {
    store: Arc<Store>,
    surroundings: Arc<Surroundings>,
    compiled: CompiledGroups,
}

impl Evaluator {
    /// An evaluator on a store.
    pub fn new(store: Arc<Store>, surroundings: Arc<Surroundings>) -> Evaluator {
        Evaluator::of(store, surroundings, CompiledGroups::default())
    }

    /// The same with groups that are compiled already, with the options of these surroundings.
    pub fn of(
        store: Arc<Store>,
        surroundings: Arc<Surroundings>,
        compiled: CompiledGroups,
    ) -> Evaluator {
        Evaluator { store, surroundings, compiled }
    }

    /// What a group's rules will find at `slots` slots from `first` on. All samples of that time
    /// that rules do not write have to be in the store.
    pub fn foresee(
        &mut self,
        group: &Arc<Group>,
        written: &Written,
        (first, step): (Timestamp, Span),
        slots: usize,
    ) -> Foresight {
        let compiled = self.compiled.get(group, &self.surroundings.options);
        let questions = Questions::new(&compiled, written, first, step, slots);
        let sets = self.store.select(&questions.needs());
        questions.answer(sets, &self.surroundings.limits)
    }

    /// Runs a group for its slot. Samples later than the slot are not seen: a store that was
    /// filled at the start holds what has not happened yet.
    pub fn evaluate(&mut self, evaluation: &Evaluation) -> Result<Outcome, Endless> {
        self.evaluate_knowing(evaluation, Vec::new())
    }

    /// The same where the answers of some rules are foreseen.
    pub fn evaluate_knowing(
        &mut self,
        evaluation: &Evaluation,
        known: Vec<Option<Elements>>,
    ) -> Result<Outcome, Endless> {
        let compiled = self.compiled.get(&evaluation.group, &self.surroundings.options);
        let (state, surroundings) = (Arc::clone(&evaluation.state), Arc::clone(&self.surroundings));
        let mut run = Run::knowing(known, compiled, state, evaluation.at, surroundings);
        for _ in 0..FETCHES_LIMIT {
            let Some(needs) = run.needs() else { return Ok(run.finish()) };
            let seen = needs.series.into_iter().map(|selection| until(selection, evaluation.at));
            run.supply(Supply::series(Ok(self.store.select(&seen.collect::<Vec<_>>()))));
        }
        Err(Endless)
    }

    /// Stores series.
    pub fn append(&mut self, series: Vec<Series>) {
        self.store.append(&batch(&series));
    }
}

/// The selection without what is later than a moment.
pub fn until(selection: Selection, moment: Timestamp) -> Selection {
    Selection { until: selection.until.min(moment), ..selection }
}

/// Series as a batch for the store.
pub fn batch(series: &[Series]) -> Batch {
    let mut batch = Batch::new();
    for one in series {
        for sample in &one.samples {
            batch.sample(sample.at, &sample.value);
        }
        batch.end(&one.labels);
    }
    batch
}
