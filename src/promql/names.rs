//! When metric names go, and what happens to series that are then the same.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::fast::RandomState;

use crate::label::{Labels, METRIC_NAME};

use super::block::{Block, Head, NameFate, RowBuffer};
use super::syntax::ast::Grouping;
use super::{NameRemoval, QueryError};

/// The labels that say what a metric is, sorted; an operation that computes drops them.
pub(super) const METADATA: [&str; 3] = [METRIC_NAME, "__type__", "__unit__"];

/// Which labels an operation drops.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// Name, type and unit.
    Metadata,
    /// The name alone: the statistics of native histograms.
    Name,
}

/// What becomes of series that have the same labels.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// They fail the query.
    Fail,
    /// They become one, unless both have a value at one step.
    Join,
}

/// A label set without name, type and unit.
pub(super) fn without_metadata(labels: &Labels) -> Labels {
    if METADATA.iter().all(|name| labels.get(name).is_none()) {
        return labels.clone();
    }
    labels.filter(|name| !METADATA.contains(&name))
}

/// Drops the names of a computed block, at once or at the end of the query. Where no two series
/// can become the same, "at once" is when somebody looks: see [`materialize`].
pub(super) fn drop_names(
    block: &mut Block,
    removal: NameRemoval,
    dropped: Dropped,
    duplicates: Duplicates,
) -> Result<(), QueryError> {
    if removal == NameRemoval::Delayed {
        block.heads.iter_mut().for_each(|head| head.name = NameFate::Doomed);
        return Ok(());
    }
    if dropped == Dropped::Metadata && stay_distinct(&block.heads) {
        block.heads.iter_mut().for_each(|head| head.name = NameFate::Doomed);
        return Ok(());
    }
    for head in &mut block.heads {
        head.labels = match dropped {
            Dropped::Metadata => without_metadata(&head.labels),
            Dropped::Name => head.labels.without(METRIC_NAME),
        };
    }
    unify(block, duplicates)
}

/// Takes away the names that an operation has dropped at once.
pub(super) fn materialize(block: &mut Block) {
    for head in block.heads.iter_mut().filter(|head| head.name == NameFate::Doomed) {
        head.labels = without_metadata(&head.labels);
        head.name = NameFate::Settled;
    }
}

/// Whether an aggregation by these labels sees no difference between a name that is dropped and
/// one that is still there.
pub(super) fn ignores_metadata(grouping: &Grouping) -> bool {
    let metadata = |label: &String| METADATA.contains(&label.as_str());
    !grouping.without && !grouping.labels.iter().any(metadata)
}

/// Whether label sets that differ now differ without metadata: they all have the same.
fn stay_distinct(heads: &[Head]) -> bool {
    share_metadata(heads.iter().map(|head| &head.labels))
}

/// Whether label sets all have the same name, type and unit.
pub(super) fn share_metadata<'a>(sets: impl IntoIterator<Item = &'a Labels>) -> bool {
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else { return true };
    let first = metadata(first);
    sets.all(|labels| metadata(labels) == first)
}

/// Name, type and unit.
fn metadata(labels: &Labels) -> [Option<&str>; METADATA.len()] {
    let mut found = [None; METADATA.len()];
    for (name, value) in labels.iter().take_while(|(name, _)| *name <= METADATA[2]) {
        if let Some(index) = METADATA.iter().position(|it| *it == name) {
            found[index] = Some(value);
        }
    }
    found
}

/// Drops the names that were doomed; the last thing a query does.
pub(super) fn settle_names(block: &mut Block) -> Result<(), QueryError> {
    if block.heads.iter().all(|head| head.name == NameFate::Settled) {
        return Ok(());
    }
    materialize(block);
    unify(block, Duplicates::Join)
}

/// Makes series with equal labels one.
pub(super) fn unify(block: &mut Block, duplicates: Duplicates) -> Result<(), QueryError> {
    let mut first = HashMap::with_capacity_and_hasher(block.len(), RandomState::default());
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (index, head) in block.heads.iter().enumerate() {
        match first.entry(head.labels.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(members.len());
                members.push(vec![index]);
            }
            Entry::Occupied(_) if duplicates == Duplicates::Fail => return Err(same_labels()),
            Entry::Occupied(group) => members[*group.get()].push(index),
        }
    }
    if members.len() == block.len() {
        return Ok(());
    }
    let mut joined = Block::with_capacity(block.steps, members.len());
    let mut buffer = RowBuffer::default();
    for group in members {
        buffer.reset(block.steps);
        for index in &group {
            let row = block.row(*index);
            for step in (0..block.steps).filter(|step| row.has(*step)) {
                if buffer.row().has(step) {
                    return Err(same_labels());
                }
                buffer.set_cell(step, row.cell(step));
            }
        }
        joined.push(block.heads[group[0]].clone(), buffer.row());
    }
    *block = joined;
    Ok(())
}

/// The error of two series that are the same.
pub(super) fn same_labels() -> QueryError {
    QueryError::execution("vector cannot contain metrics with the same labelset")
}
