//! `check metrics`.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use crate::ingest::exposition::{self, Family, Format};

use super::input;
use super::report::{LintVerdict, Report, Severity, Subject};

/// Check the names, types and help texts of metrics in the text format.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 not the text format, 3 something should be named or described otherwise.\n\nExamples:\n  curl -s http://localhost:9090/metrics | firebell check metrics\n  firebell check metrics --extended --lint none pushed.prom"
)]
pub(in crate::cli) struct Arguments {
    /// Files of metrics; without any, stdin is read.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print how many series each metric has.
    #[arg(long)]
    extended: bool,
    /// What is looked for beside errors.
    #[arg(long, value_enum, value_name = "LINTS", default_value_t)]
    lint: Lint,
}

/// Whether metrics are linted.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Lint {
    /// Every lint.
    #[default]
    All,
    /// No lint.
    None,
}

/// Checks what was asked for.
pub(in crate::cli) fn check(arguments: &Arguments) -> Result<Report> {
    ensure!(
        arguments.extended || arguments.lint == Lint::All,
        "nothing to check: add --extended, or leave --lint=none out"
    );
    input::must_exist(&arguments.files)?;
    let subjects = input::all(&arguments.files)
        .into_iter()
        .map(|(name, text)| subject(&name, text, arguments.extended, arguments.lint));
    Ok(Report { subjects: subjects.collect(), lint: LintVerdict::Fatal, ..Report::default() })
}

fn subject(name: &str, text: Result<String, String>, extended: bool, lint: Lint) -> Subject {
    let mut subject = Subject::new(name, "metrics");
    let text = match text {
        Ok(text) => text,
        Err(message) => {
            subject.err(format!("error while linting: {message}"));
            subject.find(Severity::Error, "unreadable", None, message);
            return subject;
        }
    };
    let families = match exposition::parse(text.as_bytes(), format(&text)) {
        Ok(families) => families,
        Err(error) => {
            subject.err(format!("error while linting: text format parsing error in {error}"));
            let place = Some((error.line, error.column));
            subject.find(Severity::Error, "text-format", place, error.message);
            return subject;
        }
    };
    let series = families.iter().map(|family| family.points.len()).sum();
    subject.counts = vec![("metrics", families.len()), ("series", series)];
    if lint == Lint::All {
        for lint in exposition::lint(&families) {
            let message = format!("{} {}", lint.metric, lint.text);
            subject.err(message.as_str());
            subject.find(Severity::Warning, lint.class, None, message);
        }
    }
    if extended {
        for line in cardinality(&families, series) {
            subject.out(line);
        }
    }
    subject
}

/// OpenMetrics says that it ends.
fn format(text: &str) -> Format {
    if text.trim_end().ends_with("\n# EOF") { Format::OpenMetrics } else { Format::Text }
}

/// A table of the metrics by falling number of series.
fn cardinality(families: &[Family], series: usize) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> =
        families.iter().map(|family| (family.name.as_str(), family.points.len())).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let share = |count: usize| format!("{:.2}%", count as f64 / series as f64 * 100.0);
    let mut rows = vec![["Metric".to_owned(), "Cardinality".to_owned(), "Percentage".to_owned()]];
    rows.extend(
        counts.iter().map(|(name, count)| [(*name).to_owned(), count.to_string(), share(*count)]),
    );
    rows.push(["Total".to_owned(), series.to_string(), "100%".to_owned()]);
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0) + 4
    };
    let widths = [width(0), width(1), width(2)];
    let pad = |row: &[String; 3]| -> String {
        row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect()
    };
    rows.iter().map(pad).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::check::report::Said;

    #[test]
    fn cardinality_is_a_table_of_falling_counts() {
        let text = "# HELP a x\na{b=\"1\"} 1\n# HELP cc x\ncc{b=\"1\"} 1\ncc{b=\"2\"} 1\n";
        let subject = subject("m", Ok(text.to_owned()), true, Lint::All);
        let expected = [
            "Metric    Cardinality    Percentage    ",
            "cc        2              66.67%        ",
            "a         1              33.33%        ",
            "Total     3              100%          ",
        ];
        assert_eq!(subject.said, expected.map(|line| Said::Out(line.to_owned())));
    }

    #[test]
    fn lints_are_warnings_and_a_broken_text_is_an_error() {
        let check = |text: &str, severity| {
            let subject = subject("m", Ok(text.to_owned()), false, Lint::All);
            assert!(subject.has(severity), "{subject:?}");
        };
        check("a 1\n", Severity::Warning);
        check("a 1 2 3\n", Severity::Error);
    }
}
