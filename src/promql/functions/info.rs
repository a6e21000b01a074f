//! `info`: adds the labels of info series (`target_info`) to series of the same target.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::label::{Labels, METRIC_NAME};
use crate::promql::block::{Block, Cell, Head, RowBuffer};
use crate::promql::names::same_labels;
use crate::promql::plan::InfoSelector;
use crate::promql::select::{first_after, is_stale_at};
use crate::promql::{Grid, QueryError};
use crate::sample::SeriesSet;

/// The labels that tell which target a series is of.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// Adds labels to the series of a vector; series that are info series themselves pass.
pub(in crate::promql) fn info(
    block: &Block,
    infos: &SeriesSet,
    selector: &InfoSelector,
    grid: &Grid,
    lookback: i64,
) -> Result<Block, QueryError> {
    let joining = Joining { infos, selector, grid, lookback };
    let is_info = |head: &Head| {
        let names = &selector.names;
        let name = head.labels.value(METRIC_NAME);
        names.iter().all(|matcher| matcher.matches(name))
    };
    let base: Vec<&Head> = block.heads.iter().filter(|head| !is_info(head)).collect();
    let candidates = joining.by_target(&base);
    let times = joining.sample_times(&candidates)?;
    let mut results = Results { rows: Vec::new(), slots: HashMap::new() };
    for (head, row) in block.rows() {
        let found = if is_info(head) { None } else { Some(candidates.get(&target(&head.labels))) };
        for step in (0..block.steps).filter(|step| row.has(*step)) {
            let labels = match found {
                None => Some(head.labels.clone()),
                Some(found) => {
                    let found = found.map(Vec::as_slice).unwrap_or_default();
                    joining.enriched(&head.labels, found, &times, step)?
                }
            };
            if let Some(labels) = labels {
                let head = Head { labels, name: head.name };
                results.store(head, block.steps, step, row.cell(step))?;
            }
        }
    }
    let mut result = Block::with_capacity(block.steps, results.rows.len());
    results.rows.into_iter().for_each(|(head, buffer)| result.push(head, buffer.row()));
    Ok(result)
}

fn target(labels: &Labels) -> [String; 2] {
    IDENTIFYING.map(|name| labels.value(name).to_owned())
}

struct Joining<'a> {
    infos: &'a SeriesSet,
    selector: &'a InfoSelector,
    grid: &'a Grid,
    lookback: i64,
}

/// By target the info series, by their index.
type Candidates = HashMap<[String; 2], Vec<usize>>;

impl Joining<'_> {
    /// Info series that could belong to one of the series.
    fn by_target(&self, base: &[&Head]) -> Candidates {
        let known = IDENTIFYING.map(|name| {
            let values = base.iter().map(|head| head.labels.value(name));
            values.filter(|value| !value.is_empty()).collect::<HashSet<_>>()
        });
        let mut candidates = Candidates::new();
        if known.iter().all(HashSet::is_empty) {
            return candidates;
        }
        for index in 0..self.infos.len() {
            let labels = self.infos.series(index).labels;
            let fits = |(name, known): (&str, &HashSet<&str>)| {
                known.is_empty() || known.contains(labels.value(name))
            };
            if IDENTIFYING.into_iter().zip(&known).all(fits) {
                candidates.entry(target(labels)).or_default().push(index);
            }
        }
        candidates
    }

    /// For each candidate and step the time of the sample that is valid then.
    fn sample_times(
        &self,
        candidates: &Candidates,
    ) -> Result<HashMap<usize, Vec<Option<i64>>>, QueryError> {
        let indexes = candidates.values().flatten();
        indexes.map(|index| Ok((*index, self.times_of(*index)?))).collect()
    }

    fn times_of(&self, index: usize) -> Result<Vec<Option<i64>>, QueryError> {
        let view = self.infos.series(index);
        let valid = |step: usize| {
            let at = self.selector.moment.of(self.grid.millis(step));
            let Some(newest) = first_after(view.times, at).checked_sub(1) else { return Ok(None) };
            let time = view.times[newest];
            let fresh = time > at.saturating_sub(self.lookback) && !is_stale_at(&view, newest);
            if fresh && matches!(view.histograms.get(newest), Some(Some(_))) {
                let labels = view.labels;
                return Err(QueryError::execution(format!(
                    "this should be an info metric, with float samples: {labels}"
                )));
            }
            Ok(fresh.then_some(time))
        };
        (0..self.grid.steps()).map(valid).collect()
    }

    /// The labels of a series at a step, or nothing if an info series is required and missing.
    fn enriched(
        &self,
        labels: &Labels,
        candidates: &[usize],
        times: &HashMap<usize, Vec<Option<i64>>>,
        step: usize,
    ) -> Result<Option<Labels>, QueryError> {
        let mut newest = BTreeMap::<&str, (i64, usize)>::new();
        for index in candidates {
            let Some(time) = times.get(index).and_then(|times| times[step]) else { continue };
            let name = self.infos.series(*index).labels.value(METRIC_NAME);
            match newest.get(name) {
                Some((other, existing)) if *other == time => {
                    return Err(self.twice(*existing, *index, time));
                }
                Some((other, _)) if *other > time => {}
                _ => {
                    newest.insert(name, (time, *index));
                }
            }
        }
        let data = &self.selector.data;
        if newest.is_empty() {
            let optional = data.iter().all(|matcher| matcher.matches(""));
            return Ok(optional.then(|| labels.clone()));
        }
        let mut added = BTreeMap::new();
        for (_, index) in newest.values() {
            for (name, value) in self.infos.series(*index).labels.iter() {
                let wanted = data.0.is_empty() || data.iter().any(|matcher| *matcher.name == *name);
                if name == METRIC_NAME || !wanted || labels.get(name).is_some() {
                    continue;
                }
                if *added.entry(name).or_insert(value) != value {
                    return Err(QueryError::execution(format!("conflicting label: {name}")));
                }
            }
        }
        let mut edit = labels.edit();
        for (name, value) in added {
            edit.set(name, value);
        }
        Ok(Some(edit.build()))
    }

    fn twice(&self, existing: usize, new: usize, time: i64) -> QueryError {
        let [existing, new] = [existing, new].map(|index| self.infos.series(index).labels);
        QueryError::execution(format!(
            "found duplicate series for info metric: existing {existing} @ {time}, new {new} @ {time}"
        ))
    }
}

struct Results {
    rows: Vec<(Head, RowBuffer)>,
    slots: HashMap<Labels, usize>,
}

impl Results {
    fn store(
        &mut self,
        head: Head,
        steps: usize,
        step: usize,
        cell: Cell<'_>,
    ) -> Result<(), QueryError> {
        let slot = *self.slots.entry(head.labels.clone()).or_insert_with(|| {
            let mut buffer = RowBuffer::default();
            buffer.reset(steps);
            self.rows.push((head, buffer));
            self.rows.len() - 1
        });
        let buffer = &mut self.rows[slot].1;
        if buffer.row().has(step) {
            return Err(same_labels());
        }
        buffer.set_cell(step, cell);
        Ok(())
    }
}
