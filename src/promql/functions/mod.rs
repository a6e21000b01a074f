//! The functions that are more than a loop over numbers.

mod absent;
mod classic;
mod extended;
mod histogram_rate;
mod histogram_sum;
mod info;
mod labels;
mod native;
mod quantile;
mod range;
mod slopes;
mod sort;
mod values;
mod windowed;

pub(super) use absent::{absent, absent_over_time};
pub(super) use classic::Forced;
pub(super) use extended::smoothed;
pub(super) use histogram_sum::HistogramMean;
pub(super) use info::info;
pub(super) use labels::edit_labels;
pub(super) use quantile::{HistogramQuery, Places, histogram_query};
pub(super) use range::{RangeCall, range, range_rows};
pub(super) use sort::{sort_by_label, sort_by_value};
pub(super) use values::{date, evaluation_time, histogram_statistic, value};
