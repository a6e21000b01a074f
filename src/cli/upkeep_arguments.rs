//! Flags that limit alerts and silences and say how they are kept, by Alertmanager's names.

use clap::Args;

use crate::drivers::live::Clock;
use crate::engine::Upkeep;
use crate::silence::Limits;
use crate::time::Span;
use crate::time::duration::{format_go, parse_flag};

/// Limits and rhythms of the pipeline.
#[derive(Args)]
pub(super) struct UpkeepArguments {
    /// How often silences and notification log entries past their retention are forgotten.
    #[arg(long = "data.maintenance-interval", value_name = "DURATION", default_value = "15m", value_parser = positive)]
    maintenance_interval: Span,
    /// How often resolved alerts are forgotten.
    #[arg(long = "alerts.gc-interval", value_name = "DURATION", default_value = "30m", value_parser = positive)]
    collection_interval: Span,
    /// How many alerts of one name may fire at a time, more are dropped; 0 for any number.
    #[arg(long = "alerts.per-alertname-limit", value_name = "NUMBER", default_value_t = 0)]
    alerts_per_name: usize,
    /// How long nobody is notified after the start, so that senders can be heard first.
    #[arg(long = "dispatch.start-delay", value_name = "DURATION", default_value = "0", value_parser = any)]
    start_delay: Span,
    /// How many silences there may be, ended ones too; 0 for any number.
    #[arg(long = "silences.max-silences", value_name = "NUMBER", default_value_t = 0)]
    silences: usize,
    /// How many bytes a silence may have; 0 for any number.
    #[arg(long = "silences.max-silence-size-bytes", value_name = "BYTES", default_value_t = 0)]
    silence_bytes: usize,
}

impl UpkeepArguments {
    /// What they say, for a process that begins now.
    pub(super) fn upkeep(&self) -> Upkeep {
        Upkeep {
            dispatch_from: Clock::default().now() + self.start_delay,
            maintenance_interval: self.maintenance_interval,
            collection_interval: self.collection_interval,
            alerts_per_name: limit(self.alerts_per_name),
            silences: Limits { count: limit(self.silences), bytes: limit(self.silence_bytes) },
        }
    }

    /// The flags as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> [(&'static str, String); 6] {
        [
            ("data.maintenance-interval", format_go(self.maintenance_interval)),
            ("alerts.gc-interval", format_go(self.collection_interval)),
            ("alerts.per-alertname-limit", self.alerts_per_name.to_string()),
            ("dispatch.start-delay", format_go(self.start_delay)),
            ("silences.max-silences", self.silences.to_string()),
            ("silences.max-silence-size-bytes", self.silence_bytes.to_string()),
        ]
    }
}

fn limit(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
}

fn any(text: &str) -> Result<Span, String> {
    parse_flag(text).map_err(|error| error.to_string())
}

fn positive(text: &str) -> Result<Span, String> {
    let span = any(text)?;
    if span > Span::ZERO { Ok(span) } else { Err("must be longer than nothing".to_owned()) }
}
