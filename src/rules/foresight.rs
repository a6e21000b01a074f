//! What rules will answer at the coming slots, asked at once.
//!
//! ```text
//! slots       0m 1m 2m ... 63m
//! x > 5       one query over all of them --take(slot)--> Run::knowing
//! ALERTS > 0  reads what rules write: asked by each Run
//! ```
//!
//! Only where the samples of those slots are there already: unit tests and backtests. A rule is
//! foreseen when it reads nothing that rules write and nothing ahead of its slot; one whose query
//! fails over many slots is left to the runs, which tell of each slot alone.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use crate::label::{METRIC_NAME, MatchOp, Matcher};
use crate::promql::{AnswerValue, Grid, Limits};
use crate::sample::{Selection, SeriesSet};
use crate::time::{Span, Timestamp};

use super::alerting::{ALERTS, ALERTS_FOR_STATE};
use super::run::Elements;
use super::run::supplies::Supplies;
use super::{Compiled, Group, RuleKind};

/// The metrics that the rules of some groups write.
#[derive(Clone, Debug, Default)]
pub struct Written(BTreeSet<String>);

impl Written {
    /// What these groups write.
    pub fn by<'a>(groups: impl IntoIterator<Item = &'a Group>) -> Written {
        let rules = groups.into_iter().flat_map(|group| &group.rules);
        let mut names: BTreeSet<String> = rules
            .filter(|rule| matches!(rule.kind, RuleKind::Recording(_)))
            .map(|rule| rule.name().to_owned())
            .collect();
        names.extend([ALERTS.to_owned(), ALERTS_FOR_STATE.to_owned()]);
        Written(names)
    }

    /// Whether a selection surely has nothing of it.
    fn is_apart_from(&self, selection: &Selection) -> bool {
        let names =
            |matcher: &&Matcher| *matcher.name == *METRIC_NAME && matcher.op == MatchOp::Equal;
        selection.matchers.iter().find(names).is_some_and(|name| !self.0.contains(&*name.value))
    }
}

/// The answers of a group's rules at the coming slots.
#[derive(Debug, Default)]
pub struct Foresight {
    /// By rule, from the next slot on; `None` of rules that are not foreseen.
    answers: Vec<Option<VecDeque<Elements>>>,
    next: Timestamp,
    step: Span,
}

/// The questions of a [`Foresight`].
pub struct Questions<'a> {
    compiled: &'a Compiled,
    grid: Grid,
    supplies: Supplies,
    foreseen: Vec<bool>,
}

impl<'a> Questions<'a> {
    /// What is to be asked for `slots` slots from `first` on, `step` apart.
    pub fn new(
        compiled: &'a Compiled,
        written: &Written,
        first: Timestamp,
        step: Span,
        slots: usize,
    ) -> Questions<'a> {
        let offset = compiled.group().query_offset;
        let last = first + step.times(i64::try_from(slots).unwrap_or(i64::MAX).saturating_sub(1));
        let grid = Grid::range(first - offset, last - offset, step);
        let causal = offset >= Span::ZERO && !grid.is_instant() && slots > 1;
        let needs = compiled.rules.iter().map(|rule| {
            let query = rule.query.as_ref().ok().filter(|query| causal && query.is_causal())?;
            let needs = query.needs(&grid).ok()?;
            needs.iter().all(|one| written.is_apart_from(one)).then_some(needs)
        });
        let needs: Vec<Option<Vec<Selection>>> = needs.collect();
        let foreseen = needs.iter().map(Option::is_some).collect();
        let needs: Vec<_> = needs.into_iter().map(Option::unwrap_or_default).collect();
        Questions { compiled, grid, supplies: Supplies::plan(&needs), foreseen }
    }

    /// What has to be fetched.
    pub fn needs(&self) -> Vec<Selection> {
        self.supplies.wanted()
    }

    /// Answers with what was fetched, set for set. Nothing is foreseen when the sets do not fit.
    pub fn answer(mut self, sets: Vec<SeriesSet>, limits: &Limits) -> Foresight {
        let grid = self.grid;
        let fits = self.supplies.fill(sets).is_ok();
        let mut answers = Vec::with_capacity(self.foreseen.len());
        for (index, foreseen) in self.foreseen.iter().enumerate() {
            let query = self.compiled.rules[index].query.as_ref().ok();
            let answer = query.filter(|_| *foreseen && fits).and_then(|query| {
                let run = |sets: &[SeriesSet]| query.run(&grid, sets, limits);
                self.supplies.lend(index, run).ok()
            });
            answers.push(answer.and_then(|answer| by_slot(&grid, answer.value)));
        }
        let next = grid.start + self.compiled.group().query_offset;
        Foresight { answers, next, step: grid.step }
    }
}

impl Foresight {
    /// The answers at a slot, by rule, for [`super::Run::knowing`]. Slots are taken in order;
    /// of one that was not asked for nothing is known.
    pub fn take(&mut self, slot: Timestamp) -> Vec<Option<Elements>> {
        if slot != self.next {
            return Vec::new();
        }
        self.next = self.next + self.step;
        self.answers.iter_mut().map(|rule| rule.as_mut()?.pop_front()).collect()
    }
}

/// A range query's answer as the elements of each of its moments.
fn by_slot(grid: &Grid, answer: AnswerValue) -> Option<VecDeque<Elements>> {
    let AnswerValue::Matrix(set) = answer else { return None };
    let mut slots: VecDeque<Elements> = vec![Elements::new(); grid.steps()].into();
    for view in set.iter() {
        for index in 0..view.times.len() {
            let sample = view.sample(index);
            let since = (sample.at - grid.start).millis() / grid.step.millis().max(1);
            let slot = slots.get_mut(usize::try_from(since).ok()?)?;
            slot.push((view.labels.clone(), sample.value));
        }
    }
    Some(slots)
}

#[cfg(test)]
mod tests;
