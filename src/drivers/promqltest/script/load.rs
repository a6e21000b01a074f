//! `load STEP`: series to add to the store.

use super::{Lines, Read, duration, word};
use crate::label::Labels;
use crate::source::notation::{NotedValue, parse_series, parse_start_offsets};
use crate::time::Span;

/// Series to add to the store.
#[derive(Debug)]
pub(in crate::drivers::promqltest) struct Load {
    /// Its line, from one.
    pub line: usize,
    /// Time between two values.
    pub step: Span,
    /// Whether classic histograms are also stored as native ones.
    pub with_custom_buckets: bool,
    /// The series, each label set once.
    pub series: Vec<LoadedSeries>,
}

/// One series.
#[derive(Debug)]
pub(in crate::drivers::promqltest) struct LoadedSeries {
    /// Its labels.
    pub labels: Labels,
    /// Its values; `None` is a gap.
    pub values: Vec<Option<NotedValue>>,
    /// When its counter started, before each value; repeated when shorter.
    pub starts: Vec<Option<Span>>,
}

pub(super) fn parse(first: &str, line: &str, lines: &mut Lines<'_>) -> Read<Load> {
    let index = lines.index();
    let (step, rest) = duration(word(line).1).map_err(|error| (index, error))?;
    if !rest.is_empty() {
        return Err((index, format!("unexpected {rest:?} after the step")));
    }
    let mut load = Load {
        line: index + 1,
        step,
        with_custom_buckets: first == "load_with_nhcb",
        series: Vec::new(),
    };
    let mut default_starts = Vec::new();
    let mut pending: Option<(Labels, Vec<Option<Span>>)> = None;
    while let Some(line) = lines.next_in_block() {
        let index = lines.index();
        if let Some(labels_text) = word(line).0.strip_suffix("@st") {
            let starts = parse_start_offsets(word(line).1);
            let starts = starts.map_err(|error| (index, error.to_string()))?;
            if labels_text.is_empty() {
                default_starts = starts;
            } else if pending.replace((labels(labels_text, index)?, starts)).is_some() {
                return Err((index, NOT_FOLLOWED.to_owned()));
            }
            continue;
        }
        let series = parse_series(line).map_err(|error| (index, error.to_string()))?;
        lines.count_loaded(series.values.len() + default_starts.len())?;
        let mut starts = default_starts.clone();
        if let Some((labels, own)) = pending.take() {
            check_starts(&labels, &own, &series.labels, series.values.len())
                .map_err(|error| (index, error))?;
            starts = own;
        }
        load.series.retain(|other| other.labels != series.labels);
        load.series.push(LoadedSeries { labels: series.labels, values: series.values, starts });
    }
    match pending {
        None => Ok(load),
        Some(_) => Err((lines.index(), NOT_FOLLOWED.to_owned())),
    }
}

const NOT_FOLLOWED: &str = "a line of start times must be followed by the line of its series";

fn labels(text: &str, index: usize) -> Read<Labels> {
    let series = parse_series(text).map_err(|error| (index, error.to_string()))?;
    Ok(series.labels)
}

fn check_starts(
    labels: &Labels,
    starts: &[Option<Span>],
    series: &Labels,
    values: usize,
) -> Result<(), String> {
    if labels != series {
        return Err(format!("the line before has start times of {labels}, not of {series}"));
    }
    if starts.len() != values {
        return Err(format!("{} start times but {values} values", starts.len()));
    }
    Ok(())
}
