//! Series and sets of series.
//!
//! A [`SeriesSet`] keeps all samples of all its series in shared columns:
//!
//! ```text
//! labels     [ L0          | L1    | L2          ]
//! ends       [ 3           | 5     | 8           ]
//! values     [ v v v       | v v   | v v v       ]
//! first      [ 0           | 3     | 5           ]  (where the times of each begin)
//! times      [ t t t       | t t   | t t t       ]
//! histograms [ ]  (empty while every sample is a float; else one slot a sample)
//! starts     [ ]  (empty while no start timestamp is known; else one slot a sample)
//! ```
//!
//! A series that was sampled at the same times as the one before it shares those times.

use std::sync::Arc;

use crate::label::{Labels, METRIC_NAME, Matchers};
use crate::time::Timestamp;

use super::{Histogram, Sample, Value};

/// What a consumer wants to read: the samples with `after < time <= until` of every series that
/// matches. Left-open, as every window of Prometheus 3 is.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Which series.
    pub matchers: Matchers,
    /// Lower bound, exclusive.
    pub after: Timestamp,
    /// Upper bound, inclusive.
    pub until: Timestamp,
    /// What of it is enough, for a source that can tell.
    pub narrowing: Option<Narrowing>,
}

/// Fewer series than a selection's that are as good as all of them: whatever reads the selection
/// comes to the same with them alone. A source is free to ignore it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowing {
    /// The matchers of the selection, and more.
    pub matchers: Matchers,
    /// If set, fewer are enough only when this part tells all series of the selection apart.
    pub apart: Option<LabelPart>,
}

/// A part of a label set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelPart {
    /// The labels of these names.
    Only(Vec<String>),
    /// The labels of other names than these and the metric's.
    Without(Vec<String>),
}

impl LabelPart {
    /// Whether labels of that name belong to the part.
    pub fn has(&self, name: &str) -> bool {
        match self {
            LabelPart::Only(names) => names.iter().any(|it| it == name),
            LabelPart::Without(names) => name != METRIC_NAME && !names.iter().any(|it| it == name),
        }
    }
}

/// One series with its own samples, for the places where series come one at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels, the metric name among them.
    pub labels: Labels,
    /// Its samples, oldest first.
    pub samples: Vec<Sample>,
}

/// Series with their samples as columns, sorted by labels, each label set once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeriesSet {
    labels: Vec<Labels>,
    ends: Vec<usize>,
    first: Vec<usize>,
    times: Vec<i64>,
    values: Vec<f64>,
    histograms: Vec<Option<Arc<Histogram>>>,
    starts: Vec<i64>,
}

/// One series of a set.
#[derive(Copy, Clone, Debug)]
pub struct SeriesView<'a> {
    /// Its labels.
    pub labels: &'a Labels,
    /// Sample times in milliseconds, ascending.
    pub times: &'a [i64],
    /// Sample values; meaningless where `histograms` has one.
    pub values: &'a [f64],
    /// Empty, or a slot for each sample.
    pub histograms: &'a [Option<Arc<Histogram>>],
    /// Empty, or for each sample when its counter started, in milliseconds; 0: unknown.
    pub starts: &'a [i64],
}

impl SeriesSet {
    /// A set without series.
    pub const fn new() -> SeriesSet {
        SeriesSet {
            labels: Vec::new(),
            ends: Vec::new(),
            first: Vec::new(),
            times: Vec::new(),
            values: Vec::new(),
            histograms: Vec::new(),
            starts: Vec::new(),
        }
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many samples all series have together.
    pub fn sample_count(&self) -> usize {
        self.values.len()
    }

    /// Whether every sample of every series is a plain number.
    pub fn only_floats(&self) -> bool {
        self.histograms.iter().all(Option::is_none)
    }

    /// One series; panics when `index` is not below [`SeriesSet::len`].
    pub fn series(&self, index: usize) -> SeriesView<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let range = start..self.ends[index];
        let first = self.first[index];
        SeriesView {
            labels: &self.labels[index],
            times: &self.times[first..first + range.len()],
            values: &self.values[range.clone()],
            histograms: self.histograms.get(range.clone()).unwrap_or_default(),
            starts: self.starts.get(range).unwrap_or_default(),
        }
    }

