//! Aggregations: many series to one per group, or some series of each group.

mod count_values;
mod histogram;
mod ranked;

pub(super) use count_values::count_values;

use std::collections::HashMap;

use crate::label::{Labels, METRIC_NAME};

use super::QueryError;
use super::annotation::Annotations;
use super::block::{ABSENT, Block, Head, NameFate, Row, is_absent};
use super::column::Column;
use super::kernels::kahan::{Mean, Sum};
use super::kernels::order::quantile;
use super::kernels::spread::Welford;
use super::number::format_g;
use super::syntax::ast::{AggregateOp, Grouping, PositionRange};

/// Where the parts of an aggregation stand.
#[derive(Copy, Clone, Debug)]
pub(super) struct Places {
    pub(super) whole: PositionRange,
    pub(super) vector: PositionRange,
    pub(super) param: PositionRange,
}

/// Aggregates a vector; `param` is the k, q or ratio of the operators that take one.
pub(super) fn aggregate(
    op: AggregateOp,
    grouping: &Grouping,
    param: Option<&Column>,
    block: &Block,
    places: &Places,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let missing = Column::Constant(f64::NAN);
    let param = param.unwrap_or(&missing);
    let groups = Groups::of(&block.heads, grouping);
    if matches!(
        op,
        AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK | AggregateOp::LimitRatio
    ) {
        return ranked::choose(op, &groups, param, block, places, notes);
    }
    if block.histograms.is_empty() || matches!(op, AggregateOp::Count | AggregateOp::Group) {
        return Ok(floats(op, &groups, param, block, places, notes));
    }
    if matches!(op, AggregateOp::Sum | AggregateOp::Avg) {
        return Ok(histogram::sum_or_mean(op, &groups, block, places.vector, notes));
    }
    let text = format!("ignored histogram in {} aggregation", op.text());
    notes.info(text, places.vector);
    let mut block = block.clone();
    block.drop_histograms();
    Ok(floats(op, &groups, param, &block, places, notes))
}

/// Which group each series belongs to. Groups are numbered as they are met.
#[derive(Debug)]
struct Groups {
    /// By series.
    of: Vec<usize>,
    /// By group.
    heads: Vec<Head>,
}

impl Groups {
    /// Everything in one group.
    fn one(heads: &[Head]) -> Groups {
        let doomed = heads.iter().any(|head| head.name == NameFate::Doomed);
        let name = if doomed { NameFate::Doomed } else { NameFate::Settled };
        let whole = Head { labels: Labels::empty(), name };
        let groups = if heads.is_empty() { Vec::new() } else { vec![whole] };
        Groups { of: vec![0; heads.len()], heads: groups }
    }

    fn of(heads: &[Head], grouping: &Grouping) -> Groups {
        if !grouping.without && grouping.labels.is_empty() {
            return Groups::one(heads);
        }
        let mut groups = Groups { of: Vec::with_capacity(heads.len()), heads: Vec::new() };
        let mut ids = HashMap::<Vec<u8>, usize>::new();
        let mut key = Vec::new();
        for head in heads {
            key.clear();
            for (name, value) in head.labels.iter().filter(|(name, _)| keeps(grouping, name)) {
                for text in [name, value] {
                    key.extend_from_slice(text.as_bytes());
                    key.push(0xff);
                }
            }
            let id = match ids.get(&key[..]) {
                Some(id) => *id,
                None => {
                    ids.insert(key.clone(), groups.heads.len());
                    let labels = head.labels.filter(|name| keeps(grouping, name));
                    groups.heads.push(Head::settled(labels));
                    groups.heads.len() - 1
                }
            };
            if head.name == NameFate::Doomed {
                groups.heads[id].name = NameFate::Doomed;
            }
            groups.of.push(id);
        }
        groups
    }
}

/// Whether a label makes part of a group's identity.
fn keeps(grouping: &Grouping, name: &str) -> bool {
    let listed = grouping.labels.iter().any(|label| label == name);
    if grouping.without { !listed && name != METRIC_NAME } else { listed }
}

