//! Functions over a window of samples: which kernel, which samples, what there is to say.

use std::sync::Arc;

use crate::label::METRIC_NAME;
use crate::promql::aggregate::warn_quantile;
use crate::promql::annotation::Annotations;
use crate::promql::block::{Block, Rows};
use crate::promql::column::Column;
use crate::promql::kernels::rate::{self, Change, Starts};
use crate::promql::kernels::{kahan, order, regression, spread};
use crate::promql::names::{Dropped, Duplicates, drop_names};
use crate::promql::plan::{Extension, RangeFunction, Window};
use crate::promql::syntax::ast::PositionRange;
use crate::promql::window::{Frame, Samples, Source, Space};
use crate::promql::{Grid, MetricTypes, Options, QueryError};
use crate::sample::Histogram;
use crate::template::quote;

use super::windowed::Windowed;
use super::{extended, histogram_rate, histogram_sum};

/// A call of a range function.
pub(in crate::promql) struct RangeCall<'a> {
    pub(in crate::promql) function: RangeFunction,
    pub(in crate::promql) window: &'a Window,
    /// The arguments that are not the window.
    pub(in crate::promql) scalars: &'a [Column],
    /// Where the first argument stands.
    pub(in crate::promql) range: PositionRange,
    pub(in crate::promql) options: &'a Options,
    /// How many samples one window may hold.
    pub(in crate::promql) limit: usize,
}

/// What a function makes of a window.
pub(super) enum Output {
    Nothing,
    Float(f64),
    Histogram(Histogram),
    Shared(Arc<Histogram>),
}

/// What there is to say about one series.
pub(super) struct Remarks<'a> {
    pub(super) notes: &'a mut Annotations,
    pub(super) range: PositionRange,
    /// The metric's name.
    pub(super) metric: &'a str,
}

impl Remarks<'_> {
    fn histograms_ignored(&mut self) {
        let text = format!(
            "ignored histograms in a range containing both floats and histograms for metric name {}",
            quote(self.metric)
        );
        self.notes.info(text, self.range);
    }

    fn check_starts(&mut self, samples: &Samples<'_>) {
        let floats = Starts { times: samples.times, starts: samples.starts };
        let histograms =
            Starts { times: samples.histogram_times, starts: samples.histogram_starts };
        if floats.overlap() || histograms.overlap() {
            let text = format!(
                "sample has start time that overlaps with previous sample timestamp for metric {}",
                quote(self.metric)
            );
            self.notes.warn(text, self.range);
        }
    }

    pub(super) fn mixed(&mut self) {
        let text = format!(
            "encountered a mix of histograms and floats for metric name {}",
            quote(self.metric)
        );
        self.notes.warn(text, self.range);
    }
}

/// Applies a function to each window of each series.
pub(in crate::promql) fn range(
    call: &RangeCall<'_>,
    source: &Source<'_>,
    grid: &Grid,
    notes: &mut Annotations,
) -> Result<Block, QueryError> {
    let mut block = Block::with_capacity(grid.steps(), source.len());
    range_rows(call, source, grid, notes, &mut block)?;
    if !call.function.keeps_names() {
        let removal = call.options.name_removal;
        drop_names(&mut block, removal, Dropped::Metadata, Duplicates::Fail)?;
    }
    Ok(block)
}

/// The same, row by row and with the names still there.
pub(in crate::promql) fn range_rows(
    call: &RangeCall<'_>,
    source: &Source<'_>,
    grid: &Grid,
    notes: &mut Annotations,
    rows: &mut impl Rows,
) -> Result<(), QueryError> {
    let mut space = Space::default();
    let mut windowed = Windowed::new(call, grid);
    let mut checked = None;
    for index in 0..source.len() {
        let samples = source.samples(index, &mut space);
        if samples.is_empty() {
            continue;
        }
        let labels = source.labels(index);
        let metric = labels.value(METRIC_NAME);
        let mut remarks = Remarks { notes: &mut *notes, range: call.range, metric };
        let floats = windowed.fill(&samples, &mut remarks)?;
        if floats && matches!(call.function, RangeFunction::Rate | RangeFunction::Increase) {
            let by_label = call.options.metric_types == MetricTypes::ByLabel;
            let kind = if by_label { labels.value("__type__") } else { "" };
            if checked != Some((metric, kind)) {
                call.check_counter(kind, &mut remarks);
                checked = Some((metric, kind));
            }
        }
        rows.take(labels, source.name_fate(index), windowed.row(), windowed.live())?;
    }
    Ok(())
}

