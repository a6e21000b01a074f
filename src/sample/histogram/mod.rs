//! Native histograms (float flavour).

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
