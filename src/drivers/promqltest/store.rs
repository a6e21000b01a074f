//! What a script has loaded.

use std::collections::BTreeMap;

use super::classic;
use super::hints::as_stored;
use super::report::Failure;
use super::script::{Load, LoadedSeries};
use crate::label::Labels;
use crate::sample::{Sample, Selection, SeriesSet, Value};
use crate::time::Timestamp;

/// Series in memory.
#[derive(Debug, Default)]
pub(super) struct Store {
    series: BTreeMap<Labels, Stored>,
}

/// One series.
#[derive(Debug, Default)]
struct Stored {
    /// What was loaded.
    written: Samples,
    /// What is read: with the hints that a store gives back.
    read: Samples,
}

/// A sample, and when its counter started in milliseconds (0: unknown), by time.
pub(in crate::drivers) type Samples = BTreeMap<Timestamp, (Value, i64)>;

impl Store {
    /// Adds series; a later value at the same time wins.
    pub fn load(&mut self, load: &Load) -> Result<(), Failure> {
        for series in &load.series {
            let samples = samples(load, series);
            self.add(series.labels.clone(), samples);
        }
        if load.with_custom_buckets {
            let converted = classic::convert(load).map_err(|message| Failure {
                line: load.line,
                message,
                ..Failure::default()
            })?;
            for (labels, histograms) in converted {
                let samples = histograms
                    .into_iter()
                    .map(|(at, histogram)| (at, (Value::Histogram(histogram.into()), 0)));
                self.add(labels, samples.collect());
            }
        }
        Ok(())
    }

    fn add(&mut self, labels: Labels, samples: Samples) {
        let stored = self.series.entry(labels).or_default();
        stored.written.extend(samples);
        stored.read = as_stored(&stored.written);
    }

    /// Answers what a query needs.
    pub fn select(&self, selections: &[Selection]) -> Vec<SeriesSet> {
        selections.iter().map(|selection| self.select_one(selection)).collect()
    }

    fn select_one(&self, selection: &Selection) -> SeriesSet {
        let mut set = SeriesSet::new();
        if selection.until <= selection.after {
            return set;
        }
        let window = (
            std::ops::Bound::Excluded(selection.after),
            std::ops::Bound::Included(selection.until),
        );
        for (labels, stored) in &self.series {
            if !selection.matchers.matches(labels) {
                continue;
            }
            let found: Vec<_> = stored.read.range(window).collect();
            if found.is_empty() {
                continue;
            }
            let starts: Vec<i64> = found.iter().map(|(_, (_, start))| *start).collect();
            let values =
                found.into_iter().map(|(at, (value, _))| Sample { at: *at, value: value.clone() });
            set.push(labels.clone(), values);
            if starts.iter().any(|start| *start != 0) {
                set.set_last_starts(&starts);
            }
        }
        set
    }
}

fn samples(load: &Load, series: &LoadedSeries) -> Samples {
    let mut samples = Samples::new();
    for (index, value) in series.values.iter().enumerate() {
        let Some(value) = value else { continue };
        let at = time(load, index);
        let offset = match series.starts.len() {
            0 => None,
            length => series.starts[index % length],
        };
        let start = offset.map_or(0, |offset| (at + offset).millis());
        samples.insert(at, (value.value.clone(), start));
    }
    samples
}

/// When the value with that index was taken.
pub(super) fn time(load: &Load, index: usize) -> Timestamp {
    Timestamp::default() + load.step.times(i64::try_from(index).unwrap_or(i64::MAX))
}