impl RangeCall<'_> {
    fn check_counter(&self, kind: &str, remarks: &mut Remarks<'_>) {
        let metric = remarks.metric;
        if metric.is_empty() {
            return;
        }
        let text = match self.options.metric_types {
            MetricTypes::ByLabel if kind == "counter" || kind == "histogram" => return,
            MetricTypes::ByLabel => format!(
                "metric might not be a counter, __type__ label is not set to \"counter\" or \
                 \"histogram\", got {}: {}",
                quote(kind),
                quote(metric)
            ),
            MetricTypes::ByName => {
                let endings = ["_total", "_sum", "_count", "_bucket"];
                if endings.iter().any(|ending| metric.ends_with(ending)) {
                    return;
                }
                format!(
                    "metric might not be a counter, name does not end in \
                     _total/_sum/_count/_bucket: {}",
                    quote(metric)
                )
            }
        };
        remarks.notes.info(text, remarks.range);
    }

    pub(super) fn scalar(&self, index: usize, step: usize) -> f64 {
        self.scalars.get(index).map_or(f64::NAN, |column| column.at(step))
    }

    pub(super) fn apply(
        &self,
        frame: &Frame<'_>,
        step: usize,
        scratch: &mut Vec<f64>,
        remarks: &mut Remarks<'_>,
    ) -> Result<Output, QueryError> {
        use RangeFunction as F;
        match self.function {
            F::Rate | F::Increase | F::Delta => Ok(self.change(frame, remarks)),
            F::Irate | F::Idelta => Ok(histogram_rate::instant(self.function, frame, remarks)),
            F::Resets | F::Changes => Ok(self.count_changes(frame)),
            F::SumOverTime | F::AvgOverTime => Ok(self.sum_or_mean(frame, remarks)),
            F::CountOverTime => {
                let count = frame.samples.times.len() + frame.samples.histogram_times.len();
                Ok(Output::Float(count as f64))
            }
            F::PresentOverTime => Ok(Output::Float(1.0)),
            F::LastOverTime | F::FirstOverTime | F::TsOfFirstOverTime | F::TsOfLastOverTime => {
                Ok(self.end_of_window(frame))
            }
            _ => self.floats_only(frame, step, scratch, remarks),
        }
    }

    fn change(&self, frame: &Frame<'_>, remarks: &mut Remarks<'_>) -> Output {
        let samples = &frame.samples;
        let Some(change) = Change::of(self.function) else { return Output::Nothing };
        let borders = (frame.start, frame.end);
        if change.counter {
            remarks.check_starts(samples);
        }
        let value = if let Some(extension) = self.window.extension {
            let smoothed = extension == Extension::Smoothed;
            match (samples.times, samples.histogram_times) {
                (_, []) => rate::extended(samples.times, samples.values, borders, change, smoothed),
                ([], _) => {
                    let rise = extended::change(frame, change, smoothed, remarks);
                    return rise.map_or(Output::Nothing, Output::Histogram);
                }
                _ => {
                    remarks.mixed();
                    None
                }
            }
        } else if samples.histograms.is_empty() {
            let starts = Starts { times: samples.times, starts: samples.starts };
            rate::extrapolated(samples.values, &starts, borders, change)
        } else if samples.times.is_empty() {
            let rate = histogram_rate::extrapolated(frame, change, remarks);
            return rate.map_or(Output::Nothing, Output::Histogram);
        } else {
            remarks.mixed();
            None
        };
        value.map_or(Output::Nothing, Output::Float)
    }

    fn count_changes(&self, frame: &Frame<'_>) -> Output {
        let samples = &frame.samples;
        let from = if self.window.extension.is_some() {
            let newest = samples.times.last().max(samples.histogram_times.last());
            if newest.is_none_or(|newest| *newest <= frame.start) {
                return Output::Nothing;
            }
            frame.start
        } else {
            i64::MIN
        };
        if !samples.histograms.is_empty() {
            let count = histogram_rate::count_changes(self.function, samples, from);
            return Output::Float(count as f64);
        }
        let first = rate::before_or_at(samples.times, from);
        let values = &samples.values[first..];
        let starts = Starts {
            times: &samples.times[first..],
            starts: samples.starts.get(first..).unwrap_or_default(),
        };
        let count = match self.function {
            RangeFunction::Resets => rate::resets(values, &starts),
            _ => rate::changes(values),
        };
        Output::Float(count as f64)
    }

    fn sum_or_mean(&self, frame: &Frame<'_>, remarks: &mut Remarks<'_>) -> Output {
        let samples = &frame.samples;
        match (samples.values, samples.histograms) {
            (values, []) if self.function == RangeFunction::SumOverTime => {
                Output::Float(kahan::sum(values))
            }
            (values, []) => Output::Float(kahan::mean(values)),
            ([], histograms) => histogram_sum::over_time(self.function, histograms, remarks)
                .map_or(Output::Nothing, Output::Histogram),
            _ => {
                remarks.mixed();
                Output::Nothing
            }
        }
    }

    /// The first or last sample of either kind, or its time.
    fn end_of_window(&self, frame: &Frame<'_>) -> Output {
        let samples = &frame.samples;
        let first = matches!(
            self.function,
            RangeFunction::FirstOverTime | RangeFunction::TsOfFirstOverTime
        );
        let end = |times: &[i64]| if first { times.first() } else { times.last() }.copied();
        let (float, histogram) = (end(samples.times), end(samples.histogram_times));
        let takes_float = match (float, histogram) {
            (Some(float), Some(histogram)) if first => float < histogram,
            (Some(float), Some(histogram)) => histogram < float,
            (float, _) => float.is_some(),
        };
        let time = if takes_float { float } else { histogram };
        match self.function {
            RangeFunction::TsOfFirstOverTime | RangeFunction::TsOfLastOverTime => {
                time.map_or(Output::Nothing, |time| Output::Float(time as f64 / 1000.0))
            }
            _ if takes_float => {
                let values = samples.values;
                let value = if first { values.first() } else { values.last() };
                value.map_or(Output::Nothing, |value| Output::Float(*value))
            }
            _ => {
                let histograms = samples.histograms;
                let histogram = if first { histograms.first() } else { histograms.last() };
                histogram.map_or(Output::Nothing, |it| Output::Shared(Arc::clone(it)))
            }
        }
    }

    fn floats_only(
        &self,
        frame: &Frame<'_>,
        step: usize,
        scratch: &mut Vec<f64>,
        remarks: &mut Remarks<'_>,
    ) -> Result<Output, QueryError> {
        let samples = &frame.samples;
        if samples.times.is_empty() {
            return Ok(Output::Nothing);
        }
        if self.function == RangeFunction::QuantileOverTime {
            let q = self.scalar(0, step);
            if !(0.0..=1.0).contains(&q) {
                warn_quantile(q, self.range, remarks.notes);
            }
        }
        if !samples.histograms.is_empty() {
            remarks.histograms_ignored();
        }
        let value = self.kernel(frame, step, scratch)?;
        Ok(value.map_or(Output::Nothing, Output::Float))
    }

    fn kernel(
        &self,
        frame: &Frame<'_>,
        step: usize,
        scratch: &mut Vec<f64>,
    ) -> Result<Option<f64>, QueryError> {
        use RangeFunction as F;
        let (times, values) = (frame.samples.times, frame.samples.values);
        let seconds = |index: usize| times[index] as f64 / 1000.0;
        if matches!(self.function, F::QuantileOverTime | F::MadOverTime) {
            scratch.clear();
            scratch.extend_from_slice(values);
        }
        Ok(match self.function {
            F::Deriv if values.len() < 2 => None,
            F::Deriv => Some(regression::line(times, values, times[0]).0),
            F::PredictLinear if values.len() < 2 => None,
            F::PredictLinear => {
                let (slope, level) = regression::line(times, values, frame.at);
                Some(slope * self.scalar(0, step) + level)
            }
            F::MinOverTime => Some(order::min(values)),
            F::MaxOverTime => Some(order::max(values)),
            F::StdvarOverTime => Some(spread::variance(values)),
            F::StddevOverTime => Some(spread::variance(values).sqrt()),
            F::QuantileOverTime => Some(order::quantile(self.scalar(0, step), scratch)),
            F::MadOverTime => Some(order::median_deviation(scratch)),
            F::TsOfMinOverTime => order::last_min(values).map(seconds),
            F::TsOfMaxOverTime => order::last_max(values).map(seconds),
            F::DoubleExponentialSmoothing => {
                let (smoothing, trend) = (self.scalar(0, step), self.scalar(1, step));
                check_factor("smoothing factor", "sf", smoothing)?;
                check_factor("trend factor", "tf", trend)?;
                regression::smoothed(values, smoothing, trend)
            }
            _ => None,
        })
    }
}

fn check_factor(what: &str, short: &str, factor: f64) -> Result<(), QueryError> {
    if factor <= 0.0 || factor >= 1.0 {
        let message = format!("invalid {what}. Expected: 0 < {short} < 1, got: {factor:.6}");
        return Err(QueryError::execution(message));
    }
    Ok(())
}
