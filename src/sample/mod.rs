//! Samples, and sets of series as columns.

mod histogram;
mod question;
mod registers;
mod series;

pub use histogram::{
    Bucket, CUSTOM_SCHEMA, CounterReset, Histogram, HistogramTotal, IncompatibleHistograms, Joined,
    format_shortest,
};
pub use question::{Question, Reply};
pub use registers::clear_vector_registers;
pub use series::{LabelPart, Narrowing, Selection, Series, SeriesSet, SeriesView};

use std::sync::Arc;

use crate::time::Timestamp;

/// The bits of the float that marks a series as gone stale. Only ever compared by bits.
/// (Source: Prometheus, `model/value`.)
pub const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;
/// The bits of the ordinary not-a-number, as Prometheus writes it.
pub const NAN_BITS: u64 = 0x7ff8_0000_0000_0001;

/// The stale marker.
pub fn stale_marker() -> f64 {
    f64::from_bits(STALE_BITS)
}

/// Whether a float is the stale marker.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// The value of one sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A plain number (perhaps the stale marker).
    Float(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

/// A value at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What.
    pub value: Value,
}
