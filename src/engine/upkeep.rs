//! What the command line says of the pipeline: limits, rhythms, and when it begins.

use crate::silence;
use crate::time::{Span, Timestamp};

/// How often silences and log entries past their retention are forgotten, unless said otherwise.
pub const MAINTENANCE_INTERVAL: Span = Span::from_mins(15);
/// How often resolved alerts are, unless said otherwise.
pub const COLLECTION_INTERVAL: Span = Span::from_mins(30);

/// How the pipeline is kept in order.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// No group is flushed before this moment: `--dispatch.start-delay` after the process began,
    /// over reloads too.
    pub dispatch_from: Timestamp,
    /// How often silences and log entries past their retention are forgotten.
    pub maintenance_interval: Span,
    /// How often resolved alerts that no group holds are forgotten.
    pub collection_interval: Span,
    /// How many alerts of one name may fire at a time; more are dropped and counted.
    pub alerts_per_name: Option<usize>,
    /// How many silences there may be, and how long they may be.
    pub silences: silence::Limits,
}

impl Default for Upkeep {
    /// Alertmanager's defaults: at once, every 15 and 30 minutes, without limits.
    fn default() -> Upkeep {
        Upkeep {
            dispatch_from: Timestamp::MIN,
            maintenance_interval: MAINTENANCE_INTERVAL,
            collection_interval: COLLECTION_INTERVAL,
            alerts_per_name: None,
            silences: silence::Limits::default(),
        }
    }
}
