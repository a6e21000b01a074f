//! The `--query.*` flags of a server, by Prometheus' names.

use std::time::Duration;

use clap::Args;

use crate::api::Queueing;
use crate::promql::{Limits, Options};
use crate::time::Span;
use crate::time::duration::format_prometheus;

use super::arguments::duration;

/// How queries of the API are evaluated, and how far they may go.
#[derive(Args)]
pub(super) struct QueryArguments {
    /// How old a sample may be to count as the current one.
    #[arg(long = "query.lookback-delta", value_name = "DURATION", default_value = "5m", value_parser = duration)]
    lookback: Span,
    /// How long a query may take, waiting included.
    #[arg(long = "query.timeout", value_name = "DURATION", default_value = "2m", value_parser = duration)]
    timeout: Span,
    /// How many queries run at one time.
    #[arg(long = "query.max-concurrency", value_name = "NUMBER", default_value_t = 20, value_parser = at_least_one)]
    concurrency: usize,
    /// How many samples a query may hold in memory.
    #[arg(long = "query.max-samples", value_name = "NUMBER", default_value_t = 50_000_000, value_parser = at_least_one)]
    samples: usize,
}

impl QueryArguments {
    /// How expressions are evaluated, of rules as well.
    pub(super) fn options(&self, default_step: Span) -> Options {
        Options { default_step, lookback: self.lookback, ..Options::default() }
    }

    /// How far a query may go.
    pub(super) fn limits(&self) -> Limits {
        Limits::of_samples(self.samples)
    }

    /// How queries wait.
    pub(super) fn queueing(&self) -> Queueing {
        let timeout = u64::try_from(self.timeout.millis()).unwrap_or(u64::MAX);
        Queueing { timeout: Duration::from_millis(timeout), concurrency: self.concurrency }
    }

    /// The flags with their values, as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> [(&'static str, String); 4] {
        [
            ("query.lookback-delta", format_prometheus(self.lookback)),
            ("query.timeout", format_prometheus(self.timeout)),
            ("query.max-concurrency", self.concurrency.to_string()),
            ("query.max-samples", self.samples.to_string()),
        ]
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|error: std::num::ParseIntError| error.to_string())?;
    if number == 0 { Err("must be at least 1".to_owned()) } else { Ok(number) }
}
