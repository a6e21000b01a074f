//! The Test Anything Protocol, version 14: a test point for each test, and one for each file that
//! could not be read. (Source: testanything.org, "TAP 14 specification".)

use std::io::{Result, Write};

use crate::drivers::ruletest::rules::Report;

use super::{Tally, human};

pub(super) fn write(reports: &[Report], out: &mut dyn Write) -> Result<()> {
    let tally = Tally::of(reports);
    writeln!(out, "TAP version 14\n1..{}", tally.passed + tally.failed)?;
    let mut number = 0;
    for report in reports {
        for warning in &report.warnings {
            writeln!(out, "# {warning}")?;
        }
        if let Some(reason) = &report.aborted {
            number += 1;
            writeln!(out, "not ok {number} - {}", described(&report.file))?;
            block(&[(&report.file, None, reason)], out)?;
        }
        for case in &report.cases {
            number += 1;
            let not = if case.faults.is_empty() { "" } else { "not " };
            let name = described(&format!("{}: {}", report.file, case.name));
            writeln!(out, "{not}ok {number} - {name}")?;
            let texts: Vec<_> =
                case.faults.iter().map(|fault| (fault.line, human::plain(fault))).collect();
            let faults: Vec<_> = texts
                .iter()
                .map(|(line, text)| (report.file.as_str(), Some(*line), text.as_str()))
                .collect();
            block(&faults, out)?;
        }
    }
    writeln!(out, "# {tally}")
}

/// A YAML block with the faults of a test point.
fn block(faults: &[(&str, Option<usize>, &str)], out: &mut dyn Write) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    writeln!(out, "  ---\n  faults:")?;
    for (file, line, text) in faults {
        writeln!(out, "    - file: {}", serde_json::Value::from(*file))?;
        if let Some(line) = line {
            writeln!(out, "      line: {line}")?;
        }
        writeln!(out, "      message: {}", serde_json::Value::from(*text))?;
    }
    writeln!(out, "  ...")
}

/// A description in which nothing is taken for a directive or a new line.
fn described(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#").replace(['\n', '\r'], " ")
}
