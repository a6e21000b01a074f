//! `absent` and `absent_over_time`: a series where there is none.

use crate::label::Labels;
use crate::promql::Grid;
use crate::promql::block::{ABSENT, Block, Head, Row};
use crate::promql::plan::Window;
use crate::promql::window::{Source, Space, slide};

/// A one at each step at which the vector is empty.
pub(in crate::promql) fn absent(block: &Block, labels: &Labels) -> Block {
    let mut found = vec![false; block.steps];
    for (_, row) in block.rows() {
        found.iter_mut().enumerate().for_each(|(step, found)| *found |= row.has(step));
    }
    missing(&found, labels)
}

/// A one at each step whose window holds no sample of any series.
pub(in crate::promql) fn absent_over_time(
    source: &Source<'_>,
    window: &Window,
    grid: &Grid,
    labels: &Labels,
) -> Block {
    let mut found = vec![false; grid.steps()];
    let mut space = Space::default();
    for index in 0..source.len() {
        let samples = source.samples(index, &mut space);
        let seen = slide(&samples, window, (0, 0), grid, |step, _| {
            found[step] = true;
            Ok::<(), std::convert::Infallible>(())
        });
        debug_assert!(seen.is_ok());
    }
    missing(&found, labels)
}

fn missing(found: &[bool], labels: &Labels) -> Block {
    let mut block = Block::new(found.len());
    let values: Vec<f64> = found.iter().map(|found| if *found { ABSENT } else { 1.0 }).collect();
    block.push(Head::settled(labels.clone()), Row { values: &values, histograms: &[] });
    block
}
