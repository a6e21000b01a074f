//! `firebell test`.

mod report;
pub(in crate::cli) mod rules;

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::config::rules::GroupSources;
use crate::drivers::load::read_text;
use crate::drivers::promqltest::{self, Report};

use super::ExitStatus;

/// Queries go as deep as the grammar lets them.
const STACK: usize = 64 << 20;

/// Check expressions, rules and notifications.
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run promqltest scripts, the language of Prometheus' own acceptance tests.
    Promql(Promql),
    /// Run unit tests of rules and of the messages they lead to: promtool's test files, and more.
    Rules(rules::Arguments),
}

/// Run promqltest scripts, the language of Prometheus' own acceptance tests.
#[derive(Args)]
#[command(
    after_help = "Example script:\n  load 30s\n    requests_total{job=\"api\"} 0+60x10\n\n  eval instant at 5m rate(requests_total[5m])\n    {job=\"api\"} 2\n\nRun it:\n  firebell test promql requests.test --junit report.xml"
)]
struct Promql {
    /// Scripts.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the outcome as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Runs what was asked for; fails when any test does.
pub(super) fn run(arguments: Arguments) -> Result<ExitStatus> {
    match arguments.command {
        Command::Promql(promql) => {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let thread = thread.spawn(move || promql.run()).context("cannot start a thread")?;
            thread.join().unwrap_or_else(|_| anyhow::bail!("a script made the evaluator panic"))
        }
        Command::Rules(arguments) => rules::run(&arguments, GroupSources::Any),
    }
}

impl Promql {
    fn run(&self) -> Result<ExitStatus> {
        let mut out = std::io::stdout().lock();
        let mut reports = Vec::new();
        for path in &self.files {
            let report = promqltest::run(&path.display().to_string(), &read(path)?);
            write!(out, "{report}")?;
            reports.push(report);
        }
        let passed: usize = reports.iter().map(|report| report.passed).sum();
        let failed: usize = reports.iter().map(|report| report.failures.len()).sum();
        writeln!(out, "{passed} passed, {failed} failed")?;
        if let Some(path) = &self.junit {
            std::fs::write(path, junit(&reports))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(if failed == 0 { ExitStatus::Success } else { ExitStatus::Failure })
    }
}

fn read(path: &Path) -> Result<String> {
    read_text(path).map_err(|message| anyhow::anyhow!("cannot read {}: {message}", path.display()))
}

/// The outcome as JUnit XML: a suite for each script, a case for each failure and one for all
/// that passed.
fn junit(reports: &[Report]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for report in reports {
        let file = escape(&report.file);
        let tests = report.passed + report.failures.len();
        // writing to a string does not fail
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{}\">",
            report.failures.len()
        );
        for failure in &report.failures {
            let _ = writeln!(
                xml,
                "    <testcase name=\"{file}:{}\"><failure message=\"{}\"/></testcase>",
                failure.line,
                escape(&failure.message)
            );
        }
        for number in 0..report.passed {
            let _ = writeln!(xml, "    <testcase name=\"{file} passed {}\"/>", number + 1);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_names_failures_and_escapes_them() {
        let report = promqltest::run("a<b>.test", "eval instant at 1m 1 < bool 2\n  5\n");
        let xml = junit(&[report]);
        assert!(
            xml.contains("<testsuite name=\"a&lt;b&gt;.test\" tests=\"1\" failures=\"1\">"),
            "{xml}"
        );
        assert!(xml.contains("a&lt;b&gt;.test:1"), "{xml}");
    }
}
