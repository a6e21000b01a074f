//! What several queries of one run read, fetched together.
//!
//! Selections of the same series with overlapping windows are fetched once, with the window
//! that covers them:
//!
//! ```text
//! rule 0  x[5m]            slot 0  x, 1 h
//! rule 1  x[1h]            slot 1  y, lookback
//! rule 1  y        ---->
//! rule 2  x                uses    rule 0: [0]   rule 1: [0, 1]   rule 2: [0]
//! ```

use std::collections::BTreeMap;

use crate::label::{Labels, METRIC_NAME, MatchOp, Matcher, Matchers};
use crate::sample::{Sample, Selection, SeriesSet, SeriesView, Value};

use super::overlay::Overlay;

/// The start timestamp of a sample without one.
const UNKNOWN_START: i64 = 0;

/// Slots to be filled, and which query uses which.
#[derive(Default)]
pub(in crate::rules) struct Supplies {
    slots: Vec<Slot>,
    uses: Vec<Vec<usize>>,
}

struct Slot {
    selection: Selection,
    /// The one metric name that is selected, if it is one.
    name: Option<String>,
    set: SeriesSet,
    /// How much of the overlay is in the set.
    seen: usize,
}

impl Supplies {
    /// The fewest selections that cover those of all queries.
    pub(in crate::rules) fn plan(queries: &[Vec<Selection>]) -> Supplies {
        let mut alike = BTreeMap::<Series<'_>, Vec<(&Selection, usize, usize)>>::new();
        for (query, selections) in queries.iter().enumerate() {
            for (position, selection) in selections.iter().enumerate() {
                let place = (selection, query, position);
                alike.entry(series(&selection.matchers)).or_default().push(place);
            }
        }
        let uses = queries.iter().map(|selections| vec![0; selections.len()]).collect();
        let mut supplies = Supplies { slots: Vec::new(), uses };
        for places in alike.into_values() {
            supplies.cover(places);
        }
        supplies
    }

    /// Makes slots for selections of the same series.
    fn cover(&mut self, mut places: Vec<(&Selection, usize, usize)>) {
        places.sort_by_key(|(selection, query, position)| (selection.after, *query, *position));
        let first = self.slots.len();
        for (selection, query, position) in places {
            match self.slots[first..].last_mut() {
                Some(slot) if selection.after <= slot.selection.until => {
                    slot.selection.until = slot.selection.until.max(selection.until);
                }
                // what the run writes may be among the series, so none are left out
                _ => self.slots.push(Slot::new(Selection { narrowing: None, ..selection.clone() })),
            }
            self.uses[query][position] = self.slots.len() - 1;
        }
    }

    /// What is to be fetched.
    pub(in crate::rules) fn wanted(&self) -> Vec<Selection> {
        self.slots.iter().map(|slot| slot.selection.clone()).collect()
    }

    /// Whether a query reads anything at all.
    pub(super) fn is_used_by(&self, query: usize) -> bool {
        !self.uses[query].is_empty()
    }

    /// Takes in what was fetched; fails when it is not set for set what was wanted.
    pub(in crate::rules) fn fill(&mut self, sets: Vec<SeriesSet>) -> Result<(), String> {
        if sets.len() != self.slots.len() {
            let (got, wanted) = (sets.len(), self.slots.len());
            return Err(format!("the source answered {wanted} selections with {got} sets"));
        }
        for (slot, set) in self.slots.iter_mut().zip(sets) {
            slot.set = set;
        }
        Ok(())
    }

    /// How many samples were fetched.
    pub(super) fn sample_count(&self) -> usize {
        self.slots.iter().map(|slot| slot.set.sample_count()).sum()
    }

    /// Adds what the run has written so far to the sets of a query.
    pub(super) fn catch_up(&mut self, query: usize, overlay: &Overlay) {
        for index in &self.uses[query] {
            self.slots[*index].catch_up(overlay);
        }
    }

    /// Calls `run` with the sets of a query, in the order of its selections.
    pub(in crate::rules) fn lend<T>(
        &mut self,
        query: usize,
        run: impl FnOnce(&[SeriesSet]) -> T,
    ) -> T {
        let used = &self.uses[query];
        let mut lent = Vec::with_capacity(used.len());
        for (position, index) in used.iter().enumerate() {
            let set = &mut self.slots[*index].set;
            let again = used[position + 1..].contains(index);
            lent.push(if again { set.clone() } else { std::mem::take(set) });
        }
        let answer = run(&lent);
        for (index, set) in used.iter().zip(lent) {
            self.slots[*index].set = set;
        }
        answer
    }

