//! Aggregations: many series to one per group, or some series of each group.

mod count_values;
mod fold;
mod groups;
mod histogram;
mod ranked;

pub(super) use count_values::count_values;
pub(super) use fold::Folding;

use crate::label::Labels;

use super::QueryError;
use super::annotation::Annotations;
use super::block::{ABSENT, Block, Row, is_absent};
use super::column::Column;
use super::kernels::order::quantile;
use super::number::format_g;
use super::projection::Besides;
use super::syntax::ast::{AggregateOp, Grouping, PositionRange};
use groups::{Groups, projection};

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
    if matches!(
        op,
        AggregateOp::TopK | AggregateOp::BottomK | AggregateOp::LimitK | AggregateOp::LimitRatio
    ) {
        let groups = Groups::of(&block.heads, grouping);
        return ranked::choose(op, &groups, param, block, places, notes);
    }
    if block.histograms.is_empty() || matches!(op, AggregateOp::Count | AggregateOp::Group) {
        return Ok(floats(op, grouping, param, block, places, notes));
    }
    if matches!(op, AggregateOp::Sum | AggregateOp::Avg) {
        let groups = Groups::of(&block.heads, grouping);
        return Ok(histogram::sum_or_mean(op, &groups, block, places.vector, notes));
    }
    let text = format!("ignored histogram in {} aggregation", op.text());
    notes.info(text, places.vector);
    let mut block = block.clone();
    block.drop_histograms();
    Ok(floats(op, grouping, param, &block, places, notes))
}

fn floats(
    op: AggregateOp,
    grouping: &Grouping,
    param: &Column,
    block: &Block,
    places: &Places,
    notes: &mut Annotations,
) -> Block {
    let Some(mut folding) = folding(op, grouping, Besides::Name, block.steps, usize::MAX) else {
        let groups = Groups::of(&block.heads, grouping);
        return quantiles(&groups, param, block, places.param, notes);
    };
    for (head, row) in block.rows() {
        folding.add(&head.labels, head.name, 0, row.values);
    }
    folding.finish()
}

/// Folds at most `limit` samples that come series by series; nothing for operators that need to
/// see several series at once.
pub(super) fn folding(
    op: AggregateOp,
    grouping: &Grouping,
    besides: Besides,
    steps: usize,
    limit: usize,
) -> Option<Folding> {
    Folding::new(op, projection(grouping, besides), steps, limit)
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
