//! How the outcome of unit tests is written.

mod annotations;
pub(super) mod coverage;
mod human;
mod junit;
mod promtool;
mod tap;
#[cfg(test)]
mod tests;

use std::io::{Result, Write};

use clap::ValueEnum;

use crate::drivers::ruletest::rules::Report;

/// How the outcome is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Output {
    /// Lines for people.
    #[default]
    Human,
    /// Lines for people, and annotations that GitHub shows beside the lines of a pull request.
    Github,
    /// JUnit XML.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// As promtool writes it, the talk on stderr.
    Promtool,
}

/// Whether lines for people have colours.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Colours {
    /// They have.
    On,
    /// They have not.
    Off,
}

/// What is written beside the outcome itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Talk {
    /// Nothing.
    Outcome,
    /// Each test's data, and how long it took.
    Everything,
}

/// How many tests passed and failed; a file that could not be read counts as a failed one.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Tally {
    pub(in crate::cli) passed: usize,
    pub(in crate::cli) failed: usize,
}

impl Tally {
    pub(in crate::cli) fn of(reports: &[Report]) -> Tally {
        let mut tally = Tally::default();
        for report in reports {
            let faulty = report.cases.iter().filter(|case| !case.faults.is_empty()).count();
            tally.passed += report.cases.len() - faulty;
            tally.failed += faulty + usize::from(report.aborted.is_some());
        }
        tally
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Where lines go.
pub(in crate::cli) struct Streams<'a> {
    pub(in crate::cli) out: &'a mut dyn Write,
    pub(in crate::cli) talk: &'a mut dyn Write,
}

impl Output {
    /// Writes the outcome of all files, and in most formats the closing line.
    pub(in crate::cli) fn write(
        self,
        reports: &[Report],
        colours: Colours,
        talk: Talk,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        let tally = Tally::of(reports);
        match self {
            Output::Human | Output::Github => {
                human::write(reports, colours, talk, streams.out)?;
                if self == Output::Github {
                    annotations::write(reports, streams.out)?;
                }
                writeln!(streams.out, "{tally}")
            }
            Output::Junit => write!(streams.out, "{}", junit::write(reports)),
            Output::Tap => tap::write(reports, streams.out),
            Output::Promtool => {
                promtool::write(reports, talk, streams)?;
                writeln!(streams.out, "{tally}")
            }
        }
    }
}

/// The outcome as JUnit XML.
pub(in crate::cli) fn junit(reports: &[Report]) -> String {
    junit::write(reports)
}
