//! Aggregations that choose series: `topk`, `bottomk`, `limitk`, `limit_ratio`.

use crate::promql::QueryError;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Cell, RowBuffer};
use crate::promql::column::Column;
use crate::promql::number::format_g;
use crate::promql::plan::{go_max, go_min};
use crate::promql::ranking::{Heap, Order};
use crate::promql::syntax::ast::AggregateOp;

use super::{Groups, Places};

/// The greatest float that fits an integer of 64 bits.
const MAX_INTEGER: f64 = 9_223_372_036_854_774_784.0;
const MIN_INTEGER: f64 = -9_223_372_036_854_775_808.0;

/// Chooses elements of each group at each step. One step keeps the order of choice.
pub(super) fn choose(
    op: AggregateOp,
    groups: &Groups,
    param: &Column,
    block: &Block,
    places: &Places,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let empty = Block::new(block.steps);
    if !check_param(op, param, block.steps, places, notes)? {
        return Ok(empty);
    }
    let mut choice = Choice { op, groups, block, ignored: false };
    if block.steps == 1 {
        let chosen = choice.step(0, param.at(0));
        choice.tell(places, notes);
        let mut result = Block::with_capacity(1, chosen.len());
        for index in chosen {
            result.push_one(block.heads[index].clone(), block.row(index).cell(0));
        }
        return Ok(result);
    }
    let mut kept = vec![false; block.values.len()];
    for step in 0..block.steps {
        for index in choice.step(step, param.at(step)) {
            kept[index * block.steps + step] = true;
        }
    }
    choice.tell(places, notes);
    Ok(masked(block, &kept))
}

fn masked(block: &Block, kept: &[bool]) -> Block {
    let mut result = Block::with_capacity(block.steps, block.len());
    let mut buffer = RowBuffer::default();
    for (index, (head, row)) in block.rows().enumerate() {
        buffer.reset(block.steps);
        for step in (0..block.steps).filter(|step| kept[index * block.steps + step]) {
            buffer.set_cell(step, row.cell(step));
        }
        result.push(head.clone(), buffer.row());
    }
    result
}

/// Checks the parameter at all steps; false when nothing can be chosen at any.
fn check_param(
    op: AggregateOp,
    param: &Column,
    steps: usize,
    places: &Places,
    notes: &mut Annotations,
) -> Result<bool, QueryError> {
    let most = param.iter(steps).fold(f64::NEG_INFINITY, go_max);
    let least = param.iter(steps).fold(f64::INFINITY, go_min);
    let nan = param.iter(steps).any(f64::is_nan);
    let fail = |message: String| QueryError::Execution { message, range: Some(places.param) };
    if op == AggregateOp::LimitRatio {
        if most == 0.0 && least == 0.0 {
            return Ok(false);
        }
        if nan {
            return Err(fail("Ratio value is NaN".to_owned()));
        }
        for (value, cap) in [(most, 1.0), (least, -1.0)] {
            if value / cap > 1.0 {
                let (value, cap) = (format_g(value), format_g(cap));
                let text = format!(
                    "ratio value should be between -1 and 1, got {value}, capping to {cap}"
                );
                notes.warn(text, places.param);
            }
        }
        return Ok(true);
    }
    if most < 1.0 {
        return Ok(false);
    }
    if nan {
        return Err(fail("Parameter value is NaN".to_owned()));
    }
    if least <= MIN_INTEGER {
        return Err(fail(format!("Scalar value {} underflows int64", format_g(least))));
    }
    if most >= MAX_INTEGER {
        return Err(fail(format!("Scalar value {} overflows int64", format_g(most))));
    }
    Ok(true)
}

struct Choice<'a> {
    op: AggregateOp,
    groups: &'a Groups,
    block: &'a Block,
    /// Whether a histogram was left out.
    ignored: bool,
}

impl Choice<'_> {
    fn tell(&self, places: &Places, notes: &mut Annotations) {
        if self.ignored {
            let text = format!("ignored histogram in {} aggregation", self.op.text());
            notes.info(text, places.whole);
        }
    }

    /// The series chosen at a step, group by group.
    fn step(&mut self, step: usize, param: f64) -> Vec<usize> {
        if self.op == AggregateOp::LimitRatio {
            return self.ratio(step, param.clamp(-1.0, 1.0));
        }
        let limit = (param as i64).clamp(0, self.block.len() as i64) as usize;
        if limit == 0 {
            return Vec::new();
        }
        let order = match self.op {
            AggregateOp::TopK => Some(Order::Descending),
            AggregateOp::BottomK => Some(Order::Ascending),
            _ => None,
        };
        let mut heaps: Vec<Heap> = vec![Heap::default(); self.groups.heads.len()];
        for (index, group) in self.groups.of.iter().enumerate() {
            let heap = &mut heaps[*group];
            match (self.block.row(index).cell(step), order) {
                (Cell::Absent, _) => {}
                (Cell::Float(value), Some(order)) => heap.offer(order, limit, value, index),
                (Cell::Histogram(_), Some(_)) => self.ignored = true,
                (_, None) => heap.append(limit, index),
            }
        }
        heaps.into_iter().flat_map(|heap| heap.into_sorted(order)).collect()
    }

    /// The series whose hash lies in a share of all hashes: from the start for positive
    /// ratios, from the end for negative ones, so that r and r - 1 make a whole.
    fn ratio(&self, step: usize, ratio: f64) -> Vec<usize> {
        let chosen = |index: &usize| {
            let share = self.block.heads[*index].labels.prometheus_hash() as f64 / u64::MAX as f64;
            if ratio >= 0.0 { share < ratio } else { share >= 1.0 + ratio }
        };
        let mut by_group = vec![Vec::new(); self.groups.heads.len()];
        for index in (0..self.block.len()).filter(|index| self.block.row(*index).has(step)) {
            if ratio != 0.0 && chosen(&index) {
                by_group[self.groups.of[index]].push(index);
            }
        }
        by_group.into_iter().flatten().collect()
    }
}
