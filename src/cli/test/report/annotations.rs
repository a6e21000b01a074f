//! Annotations that GitHub shows beside the lines of a pull request.
//! (Source: GitHub docs, "Workflow commands": `::error file=F,line=L,title=T::message`.)

use std::io::{Result, Write};

use crate::drivers::ruletest::rules::Report;

use super::human;

pub(super) fn write(reports: &[Report], out: &mut dyn Write) -> Result<()> {
    for report in reports {
        let file = property(&report.file);
        for warning in &report.warnings {
            writeln!(out, "::warning file={file}::{}", data(warning))?;
        }
        if let Some(reason) = &report.aborted {
            let place = reason.strip_prefix(&report.file).and_then(position);
            let line = place.map(|line| format!(",line={line}")).unwrap_or_default();
            writeln!(out, "::error file={file}{line}::{}", data(reason))?;
        }
        for case in &report.cases {
            let title = property(&case.name);
            for fault in &case.faults {
                let (line, text) = (fault.line, data(&human::plain(fault)));
                writeln!(out, "::error file={file},line={line},title={title}::{text}")?;
            }
        }
    }
    Ok(())
}

/// The line of `:LINE:COLUMN: message`.
fn position(rest: &str) -> Option<usize> {
    rest.strip_prefix(':')?.split(':').next()?.parse().ok()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
