//! `histogram_quantile`, `histogram_quantiles` and `histogram_fraction`, on classic and native
//! histograms in one vector.

use std::collections::{BTreeSet, HashMap};

use crate::label::{BUCKET_LABEL, Labels, METRIC_NAME};
use crate::promql::aggregate::warn_quantile;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Cell, Head, RowBuffer};
use crate::promql::column::Column;
use crate::promql::names::{Dropped, Duplicates, drop_names};
use crate::promql::syntax::ast::PositionRange;
use crate::promql::{Grid, NameRemoval, QueryError};
use crate::template::quote;

use super::classic::{self, ClassicBucket, Forced};
use super::native;

/// What is asked of histograms.
pub(in crate::promql) enum HistogramQuery<'a> {
    Quantile(&'a Column),
    /// Several quantiles, each under its value in a label.
    Quantiles(&'a str, &'a [Column]),
    /// The share between two limits.
    Fraction(&'a Column, &'a Column),
}

/// Where the arguments stand.
pub(in crate::promql) struct Places<'a> {
    pub(in crate::promql) first: PositionRange,
    pub(in crate::promql) vector: PositionRange,
    pub(in crate::promql) quantiles: &'a [PositionRange],
}

/// The classic histograms of a vector and its native ones.
struct Histograms<'a> {
    /// By classic histogram: its series, and for each bucket the bound and the row.
    classic: Vec<(Head, Vec<(f64, usize)>)>,
    /// Rows with native histograms, and the classic histogram of the same labels.
    native: Vec<(usize, Option<usize>)>,
    /// Rows with floats but no bound.
    malformed: Vec<usize>,
    block: &'a Block,
}

impl<'a> Histograms<'a> {
    fn of(block: &'a Block) -> Histograms<'a> {
        let mut found =
            Histograms { classic: Vec::new(), native: Vec::new(), malformed: Vec::new(), block };
        let mut ids = HashMap::<Labels, usize>::new();
        let has = |index: usize, float: bool| {
            let row = block.row(index);
            (0..block.steps).any(|step| match row.cell(step) {
                Cell::Float(_) => float,
                Cell::Histogram(_) => !float,
                Cell::Absent => false,
            })
        };
        for (index, head) in block.heads.iter().enumerate().filter(|(i, _)| has(*i, true)) {
            let Some(bound) = parse_bound(head.labels.value(BUCKET_LABEL)) else {
                found.malformed.push(index);
                continue;
            };
            let labels = head.labels.without(BUCKET_LABEL);
            let id = *ids.entry(labels).or_insert_with_key(|labels| {
                let head = Head { labels: labels.clone(), name: head.name };
                found.classic.push((head, Vec::new()));
                found.classic.len() - 1
            });
            found.classic[id].1.push((bound, index));
        }
        for index in (0..block.len()).filter(|index| has(*index, false)) {
            found.native.push((index, ids.get(&block.heads[index].labels).copied()));
        }
        found
    }
}

/// A bound as Go parses it.
fn parse_bound(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" | "inf" | "+inf" => Some(f64::INFINITY),
        "-Inf" | "-inf" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok().filter(|_| !text.is_empty()),
    }
}

/// Answers a question about each histogram of a vector.
pub(in crate::promql) fn histogram_query(
    query: &HistogramQuery<'_>,
    block: &Block,
    grid: &Grid,
    removal: NameRemoval,
    places: &Places<'_>,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let histograms = Histograms::of(block);
    let mut asking = Asking { removal, places, notes, grid, histograms: &histograms };
    asking.check_labels();
    let mut result = Block::with_capacity(block.steps, histograms.classic.len());
    match query {
        HistogramQuery::Quantile(column) => {
            asking.check_quantiles(column, places.first);
            asking.quantile(column, |head, _| head.clone(), &mut result);
        }
        HistogramQuery::Quantiles(label, columns) => {
            for (column, place) in columns.iter().zip(places.quantiles) {
                asking.check_quantiles(column, *place);
                let named = |head: &Head, q: f64| {
                    let mut edit = head.labels.edit();
                    edit.set(label, &open_metrics(q));
                    Head { labels: edit.build(), name: head.name }
                };
                asking.quantile(column, named, &mut result);
            }
        }
        HistogramQuery::Fraction(lower, upper) => asking.fraction(lower, upper, &mut result),
    }
    drop_names(&mut result, removal, Dropped::Metadata, Duplicates::Join)?;
    if matches!(query, HistogramQuery::Quantiles(..)) {
        crate::promql::names::unify(&mut result, Duplicates::Join)?;
    }
    Ok(result)
}

/// A number as OpenMetrics writes it: with a point or an exponent.
fn open_metrics(value: f64) -> String {
    let text = crate::promql::number::format_g(value);
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if plain { format!("{text}.0") } else { text }
}

struct Asking<'a> {
    removal: NameRemoval,
    places: &'a Places<'a>,
    notes: &'a mut Annotations,
    grid: &'a Grid,
    histograms: &'a Histograms<'a>,
}

