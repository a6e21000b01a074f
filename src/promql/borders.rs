//! Where the windows of a grid lie among the times of a series.
//!
//! Series that are scraped together have the same times, so what depends on times alone is
//! found out once for all of them:
//!
//! ```text
//! times      t0  t1  t2  t3  t4  t5
//! step 3    (--------]                    spans[0]: 0..3
//! step 4        (--------]                spans[1]: 1..4      live: 3..5, no window before or
//!                                                             after holds anything
//! ```

use std::ops::Range;

use super::Grid;
use super::plan::Moment;
use super::select::first_after;

/// What windows are wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Windows {
    pub(super) grid: Grid,
    pub(super) moment: Moment,
    /// Their length in milliseconds; they are left-open.
    pub(super) length: i64,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Borders {
    windows: Windows,
    times: Vec<i64>,
    /// Outside of these steps all windows are empty.
    pub(super) live: Range<usize>,
    /// For each of those steps: the first sample of its window, and the one after its last.
    pub(super) spans: Vec<(usize, usize)>,
    /// The most samples of any window.
    pub(super) largest: usize,
}

/// Whether borders had to be made anew.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    Again,
    Anew,
}

impl Borders {
    /// Borders for a series without samples.
    pub(super) fn new(windows: Windows) -> Borders {
        Borders { windows, times: Vec::new(), live: 0..0, spans: Vec::new(), largest: 0 }
    }

    /// Finds the windows among the times of a series.
    pub(super) fn place(&mut self, times: &[i64]) -> Placed {
        if self.times == times {
            return Placed::Again;
        }
        self.times.clear();
        self.times.extend_from_slice(times);
        self.spans.clear();
        (self.live, self.largest) = (0..0, 0);
        let Windows { grid, moment, length } = self.windows;
        let until = moment.of(grid.start.millis());
        let mut from = first_after(times, until.saturating_sub(length));
        let mut to = first_after(times, until);
        for step in 0..grid.steps() {
            let until = moment.of(grid.millis(step));
            let after = until.saturating_sub(length);
            while to < times.len() && times[to] <= until {
                to += 1;
            }
            while from < to && times[from] <= after {
                from += 1;
            }
            if from == to {
                if self.spans.is_empty() {
                    continue;
                }
                if to == times.len() {
                    break;
                }
            }
            if self.spans.is_empty() {
                self.live = step..step;
            }
            self.spans.push((from, to));
            self.largest = self.largest.max(to - from);
        }
        self.live.end = self.live.start + self.spans.len();
        Placed::Anew
    }

    /// The times of the series placed last.
    pub(super) fn times(&self) -> &[i64] {
        &self.times
    }

    /// The steps that have a window, each with its left and its right border and what it holds.
    pub(super) fn frames(&self) -> impl Iterator<Item = (usize, i64, i64, Range<usize>)> + '_ {
        let Windows { grid, moment, length } = self.windows;
        self.live.clone().zip(&self.spans).filter(|(_, (from, to))| from < to).map(
            move |(step, (from, to))| {
                let end = moment.of(grid.millis(step));
                (step, end.saturating_sub(length), end, *from..*to)
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Span, Timestamp};

    #[test]
    fn windows_lie_where_their_samples_are() {
        let at = Timestamp::from_millis;
        let grid = Grid::range(at(0), at(70), Span::from_millis(10));
        let moment = Moment { at: None, offset: 0 };
        let mut borders = Borders::new(Windows { grid, moment, length: 15 });
        assert_eq!(borders.place(&[20, 25, 50]), Placed::Anew);
        assert_eq!(borders.live, 2..7);
        assert_eq!(borders.spans, [(0, 1), (0, 2), (2, 2), (2, 3), (2, 3)]);
        assert_eq!(borders.largest, 2);
        assert_eq!(borders.place(&[20, 25, 50]), Placed::Again);
        assert_eq!(borders.frames().nth(1), Some((3, 15, 30, 0..2)));
        assert_eq!(borders.frames().count(), 4);
        assert_eq!(borders.place(&[]), Placed::Anew);
        assert_eq!((borders.live.clone(), borders.largest), (0..0, 0));
    }

    #[test]
    fn a_fixed_moment_has_the_same_window_at_every_step() {
        let at = Timestamp::from_millis;
        let grid = Grid::range(at(0), at(20), Span::from_millis(10));
        let moment = Moment { at: Some(100), offset: 10 };
        let mut borders = Borders::new(Windows { grid, moment, length: 15 });
        borders.place(&[75, 76, 90, 91]);
        assert_eq!((borders.live.clone(), borders.spans), (0..3, vec![(1, 3); 3]));
    }
}
