//! The command line: one file per command. Data goes to stdout, talk to stderr.

mod address;
mod alertmanager;
mod amtool;
mod arguments;
mod audit;
mod check;
mod demo;
mod features;
mod keeping;
mod kingpin;
mod logging;
mod outward;
mod promtool;
mod query;
mod query_arguments;
mod rule_arguments;
mod serve;
mod server;
mod signals;
mod source_arguments;
mod state;
mod test;
mod trail;
mod upkeep_arguments;
mod web_arguments;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How a command ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// As it should.
    Success,
    /// Something failed, and what was said on stderr.
    Failure,
    /// Nothing is wrong by the grammar, and a lint was asked to count.
    Lint,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        match status {
            ExitStatus::Success => ExitCode::SUCCESS,
            ExitStatus::Failure => ExitCode::FAILURE,
            // promtool's code for it
            ExitStatus::Lint => ExitCode::from(3),
        }
    }
}

/// Turns time series into the right message for the right person, and says why.
#[derive(Parser)]
#[command(
    name = "firebell",
    version,
    after_help = "Start here:\n  firebell demo\n  firebell serve --config.file alertmanager.yml --rules.file 'rules/*.yml'"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Evaluate rules, notify, and answer Prometheus', Alertmanager's and Pushgateway's APIs.
    Serve(Box<serve::Arguments>),
    /// Be an Alertmanager: take its command line, answer as it does.
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  firebell alertmanager --config.file=alertmanager.yml --storage.path=data/\nThe binary does the same when it is called by the name alertmanager."
    )]
    Alertmanager {
        /// The flags of an Alertmanager; --help tells them.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Play a sample night of an Airflow platform, then serve its state for you to try.
    Demo(demo::Arguments),
    /// Ask a running server for the value of an expression.
    Query(query::Arguments),
    /// Check expressions, rules and notifications.
    Test(test::Arguments),
    /// Check rule files, configurations and metrics without running them.
    Check(check::Arguments),
    /// Take over silences and notification log from an Alertmanager, or hand them back.
    State(state::Arguments),
    /// Look at the trail of changes that --audit.file writes.
    Audit(audit::Arguments),
    /// Take promtool's command lines, so that a CI image only changes the binary.
    Promtool(promtool::Arguments),
    /// Take amtool's command lines: look at an Alertmanager, silence, check configurations.
    #[command(
        disable_help_flag = true,
        after_help = "Example:\n  firebell amtool --alertmanager.url=http://localhost:9093 alert\nThe binary does the same when it is called by the name amtool."
    )]
    Amtool {
        /// amtool's commands and flags.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
}

/// The command line when the binary is called by promtool's name.
#[derive(Parser)]
#[command(name = "promtool", version)]
struct AsPromtool {
    #[command(flatten)]
    arguments: promtool::Arguments,
}

/// Reads the command line and runs what it says.
pub fn run() -> ExitStatus {
    let words: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let called = words.first().map(PathBuf::from).unwrap_or_default();
    let called = called.file_stem().unwrap_or_default();
    // the flags of these two have rules of their own
    let (name, rest) = match &words[..] {
        [_, rest @ ..] if called == "amtool" || called == "alertmanager" => {
            (called.to_str().unwrap_or_default(), rest)
        }
        [_, name, rest @ ..] => (name.as_str(), rest),
        _ => ("", &[][..]),
    };
    match name {
        "amtool" => return amtool::run(rest.to_vec()),
        "alertmanager" => return alertmanager::run(rest.to_vec()),
        _ => {}
    }
    if called == "promtool" {
        return parsed("promtool: error", AsPromtool::try_parse(), |it| {
            promtool::run(it.arguments)
        });
    }
    parsed("firebell", Arguments::try_parse(), |arguments| match arguments.command {
        Command::Alertmanager { words } => Ok(alertmanager::run(words)),
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Test(arguments) => test::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::State(arguments) => state::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Promtool(arguments) => promtool::run(arguments),
        Command::Amtool { words } => Ok(amtool::run(words)),
    })
}

/// What promtool would say of a command line that is not understood.
fn complaint(name: &str, error: &clap::Error) -> Option<String> {
    let as_promtool =
        name != "firebell" || std::env::args().nth(1).is_some_and(|it| it == "promtool");
    if as_promtool { promtool::usage::complaint(error) } else { None }
}

/// Runs a command line that could be read; says why it could not, or why it failed.
fn parsed<T>(
    name: &str,
    arguments: Result<T, clap::Error>,
    run: impl FnOnce(T) -> anyhow::Result<ExitStatus>,
) -> ExitStatus {
    match arguments {
        Ok(arguments) => run(arguments).unwrap_or_else(|error| {
            eprintln!("{name}: {error:#}");
            ExitStatus::Failure
        }),
        Err(error) => {
            if let Some(line) = complaint(name, &error) {
                eprintln!("{line}");
                return ExitStatus::Failure;
            }
            // help and version are errors to clap; it knows where they are printed
            let _ = error.print();
            if error.use_stderr() { ExitStatus::Failure } else { ExitStatus::Success }
        }
    }
}
