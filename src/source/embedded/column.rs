//! The samples of one series.
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

use crate::label::Labels;
use crate::sample::{Histogram, Sample, SeriesSet, Value};
use crate::time::Timestamp;

/// What became of one sample.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Push {
    Taken,
    Repeated,
    OutOfOrder,
    Conflict,
}

/// A histogram slot for each sample, or nothing while all samples are plain numbers.
type Slots = Option<Box<Vec<Option<Arc<Histogram>>>>>;

#[derive(Debug, Default)]
pub(super) struct Column {
    times: Vec<i64>,
    values: Vec<f64>,
    slots: Slots,
    start: usize,
}

/// Part of a column.
#[derive(Copy, Clone)]
pub(super) struct Window<'a> {
    times: &'a [i64],
    values: &'a [f64],
    slots: &'a [Option<Arc<Histogram>>],
}

/// Below this many dropped samples it does not pay to move the rest.
const RECLAIM: usize = 16;

impl Column {
    pub(super) fn len(&self) -> usize {
        self.times.len() - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(
        &mut self,
        time: i64,
        value: f64,
        histogram: Option<&Arc<Histogram>>,
    ) -> Push {
        match self.times.last() {
            Some(&last) if time <= last && !self.is_empty() => self.judge(time, value, histogram),
            _ => {
                self.add(time, value, histogram);
                Push::Taken
            }
        }
    }

    /// Adds plain numbers at one go, if they all are in order behind what is there.
    pub(super) fn extend(&mut self, times: &[i64], values: &[f64]) -> bool {
        let follows = match (self.times.last(), times.first()) {
            (Some(last), Some(first)) => last < first,
            _ => true,
        };
        let fits = follows && self.slots.is_none() && times.is_sorted_by(|a, b| a < b);
        if fits {
            self.times.extend_from_slice(times);
            self.values.extend_from_slice(values);
        }
        fits
    }

    /// Samples with `after < time <= until`.
    pub(super) fn window(&self, after: i64, until: i64) -> Window<'_> {
        let live = &self.times[self.start..];
        let from = self.start + live.partition_point(|time| *time <= after);
        let to = (self.start + live.partition_point(|time| *time <= until)).max(from);
        Window {
            times: &self.times[from..to],
            values: &self.values[from..to],
            slots: self.slots.as_ref().map_or(&[], |slots| &slots[from..to]),
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
        let slots = self.slots.as_ref().map_or(0, |slots| {
            slots.capacity() * 8
                + slots.iter().flatten().map(|one| histogram_bytes(one)).sum::<usize>()
        });
        self.times.capacity() * 8 + self.values.capacity() * 8 + slots
    }

    fn add(&mut self, time: i64, value: f64, histogram: Option<&Arc<Histogram>>) {
        if histogram.is_some() && self.slots.is_none() {
            self.slots = Some(Box::new(vec![None; self.times.len()]));
        }
        self.times.push(time);
        self.values.push(value);
        if let Some(slots) = &mut self.slots {
            slots.push(histogram.map(Arc::clone));
        }
    }

    /// A sample that is not newer than the newest: known, in conflict, or too late.
    fn judge(&self, time: i64, value: f64, histogram: Option<&Arc<Histogram>>) -> Push {
        let live = &self.times[self.start..];
        let Ok(found) = live.binary_search(&time) else { return Push::OutOfOrder };
        let slot = self.slots.as_ref().and_then(|slots| slots[self.start + found].as_ref());
        let same = match (slot, histogram) {
            (None, None) => self.values[self.start + found].to_bits() == value.to_bits(),
            (Some(kept), Some(given)) => same_histogram(kept, given),
            _ => false,
        };
        match (same, found + 1 == live.len()) {
            (true, _) => Push::Repeated,
            (false, true) => Push::Conflict,
            (false, false) => Push::OutOfOrder,
        }
    }

    fn reclaim(&mut self) {
        let room = self.len() * 2;
        self.times.drain(..self.start);
        self.values.drain(..self.start);
        self.times.shrink_to(room);
        self.values.shrink_to(room);
        if let Some(slots) = &mut self.slots {
            slots.drain(..self.start);
            slots.shrink_to(room);
        }
        self.start = 0;
    }
}

impl Window<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    pub(super) fn write(&self, labels: &Labels, set: &mut SeriesSet) {
        if self.slots.iter().all(Option::is_none) {
            set.push_floats(labels.clone(), self.times, self.values);
            return;
        }
        let samples = self.times.iter().zip(self.values).zip(self.slots);
        let samples = samples.map(|((&time, &value), slot)| Sample {
            at: Timestamp::from_millis(time),
            value: slot.clone().map_or(Value::Float(value), Value::Histogram),
        });
        set.push(labels.clone(), samples);
    }
}

