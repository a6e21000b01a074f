//! The samples of a series with native histograms, as they are.
//!
//! ```text
//!          start
//!            v
//! times  [ x x t t t t t . . ]     x dropped, not yet given back    . spare capacity
//! values [ x x v v v v v . . ]
//! ```
//!
//! A window is one contiguous slice of each column; dropping old samples moves `start`, and the
//! dropped front is reclaimed when it outweighs what is left, so both cost O(1) a sample.

use std::sync::Arc;

use crate::sample::{Histogram, Sample, SeriesSet, Value};
use crate::time::Timestamp;

#[derive(Debug, Default)]
pub(super) struct Rows {
    times: Vec<i64>,
    values: Vec<f64>,
    /// The histograms; nothing where a sample is a plain number.
    slots: Vec<Option<Arc<Histogram>>>,
    start: usize,
}

/// Part of the rows.
#[derive(Copy, Clone)]
pub(super) struct Window<'a> {
    times: &'a [i64],
    values: &'a [f64],
    slots: &'a [Option<Arc<Histogram>>],
}

/// Below this many dropped samples it does not pay to move the rest.
const RECLAIM: usize = 16;

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.times.len() - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time of the newest sample.
    pub(super) fn last(&self) -> Option<i64> {
        if self.is_empty() { None } else { self.times.last().copied() }
    }

    /// The bits of the value, or the histogram, at exactly that time.
    pub(super) fn at(&self, time: i64) -> Option<(u64, Option<&Arc<Histogram>>)> {
        let found = self.start + self.times[self.start..].binary_search(&time).ok()?;
        Some((self.values[found].to_bits(), self.slots[found].as_ref()))
    }

    /// Adds a sample, which is newer than all before.
    pub(super) fn push(&mut self, time: i64, value: f64, histogram: Option<&Arc<Histogram>>) {
        self.times.push(time);
        self.values.push(value);
        self.slots.push(histogram.map(Arc::clone));
    }

    /// Samples with `after < time <= until`.
    pub(super) fn window(&self, after: i64, until: i64) -> Window<'_> {
        let live = &self.times[self.start..];
        let from = self.start + live.partition_point(|time| *time <= after);
        let to = (self.start + live.partition_point(|time| *time <= until)).max(from);
        Window {
            times: &self.times[from..to],
            values: &self.values[from..to],
            slots: &self.slots[from..to],
        }
    }

    /// Drops samples at or before the horizon; says how many.
    pub(super) fn evict(&mut self, horizon: i64) -> usize {
        let dropped = self.times[self.start..].partition_point(|time| *time <= horizon);
        self.start += dropped;
        if self.start >= RECLAIM && self.start >= self.len() {
            self.reclaim();
        }
        dropped
    }

    /// Bytes on the heap; a histogram shared with others counts in full.
    pub(super) fn bytes(&self) -> usize {
        let histograms = self.slots.iter().flatten().map(|one| histogram_bytes(one));
        let slots = self.slots.capacity() * 8 + histograms.sum::<usize>();
        self.times.capacity() * 8 + self.values.capacity() * 8 + slots
    }

    fn reclaim(&mut self) {
        let room = self.len() * 2;
        self.times.drain(..self.start);
        self.values.drain(..self.start);
        self.times.shrink_to(room);
        self.values.shrink_to(room);
        self.slots.drain(..self.start);
        self.slots.shrink_to(room);
        self.start = 0;
    }
}

impl Window<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Adds the samples to the series that is being added to the set.
    pub(super) fn write(&self, set: &mut SeriesSet) {
        if self.slots.iter().all(Option::is_none) {
            set.add_floats(self.times, self.values);
            return;
        }
        let samples = self.times.iter().zip(self.values).zip(self.slots);
        set.add(samples.map(|((&time, &value), slot)| Sample {
            at: Timestamp::from_millis(time),
            value: slot.clone().map_or(Value::Float(value), Value::Histogram),
        }));
    }
}

fn histogram_bytes(histogram: &Histogram) -> usize {
    let spans = histogram.positive_spans.len() + histogram.negative_spans.len();
    let floats = histogram.positive_buckets.len()
        + histogram.negative_buckets.len()
        + histogram.custom_bounds.len();
    size_of::<Histogram>() + 8 * (spans + floats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_of_samples_does_not_grow() {
        let mut rows = Rows::default();
        for time in 0..100_000 {
            rows.push(time, time as f64, None);
            rows.evict(time - 20);
        }
        assert_eq!(rows.len(), 20);
        assert!(rows.bytes() < 24 * 20 * 5, "{}", rows.bytes());
        assert_eq!(rows.window(i64::MIN, i64::MAX).times.first(), Some(&99_980));
    }

    #[test]
    fn windows_are_open_on_the_left() {
        let mut rows = Rows::default();
        for time in [10, 20, 30] {
            rows.push(time, 1.0, None);
        }
        let times = |after, until| rows.window(after, until).times.to_vec();
        assert_eq!(times(10, 20), [20]);
        assert_eq!(times(9, 30), [10, 20, 30]);
        assert_eq!(times(30, 40), [0i64; 0]);
        assert_eq!(times(30, 10), [0i64; 0]);
    }
}