fn floats(
    op: AggregateOp,
    groups: &Groups,
    param: &Column,
    block: &Block,
    places: &Places,
    notes: &mut Annotations,
) -> Block {
    match op {
        AggregateOp::Sum => {
            fold(groups, block, Sum::of, |sum, value| *sum = sum.add(value), |sum| sum.total())
        }
        AggregateOp::Avg => fold(groups, block, Mean::of, Mean::add, |mean| mean.mean()),
        AggregateOp::Min => {
            let least = |best: &mut f64, value: f64| {
                if *best > value || best.is_nan() {
                    *best = value;
                }
            };
            fold(groups, block, |value| value, least, |best| best)
        }
        AggregateOp::Max => {
            let most = |best: &mut f64, value: f64| {
                if *best < value || best.is_nan() {
                    *best = value;
                }
            };
            fold(groups, block, |value| value, most, |best| best)
        }
        AggregateOp::Count => fold(groups, block, |_| 1.0, |count, _| *count += 1.0, |it| it),
        AggregateOp::Stddev => {
            fold(groups, block, Welford::of, Welford::add, |it| it.variance().sqrt())
        }
        AggregateOp::Stdvar => fold(groups, block, Welford::of, Welford::add, |it| it.variance()),
        AggregateOp::Quantile => quantiles(groups, param, block, places.param, notes),
        _ => fold(groups, block, |_| 1.0, |_, _| {}, |one| one),
    }
}

/// Folds the elements of each group at each step, in the order of the series.
fn fold<A: Copy>(
    groups: &Groups,
    block: &Block,
    start: impl Fn(f64) -> A,
    add: impl Fn(&mut A, f64),
    finish: impl Fn(A) -> f64,
) -> Block {
    let steps = block.steps;
    let mut folded: Vec<Option<A>> = vec![None; groups.heads.len() * steps];
    for ((_, row), group) in block.rows().zip(&groups.of) {
        let cells = &mut folded[group * steps..(group + 1) * steps];
        for (cell, value) in cells.iter_mut().zip(row.values) {
            if is_absent(*value) {
                continue;
            }
            match cell {
                Some(folded) => add(folded, *value),
                None => *cell = Some(start(*value)),
            }
        }
    }
    let mut result = Block::with_capacity(steps, groups.heads.len());
    let mut values = Vec::with_capacity(steps);
    for (head, cells) in groups.heads.iter().zip(folded.chunks(steps.max(1))) {
        values.clear();
        values.extend(cells.iter().map(|cell| cell.map_or(ABSENT, &finish)));
        result.push(head.clone(), Row { values: &values, histograms: &[] });
    }
    result
}

fn quantiles(
    groups: &Groups,
    param: &Column,
    block: &Block,
    range: PositionRange,
    notes: &mut Annotations,
) -> Block {
    let steps = block.steps;
    let wrong: Vec<f64> = param.iter(steps).filter(|q| !(0.0..=1.0).contains(q)).collect();
    if block.len() > 0 {
        let extremes = [
            wrong.iter().copied().find(|q| q.is_nan()),
            wrong.iter().copied().filter(|q| *q > 1.0).reduce(f64::max),
            wrong.iter().copied().filter(|q| *q < 0.0).reduce(f64::min),
        ];
        for q in extremes.into_iter().flatten() {
            warn_quantile(q, range, notes);
        }
    }
    let mut members = vec![Vec::new(); groups.heads.len()];
    groups.of.iter().enumerate().for_each(|(series, group)| members[*group].push(series));
    let mut result = Block::with_capacity(steps, groups.heads.len());
    let (mut values, mut row) = (Vec::new(), vec![ABSENT; steps]);
    for (head, members) in groups.heads.iter().zip(members) {
        for (step, cell) in row.iter_mut().enumerate() {
            values.clear();
            let at_step = members.iter().map(|series| block.values[series * steps + step]);
            values.extend(at_step.filter(|value| !is_absent(*value)));
            *cell = if values.is_empty() { ABSENT } else { quantile(param.at(step), &mut values) };
        }
        result.push(head.clone(), Row { values: &row, histograms: &[] });
    }
    result
}

/// Says that a quantile is not between 0 and 1.
pub(super) fn warn_quantile(q: f64, range: PositionRange, notes: &mut Annotations) {
    notes.warn(format!("quantile value should be between 0 and 1, got {}", format_g(q)), range);
}

/// The labels of a series that is counted under `label`.
fn with_label(labels: &Labels, label: &str, value: &str) -> Labels {
    let mut edit = labels.edit();
    edit.set(label, value);
    edit.build()
}