    /// All series in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = SeriesView<'_>> {
        (0..self.len()).map(|index| self.series(index))
    }

    /// Appends a series of plain numbers. The caller keeps the label order and hands over as
    /// many times as values.
    pub fn push_floats(&mut self, labels: Labels, times: &[i64], values: &[f64]) {
        self.add_floats(times, values);
        self.close(labels);
    }

    /// Adds plain numbers, as many times as values, to the series that [`SeriesSet::end`] will
    /// name.
    pub fn add_floats(&mut self, times: &[i64], values: &[f64]) {
        debug_assert_eq!(times.len(), values.len());
        self.times.extend_from_slice(times);
        self.values.extend_from_slice(values);
    }

    /// Names the series that the samples added since the last one belong to; none were added,
    /// no series. The caller keeps the label order.
    pub fn end(&mut self, labels: &Labels) {
        if self.ends.last().copied().unwrap_or_default() < self.values.len() {
            self.close(labels.clone());
        }
    }

    /// Makes room for series of that many samples each.
    pub fn reserve(&mut self, series: usize, samples_each: usize) {
        self.labels.reserve(series);
        self.ends.reserve(series);
        self.first.reserve(series);
        self.values.reserve(series * samples_each);
    }

    /// Says when the counters of the samples appended last started: one time in milliseconds
    /// for each sample of the last series, 0 where it is unknown.
    pub fn set_last_starts(&mut self, starts: &[i64]) {
        let samples = self.values.len();
        self.starts.resize(samples - starts.len().min(samples), 0);
        self.starts.extend_from_slice(starts);
    }

    /// Appends a series of samples of either kind; the caller keeps the label order.
    pub fn push(&mut self, labels: Labels, samples: impl IntoIterator<Item = Sample>) {
        self.add(samples);
        self.close(labels);
    }

    /// [`SeriesSet::add_floats`] for samples of either kind.
    pub fn add(&mut self, samples: impl IntoIterator<Item = Sample>) {
        for sample in samples {
            self.times.push(sample.at.millis());
            match sample.value {
                Value::Float(value) => self.values.push(value),
                Value::Histogram(histogram) => {
                    self.histograms.resize(self.values.len(), None);
                    self.histograms.push(Some(histogram));
                    self.values.push(0.0);
                }
            }
        }
    }

    fn close(&mut self, labels: Labels) {
        let samples = self.values.len();
        if !self.histograms.is_empty() {
            self.histograms.resize(samples, None);
        }
        if !self.starts.is_empty() {
            self.starts.resize(samples, 0);
        }
        let begin = self.times.len() - (samples - self.ends.last().copied().unwrap_or_default());
        let before = self.first.last().copied().unwrap_or(begin);
        if self.times[before..begin] == self.times[begin..] {
            self.times.truncate(begin);
            self.first.push(before);
        } else {
            self.first.push(begin);
        }
        self.labels.push(labels);
        self.ends.push(samples);
    }

    /// A set from series in any order; samples of equal label sets are joined by time, and of
    /// two samples at one time the later one given wins.
    pub fn from_series(series: impl IntoIterator<Item = Series>) -> SeriesSet {
        let mut by_labels = std::collections::BTreeMap::<Labels, Vec<Sample>>::new();
        for one in series {
            by_labels.entry(one.labels).or_default().extend(one.samples);
        }
        let mut set = SeriesSet::new();
        for (labels, mut samples) in by_labels {
            samples.sort_by_key(|sample| sample.at);
            samples.reverse();
            samples.dedup_by_key(|sample| sample.at);
            samples.reverse();
            set.push(labels, samples);
        }
        set
    }
}

impl SeriesView<'_> {
    /// The sample at `index` as a value of its own.
    pub fn sample(&self, index: usize) -> Sample {
        let value = match self.histograms.get(index) {
            Some(Some(histogram)) => Value::Histogram(Arc::clone(histogram)),
            _ => Value::Float(self.values[index]),
        };
        Sample { at: Timestamp::from_millis(self.times[index]), value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_join_by_labels_and_the_later_sample_wins() {
        let at = |millis, value| Sample {
            at: Timestamp::from_millis(millis),
            value: Value::Float(value),
        };
        let labels = Labels::from_pairs([("a", "1")]);
        let set = SeriesSet::from_series([
            Series { labels: labels.clone(), samples: vec![at(2, 2.0), at(1, 1.0)] },
            Series { labels, samples: vec![at(2, 3.0)] },
        ]);
        assert_eq!(set.len(), 1);
        assert_eq!((set.series(0).times, set.series(0).values), (&[1, 2][..], &[1.0, 3.0][..]));
    }

    #[test]
    fn series_with_the_same_times_share_them() {
        let mut set = SeriesSet::new();
        let all: [&[i64]; 6] = [&[1, 2], &[1, 2], &[], &[], &[1, 2], &[2]];
        for times in all {
            set.push_floats(Labels::empty(), times, &vec![0.0; times.len()]);
        }
        let kept: Vec<_> = set.iter().map(|series| series.times).collect();
        assert_eq!(kept, all);
        assert_eq!((set.times.len(), set.sample_count()), (5, 7));
    }
}
