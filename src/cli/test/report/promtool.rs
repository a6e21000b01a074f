//! Lines as promtool writes them: failures on stderr, what was asked for on stdout.

use std::io::{Result, Write};

use crate::drivers::ruletest::rules::Report;

use super::{Streams, Talk};

pub(super) fn write(reports: &[Report], talk: Talk, streams: &mut Streams<'_>) -> Result<()> {
    for report in reports {
        for warning in &report.warnings {
            writeln!(streams.talk, "  WARNING: {warning}")?;
        }
        if talk == Talk::Everything {
            dump(report, streams.out)?;
        }
        if report.passed() {
            writeln!(streams.out, "  SUCCESS\n")?;
            continue;
        }
        writeln!(streams.talk, "  FAILED:")?;
        let faults = report.cases.iter().flat_map(|case| &case.faults);
        let faults =
            faults.map(|one| format!("{}\n        at {}:{}", one.text, report.file, one.line));
        for text in report.aborted.iter().cloned().chain(faults) {
            writeln!(streams.talk, "{text}")?;
            writeln!(streams.out)?;
        }
        writeln!(streams.out)?;
    }
    Ok(())
}

/// The data of every test.
pub(super) fn dump(report: &Report, out: &mut dyn Write) -> Result<()> {
    for case in &report.cases {
        writeln!(out, "DEBUG: Starting test {}", case.name)?;
        writeln!(out, "{}", case.dump)?;
        writeln!(out, "DEBUG: Test {} finished, took {:?}", case.name, case.took)?;
    }
    Ok(())
}
