//! Native histograms (float flavour).
//!
//! ```text
//! positive_spans   [ (2, 3)   , (1, 2) ]      gap to the previous run, length of the run
//! bucket indexes     2 3 4      6 7           absolute: a first gap counts from zero
//! positive_buckets [ c c c      c c ]
//! ```
//!
//! Bucket `i` of an exponential schema covers `(bound(i-1), bound(i)]`, its negative twin
//! `[-bound(i), -bound(i-1))`; with custom bounds bucket `i` ends at `custom_bounds[i]`.

mod arithmetic;
mod bounds;
mod buckets;
mod rebuild;
mod reset;
mod sparse;
mod text;
mod trim;

pub use arithmetic::{HistogramTotal, IncompatibleHistograms, Joined};
pub use buckets::Bucket;
pub use text::format_shortest;

/// The schema of histograms with custom bounds.
pub const CUSTOM_SCHEMA: i32 = -53;

/// What a histogram says about counter resets between its predecessor and itself.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterReset {
    /// It has to be found out by comparing.
    #[default]
    Unknown,
    /// The counter was reset.
    Reset,
    /// The counter was not reset.
    NotReset,
    /// This is a gauge: resets mean nothing.
    Gauge,
}

/// A native histogram with absolute float counts.
/// Schemas -4..=8 are exponential with bound factor 2^(2^-schema), -53 has custom bounds.
/// (Source: Prometheus, `model/histogram`, FloatHistogram.)
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// What is known about counter resets.
    pub counter_reset: CounterReset,
    /// Resolution; -53 for custom bounds.
    pub schema: i32,
    /// Number of observations.
    pub count: f64,
    /// Sum of observations; the stale marker here makes the sample stale.
    pub sum: f64,
    /// Width of the zero bucket: it covers `[-zero_threshold, zero_threshold]`.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: f64,
    /// Runs of populated positive buckets: (gap to the previous run, length).
    pub positive_spans: Vec<(i32, u32)>,
    /// Counts of the positive buckets, in order.
    pub positive_buckets: Vec<f64>,
    /// Runs of populated negative buckets.
    pub negative_spans: Vec<(i32, u32)>,
    /// Counts of the negative buckets, in order.
    pub negative_buckets: Vec<f64>,
    /// Upper bounds of schema -53, strictly increasing, the last `+Inf` left out.
    pub custom_bounds: Vec<f64>,
}

impl Histogram {
    /// How many plain samples the histogram counts for against a limit of samples: its size in
    /// memory, in units of 16 bytes. (Source: Prometheus, `promql.HPoint.size`.)
    pub fn sample_size(&self) -> usize {
        let buckets = self.positive_buckets.len() + self.negative_buckets.len();
        let spans = self.positive_spans.len() + self.negative_spans.len();
        let bytes = 56 + 24 * 5 + 8 * (buckets + spans + self.custom_bounds.len());
        (bytes + 8) / 16
    }
}
