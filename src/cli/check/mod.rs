//! `firebell check`, and promtool's `check`.

pub(in crate::cli) mod config;
pub(in crate::cli) mod input;
pub(in crate::cli) mod metrics;
pub(in crate::cli) mod report;
pub(in crate::cli) mod rules;
mod sarif;
pub(in crate::cli) mod web_config;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::config::rules::GroupSources;
use crate::promql::Options;
use crate::promql::syntax::Features;
use crate::time::Span;

use super::arguments::duration;
use super::{ExitStatus, features};
use report::{Output, Report};

/// Expressions and templates go as deep as their grammar lets them.
const STACK: usize = 64 << 20;

/// Check rule files, configurations and metrics without running them.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  firebell check rules rules/*.yml\n  firebell check config alertmanager.yml\n  curl -s http://localhost:9090/metrics | firebell check metrics"
)]
pub(super) struct Arguments {
    /// How the findings are written.
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    output: Output,
    /// Experimental features by Prometheus' names, separated by commas.
    #[arg(long = "enable-feature", global = true, value_name = "NAMES", value_delimiter = ',')]
    features: Vec<String>,
    /// How far expressions look back for a sample, for lints.
    #[arg(long = "query.lookback-delta", global = true, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    look_back: Span,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check rule files.
    Rules(rules::Arguments),
    /// Check configurations of Alertmanager and of Prometheus.
    Config(config::Arguments),
    /// Check the names, types and help texts of metrics in the text format.
    Metrics(metrics::Arguments),
    /// Check web configurations: TLS, users, headers, and the certificates that they name.
    WebConfig(web_config::Arguments),
}

/// What all checks share.
pub(super) struct Settings {
    /// Which experimental syntax rules may use.
    pub features: Features,
    /// How far an expression looks back for a sample.
    pub look_back: Span,
    /// Which sources rule groups may name.
    pub sources: GroupSources,
}

/// Checks what was asked for.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let (mut features, mut options) = (Features::default(), Options::default());
    for name in &arguments.features {
        features::enable(name, &mut features, &mut options)?;
    }
    let sources = GroupSources::Any;
    let settings = Settings { features, look_back: arguments.look_back, sources };
    report(arguments.output, move || match arguments.command {
        Command::Rules(rules) => rules::check(&rules, &settings),
        Command::Config(config) => config::check(&config, &settings),
        Command::Metrics(metrics) => metrics::check(&metrics),
        Command::WebConfig(web) => web_config::check(&web),
    })
}

/// Checks on a thread whose stack is deep enough, and writes what was found.
pub(super) fn report(
    output: Output,
    check: impl FnOnce() -> Result<Report> + Send + 'static,
) -> Result<ExitStatus> {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let thread = thread.spawn(check).context("cannot start a thread")?;
    let report =
        thread.join().unwrap_or_else(|_| anyhow::bail!("a file made the checker panic"))?;
    report.write(output).context("cannot write the report")?;
    Ok(report.status())
}
