//! `check config`.

mod alertmanager;
mod prometheus;

use std::path::PathBuf;

use anyhow::Result;
use clap::{ArgAction, Args, ValueEnum};

use crate::config::Expansion;
use crate::config::yaml::{self, Documents, Node};
use crate::drivers::load::ExpandEnvironment;

use super::report::{Report, Severity, Subject};
use super::rules::Strictness;
use super::{Settings, input};

/// Check configurations: an Alertmanager's with its templates, a Prometheus' with its rule files.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 a file is refused, 3 a lint with --lint-fatal.\n\nExamples:\n  firebell check config alertmanager.yml\n  firebell check config alertmanager/\n  firebell check config --lint all prometheus.yml\n  firebell check --output json config alertmanager.yml"
)]
pub(in crate::cli) struct Arguments {
    /// Configuration files, or directories of Alertmanager configurations; without any, stdin is
    /// read.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose configurations they are; else each file's first words tell.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Expand ${VAR}, ${VAR:-default} and ${file:/path} in Alertmanager's, as `firebell serve` does.
    #[arg(long = "config.expand-env", value_name = "BOOL", default_value_t = true, action = ArgAction::Set)]
    expand_env: bool,
    #[command(flatten)]
    how: How,
}

/// How a Prometheus configuration is checked.
#[derive(Args)]
pub(super) struct How {
    /// Leave alone the files that a Prometheus configuration names.
    #[arg(long)]
    syntax_only: bool,
    /// Refuse what a Prometheus in agent mode refuses.
    #[arg(long)]
    agent: bool,
    #[command(flatten)]
    strictness: Strictness,
}

/// Check Prometheus configurations and the rule files that they name.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 a file is refused, 3 a lint with --lint-fatal.\n\nExample:\n  promtool check config --lint all prometheus.yml"
)]
pub(in crate::cli) struct PrometheusArguments {
    /// Configuration files.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: How,
}

/// Whose configuration a file is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Alertmanager's.
    Alertmanager,
    /// Prometheus'.
    Prometheus,
}

/// Keys that only a Prometheus configuration has, `global`'s among them.
const PROMETHEUS_KEYS: [&str; 16] = [
    "alerting",
    "evaluation_interval",
    "external_labels",
    "otlp",
    "query_log_file",
    "remote_read",
    "remote_write",
    "rule_files",
    "rule_query_offset",
    "runtime",
    "scrape_config_files",
    "scrape_configs",
    "scrape_interval",
    "scrape_protocols",
    "scrape_timeout",
    "storage",
];
/// Keys of the first level that only an Alertmanager configuration has.
const ALERTMANAGER_KEYS: [&str; 6] =
    ["route", "receivers", "inhibit_rules", "templates", "time_intervals", "mute_time_intervals"];

/// Checks what was asked for.
pub(in crate::cli) fn check(arguments: &Arguments, settings: &Settings) -> Result<Report> {
    input::must_exist(&arguments.files)?;
    let expand = if arguments.expand_env { ExpandEnvironment::Yes } else { ExpandEnvironment::No };
    let (folders, files): (Vec<_>, Vec<_>) =
        arguments.files.iter().cloned().partition(|path| path.is_dir());
    let mut subjects: Vec<Subject> =
        folders.iter().flat_map(|folder| alertmanager::directory(folder, expand)).collect();
    let inputs = if subjects.is_empty() || !files.is_empty() { input::all(&files) } else { vec![] };
    for (name, text) in inputs {
        let told = || text.as_ref().map_or(Kind::Alertmanager, |text| tell(text));
        match arguments.kind.unwrap_or_else(told) {
            Kind::Alertmanager => subjects.push(alertmanager::subject(&name, text, expand)),
            Kind::Prometheus => {
                let mut more = prometheus::subjects(&name, text, &arguments.how, settings);
                prometheus::say_unused(&mut more);
                subjects.extend(more);
            }
        }
    }
    let refused = subjects.iter().filter(|subject| is_refused(subject)).count();
    let closing = (refused > 0).then(|| format!("firebell: failed to validate {refused} file(s)"));
    Ok(Report { subjects, lint: arguments.how.strictness.verdict(), closing })
}

/// Alertmanager configurations are counted at the end, as amtool does it.
fn is_refused(subject: &Subject) -> bool {
    subject.kind == alertmanager::KIND && subject.has(Severity::Error)
}

/// Checks Prometheus configurations.
pub(in crate::cli) fn check_prometheus(
    arguments: &PrometheusArguments,
    settings: &Settings,
) -> Result<Report> {
    input::must_exist(&arguments.files)?;
    let inputs = input::all(&arguments.files).into_iter();
    let subjects =
        inputs.flat_map(|(name, text)| prometheus::subjects(&name, text, &arguments.how, settings));
    Ok(Report {
        subjects: subjects.collect(),
        lint: arguments.how.strictness.verdict(),
        closing: None,
    })
}

/// Whose configuration it is, by the names in it; Alertmanager's when nothing tells.
fn tell(text: &str) -> Kind {
    let Ok(documents) = yaml::parse(text, Documents::First, Expansion::Off) else {
        return Kind::Alertmanager;
    };
    let Some(Node::Map(_, entries)) = documents.first() else { return Kind::Alertmanager };
    let mut keys: Vec<&str> = Vec::new();
    for entry in entries {
        let key = entry.key.text.as_str();
        if ALERTMANAGER_KEYS.contains(&key) {
            return Kind::Alertmanager;
        }
        keys.push(key);
        if let ("global", Node::Map(_, entries)) = (key, &entry.value) {
            keys.extend(entries.iter().map(|entry| entry.key.text.as_str()));
        }
    }
    match keys.iter().any(|key| PROMETHEUS_KEYS.contains(key)) {
        true => Kind::Prometheus,
        false => Kind::Alertmanager,
    }
}

#[cfg(test)]
mod tests;
