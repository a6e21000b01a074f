//! `sum_over_time` and `avg_over_time` of native histograms, with compensated sums.

use std::sync::Arc;

use crate::promql::plan::RangeFunction;
use crate::sample::{CounterReset, Histogram, HistogramTotal, IncompatibleHistograms};

use super::range::Remarks;

/// The sum or mean of a window of histograms, of which there is at least one.
pub(super) fn over_time(
    function: RangeFunction,
    histograms: &[Arc<Histogram>],
    remarks: &mut Remarks<'_>,
) -> Option<Histogram> {
    let has = |hint| histograms.iter().any(|histogram| histogram.counter_reset == hint);
    let mut reconciled = false;
    let total = match function {
        RangeFunction::SumOverTime => sum(histograms, &mut reconciled),
        _ => mean(histograms, &mut reconciled),
    };
    let Ok(total) = total else {
        remarks.mixed_schemas();
        return None;
    };
    if has(CounterReset::Reset) && has(CounterReset::NotReset) {
        let text = "conflicting counter resets during histogram aggregation";
        remarks.notes.warn(text, remarks.range);
    }
    if reconciled {
        remarks.reconciled("aggregation");
    }
    Some(total)
}

fn sum(
    histograms: &[Arc<Histogram>],
    reconciled: &mut bool,
) -> Result<Histogram, IncompatibleHistograms> {
    let (first, rest) = histograms.split_first().ok_or(IncompatibleHistograms)?;
    let mut total = HistogramTotal::of(first);
    for histogram in rest {
        *reconciled |= total.add(histogram)?;
    }
    Ok(total.total())
}

/// The sum divided at the end or, once it would overflow, a mean that moves.
fn mean(
    histograms: &[Arc<Histogram>],
    reconciled: &mut bool,
) -> Result<Histogram, IncompatibleHistograms> {
    let (first, rest) = histograms.split_first().ok_or(IncompatibleHistograms)?;
    let mut mean = HistogramMean::of(first);
    for histogram in rest {
        *reconciled |= mean.add(histogram)?;
    }
    Ok(mean.mean())
}

/// A running mean of histograms.
#[derive(Clone, Debug)]
pub(in crate::promql) struct HistogramMean {
    total: HistogramTotal,
    count: f64,
    moving: bool,
}

impl HistogramMean {
    /// A mean that starts with a histogram.
    pub(in crate::promql) fn of(histogram: &Histogram) -> HistogramMean {
        HistogramMean { total: HistogramTotal::of(histogram), count: 1.0, moving: false }
    }

    /// Takes in a histogram; tells whether custom bounds had to be reconciled.
    pub(in crate::promql) fn add(
        &mut self,
        histogram: &Histogram,
    ) -> Result<bool, IncompatibleHistograms> {
        self.count += 1.0;
        if !self.moving {
            let mut next = self.total.clone();
            let reconciled = next.add(histogram)?;
            if !next.has_overflow() {
                self.total = next;
                return Ok(reconciled);
            }
            self.moving = true;
            self.total.divide(self.count - 1.0);
        }
        self.total.scale((self.count - 1.0) / self.count);
        self.total.add(&histogram.divided(self.count))
    }

    /// The mean; compacted.
    pub(in crate::promql) fn mean(mut self) -> Histogram {
        if !self.moving {
            self.total.divide(self.count);
        }
        self.total.total()
    }
}
