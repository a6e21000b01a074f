//! The command line: one file per command. Data goes to stdout, talk to stderr.

mod arguments;
mod demo;
mod features;
mod logging;
mod query;
mod serve;
mod server;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How a command ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// As it should.
    Success,
    /// Something failed, and what was said on stderr.
    Failure,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        match status {
            ExitStatus::Success => ExitCode::SUCCESS,
            ExitStatus::Failure => ExitCode::FAILURE,
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
    /// Play a sample night of an Airflow platform, then serve its state for you to try.
    Demo(demo::Arguments),
    /// Ask a running server for the value of an expression.
    Query(query::Arguments),
    /// Check expressions, rules and notifications.
    Test(test::Arguments),
}

/// Reads the command line and runs what it says.
pub fn run() -> ExitStatus {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version are errors to clap; it knows where they are printed
            let _ = error.print();
            return if error.use_stderr() { ExitStatus::Failure } else { ExitStatus::Success };
        }
    };
    let outcome = match arguments.command {
        Command::Serve(arguments) => serve::run(*arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Test(arguments) => test::run(arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("firebell: {error:#}");
        ExitStatus::Failure
    })
}