impl Asking<'_> {
    /// ` for metric name "x"`, where the name is still known.
    fn for_metric(&self, labels: &Labels) -> String {
        let name = labels.value(METRIC_NAME);
        if self.removal == NameRemoval::Immediate || name.is_empty() {
            return String::new();
        }
        format!(" for metric name {}", quote(name))
    }

    fn check_quantiles(&mut self, column: &Column, place: PositionRange) {
        let wrong: BTreeSet<u64> = column
            .iter(self.histograms.block.steps)
            .filter(|q| !(0.0..=1.0).contains(q))
            .map(f64::to_bits)
            .collect();
        for bits in wrong {
            warn_quantile(f64::from_bits(bits), place, self.notes);
        }
    }

    fn check_labels(&mut self) {
        let block = self.histograms.block;
        for index in &self.histograms.malformed {
            let labels = &block.heads[*index].labels;
            let (value, metric) = (quote(labels.value(BUCKET_LABEL)), self.for_metric(labels));
            let text = format!(
                "bucket label \"le\" is missing or has a malformed value of {value}{metric}"
            );
            self.notes.warn(text, self.places.vector);
        }
        for (index, classic) in &self.histograms.native {
            let labels = &block.heads[*index].labels;
            if classic.is_some_and(|classic| self.collides(*index, classic)) {
                let metric = self.for_metric(labels);
                let text =
                    format!("vector contains a mix of classic and native histograms{metric}");
                self.notes.warn(text, self.places.vector);
            }
        }
    }

    fn collides(&self, native: usize, classic: usize) -> bool {
        (0..self.histograms.block.steps).any(|step| self.collides_at(native, classic, step))
    }

    fn collides_at(&self, native: usize, classic: usize, step: usize) -> bool {
        let row = self.histograms.block.row(native);
        matches!(row.cell(step), Cell::Histogram(_)) && !self.buckets(classic, step).is_empty()
    }

    fn buckets(&self, classic: usize, step: usize) -> Vec<ClassicBucket> {
        let block = self.histograms.block;
        let buckets = self.histograms.classic[classic].1.iter();
        let present = buckets.filter_map(|(bound, index)| match block.row(*index).cell(step) {
            Cell::Float(count) => Some(ClassicBucket { bound: *bound, count }),
            _ => None,
        });
        present.collect()
    }

    /// Calls back for each histogram at each step, natives first; leaves out those of which
    /// there is a classic and a native one.
    fn each_row(
        &mut self,
        head_of: impl Fn(&Head, f64) -> Head,
        key: &Column,
        result: &mut Block,
        mut native: impl FnMut(&mut Self, usize, &crate::sample::Histogram, &Labels) -> f64,
        mut classic: impl FnMut(&mut Self, usize, Vec<ClassicBucket>, &Labels) -> f64,
    ) {
        let histograms = self.histograms;
        let steps = histograms.block.steps;
        let mut buffers: Vec<(Head, RowBuffer)> = Vec::new();
        for (index, twin) in &histograms.native {
            let head = &histograms.block.heads[*index];
            let row = histograms.block.row(*index);
            for step in 0..steps {
                let Cell::Histogram(histogram) = row.cell(step) else { continue };
                if twin.is_some_and(|twin| self.collides_at(*index, twin, step)) {
                    continue;
                }
                let value = native(self, step, histogram, &head.labels);
                store(&mut buffers, head_of(head, key.at(step)), steps, step, value);
            }
            flush(&mut buffers, result);
        }
        for (id, (head, _)) in histograms.classic.iter().enumerate() {
            for step in 0..steps {
                let buckets = self.buckets(id, step);
                let mut twins = histograms.native.iter().filter(|(_, twin)| *twin == Some(id));
                if buckets.is_empty() || twins.any(|(it, _)| self.collides_at(*it, id, step)) {
                    continue;
                }
                let value = classic(self, step, buckets, &head.labels);
                store(&mut buffers, head_of(head, key.at(step)), steps, step, value);
            }
            flush(&mut buffers, result);
        }
    }

    fn quantile(
        &mut self,
        column: &Column,
        head_of: impl Fn(&Head, f64) -> Head,
        result: &mut Block,
    ) {
        let place = self.places.vector;
        self.each_row(
            head_of,
            column,
            result,
            |asking, step, histogram, labels| {
                let (value, remark) = native::quantile(column.at(step), histogram);
                if let Some(remark) = remark {
                    let metric = asking.for_metric(labels);
                    let text =
                        format!("input to histogram_quantile has NaN observations, {remark}");
                    asking.notes.info(format!("{text}{metric}"), place);
                }
                value
            },
            |asking, step, mut buckets, labels| {
                let (value, forced) = classic::quantile(column.at(step), &mut buckets);
                if let Some(forced) = forced {
                    asking.tell_forced(forced, step, labels);
                }
                value
            },
        );
    }

    fn tell_forced(&mut self, forced: Forced, step: usize, labels: &Labels) {
        let text = format!(
            "input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){}",
            self.for_metric(labels)
        );
        self.notes.forced_monotonic(text, self.places.vector, forced, self.grid.at(step));
    }

    fn fraction(&mut self, lower: &Column, upper: &Column, result: &mut Block) {
        let place = self.places.vector;
        self.each_row(
            |head, _| head.clone(),
            lower,
            result,
            |asking, step, histogram, labels| {
                if histogram.sum.is_nan() {
                    let text = "input to histogram_fraction has NaN observations, which are \
                                excluded from all fractions";
                    let metric = asking.for_metric(labels);
                    asking.notes.info(format!("{text}{metric}"), place);
                }
                native::fraction(lower.at(step), upper.at(step), histogram)
            },
            |_, step, mut buckets, _| {
                classic::fraction(lower.at(step), upper.at(step), &mut buckets)
            },
        );
    }
}

/// Puts a value into the row of its series; there are few series at a time.
fn store(buffers: &mut Vec<(Head, RowBuffer)>, head: Head, steps: usize, step: usize, value: f64) {
    let index = match buffers.iter().position(|(other, _)| *other == head) {
        Some(index) => index,
        None => {
            let mut buffer = RowBuffer::default();
            buffer.reset(steps);
            buffers.push((head, buffer));
            buffers.len() - 1
        }
    };
    buffers[index].1.set(step, value);
}

fn flush(buffers: &mut Vec<(Head, RowBuffer)>, result: &mut Block) {
    for (head, buffer) in buffers.drain(..) {
        result.push(head, buffer.row());
    }
}
