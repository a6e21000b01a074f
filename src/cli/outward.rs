//! The flags of what is sent on to other servers.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use crate::drivers::load::{Outward, Sending};
use crate::forward::{Address, AtStop, BATCH_SIZE, QUEUE_CAPACITY, Waiting};
use crate::time::Span;

/// How long samples are kept for who starts us in a Prometheus' place.
const USUAL_RETENTION: Span = Span::from_mins(120);
/// The most alerts that one queue may be told to hold, and the most in one request.
const ALERTS_LIMIT: u64 = 10_000_000;

/// What is sent on, and a Prometheus' own file.
#[derive(Args)]
pub(super) struct OutwardArguments {
    /// A prometheus.yml: its global, rule_files, alerting and remote_write are honoured, the rest
    /// is listed once.
    #[arg(long = "prometheus.config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// An external Alertmanager that gets the alerts of rules; repeatable. Without --config.file
    /// the alerts go only there.
    #[arg(long = "alertmanager.url", value_name = "URL", value_parser = address)]
    alertmanagers: Vec<Address>,
    /// How many alerts may wait for one Alertmanager.
    #[arg(long = "alertmanager.notification-queue-capacity", value_name = "COUNT",
        default_value_t = QUEUE_CAPACITY as u64, value_parser = count())]
    capacity: u64,
    /// How many alerts an Alertmanager gets in one request.
    #[arg(long = "alertmanager.notification-batch-size", value_name = "COUNT",
        default_value_t = BATCH_SIZE as u64, value_parser = count())]
    batch: u64,
    /// Send waiting alerts before the process stops.
    #[arg(long = "alertmanager.drain-notification-queue-on-shutdown", value_name = "BOOL",
        default_value_t = true, action = ArgAction::Set)]
    drain: bool,
    /// Where recorded series and ALERTS are written on to by remote write; repeatable.
    #[arg(long = "remote-write.url", value_name = "URL", value_parser = address)]
    remote_writes: Vec<Address>,
}

impl OutwardArguments {
    /// What the flags say.
    pub(super) fn outward(&self, sending: Sending) -> Outward {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Outward {
            config: self.config.clone(),
            alertmanagers: self.alertmanagers.clone(),
            remote_writes: self.remote_writes.clone(),
            waiting: Waiting {
                capacity: number(self.capacity),
                batch: number(self.batch),
                at_stop: if self.drain { AtStop::Drain } else { AtStop::Drop },
            },
            sending,
        }
    }

    /// How long samples are kept at least, unless said otherwise.
    pub(super) fn usual_retention(&self) -> Option<Span> {
        self.config.as_ref().map(|_| USUAL_RETENTION)
    }

    /// The flags as `/api/v1/status/flags` shows them.
    pub(super) fn flags(&self) -> Vec<(&'static str, String)> {
        let urls = |addresses: &[Address]| {
            let urls: Vec<&str> = addresses.iter().map(|address| &*address.url).collect();
            urls.join(",")
        };
        let config = self.config.as_ref().map(|path| path.display().to_string());
        vec![
            ("prometheus.config", config.unwrap_or_default()),
            ("alertmanager.url", urls(&self.alertmanagers)),
            ("alertmanager.notification-queue-capacity", self.capacity.to_string()),
            ("alertmanager.notification-batch-size", self.batch.to_string()),
            ("alertmanager.drain-notification-queue-on-shutdown", self.drain.to_string()),
            ("remote-write.url", urls(&self.remote_writes)),
        ]
    }
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|error| error.to_string())
}

fn count() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=ALERTS_LIMIT)
}
