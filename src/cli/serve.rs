//! `firebell serve`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::{ArgAction, Args};

use crate::drivers::live::Transport;
use crate::drivers::load::{EVALUATION_INTERVAL, ExpandEnvironment, Plan, Recording, Sending};
use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::receivers::{Sender, dry_run};
use crate::time::Span;

use super::ExitStatus;
use super::arguments::{duration, label, labels};
use super::logging::{self, Format, Level};
use super::outward::OutwardArguments;
use super::query_arguments::QueryArguments;
use super::rule_arguments::RuleArguments;
use super::server::{self, Reloading, Service};
use super::source_arguments::SourceArguments;
use super::state::ImportArguments;
use super::trail::TrailArguments;
use super::upkeep_arguments::UpkeepArguments;
use super::web_arguments::WebArguments;

/// Evaluate rules, notify, and answer Prometheus', Alertmanager's and Pushgateway's APIs.
#[derive(Args)]
#[command(
    after_help = "Example, the guide's three ports in one process:\n  firebell serve --config.file receivers/airflow.yml --rules.file 'rules/*.yml' \\\n    --web.listen-address :9093 --web.listen-address :9090 --web.listen-address :9091\n\nIn a Prometheus' place, with its own file:\n  firebell serve --prometheus.config prometheus.yml --web.listen-address :9090"
)]
pub(super) struct Arguments {
    /// The Alertmanager configuration: routes, receivers, inhibition.
    #[arg(long = "config.file", value_name = "FILE")]
    config_file: Option<PathBuf>,
    /// Rule files; a glob, repeatable.
    #[arg(long = "rules.file", value_name = "GLOB")]
    rule_files: Vec<String>,
    #[command(flatten)]
    sources: SourceArguments,
    #[command(flatten)]
    rules: RuleArguments,
    /// Where silences, notification log, alerts and pushed metrics are kept.
    #[arg(long = "storage.path", value_name = "DIRECTORY", default_value = "data/")]
    storage: PathBuf,
    #[command(flatten)]
    import: ImportArguments,
    /// Keep samples at least this long; else as long as the rules look back, and at least 2h with
    /// --prometheus.config.
    #[arg(long = "storage.retention", value_name = "DURATION", value_parser = duration)]
    samples_retention: Option<Span>,
    /// How long ended silences and notification log entries are kept.
    #[arg(long = "data.retention", value_name = "DURATION", default_value = "5d", value_parser = duration)]
    retention: Span,
    #[command(flatten)]
    web: WebArguments,
    #[command(flatten)]
    upkeep: UpkeepArguments,
    /// How often groups without an interval are evaluated; else as prometheus.yml says, or 1m.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    evaluation_interval: Option<Span>,
    /// A label that identifies this instance; repeatable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    external_label: Vec<(String, String)>,
    /// Expand ${VAR}, ${VAR:-default} and ${file:/path} in the configuration.
    #[arg(long = "config.expand-env", value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    expand_env: bool,
    /// Experimental features by Prometheus' names, classic-mode or utf8-strict-mode for matchers,
    /// and event-recorder, separated by commas.
    #[arg(long = "enable-feature", value_name = "NAMES", value_delimiter = ',')]
    features: Vec<String>,
    #[command(flatten)]
    query: QueryArguments,
    #[command(flatten)]
    outward: OutwardArguments,
    #[command(flatten)]
    trail: TrailArguments,
    /// Print messages instead of sending them.
    #[arg(long)]
    dry_run: bool,
    /// How much is said on stderr.
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "info")]
    log_level: Level,
    /// The form of the lines.
    #[arg(long = "log.format", value_name = "FORMAT", default_value = "logfmt")]
    log_format: Format,
}

/// Alertmanager's feature among Prometheus'.
const EVENT_RECORDER: &str = "event-recorder";

/// Serves until told to stop.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    logging::start(arguments.log_level, arguments.log_format);
    server::run(arguments.service()?)
}

impl Arguments {
    fn service(self) -> Result<Service> {
        let flags = self.flags();
        let (mut features, mut mode) = (Features::default(), Mode::default());
        let mut options =
            self.query.options(self.evaluation_interval.unwrap_or(EVALUATION_INTERVAL));
        let mut recording = Recording::Off;
        for name in &self.features {
            if name == EVENT_RECORDER {
                recording = Recording::On;
            } else if !super::features::choose(name, &mut mode)? {
                super::features::enable(name, &mut features, &mut options)?;
            }
        }
        let usual_retention = self.outward.usual_retention();
        let expand = if self.expand_env { ExpandEnvironment::Yes } else { ExpandEnvironment::No };
        let sources = self.sources.open(expand)?;
        Ok(Service {
            plan: Plan {
                config_file: self.config_file,
                rule_files: self.rule_files,
                expand,
                mode,
                evaluation_interval: self.evaluation_interval,
                features,
                external_labels: labels(&self.external_label),
                external_url: Arc::from(""),
                outward: self.outward.outward(if self.dry_run {
                    Sending::Off
                } else {
                    Sending::On
                }),
                retention: self.retention,
                upkeep: self.upkeep.upkeep(),
                sources: super::source_arguments::names(&sources),
                recording,
            },
            previous: Arc::default(),
            reloading: Reloading::FromFiles,
            sources,
            rules: self.rules.conduct(),
            storage: Some(self.storage),
            import: self.import.import_directory,
            retention: self.samples_retention.or(usual_retention),
            listen: self.web.listen(),
            given: self.web.given(),
            surface: self.web.surface(),
            web_config: self.web.web_config.clone(),
            audit: self.trail.audit_file,
            transport: transport(self.dry_run),
            options,
            limits: self.query.limits(),
            queueing: self.query.queueing(),
            flags,
        })
    }

    /// The flags as `/api/v1/status/flags` shows them.
    fn flags(&self) -> BTreeMap<String, String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let flags = [
            ("config.file", path(&self.config_file).unwrap_or_default()),
            ("rules.file", self.rule_files.join(",")),
            ("storage.path", self.storage.display().to_string()),
            ("import.alertmanager", path(&self.import.import_directory).unwrap_or_default()),
            ("audit.file", path(&self.trail.audit_file).unwrap_or_default()),
            ("enable-feature", self.features.join(",")),
            ("dry-run", self.dry_run.to_string()),
        ];
        let query = self.query.flags();
        let (sources, rules) = (self.sources.flags(), self.rules.flags());
        let outward = self.outward.flags();
        flags
            .into_iter()
            .chain(query)
            .chain(sources)
            .chain(rules)
            .chain(outward)
            .chain(self.web.flags())
            .chain(self.upkeep.flags())
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn transport(dry_run: bool) -> Transport {
    if !dry_run {
        return Transport::Send(Arc::new(Sender::new()));
    }
    Transport::Show(Arc::new(|delivery, message| {
        // when nobody reads our output there is nobody to tell
        let _ = writeln!(std::io::stdout().lock(), "{}", dry_run::describe(delivery, message));
    }))
}
