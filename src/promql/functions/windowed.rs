//! A range function over all windows of one series after the other.
//!
//! Plain numbers are the common case, and most series have the same times as the one before:
//! the windows are found once, and what functions of all windows can share is shared. Everything
//! else is done window by window.

use std::ops::Range;
use std::sync::Arc;

use crate::promql::block::{ABSENT, Row, RowBuffer};
use crate::promql::borders::{Borders, Placed, Windows};
use crate::promql::kernels::rate::Change;
use crate::promql::kernels::{kahan, order, regression};
use crate::promql::plan::RangeFunction;
use crate::promql::window::{Frame, Samples, slide};
use crate::promql::{Grid, QueryError};

use super::range::{Output, RangeCall, Remarks};
use super::slopes::Slopes;

/// See the module.
pub(super) struct Windowed<'a> {
    call: &'a RangeCall<'a>,
    grid: &'a Grid,
    borders: Borders,
    slopes: Slopes,
    abscissas: regression::Abscissas,
    extremes: order::Extremes,
    buffer: RowBuffer,
    /// Outside of these steps all cells of the row are absent.
    live: Range<usize>,
    /// Whether the row is as the borders leave it, numbers alone.
    settled: bool,
    scratch: Vec<f64>,
}

impl<'a> Windowed<'a> {
    pub(super) fn new(call: &'a RangeCall<'a>, grid: &'a Grid) -> Windowed<'a> {
        let (moment, length) = (call.window.moment, call.window.length);
        let mut buffer = RowBuffer::default();
        buffer.reset(grid.steps());
        Windowed {
            call,
            grid,
            borders: Borders::new(Windows { grid: *grid, moment, length }),
            slopes: Slopes::default(),
            abscissas: regression::Abscissas::default(),
            extremes: order::Extremes::default(),
            buffer,
            live: 0..0,
            settled: true,
            scratch: Vec::new(),
        }
    }

    /// The row of the series at hand.
    pub(super) fn row(&self) -> Row<'_> {
        self.buffer.row()
    }

    /// Outside of these steps all of its cells are absent.
    pub(super) fn live(&self) -> Range<usize> {
        self.live.clone()
    }

    /// Makes the row of a series; tells whether a change between two numbers may be in it.
    pub(super) fn fill(
        &mut self,
        samples: &Samples<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Result<bool, QueryError> {
        let plain = samples.histogram_times.is_empty() && samples.starts.is_empty();
        if !plain || self.call.window.extension.is_some() {
            return self.one_by_one(samples, remarks);
        }
        let anew = self.borders.place(samples.times) == Placed::Anew;
        if self.borders.largest > self.call.limit {
            return Err(QueryError::TooManySamples);
        }
        if anew || !self.settled {
            self.buffer.reset(self.grid.steps());
            self.live = self.borders.live.clone();
            self.settled = true;
        }
        self.plain(samples, anew, remarks)?;
        Ok(self.borders.largest > 1)
    }

    /// The row of a series of plain numbers.
    fn plain(
        &mut self,
        samples: &Samples<'_>,
        anew: bool,
        remarks: &mut Remarks<'_>,
    ) -> Result<(), QueryError> {
        use RangeFunction as F;
        let values = samples.values;
        let (borders, call) = (&self.borders, self.call);
        let out = &mut self.buffer.values_mut()[borders.live.clone()];
        let each = |out: &mut [f64], kernel: &mut dyn FnMut(&[f64]) -> f64| {
            for (out, (from, to)) in out.iter_mut().zip(&borders.spans) {
                *out = if from < to { kernel(&values[*from..*to]) } else { ABSENT };
            }
        };
        if let Some(change) = Change::of(call.function) {
            if anew {
                self.slopes.place(borders);
            }
            self.slopes.apply(values, change, call.window.length as f64 / 1000.0, out);
            return Ok(());
        }
        match call.function {
            F::MaxOverTime => self.extremes.max(values, &borders.spans, out),
            F::MinOverTime => self.extremes.min(values, &borders.spans, out),
            F::SumOverTime => each(out, &mut |values| kahan::sum(values)),
            F::AvgOverTime => each(out, &mut |values| kahan::mean(values)),
            F::CountOverTime => each(out, &mut |values| values.len() as f64),
            F::PresentOverTime => each(out, &mut |_| 1.0),
            F::LastOverTime => each(out, &mut |values| values[values.len() - 1]),
            F::FirstOverTime => each(out, &mut |values| values[0]),
            F::PredictLinear => {
                for (step, _, _, range) in borders.frames() {
                    let at = self.grid.millis(step);
                    let times = &samples.times[range.clone()];
                    let line = self.abscissas.line(times, &values[range], at);
                    let ahead = call.scalar(0, step);
                    let value = line.map_or(ABSENT, |(slope, level)| slope * ahead + level);
                    out[step - borders.live.start] = value;
                }
            }
            _ => return self.framed(samples, remarks),
        }
        Ok(())
    }

    /// The row of a series of plain numbers, window by window.
    fn framed(
        &mut self,
        samples: &Samples<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Result<(), QueryError> {
        for (step, start, end, range) in self.borders.frames() {
            let held = Samples {
                times: &samples.times[range.clone()],
                values: &samples.values[range],
                ..Samples::default()
            };
            let frame = Frame { samples: held, start, end, at: self.grid.millis(step) };
            let value = match self.call.apply(&frame, step, &mut self.scratch, remarks)? {
                Output::Float(value) => value,
                _ => ABSENT,
            };
            self.buffer.set(step, value);
        }
        Ok(())
    }

    /// The row of any series.
    fn one_by_one(
        &mut self,
        samples: &Samples<'_>,
        remarks: &mut Remarks<'_>,
    ) -> Result<bool, QueryError> {
        let (call, steps) = (self.call, self.grid.steps());
        (self.live, self.settled) = (0..steps, false);
        self.buffer.reset(steps);
        let mut floats = false;
        let margins = call.window.margins(call.options.lookback);
        slide(samples, call.window, margins, self.grid, |step, frame| {
            if frame.samples.size() > call.limit {
                return Err(QueryError::TooManySamples);
            }
            match call.apply(frame, step, &mut self.scratch, remarks)? {
                Output::Nothing => {}
                Output::Float(value) => {
                    floats = true;
                    self.buffer.set(step, value);
                }
                Output::Histogram(it) => self.buffer.set_histogram(step, Arc::new(it)),
                Output::Shared(histogram) => self.buffer.set_histogram(step, histogram),
            }
            Ok(())
        })?;
        Ok(floats)
    }
}
