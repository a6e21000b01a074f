//! The moments at which a query is evaluated.

use crate::time::{Span, Timestamp};

/// The moments `start + k * step` that are not after `end`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grid {
    /// The first moment.
    pub start: Timestamp,
    /// The last moment that may be on the grid.
    pub end: Timestamp,
    /// The distance of two moments; zero for an instant query.
    pub step: Span,
}

impl Grid {
    /// The grid of an instant query: one moment.
    pub const fn instant(at: Timestamp) -> Grid {
        Grid { start: at, end: at, step: Span::ZERO }
    }

    /// The grid of a range query.
    pub const fn range(start: Timestamp, end: Timestamp, step: Span) -> Grid {
        Grid { start, end, step }
    }

    /// Whether this is the grid of an instant query.
    pub fn is_instant(&self) -> bool {
        self.step <= Span::ZERO
    }

    /// How many moments there are.
    pub fn steps(&self) -> usize {
        if self.end < self.start {
            return 0;
        }
        if self.is_instant() {
            return 1;
        }
        let length = self.end.millis().saturating_sub(self.start.millis());
        usize::try_from(length / self.step.millis()).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// The moment with that index.
    pub fn at(&self, index: usize) -> Timestamp {
        Timestamp::from_millis(self.millis(index))
    }

    /// The last moment on the grid.
    pub fn last(&self) -> Timestamp {
        self.at(self.steps().saturating_sub(1))
    }

    pub(super) fn millis(&self, index: usize) -> i64 {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.start.millis().saturating_add(self.step.millis().saturating_mul(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_stops_at_or_before_its_end() {
        let grid = |start, end, step| {
            let at = Timestamp::from_millis;
            Grid::range(at(start), at(end), Span::from_millis(step))
        };
        assert_eq!(grid(0, 10, 5).steps(), 3);
        assert_eq!(grid(0, 9, 5).steps(), 2);
        assert_eq!(grid(0, 9, 5).last(), Timestamp::from_millis(5));
        assert_eq!(grid(1, 0, 5).steps(), 0);
        assert_eq!(Grid::instant(Timestamp::MAX).steps(), 1);
        assert_eq!(Grid::instant(Timestamp::MAX).last(), Timestamp::MAX);
    }
}
