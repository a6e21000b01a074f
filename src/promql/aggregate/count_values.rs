//! `count_values`: a series for each value there is.

use std::collections::HashMap;

use crate::label::Labels;
use crate::promql::block::{Block, Cell, Head, Row};
use crate::promql::number::format_f;
use crate::promql::projection::Besides;
use crate::promql::syntax::ast::Grouping;

use super::groups::projection;
use super::with_label;

/// Counts how many elements of each group have each value.
pub(in crate::promql) fn count_values(label: &str, grouping: &Grouping, block: &Block) -> Block {
    let mut grouping = grouping.clone();
    if !grouping.without {
        grouping.labels.push(label.to_owned());
    }
    let kept = projection(&grouping, Besides::Name);
    let mut slots = HashMap::<Labels, usize>::new();
    let mut counts: Vec<(Labels, Vec<f64>)> = Vec::new();
    for (head, row) in block.rows() {
        let mut last: Option<(u64, usize)> = None;
        for step in 0..block.steps {
            let text = match row.cell(step) {
                Cell::Absent => continue,
                Cell::Float(value) if last.is_some_and(|(bits, _)| bits == value.to_bits()) => None,
                Cell::Float(value) => Some(format_f(value)),
                Cell::Histogram(histogram) => Some(histogram.to_string()),
            };
            let slot = match (text, last) {
                (None, Some((_, slot))) => slot,
                (text, _) => {
                    let text = text.unwrap_or_default();
                    let labels = with_label(&head.labels, label, &text);
                    let labels = kept.of(&labels);
                    *slots.entry(labels.clone()).or_insert_with(|| {
                        counts.push((labels, vec![0.0; block.steps]));
                        counts.len() - 1
                    })
                }
            };
            if let Cell::Float(value) = row.cell(step) {
                last = Some((value.to_bits(), slot));
            }
            counts[slot].1[step] += 1.0;
        }
    }
    let mut result = Block::with_capacity(block.steps, counts.len());
    for (labels, mut values) in counts {
        for value in values.iter_mut().filter(|value| **value == 0.0) {
            *value = crate::promql::block::ABSENT;
        }
        result.push(Head::settled(labels), Row { values: &values, histograms: &[] });
    }
    result
}
