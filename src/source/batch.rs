//! Samples on their way into a store, as columns.
//!
//! ```text
//! labels     [ L0    | L1  | L2    ]   one buffer, see `LabelArena`
//! ends       [ 2     , 3   , 5     ]
//! times      [ t t   | t   | t t   ]
//! values     [ v v   | v   | v v   ]
//! histograms [ (3, h) ]                sparse: (index of the sample, histogram)
//! ```

use std::sync::Arc;

use crate::label::{LabelArena, Labels};
use crate::sample::{Histogram, Sample, Series, Value};
use crate::time::Timestamp;

/// Samples of many series, in the order given; a series may come more than once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    labels: LabelArena,
    ends: Vec<usize>,
    times: Vec<i64>,
    values: Vec<f64>,
    histograms: Vec<(usize, Arc<Histogram>)>,
}

/// One series of a batch.
#[derive(Copy, Clone, Debug)]
pub struct BatchSeries<'a> {
    /// The bytes of [`Labels::as_bytes`].
    pub identity: &'a [u8],
    /// Sample times in milliseconds, in the order given.
    pub times: &'a [i64],
    /// Sample values; meaningless where `histograms` has one.
    pub values: &'a [f64],
    /// The samples that are histograms: index into the series' samples plus `offset`.
    pub histograms: &'a [(usize, Arc<Histogram>)],
    /// The index in the batch of the series' first sample.
    pub offset: usize,
}

impl Batch {
    /// A batch without samples.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Makes room for so many more samples.
    pub fn reserve(&mut self, samples: usize) {
        self.times.reserve_exact(samples);
        self.values.reserve_exact(samples);
    }

    /// How many series there are, repeated ones counted again.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many samples all series have together.
    pub fn sample_count(&self) -> usize {
        self.times.len()
    }

    /// Adds a series with one sample.
    pub fn push(&mut self, labels: &Labels, at: Timestamp, value: &Value) {
        self.sample(at, value);
        self.end(labels);
    }

    /// Adds a sample to the series that the next [`Batch::end`] or [`Batch::end_sorted`] names.
    pub fn sample(&mut self, at: Timestamp, value: &Value) {
        match value {
            Value::Float(value) => self.float(at.millis(), *value),
            Value::Histogram(histogram) => self.histogram(at.millis(), Arc::clone(histogram)),
        }
    }

    /// [`Batch::sample`] for a plain number; the time in milliseconds.
    pub fn float(&mut self, millis: i64, value: f64) {
        self.times.push(millis);
        self.values.push(value);
    }

    /// [`Batch::sample`] for a native histogram; the time in milliseconds.
    pub fn histogram(&mut self, millis: i64, histogram: Arc<Histogram>) {
        self.histograms.push((self.times.len(), histogram));
        self.float(millis, 0.0);
    }

    /// Names the series that the samples since the last end belong to.
    pub fn end(&mut self, labels: &Labels) {
        self.labels.push(labels);
        self.ends.push(self.times.len());
    }

    /// The same from pairs that the caller has sorted by name, each name once.
    pub fn end_sorted<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.labels.push_sorted(pairs);
        self.ends.push(self.times.len());
    }

    /// Adds every series of another batch.
    pub fn extend(&mut self, other: &Batch) {
        for index in 0..other.len() {
            let series = other.series(index);
            for sample in series.samples() {
                self.sample(sample.at, &sample.value);
            }
            self.labels.push_from(&other.labels, index);
            self.ends.push(self.times.len());
        }
    }

    /// Forgets everything, but keeps the memory.
    pub fn clear(&mut self) {
        self.labels.clear();
        self.ends.clear();
        self.times.clear();
        self.values.clear();
        self.histograms.clear();
    }

    /// Bytes of memory, used or kept; histograms not among them.
    pub fn bytes(&self) -> usize {
        let columns = self.ends.capacity() + self.times.capacity() + self.values.capacity();
        self.labels.bytes_kept() + 8 * columns
    }

    /// Forgets the samples since the last end: their series turned out to be unusable.
    pub fn abandon(&mut self) {
        let length = self.ends.last().copied().unwrap_or(0);
        self.times.truncate(length);
        self.values.truncate(length);
        self.histograms.truncate(self.histograms.partition_point(|(index, _)| *index < length));
    }

    /// One series; panics when `index` is not below [`Batch::len`].
    pub fn series(&self, index: usize) -> BatchSeries<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let end = self.ends[index];
        let from = self.histograms.partition_point(|(at, _)| *at < start);
        let to = self.histograms.partition_point(|(at, _)| *at < end);
        BatchSeries {
            identity: self.labels.bytes(index),
            times: &self.times[start..end],
            values: &self.values[start..end],
            histograms: &self.histograms[from..to],
            offset: start,
        }
    }

    /// The labels of one series; panics as [`Batch::series`] does.
    pub fn labels(&self, index: usize) -> Labels {
        self.labels.labels(index)
    }

    /// The series one at a time, for where columns are of no use.
    pub fn to_series(&self) -> Vec<Series> {
        (0..self.len())
            .map(|index| Series {
                labels: self.labels(index),
                samples: self.series(index).samples().collect(),
            })
            .collect()
    }
}

impl<'a> BatchSeries<'a> {
    /// The histogram of the sample at `index` of this series, if it is one.
    pub fn histogram(&self, index: usize) -> Option<&'a Arc<Histogram>> {
        let wanted = self.offset + index;
        let found = self.histograms.binary_search_by_key(&wanted, |(at, _)| *at).ok()?;
        Some(&self.histograms[found].1)
    }

    /// The samples in the order given.
    pub fn samples(self) -> impl Iterator<Item = Sample> + 'a {
        self.times.iter().zip(self.values).enumerate().map(move |(index, (&millis, &value))| {
            let value = match self.histogram(index) {
                Some(histogram) => Value::Histogram(Arc::clone(histogram)),
                None => Value::Float(value),
            };
            Sample { at: Timestamp::from_millis(millis), value }
        })
    }
}

impl<'a> FromIterator<&'a Series> for Batch {
    fn from_iter<I: IntoIterator<Item = &'a Series>>(series: I) -> Batch {
        let mut batch = Batch::new();
        for one in series {
            for sample in &one.samples {
                batch.sample(sample.at, &sample.value);
            }
            batch.end(&one.labels);
        }
        batch
    }
}
