//! How much is served, where, and to how many at a time.

use std::sync::Arc;
use std::time::Duration;

/// What is served besides Alertmanager's paths.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Apis {
    /// Prometheus' and Pushgateway's.
    #[default]
    All,
    /// Nothing: every path answers as an Alertmanager's does.
    Alertmanager,
}

/// How much is served, where, and to how many at a time.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    /// What is served besides Alertmanager's paths.
    pub apis: Apis,
    /// What all paths begin with, without a slash at its end; empty when nothing.
    pub prefix: Arc<str>,
    /// How many GET requests are answered at a time; more are refused. Without one, all are.
    pub get_concurrency: Option<usize>,
    /// After which time a request is given up. Without one, none is.
    pub timeout: Option<Duration>,
    /// Whether changes of silences are logged.
    pub silence_log: SilenceLog,
    /// Which labels metrics have that may have many values.
    pub labels: MetricLabels,
}

/// Whether silences that are made, changed or ended are logged.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum SilenceLog {
    /// They are not.
    #[default]
    Off,
    /// They are.
    On,
}

/// Labels of metrics that only some want. (Source: Alertmanager's features `alert-names-in-metrics`,
/// `receiver-name-in-metrics` and `group-key-in-metrics`.)
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricLabels {
    /// The name of alerts that were dropped.
    pub alert_name: Presence,
    /// The receiver of notifications.
    pub receiver_name: Presence,
    /// The group of alerts.
    pub group_key: Presence,
}

/// Whether a label is there.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It is left out.
    #[default]
    Absent,
    /// It is there.
    Present,
}
