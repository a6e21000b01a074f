//! What a check has to say, and how it is written: for people as promtool and amtool write it,
//! as JSON, or as SARIF.

use std::io::Write;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::super::ExitStatus;
use super::sarif;

/// How a report is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Output {
    /// Lines for people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, which code scanners read.
    Sarif,
}

/// How bad a finding is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// The file is refused.
    Error,
    /// A lint: the file is taken, and yet probably wrong.
    Warning,
    /// Worth saying.
    Note,
}

impl Severity {
    /// The word for it, which is SARIF's too.
    pub(super) fn text(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something that was found in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which kind of finding, a word for machines.
    pub class: &'static str,
    /// Line and column, both from 1, when it has a place.
    pub place: Option<(usize, usize)>,
    /// What it is.
    pub message: String,
}

/// A line for people.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// On stdout.
    Out(String),
    /// On stderr.
    Err(String),
}

/// One file and what is said of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Subject {
    /// Its name.
    pub file: String,
    /// What kind of file.
    pub kind: &'static str,
    /// How many of what are in it.
    pub counts: Vec<(&'static str, usize)>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The lines for people.
    pub said: Vec<Said>,
}

impl Subject {
    /// A file of which nothing is said yet.
    pub(super) fn new(file: &str, kind: &'static str) -> Subject {
        Subject { file: file.to_owned(), kind, ..Subject::default() }
    }

    /// Says a line on stdout.
    pub(super) fn out(&mut self, line: impl Into<String>) {
        self.said.push(Said::Out(line.into()));
    }

    /// Says a line on stderr.
    pub(super) fn err(&mut self, line: impl Into<String>) {
        self.said.push(Said::Err(line.into()));
    }

    /// Notes a finding.
    pub(super) fn find(
        &mut self,
        severity: Severity,
        class: &'static str,
        place: Option<(usize, usize)>,
        message: impl Into<String>,
    ) {
        self.findings.push(Finding { severity, class, place, message: message.into() });
    }

    /// Whether there is a finding so bad.
    pub(super) fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity == severity)
    }
}

/// What a lint does to the exit code.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum LintVerdict {
    /// Nothing.
    #[default]
    Told,
    /// It is 3.
    Fatal,
}

/// All that a check says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Report {
    /// File by file.
    pub(super) subjects: Vec<Subject>,
    /// What lints do.
    pub(super) lint: LintVerdict,
    /// The last line, on stderr, when a file is refused.
    pub(super) closing: Option<String>,
}

impl Report {
    /// How the check ended.
    pub(in crate::cli) fn status(&self) -> ExitStatus {
        let any = |severity| self.subjects.iter().any(|subject| subject.has(severity));
        if any(Severity::Error) {
            ExitStatus::Failure
        } else if any(Severity::Warning) && self.lint == LintVerdict::Fatal {
            ExitStatus::Lint
        } else {
            ExitStatus::Success
        }
    }

    /// Writes the report.
    pub(in crate::cli) fn write(&self, output: Output) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        match output {
            Output::Human => self.write_lines(&mut out, &mut std::io::stderr().lock()),
            Output::Json => writeln!(out, "{:#}", self.json()),
            Output::Sarif => writeln!(out, "{:#}", sarif::log(&self.subjects)),
        }
    }

    fn write_lines(&self, out: &mut dyn Write, err: &mut dyn Write) -> std::io::Result<()> {
        for said in self.subjects.iter().flat_map(|subject| &subject.said) {
            match said {
                Said::Out(line) => writeln!(out, "{line}")?,
                Said::Err(line) => writeln!(err, "{line}")?,
            }
        }
        match &self.closing {
            Some(line) if self.status() == ExitStatus::Failure => writeln!(err, "{line}"),
            _ => Ok(()),
        }
    }

    fn json(&self) -> Value {
        let subjects: Vec<Value> = self.subjects.iter().map(subject_json).collect();
        json!({ "valid": self.status() != ExitStatus::Failure, "files": subjects })
    }
}

fn subject_json(subject: &Subject) -> Value {
    let counts: Map<String, Value> =
        subject.counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
    let findings: Vec<Value> = subject.findings.iter().map(finding_json).collect();
    json!({
        "file": subject.file,
        "kind": subject.kind,
        "valid": !subject.has(Severity::Error),
        "counts": counts,
        "findings": findings,
    })
}

fn finding_json(finding: &Finding) -> Value {
    let mut json = json!({
        "severity": finding.severity.text(),
        "class": finding.class,
        "message": finding.message,
    });
    if let Some((line, column)) = finding.place {
        json["line"] = json!(line);
        json["column"] = json!(column);
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(severity: Severity, lint: LintVerdict) -> Report {
        let mut subject = Subject::new("a b.yml", "rules");
        subject.counts.push(("rules", 2));
        subject.find(severity, "duplicate-rules", Some((3, 4)), "twice");
        subject.out("Checking a b.yml");
        subject.err("  FAILED:");
        Report { subjects: vec![subject], lint, closing: Some("firebell: no".to_owned()) }
    }

    #[test]
    fn the_worst_finding_decides_the_exit_code() {
        let check = |severity, lint, expect| assert_eq!(report(severity, lint).status(), expect);
        check(Severity::Error, LintVerdict::Fatal, ExitStatus::Failure);
        check(Severity::Warning, LintVerdict::Fatal, ExitStatus::Lint);
        check(Severity::Warning, LintVerdict::Told, ExitStatus::Success);
        check(Severity::Note, LintVerdict::Fatal, ExitStatus::Success);
    }

    #[test]
    fn people_machines_and_scanners_are_told_the_same() {
        let report = report(Severity::Error, LintVerdict::Told);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        report.write_lines(&mut out, &mut err).unwrap();
        assert_eq!(out, b"Checking a b.yml\n");
        assert_eq!(err, b"  FAILED:\nfirebell: no\n");
        let expected = json!({"valid": false, "files": [{
            "file": "a b.yml", "kind": "rules", "valid": false, "counts": {"rules": 2},
            "findings": [{"severity": "error", "class": "duplicate-rules", "message": "twice",
                "line": 3, "column": 4}],
        }]});
        assert_eq!(report.json(), expected);
        let log = sarif::log(&report.subjects);
        let result = &log["runs"][0]["results"][0];
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b.yml");
        assert_eq!(place["region"], json!({"startLine": 3, "startColumn": 4}));
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "duplicate-rules");
    }
}
