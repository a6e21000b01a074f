//! The samples of one series: a tape of packed numbers, until the first histogram comes.

use std::sync::Arc;

use super::rows::Rows;
use super::tape::Tape;
use crate::sample::{Histogram, SeriesSet};

/// What became of one sample.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Push {
    Taken,
    Repeated,
    OutOfOrder,
    Conflict,
}

#[derive(Debug)]
pub(super) enum Column {
    Numbers(Tape),
    Mixed(Box<Rows>),
}

impl Default for Column {
    fn default() -> Column {
        Column::Numbers(Tape::default())
    }
}

impl Column {
    pub(super) fn len(&self) -> usize {
        match self {
            Column::Numbers(tape) => tape.len(),
            Column::Mixed(rows) => rows.len(),
        }
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
        if self.last().is_some_and(|last| time <= last) {
            return self.judge(time, value, histogram);
        }
        match (&mut *self, histogram) {
            (Column::Numbers(tape), None) => tape.push(time, value),
            (Column::Numbers(tape), Some(_)) => {
                let mut rows = rows(tape);
                rows.push(time, value, histogram);
                *self = Column::Mixed(Box::new(rows));
            }
            (Column::Mixed(rows), _) => rows.push(time, value, histogram),
        }
        Push::Taken
    }

    /// Adds plain numbers at one go, if they all are in order behind what is there.
    pub(super) fn extend(&mut self, times: &[i64], values: &[f64]) -> bool {
        let follows = match (self.last(), times.first()) {
            (Some(last), Some(first)) => last < *first,
            _ => true,
        };
        let Column::Numbers(tape) = self else { return false };
        let fits = follows && times.is_sorted_by(|a, b| a < b);
        if fits {
            times.iter().zip(values).for_each(|(time, value)| tape.push(*time, *value));
        }
        fits
    }

    /// Adds the samples with `after < time <= until` to the series that is being added to `set`.
    pub(super) fn read(&self, after: i64, until: i64, set: &mut SeriesSet) {
        match self {
            Column::Numbers(tape) => {
                tape.read(after, until, |times, values| set.add_floats(times, values));
            }
            Column::Mixed(rows) => rows.window(after, until).write(set),
        }
    }

    /// Whether there is a sample with `after < time <= until`.
    pub(super) fn any(&self, after: i64, until: i64) -> bool {
        match self {
            Column::Numbers(tape) => tape.any(after, until),
            Column::Mixed(rows) => !rows.window(after, until).is_empty(),
        }
    }

    /// Drops samples at or before the horizon, though perhaps not all of them while newer ones
    /// are left; says how many.
    pub(super) fn evict(&mut self, horizon: i64) -> usize {
        match self {
            Column::Numbers(tape) => tape.evict(horizon),
            Column::Mixed(rows) => rows.evict(horizon),
        }
    }

    /// Reads a little of what is newest; whatever comes of it means nothing.
    pub(super) fn touch(&self) -> usize {
        match self {
            Column::Numbers(tape) => tape.touch(),
            Column::Mixed(rows) => rows.len(),
        }
    }

    /// Bytes on the heap; a histogram shared with others counts in full.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Column::Numbers(tape) => tape.bytes(),
            Column::Mixed(rows) => size_of::<Rows>() + rows.bytes(),
        }
    }

    fn last(&self) -> Option<i64> {
        match self {
            Column::Numbers(tape) => tape.last(),
            Column::Mixed(rows) => rows.last(),
        }
    }

    /// A sample that is not newer than the newest: known, in conflict, or too late.
    fn judge(&self, time: i64, value: f64, histogram: Option<&Arc<Histogram>>) -> Push {
        let kept = match self {
            Column::Numbers(tape) => tape.at(time).map(|value| (value.to_bits(), None)),
            Column::Mixed(rows) => rows.at(time),
        };
        let Some((bits, slot)) = kept else { return Push::OutOfOrder };
        let same = match (slot, histogram) {
            (None, None) => bits == value.to_bits(),
            (Some(kept), Some(given)) => same_histogram(kept, given),
            _ => false,
        };
        match (same, self.last() == Some(time)) {
            (true, _) => Push::Repeated,
            (false, true) => Push::Conflict,
            (false, false) => Push::OutOfOrder,
        }
    }
}

/// The samples of a tape as rows.
fn rows(tape: &Tape) -> Rows {
    let mut rows = Rows::default();
    tape.read_all(|times, values| {
        times.iter().zip(values).for_each(|(time, value)| rows.push(*time, *value, None));
    });
    rows
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Labels;

    fn column(samples: &[(i64, f64)]) -> Column {
        let mut column = Column::default();
        for (time, value) in samples {
            assert_eq!(column.push(*time, *value, None), Push::Taken);
        }
        column
    }

    /// A set with the samples of one window.
    fn set(column: &Column, after: i64, until: i64) -> SeriesSet {
        let mut set = SeriesSet::new();
        column.read(after, until, &mut set);
        set.end(&Labels::empty());
        set
    }

    #[test]
    fn time_only_goes_forward_and_a_repeated_sample_is_no_error() {
        let histogram = Arc::new(crate::source::embedded::tests::histogram(1.0));
        let mut mixed = column(&[(5, 1.0), (10, 1.0), (20, f64::NAN)]);
        assert_eq!(mixed.push(21, 0.0, Some(&histogram)), Push::Taken);
        let cases = [
            (20, f64::NAN, Push::Repeated),
            (10, 1.0, Push::Repeated),
            (10, 2.0, Push::OutOfOrder),
            (15, 1.0, Push::OutOfOrder),
            (4, 1.0, Push::OutOfOrder),
            (22, 1.0, Push::Taken),
            (22, 2.0, Push::Conflict),
        ];
        for mut column in [column(&[(5, 1.0), (10, 1.0), (20, f64::NAN)]), mixed] {
            for (time, value, expected) in cases {
                assert_eq!(column.push(time, value, None), expected, "{time} {value}");
            }
        }
    }

    #[test]
    fn samples_in_order_are_added_at_one_go() {
        let mut column = column(&[(10, 1.0)]);
        assert!(column.extend(&[11, 12], &[2.0, 3.0]));
        assert!(!column.extend(&[12], &[3.0]) && !column.extend(&[14, 13], &[4.0, 5.0]));
        assert_eq!(set(&column, 10, 20).series(0).values, [2.0, 3.0]);
        assert_eq!(column.len(), 3);
    }

    #[test]
    fn a_column_evicted_to_the_end_takes_older_samples_again() {
        let mut column = column(&[(10, 1.0)]);
        assert_eq!(column.evict(10), 1);
        assert!(column.is_empty());
        assert_eq!(column.push(9, 1.0, None), Push::Taken);
    }

    #[test]
    fn histograms_and_numbers_live_side_by_side() {
        let histogram = Arc::new(crate::source::embedded::tests::histogram(f64::NAN));
        let mut column = column(&[(i64::MIN, 0.5), (10, 1.0)]);
        assert_eq!(column.push(20, 0.0, Some(&histogram)), Push::Taken);
        assert_eq!(column.push(20, 0.0, Some(&histogram)), Push::Repeated);
        assert_eq!(column.push(20, 0.0, None), Push::Conflict);
        assert_eq!(column.push(30, 3.0, None), Push::Taken);
        assert_eq!(column.len(), 4);
        let all = set(&column, 0, 30);
        assert_eq!(all.series(0).times, [10, 20, 30]);
        assert!(all.series(0).histograms[0].is_none() && all.series(0).histograms[1].is_some());
        assert_eq!(set(&column, 20, 30).series(0).values, [3.0]);
    }
}
