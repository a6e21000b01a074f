//! The `--rules.*` flags of a server that say how rules are evaluated, by Prometheus' names.

use clap::Args;

use crate::drivers::live::RuleConduct;
use crate::rules::Patience;
use crate::time::Span;
use crate::time::duration::{format_prometheus, parse_prometheus};

use super::arguments::duration;

/// How rules are evaluated.
#[derive(Args)]
pub(super) struct RuleArguments {
    /// How long an outage may have been for alerts of --source servers to go on waiting where
    /// they were, as ALERTS_FOR_STATE tells it.
    #[arg(long = "rules.alert.for-outage-tolerance", value_name = "DURATION", default_value = "1h", value_parser = any_duration)]
    outage_tolerance: Span,
    /// The least time that such an alert still waits; a shorter `for` begins anew.
    #[arg(long = "rules.alert.for-grace-period", value_name = "DURATION", default_value = "10m", value_parser = any_duration)]
    grace_period: Span,
    /// After which time an alert that still fires is sent again.
    #[arg(long = "rules.alert.resend-delay", value_name = "DURATION", default_value = "1m", value_parser = duration)]
    resend_delay: Span,
    /// How many rules that do not depend on each other are evaluated side by side, beside one
    /// rule of each group, while there are processors without a group.
    #[arg(
        long = "rules.max-concurrent-evals",
        alias = "rules.max-concurrent-rule-evals",
        value_name = "NUMBER",
        default_value_t = 4
    )]
    side_by_side: usize,
}

impl RuleArguments {
    /// What they say.
    pub(super) fn conduct(&self) -> RuleConduct {
        let Self { outage_tolerance, grace_period, resend_delay, side_by_side } = *self;
        RuleConduct {
            patience: Patience { outage_tolerance, grace_period },
            resend_delay,
            side_by_side,
        }
    }

    /// The flags with their values, as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> [(&'static str, String); 4] {
        [
            ("rules.alert.for-outage-tolerance", format_prometheus(self.outage_tolerance)),
            ("rules.alert.for-grace-period", format_prometheus(self.grace_period)),
            ("rules.alert.resend-delay", format_prometheus(self.resend_delay)),
            ("rules.max-concurrent-evals", self.side_by_side.to_string()),
        ]
    }
}

/// Reads a duration, perhaps of nothing.
fn any_duration(text: &str) -> Result<Span, String> {
    parse_prometheus(text).map_err(|error| error.to_string())
}
