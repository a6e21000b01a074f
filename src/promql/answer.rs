//! What a query answers.

use std::sync::Arc;

use crate::label::Labels;
use crate::sample::{Sample, Series, SeriesSet, Value};
use crate::time::Timestamp;

use super::block::{Block, Cell, is_absent};
use super::kernels::rate::Edges;
use super::names::settle_names;
use super::plan::{Extension, Node, Window};
use super::run::Run;
use super::syntax::ast::ValueType;
use super::window::{Frame, Space, slide};
use super::{Annotations, Grid, NameRemoval, QueryError};

/// What a query answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The value.
    pub value: AnswerValue,
    /// What there is to say about it.
    pub annotations: Annotations,
}

/// The value of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerValue {
    /// A number (instant queries).
    Scalar {
        /// The evaluation time.
        at: Timestamp,
        /// The number.
        value: f64,
    },
    /// A text (instant queries).
    String {
        /// The evaluation time.
        at: Timestamp,
        /// The text.
        text: String,
    },
    /// One sample per series (instant queries), in the order of the expression: sorted where it
    /// sorts, else by labels of the series it started from.
    Vector(Vec<VectorElement>),
    /// Samples over time, sorted by labels: range queries, and an instant `x[5m]`.
    Matrix(SeriesSet),
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorElement {
    /// Which series.
    pub labels: Labels,
    /// Its value.
    pub value: Value,
    /// The evaluation time.
    pub at: Timestamp,
}

/// Evaluates a run's plan and gives the result its outer shape.
pub(super) fn collect(run: &mut Run<'_>, grid: &Grid) -> Result<AnswerValue, QueryError> {
    let (plan, at) = (run.plan, grid.start);
    let root = plan.get(plan.root);
    match (&root.node, plan.root_type, grid.is_instant()) {
        (Node::Text(text), _, true) => Ok(AnswerValue::String { at, text: text.to_string() }),
        (Node::Matrix(window), _, true) => {
            let begun = run.trace.begin();
            let set = matrix(run, window, grid)?;
            run.trace.end(plan.root, grid, begun, (set.len(), set.sample_count()));
            Ok(AnswerValue::Matrix(set))
        }
        (_, ValueType::Scalar, true) => {
            let value = run.scalar(plan.root, grid)?.at(0);
            Ok(AnswerValue::Scalar { at, value })
        }
        (_, ValueType::Scalar, false) => {
            let column = run.scalar(plan.root, grid)?;
            let times: Vec<i64> = (0..grid.steps()).map(|step| grid.millis(step)).collect();
            let values: Vec<f64> = column.iter(grid.steps()).collect();
            let mut set = SeriesSet::new();
            if !times.is_empty() {
                set.push_floats(Labels::empty(), &times, &values);
            }
            Ok(AnswerValue::Matrix(set))
        }
        (_, ValueType::Vector, instant) => {
            let mut block = run.owned(plan.root, grid)?;
            if run.options.name_removal == NameRemoval::Delayed {
                settle_names(&mut block)?;
            }
            Ok(if instant {
                AnswerValue::Vector(elements(block, at))
            } else {
                AnswerValue::Matrix(series(&block, grid))
            })
        }
        (_, kind, _) => {
            let kind = if kind == ValueType::String { "string" } else { "range vector" };
            let message = format!(
                "invalid expression type \"{kind}\" for range query, must be Scalar or instant \
                 Vector"
            );
            Err(QueryError::bad_data(message, root.range))
        }
    }
}

fn elements(block: Block, at: Timestamp) -> Vec<VectorElement> {
    let mut histograms = block.histograms.into_iter();
    let cells = block.heads.into_iter().zip(block.values);
    let elements = cells.filter_map(|(head, value)| {
        let value = match histograms.next().flatten() {
            Some(histogram) => Value::Histogram(histogram),
            None if is_absent(value) => return None,
            None => Value::Float(value),
        };
        Some(VectorElement { labels: head.labels, value, at })
    });
    elements.collect()
}

