//! `rate`, `increase` and `delta` of plain numbers over all windows of a series at once.
//!
//! What depends on times alone is shared by the series that have the same times. Of the values
//! only the first and the last of each window are read; those between them matter only where a
//! counter was reset.

use crate::promql::block::ABSENT;
use crate::promql::borders::Borders;
use crate::promql::kernels::rate::{Change, Reach, Span};

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Slopes {
    /// By window: where its first and its last sample are.
    ends: Vec<(usize, usize)>,
    reaches: Vec<Reach>,
    /// The windows with fewer than two samples.
    short: Vec<usize>,
    /// By window, of the series at hand: the first value and the change.
    rises: Vec<(f64, f64)>,
}

impl Slopes {
    /// Finds out what depends on times alone.
    pub(super) fn place(&mut self, borders: &Borders) {
        self.ends.clear();
        self.reaches.clear();
        self.short.clear();
        let times = borders.times();
        for (from, to) in &borders.spans {
            if to - from < 2 {
                self.short.push(self.ends.len());
                self.ends.push((0, 0));
            } else {
                self.ends.push((*from, to - 1));
            }
            self.reaches.push(Reach::default());
        }
        for (step, start, end, range) in borders.frames().filter(|(.., range)| range.len() > 1) {
            let (first, last) = (times[range.start], times[range.end - 1]);
            let span = Span { start, end, first, last, intervals: range.len() - 1, born: None };
            self.reaches[step - borders.live.start] = Reach::of(&span);
        }
    }

    /// Writes the change in each window. `seconds` is the length of the windows.
    pub(super) fn apply(&mut self, values: &[f64], change: Change, seconds: f64, out: &mut [f64]) {
        self.rises.clear();
        self.rises.extend(self.ends.iter().map(|(first, last)| {
            let (first, last) = (values[*first], values[*last]);
            (first, last - first)
        }));
        if change.counter && values.windows(2).fold(false, |falls, it| falls | (it[1] < it[0])) {
            self.add_resets(values);
        }
        let windows = out.iter_mut().zip(&self.rises).zip(&self.reaches);
        match change {
            Change { counter: true, per_second: true } => {
                for ((out, (first, rise)), reach) in windows {
                    *out = rise * (reach.risen_from_zero(*first, *rise).factor() / seconds);
                }
            }
            Change { counter: true, per_second: false } => {
                for ((out, (first, rise)), reach) in windows {
                    *out = rise * reach.risen_from_zero(*first, *rise).factor();
                }
            }
            Change { counter: false, per_second } => {
                let by = |factor: f64| if per_second { factor / seconds } else { factor };
                windows.for_each(|((out, (_, rise)), reach)| *out = rise * by(reach.factor()));
            }
        }
        self.short.iter().for_each(|window| out[*window] = ABSENT);
    }

    /// Adds what was counted before each reset to the windows that hold both of its sides, in
    /// the order of the resets.
    fn add_resets(&mut self, values: &[f64]) {
        let mut from = 0;
        for (before, pair) in values.windows(2).enumerate().filter(|(_, pair)| pair[1] < pair[0]) {
            let ahead = self.ends[from..].iter().position(|(_, last)| *last > before);
            let Some(ahead) = ahead else { return };
            from += ahead;
            for ((first, last), (_, rise)) in self.ends[from..].iter().zip(&mut self.rises[from..])
            {
                if *first > before {
                    break;
                }
                if *last > before {
                    *rise += pair[0];
                }
            }
        }
    }
}