/// Equality that also holds between two histograms whose sum is the same not-a-number.
fn same_histogram(left: &Histogram, right: &Histogram) -> bool {
    left.sum.to_bits() == right.sum.to_bits()
        && left.schema == right.schema
        && left.count == right.count
        && left.zero_threshold == right.zero_threshold
        && left.zero_count == right.zero_count
        && left.positive_spans == right.positive_spans
        && left.positive_buckets == right.positive_buckets
        && left.negative_spans == right.negative_spans
        && left.negative_buckets == right.negative_buckets
        && left.custom_bounds == right.custom_bounds
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

    fn column(samples: &[(i64, f64)]) -> Column {
        let mut column = Column::default();
        for (time, value) in samples {
            assert_eq!(column.push(*time, *value, None), Push::Taken);
        }
        column
    }

    #[test]
    fn time_only_goes_forward_and_a_repeated_sample_is_no_error() {
        let mut column = column(&[(10, 1.0), (20, f64::NAN)]);
        let cases = [
            (20, f64::NAN, Push::Repeated),
            (10, 1.0, Push::Repeated),
            (20, 2.0, Push::Conflict),
            (10, 2.0, Push::OutOfOrder),
            (15, 1.0, Push::OutOfOrder),
            (5, 1.0, Push::OutOfOrder),
            (21, 1.0, Push::Taken),
        ];
        for (time, value, expected) in cases {
            assert_eq!(column.push(time, value, None), expected, "{time} {value}");
        }
        assert_eq!(column.len(), 3);
    }

    #[test]
    fn samples_in_order_are_added_at_one_go() {
        let mut column = column(&[(10, 1.0)]);
        assert!(column.extend(&[11, 12], &[2.0, 3.0]));
        assert!(!column.extend(&[12], &[3.0]) && !column.extend(&[14, 13], &[4.0, 5.0]));
        assert_eq!(column.window(10, 20).values, [2.0, 3.0]);
        assert_eq!(column.len(), 3);
    }

    #[test]
    fn windows_are_open_on_the_left() {
        let column = column(&[(10, 1.0), (20, 2.0), (30, 3.0)]);
        let times = |after, until| column.window(after, until).times.to_vec();
        assert_eq!(times(10, 20), [20]);
        assert_eq!(times(9, 30), [10, 20, 30]);
        assert_eq!(times(30, 40), [0i64; 0]);
        assert_eq!(times(30, 10), [0i64; 0]);
    }

    #[test]
    fn a_ring_of_samples_does_not_grow() {
        let mut column = Column::default();
        for time in 0..100_000 {
            column.push(time, time as f64, None);
            column.evict(time - 20);
        }
        assert_eq!(column.len(), 20);
        assert!(column.bytes() < 16 * 20 * 5, "{}", column.bytes());
        assert_eq!(column.window(i64::MIN, i64::MAX).times.first(), Some(&99_980));
    }

    #[test]
    fn a_column_evicted_to_the_end_takes_older_samples_again() {
        let mut column = column(&[(10, 1.0)]);
        assert_eq!(column.evict(10), 1);
        assert_eq!(column.push(9, 1.0, None), Push::Taken);
    }

    #[test]
    fn histograms_and_numbers_live_side_by_side() {
        let histogram = Arc::new(crate::source::embedded::tests::histogram(f64::NAN));
        let mut column = column(&[(10, 1.0)]);
        assert_eq!(column.push(20, 0.0, Some(&histogram)), Push::Taken);
        assert_eq!(column.push(20, 0.0, Some(&histogram)), Push::Repeated);
        assert_eq!(column.push(20, 0.0, None), Push::Conflict);
        assert_eq!(column.push(30, 3.0, None), Push::Taken);
        let mut set = SeriesSet::new();
        column.window(0, 30).write(&Labels::empty(), &mut set);
        column.window(20, 30).write(&Labels::empty(), &mut set);
        let all = set.series(0);
        assert_eq!(all.times, [10, 20, 30]);
        assert!(all.histograms[0].is_none() && all.histograms[1].is_some());
        assert_eq!(set.series(1).values, [3.0]);
    }
}
