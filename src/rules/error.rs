//! Why the evaluation of a rule failed although its query did not.

/// Why a rule's result was refused. The texts are Prometheus'.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Two elements of an alerting rule became the same alert.
    #[error("vector contains metrics with the same labelset after applying alert labels")]
    SameAlerts,
    /// Two elements of a recording rule became the same series.
    #[error("vector contains metrics with the same labelset after applying rule labels")]
    SameSeries,
    /// More pending and firing alerts than the group's limit allows.
    #[error("exceeded limit of {limit} with {alerts} alerts")]
    TooManyAlerts {
        /// The limit.
        limit: usize,
        /// How many there are.
        alerts: usize,
    },
    /// More series than the group's limit allows.
    #[error("exceeded limit of {limit} with {series} series")]
    TooManySeries {
        /// The limit.
        limit: usize,
        /// How many there are.
        series: usize,
    },
    /// The expression yields a text or a range vector.
    #[error("rule result is not a vector or scalar")]
    NotAVector,
}
