//! Sorting an instant vector. A range query's result is ordered by labels anyway.

use std::cmp::Ordering;

use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Cell};
use crate::promql::ranking::{Order, naturally_before, sort};
use crate::promql::syntax::ast::PositionRange;

/// `sort` and `sort_desc`: by value, not-a-number last; histograms are left out.
pub(in crate::promql) fn sort_by_value(
    mut block: Block,
    order: Order,
    range: PositionRange,
    notes: &mut Annotations,
) -> Block {
    if block.steps != 1 {
        warn(range, notes);
        block.drop_histograms();
        block.drop_empty();
        return block;
    }
    let floats = block.rows().enumerate().filter_map(|(index, (_, row))| match row.cell(0) {
        Cell::Float(value) => Some((value, index)),
        _ => None,
    });
    let mut entries: Vec<(f64, usize)> = floats.collect();
    sort(&mut entries, order);
    arranged(&block, entries.into_iter().map(|(_, index)| index))
}

/// `sort_by_label` and `sort_by_label_desc`: by the labels in turn, digits as numbers, then by
/// the whole label set.
pub(in crate::promql) fn sort_by_label(
    block: Block,
    labels: &[String],
    order: Order,
    range: PositionRange,
    notes: &mut Annotations,
) -> Block {
    if block.steps != 1 {
        warn(range, notes);
        return block;
    }
    let mut indexes: Vec<usize> = (0..block.len()).collect();
    indexes.sort_by(|a, b| {
        let (a, b) = (&block.heads[*a].labels, &block.heads[*b].labels);
        let by_label = labels.iter().find_map(|label| {
            let (a, b) = (a.value(label), b.value(label));
            if a == b {
                None
            } else if naturally_before(a, b) {
                Some(Ordering::Less)
            } else {
                Some(Ordering::Greater)
            }
        });
        let ascending = by_label.unwrap_or_else(|| a.cmp(b));
        if order == Order::Ascending { ascending } else { ascending.reverse() }
    });
    arranged(&block, indexes.into_iter())
}

fn arranged(block: &Block, indexes: impl Iterator<Item = usize>) -> Block {
    let mut result = Block::with_capacity(1, block.len());
    for index in indexes {
        result.push_one(block.heads[index].clone(), block.row(index).cell(0));
    }
    result
}

fn warn(range: PositionRange, notes: &mut Annotations) {
    let text = "sort is ineffective for range queries since results are always ordered by labels";
    notes.warn(text, range);
}
