//! promtool's command lines: `firebell promtool ...`, and the binary called by that name.

pub(super) mod client;
mod print;
mod push;
mod query;
pub(super) mod usage;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::config::rules::GroupSources;
use crate::promql::Options;
use crate::promql::syntax::Features;
use crate::time::Span;

use super::arguments::duration;
use super::check::report::Output;
use super::check::{self, Settings};
use super::test::rules as tests;
use super::{ExitStatus, features};

/// The look-back of a Prometheus that is not told otherwise.
const LOOK_BACK: Span = Span::from_mins(5);

/// Take promtool's command lines, so that a CI image only changes the binary.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  firebell promtool check rules rules/*.yml\n  firebell promtool test rules tests/*.yml\nThe binary does the same when it is called by the name promtool:\n  ln -s firebell promtool && ./promtool check rules rules/*.yml"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

/// Flags that may stand before the command and behind it.
#[derive(Args)]
struct Shared {
    /// Experimental features by Prometheus' names, separated by commas.
    #[arg(long = "enable-feature", value_name = "NAMES", value_delimiter = ',')]
    features: Vec<String>,
    /// The server's look-back, for lints.
    #[arg(long = "query.lookback-delta", value_name = "DURATION", value_parser = duration)]
    look_back: Option<Span>,
    /// Taken for compatibility; nothing here needs it.
    #[arg(long, hide = true)]
    experimental: bool,
}

/// A command's own arguments beside the shared ones.
#[derive(Args)]
struct With<T: Args> {
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    own: T,
}

#[derive(Subcommand)]
enum Command {
    /// Check the resources for validity.
    #[command(after_help = "Example:\n  promtool check rules --lint-fatal rules/*.yml")]
    Check {
        #[command(subcommand)]
        command: Check,
    },
    /// Run unit tests.
    #[command(after_help = "Example:\n  promtool test --junit report.xml rules tests/*.yml")]
    Test {
        /// Write the outcome as JUnit XML too.
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
        #[command(subcommand)]
        command: Test,
    },
    /// Ask a server.
    Query(With<query::Arguments>),
    /// Push to a server.
    Push {
        #[command(subcommand)]
        command: Push,
    },
}

#[derive(Subcommand)]
enum Push {
    /// Push metrics to a remote write endpoint.
    Metrics(With<push::Arguments>),
}

#[derive(Subcommand)]
enum Check {
    /// Check rule files.
    Rules(With<check::rules::Arguments>),
    /// Check Prometheus configurations and the rule files that they name.
    Config(With<check::config::PrometheusArguments>),
    /// Check the names, types and help texts of metrics in the text format.
    Metrics(With<check::metrics::Arguments>),
    /// Check web configurations.
    WebConfig(With<check::web_config::Arguments>),
}

#[derive(Subcommand)]
enum Test {
    /// Run unit tests of rules.
    Rules(tests::Arguments),
}

/// Runs a command line of promtool.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let Arguments { shared, command } = arguments;
    match command {
        Command::Check { command } => check::report(Output::Human, move || match command {
            Check::Rules(with) => check::rules::check(&with.own, &settings(&[shared, with.shared])),
            Check::Config(with) => {
                check::config::check_prometheus(&with.own, &settings(&[shared, with.shared]))
            }
            Check::Metrics(with) => check::metrics::check(&with.own),
            Check::WebConfig(with) => check::web_config::check(&with.own),
        }),
        Command::Test { junit, command: Test::Rules(mut rules) } => {
            rules.enable_feature.extend(shared.features);
            rules.junit = rules.junit.or(junit);
            tests::run(&rules.into_promtool(), GroupSources::None)
        }
        Command::Query(with) => query::run(with.own),
        Command::Push { command: Push::Metrics(with) } => push::run(&with.own),
    }
}

/// A pair as promtool's flags take it: `NAME=VALUE` or `NAME:VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    let pair =
        text.split_once(['=', ':']).ok_or_else(|| format!("expected KEY=VALUE got '{text}'"));
    pair.map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// What the flags before and behind the command say. Features that are not known are only
/// warned of, as in promtool.
fn settings(shared: &[Shared; 2]) -> Settings {
    let (mut features, mut options) = (Features::default(), Options::default());
    for name in shared.iter().flat_map(|shared| &shared.features) {
        if let Err(error) = features::enable(name, &mut features, &mut options) {
            eprintln!("promtool: {error:#}");
        }
    }
    let look_back = shared.iter().rev().find_map(|shared| shared.look_back);
    // promtool knows no sources
    let sources = GroupSources::None;
    Settings { features, look_back: look_back.unwrap_or(LOOK_BACK), sources }
}

#[cfg(test)]
mod lines {
    use clap::{CommandFactory, Parser};

    use crate::cli::{Arguments, AsPromtool};

    #[test]
    fn promtools_command_lines_are_understood() {
        Arguments::command().debug_assert();
        AsPromtool::command().debug_assert();
        for line in [
            "check rules",
            "check rules --lint=all --lint-fatal --ignore-unknown-fields a.yml b.yml",
            "--enable-feature=promql-experimental-functions check rules --lint none a.yml",
            "check config --syntax-only --agent --query.lookback-delta=5m p.yml",
            "check metrics --extended --lint=all",
            "check web-config a.yml b.yml",
            "test --junit=report.xml rules --run=a --run b --debug --diff t.yml",
            "query instant -o json http://localhost:9090 up --time=5",
            "query -o json range --start=1 --end=2 --step=30s --header a=b http://localhost:9090 up",
            "query series --match=up --match=down http://localhost:9090",
            "query labels --http.config.file=c.yml http://localhost:9090 job",
            "push metrics --label a=b --timeout=5s http://localhost:9090/api/v1/write m.txt",
            "test rules --enable-feature=promql-experimental-functions t.yml",
        ] {
            let words = ["promtool"].into_iter().chain(line.split(' '));
            assert!(AsPromtool::try_parse_from(words).is_ok(), "{line}");
            let words = ["firebell", "promtool"].into_iter().chain(line.split(' '));
            assert!(Arguments::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
