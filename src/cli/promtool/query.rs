//! `promtool query instant|range|series|labels`.

use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::Value as Json;

use crate::cli::{ExitStatus, server};
use crate::notify::integration::HttpOptions;
use crate::time::duration::parse_go_nanos;
use crate::time::rfc3339;

use super::client::{self, ApiError, Server, Verb};
use super::print::{self, Format};

/// How far back a range query goes when nothing is said: five minutes.
const RANGE_SECONDS: f64 = 300.0;
/// How many steps a range query has at most when no step is given.
const RANGE_STEPS: f64 = 250.0;
/// How far around now series and labels are looked for when nothing is said.
const EVER_SECONDS: f64 = 9999.0 * 3600.0;

/// Ask a server.
#[derive(Args)]
#[command(
    after_help = "Example:\n  promtool query instant http://localhost:9090 'sum by (job) (up)'"
)]
pub(super) struct Arguments {
    /// How answers are printed.
    #[arg(short = 'o', long, global = true, value_enum, default_value = "promql")]
    format: Format,
    /// How requests are made: login, TLS, proxy, headers.
    #[arg(long = "http.config.file", value_name = "FILE", global = true)]
    http: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Evaluate an expression at one moment.
    Instant(Instant),
    /// Evaluate an expression at many moments.
    Range(Range),
    /// List series.
    Series(Series),
    /// List the values of a label.
    Labels(Labels),
}

/// Evaluate an expression at one moment.
#[derive(Args)]
struct Instant {
    /// The server.
    server: String,
    /// The expression.
    expr: String,
    /// The moment: RFC 3339 or Unix seconds; now if nothing is said.
    #[arg(long)]
    time: Option<String>,
}

/// Evaluate an expression at many moments.
#[derive(Args)]
struct Range {
    /// The server.
    server: String,
    /// The expression.
    expr: String,
    /// One more header of the request, NAME=VALUE; may be repeated.
    #[arg(long = "header", value_parser = super::pair)]
    headers: Vec<(String, String)>,
    /// The first moment; five minutes before the last if nothing is said.
    #[arg(long)]
    start: Option<String>,
    /// The last moment; now if nothing is said.
    #[arg(long)]
    end: Option<String>,
    /// From one moment to the next; 250 of them if nothing is said.
    #[arg(long, value_parser = step)]
    step: Option<f64>,
}

/// List series.
#[derive(Args)]
struct Series {
    /// The server.
    server: String,
    /// A selector; may be repeated.
    #[arg(long = "match", required = true)]
    matches: Vec<String>,
    #[command(flatten)]
    span: Span,
}

/// List the values of a label.
#[derive(Args)]
struct Labels {
    /// The server.
    server: String,
    /// The label.
    name: String,
    /// A selector; may be repeated.
    #[arg(long = "match")]
    matches: Vec<String>,
    #[command(flatten)]
    span: Span,
}

/// Between which moments something is looked for.
#[derive(Args)]
struct Span {
    /// From when: RFC 3339 or Unix seconds.
    #[arg(long)]
    start: Option<String>,
    /// Until when.
    #[arg(long)]
    end: Option<String>,
}

/// A duration as Go writes it, in seconds.
fn step(text: &str) -> std::result::Result<f64, String> {
    let nanos = parse_go_nanos(text).map_err(|error| error.to_string())?;
    Ok(nanos as f64 / 1e9)
}

/// Why nothing is printed.
enum Failure {
    /// What is said, whole.
    Told(String),
    Other(anyhow::Error),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Failure {
        Failure::Told(error.to_string())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Other(error)
    }
}

/// Asks and prints.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    let options = client::options(arguments.http.as_deref())?;
    let command = arguments.command;
    match server::runtime()?.block_on(ask(&command, arguments.format, options)) {
        Ok(text) => {
            std::io::stdout().lock().write_all(text.as_bytes())?;
            Ok(ExitStatus::Success)
        }
        Err(Failure::Told(text)) => {
            eprintln!("{text}");
            Ok(ExitStatus::Failure)
        }
        Err(Failure::Other(error)) => Err(error),
    }
}

async fn ask(command: &Command, format: Format, options: HttpOptions) -> Result<String, Failure> {
    let mut server = Server::new(&with_scheme(command.server()), options).await?;
    let parameters = command.parameters(now()).map_err(Failure::Told)?;
    if let Command::Range(range) = command {
        for (name, value) in &range.headers {
            server.header(name, value)?;
        }
    }
    let (verb, path) = command.path();
    let data = server.ask(verb, &path, &parameters).await?;
    text(command, &data, format)
}

fn text(command: &Command, data: &Json, format: Format) -> Result<String, Failure> {
    match command {
        Command::Instant(_) | Command::Range(_) => {
            let value = print::value(data, format);
            Ok(value.map_err(ApiError::plain)? + "\n")
        }
        Command::Series(_) => Ok(print::series(data, format)),
        Command::Labels(_) => Ok(print::values(data, format)),
    }
}

