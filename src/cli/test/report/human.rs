//! Lines for people: what failed, where it stands, and what differs.

use std::io::{Result, Write};

use crate::drivers::ruletest::rules::{Compared, Fault, Report, Side};

use super::{Colours, Talk};

const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

pub(super) fn write(
    reports: &[Report],
    colours: Colours,
    talk: Talk,
    out: &mut dyn Write,
) -> Result<()> {
    for report in reports {
        if talk == Talk::Everything {
            super::promtool::dump(report, out)?;
        }
        head(report, colours, out)?;
        for warning in &report.warnings {
            writeln!(out, "  warning: {warning}")?;
        }
        for line in report.aborted.iter().flat_map(|reason| reason.lines()) {
            writeln!(out, "  {line}")?;
        }
        for case in report.cases.iter().filter(|case| !case.faults.is_empty()) {
            writeln!(out, "  {}", case.name)?;
            for fault in &case.faults {
                tell(&report.file, fault, colours, out)?;
            }
        }
    }
    let failed = reports.iter().any(|report| !report.passed());
    if failed { writeln!(out, "\n- expected   + got") } else { Ok(()) }
}

fn head(report: &Report, colours: Colours, out: &mut dyn Write) -> Result<()> {
    let all = report.cases.len();
    let failed = report.cases.iter().filter(|case| !case.faults.is_empty()).count();
    let tests = match (report.passed(), report.aborted.is_some(), all) {
        (_, true, _) => String::new(),
        (false, ..) => format!(" ({failed} of {all} tests)"),
        (true, _, 1) => " (1 test)".to_owned(),
        (true, ..) => format!(" ({all} tests)"),
    };
    let (word, colour) = if report.passed() { ("ok    ", GREEN) } else { ("FAILED", RED) };
    writeln!(out, "{}  {}{tests}", painted(word, colour, colours), report.file)
}

fn tell(file: &str, fault: &Fault, colours: Colours, out: &mut dyn Write) -> Result<()> {
    let headline = painted(&fault.headline, BOLD, colours);
    writeln!(out, "    {file}:{}: {headline}", fault.line)?;
    for line in &fault.difference {
        writeln!(out, "      {}", compared(line, colours))?;
    }
    Ok(())
}

fn compared(line: &Compared, colours: Colours) -> String {
    let text = format!("{} {}", line.side.sign(), line.text);
    match line.side {
        Side::Both => text,
        Side::Expected => painted(&text, RED, colours),
        Side::Got => painted(&text, GREEN, colours),
    }
}

fn painted(text: &str, colour: &str, colours: Colours) -> String {
    match colours {
        Colours::On => format!("{colour}{text}{PLAIN}"),
        Colours::Off => text.to_owned(),
    }
}

/// A fault as lines without its place.
pub(super) fn plain(fault: &Fault) -> String {
    let mut text = fault.headline.clone();
    for line in &fault.difference {
        text.push('\n');
        text.push_str(&compared(line, Colours::Off));
    }
    text
}