/// A block as series, sorted by labels.
fn series(block: &Block, grid: &Grid) -> SeriesSet {
    let mut order: Vec<usize> = (0..block.len()).collect();
    let labels = |index: usize| &block.heads[index].labels;
    if !order.is_sorted_by(|a, b| labels(*a) <= labels(*b)) {
        order.sort_by(|a, b| labels(*a).cmp(labels(*b)));
    }
    let moments: Vec<i64> = (0..block.steps).map(|step| grid.millis(step)).collect();
    let mut set = SeriesSet::new();
    let (mut times, mut values) = (Vec::new(), Vec::new());
    for index in order {
        let (row, labels) = (block.row(index), labels(index).clone());
        if row.histograms.iter().any(Option::is_some) {
            let samples = (0..block.steps).filter_map(|step| {
                let value = match row.cell(step) {
                    Cell::Absent => return None,
                    Cell::Float(value) => Value::Float(value),
                    Cell::Histogram(histogram) => Value::Histogram(Arc::clone(histogram)),
                };
                Some(Sample { at: grid.at(step), value })
            });
            set.push(labels, samples);
            continue;
        }
        times.clear();
        values.clear();
        for (moment, value) in moments.iter().zip(row.values).filter(|(_, it)| !is_absent(**it)) {
            times.push(*moment);
            values.push(*value);
        }
        if !times.is_empty() {
            set.push_floats(labels, &times, &values);
        }
    }
    set
}

/// A bare range selector: the samples in its window.
fn matrix(run: &mut Run<'_>, window: &Window, grid: &Grid) -> Result<SeriesSet, QueryError> {
    let (block, inner) = run.subquery(window, grid)?;
    if let Some(block) = block {
        let mut block = Block::clone(&block);
        if run.options.name_removal == NameRemoval::Delayed {
            settle_names(&mut block)?;
        }
        return Ok(series(&block, &inner));
    }
    let source = run.source(window, grid, None, inner);
    let (mut space, mut found) = (Space::default(), Vec::new());
    let margins = window.margins(run.options.lookback);
    for index in 0..source.len() {
        let samples = source.samples(index, &mut space);
        slide(&samples, window, margins, grid, |_, frame| {
            let samples = match window.extension {
                None => raw(frame),
                Some(extension) => extended(frame, extension)?,
            };
            run.hold(samples.len())?;
            if !samples.is_empty() {
                found.push(Series { labels: source.labels(index).clone(), samples });
            }
            Ok::<(), QueryError>(())
        })?;
    }
    Ok(SeriesSet::from_series(found))
}

fn raw(frame: &Frame<'_>) -> Vec<Sample> {
    let samples = &frame.samples;
    let at = |time: &i64| Timestamp::from_millis(*time);
    let floats = samples.times.iter().zip(samples.values);
    let histograms = samples.histogram_times.iter().zip(samples.histograms);
    let mut all: Vec<Sample> =
        floats.map(|(time, value)| Sample { at: at(time), value: Value::Float(*value) }).collect();
    all.extend(histograms.map(|(time, histogram)| Sample {
        at: at(time),
        value: Value::Histogram(Arc::clone(histogram)),
    }));
    all.sort_by_key(|sample| sample.at);
    all
}

/// The samples of an `anchored` or `smoothed` window, with one at each border.
fn extended(frame: &Frame<'_>, extension: Extension) -> Result<Vec<Sample>, QueryError> {
    let samples = &frame.samples;
    if !samples.histograms.is_empty() {
        return Err(QueryError::execution("anchored modifier is not supported with histograms"));
    }
    let borders = (frame.start, frame.end);
    let smoothed = extension == Extension::Smoothed;
    let Some(edges) = Edges::of(samples.times, samples.values, borders, smoothed, false) else {
        return Ok(Vec::new());
    };
    let sample = |time: i64, value: f64| Sample {
        at: Timestamp::from_millis(time),
        value: Value::Float(value),
    };
    let mut all = vec![sample(frame.start, edges.left)];
    all.extend(edges.inside.map(|index| sample(samples.times[index], samples.values[index])));
    all.push(sample(frame.end, edges.right));
    Ok(all)
}