    /// As [`Supplies::lend`], for several at a time: sets of a query that has more than one are
    /// copied.
    pub(super) fn show<T>(&self, query: usize, run: impl FnOnce(&[SeriesSet]) -> T) -> T {
        match self.uses[query].as_slice() {
            [only] => run(std::slice::from_ref(&self.slots[*only].set)),
            several => {
                let copies: Vec<SeriesSet> =
                    several.iter().map(|index| self.slots[*index].set.clone()).collect();
                run(&copies)
            }
        }
    }
}

impl Slot {
    fn new(selection: Selection) -> Slot {
        let is_name =
            |matcher: &&Matcher| *matcher.name == *METRIC_NAME && matcher.op == MatchOp::Equal;
        let name = selection.matchers.iter().find(is_name).map(|matcher| matcher.value.to_string());
        Slot { selection, name, set: SeriesSet::new(), seen: 0 }
    }

    /// Adds what was written since the last time and is selected.
    fn catch_up(&mut self, overlay: &Overlay) {
        let at = overlay.at();
        let in_window = self.selection.after < at && at <= self.selection.until;
        let fresh = overlay.after(self.seen);
        self.seen = overlay.len();
        let selected: BTreeMap<&Labels, &Value> = fresh
            .iter()
            .filter(|(labels, _)| in_window && self.selects(labels))
            .map(|(labels, value)| (labels, value))
            .collect();
        if !selected.is_empty() {
            let sample = |value: &Value| Sample { at, value: value.clone() };
            let selected = selected.into_iter().map(|(labels, value)| (labels, sample(value)));
            self.set = merged(&self.set, selected);
        }
    }

    fn selects(&self, labels: &Labels) -> bool {
        let named = self.name.as_ref().is_none_or(|name| labels.value(METRIC_NAME) == name);
        named && self.selection.matchers.matches(labels)
    }
}

/// Matchers in one order, whichever they were written in.
type Series<'a> = Vec<(&'a str, MatchOp, &'a str)>;

fn series(matchers: &Matchers) -> Series<'_> {
    let mut series: Series<'_> =
        matchers.iter().map(|matcher| (&*matcher.name, matcher.op, &*matcher.value)).collect();
    series.sort_unstable();
    series
}

/// The set with one more sample for each of these series, which are sorted by labels.
fn merged<'a>(
    set: &SeriesSet,
    samples: impl IntoIterator<Item = (&'a Labels, Sample)>,
) -> SeriesSet {
    let mut samples = samples.into_iter().peekable();
    let mut merged = SeriesSet::new();
    for view in set.iter() {
        while let Some((labels, sample)) = samples.next_if(|(labels, _)| *labels < view.labels) {
            merged.push(labels.clone(), [sample]);
        }
        match samples.next_if(|(labels, _)| *labels == view.labels) {
            Some((_, sample)) => push_with(&mut merged, view, sample),
            None => push_view(&mut merged, view),
        }
    }
    for (labels, sample) in samples {
        merged.push(labels.clone(), [sample]);
    }
    merged
}

fn push_view(set: &mut SeriesSet, view: SeriesView<'_>) {
    if view.histograms.is_empty() {
        set.push_floats(view.labels.clone(), view.times, view.values);
    } else {
        set.push(view.labels.clone(), (0..view.times.len()).map(|index| view.sample(index)));
    }
    if !view.starts.is_empty() {
        set.set_last_starts(view.starts);
    }
}

/// Appends a series with a sample put in where its time is; a sample that is there stays.
fn push_with(set: &mut SeriesSet, view: SeriesView<'_>, sample: Sample) {
    let Err(place) = view.times.binary_search(&sample.at.millis()) else {
        return push_view(set, view);
    };
    let before = (0..place).map(|index| view.sample(index));
    let after = (place..view.times.len()).map(|index| view.sample(index));
    set.push(view.labels.clone(), before.chain([sample]).chain(after));
    if !view.starts.is_empty() {
        let mut starts = view.starts.to_vec();
        starts.insert(place, UNKNOWN_START);
        set.set_last_starts(&starts);
    }
}

#[cfg(test)]
mod tests;