/// promtool takes `//host` for `http://host`.
fn with_scheme(address: &str) -> String {
    if address.starts_with("//") { format!("http:{address}") } else { address.to_owned() }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// RFC 3339 or seconds since the epoch, in seconds.
fn moment(which: &str, text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    let seconds = seconds.map(|seconds| (seconds * 1000.0).round() / 1000.0);
    let date = || rfc3339::parse_strict(text).map(|at| at.seconds());
    let moment = seconds.or_else(date);
    moment.ok_or_else(|| {
        format!("error parsing {which} time: cannot parse {text:?} to a valid timestamp")
    })
}

fn or_moment(which: &str, text: Option<&String>, otherwise: f64) -> Result<f64, String> {
    text.map_or(Ok(otherwise), |text| moment(which, text))
}

type Parameters = Vec<(&'static str, String)>;

impl Command {
    fn server(&self) -> &str {
        match self {
            Command::Instant(instant) => &instant.server,
            Command::Range(range) => &range.server,
            Command::Series(series) => &series.server,
            Command::Labels(labels) => &labels.server,
        }
    }

    fn path(&self) -> (Verb, Vec<&str>) {
        match self {
            Command::Instant(_) => (Verb::Post, vec!["query"]),
            Command::Range(_) => (Verb::Post, vec!["query_range"]),
            Command::Series(_) => (Verb::Post, vec!["series"]),
            Command::Labels(labels) => (Verb::Get, vec!["label", &labels.name, "values"]),
        }
    }

    /// What is asked; the error is complete.
    fn parameters(&self, now: f64) -> Result<Parameters, String> {
        match self {
            Command::Instant(instant) => {
                let at = or_moment("evaluation", instant.time.as_ref(), now)?;
                Ok(vec![("query", instant.expr.clone()), ("time", at.to_string())])
            }
            Command::Range(range) => range.parameters(now),
            Command::Series(series) => series.span.parameters(&series.matches, now),
            Command::Labels(labels) => labels.span.parameters(&labels.matches, now),
        }
    }
}

impl Range {
    fn parameters(&self, now: f64) -> Result<Parameters, String> {
        let end = or_moment("end", self.end.as_ref(), now)?;
        let start = or_moment("start", self.start.as_ref(), end - RANGE_SECONDS)?;
        if start >= end {
            return Err("start time is not before end time".to_owned());
        }
        let step = self.step.filter(|step| *step != 0.0);
        let step = step.unwrap_or_else(|| ((end - start) / RANGE_STEPS).floor().max(1.0));
        let times = [("start", start), ("end", end), ("step", step)];
        let query = ("query", self.expr.clone());
        let times = times.map(|(name, value)| (name, value.to_string()));
        Ok([query].into_iter().chain(times).collect())
    }
}

impl Span {
    fn parameters(&self, matches: &[String], now: f64) -> Result<Parameters, String> {
        let start = or_moment("start", self.start.as_ref(), now - EVER_SECONDS)?;
        let end = or_moment("end", self.end.as_ref(), now + EVER_SECONDS)?;
        let times = [("start", start.to_string()), ("end", end.to_string())];
        let matches = matches.iter().map(|selector| ("match[]", selector.clone()));
        Ok(times.into_iter().chain(matches).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_seconds_or_dates() {
        assert_eq!(moment("start", "1577836800.5"), Ok(1_577_836_800.5));
        assert_eq!(moment("start", "2020-01-01T00:00:00Z"), Ok(1_577_836_800.0));
        let refused = "error parsing end time: cannot parse \"x\" to a valid timestamp";
        assert_eq!(moment("end", "x"), Err(refused.to_owned()));
    }

    #[test]
    fn ranges_have_five_minutes_and_250_steps_if_nothing_is_said() {
        let mut range = Range {
            server: String::new(),
            expr: "up".to_owned(),
            headers: Vec::new(),
            start: None,
            end: None,
            step: None,
        };
        let asked = |range: &Range| {
            let parameters = range.parameters(10_000.0)?;
            Ok(parameters[1..].iter().map(|(_, value)| value.clone()).collect::<Vec<_>>())
        };
        let texts = |texts: [&str; 3]| Ok::<_, String>(texts.map(str::to_owned).to_vec());
        assert_eq!(asked(&range), texts(["9700", "10000", "1"]));
        range.start = Some("0".to_owned());
        assert_eq!(asked(&range), texts(["0", "10000", "40"]));
        range.step = Some(0.5);
        assert_eq!(asked(&range), texts(["0", "10000", "0.5"]));
        range.start = Some("10000".to_owned());
        assert_eq!(asked(&range), Err("start time is not before end time".to_owned()));
    }
}
