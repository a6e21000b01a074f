//! `check rules`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::config::rules::{self, RuleOptions, UnknownFields};
use crate::config::yaml::Position;
use crate::config::{ConfigErrors, Expansion};
use crate::rules::Group;
use crate::rules::lint::{Duplicate, duplicate_rules, unseen_outputs};
use crate::source::{DEFAULT, EMBEDDED};

use super::Settings;
use super::input::{self, STDIN};
use super::report::{LintVerdict, Report, Severity, Subject};

/// The lint that finds rules of the same name and labels.
const DUPLICATE_RULES: &str = "duplicate-rules";

/// Check rule files.
#[derive(Args)]
#[command(
    after_help = "Exit codes: 0 good, 1 a file is refused, 3 a lint with --lint-fatal.\n\nExamples:\n  firebell check rules rules/*.yml\n  firebell check --output sarif rules --lint-fatal rules/*.yml > rules.sarif"
)]
pub(in crate::cli) struct Arguments {
    /// Rule files; without any, stdin is read.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    strictness: Strictness,
}

/// How strictly rules are read.
#[derive(Args)]
pub(in crate::cli) struct Strictness {
    /// What is looked for beside errors: all, duplicate-rules, none; separated by commas.
    #[arg(long, value_name = "LINTS", default_value = DUPLICATE_RULES)]
    pub(super) lint: String,
    /// Exit with 3 when a lint finds something.
    #[arg(long)]
    lint_fatal: bool,
    /// Take fields that rule files do not have.
    #[arg(long)]
    ignore_unknown_fields: bool,
}

/// Which lints are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lints {
    /// Rules of the same name and labels.
    pub duplicate_rules: bool,
    /// Names that are not lints.
    pub unknown: Vec<String>,
}

impl Lints {
    /// Reads a list as promtool does: nothing after `none` counts.
    pub(super) fn parse(text: &str) -> Lints {
        let mut lints = Lints::default();
        for name in text.split(',') {
            match name {
                "all" | DUPLICATE_RULES => lints.duplicate_rules = true,
                "none" => return lints,
                _ => lints.unknown.push(name.to_owned()),
            }
        }
        lints
    }

    /// Warns of what is not a lint.
    pub(super) fn warn(&self) {
        for name in &self.unknown {
            eprintln!("WARNING: unknown lint option: {name:?}");
        }
    }
}

impl Strictness {
    /// Whether no lint finds anything: `none` is among the names.
    pub(super) fn none(&self) -> bool {
        self.lint.split(',').any(|name| name == "none")
    }

    /// What lints do to the exit code.
    pub(super) fn verdict(&self) -> LintVerdict {
        if self.lint_fatal { LintVerdict::Fatal } else { LintVerdict::Told }
    }

    /// How rule files are read.
    pub(super) fn options(&self, settings: &Settings) -> RuleOptions {
        RuleOptions {
            features: settings.features,
            unknown_fields: match self.ignore_unknown_fields {
                true => UnknownFields::Ignore,
                false => UnknownFields::Refuse,
            },
            sources: settings.sources.clone(),
            ..RuleOptions::default()
        }
    }
}

/// Checks what was asked for.
pub(in crate::cli) fn check(arguments: &Arguments, settings: &Settings) -> Result<Report> {
    input::must_exist(&arguments.files)?;
    let lints = Lints::parse(&arguments.strictness.lint);
    lints.warn();
    let options = arguments.strictness.options(settings);
    let inputs = input::all(&arguments.files);
    let subjects = inputs.into_iter().map(|(name, text)| subject(&name, text, &options, &lints));
    Ok(Report {
        subjects: subjects.collect(),
        lint: arguments.strictness.verdict(),
        ..Report::default()
    })
}

/// What is to be said of one file.
pub(super) fn subject(
    name: &str,
    text: Result<String, String>,
    options: &RuleOptions,
    lints: &Lints,
) -> Subject {
    let mut subject = Subject::new(name, "rules");
    let shown = if name == STDIN { "standard input" } else { name };
    subject.out(format!("Checking {shown}"));
    match text {
        Ok(text) => read(&mut subject, &text, options, lints),
        Err(message) => {
            subject.err(format!("  FAILED:\n{message}"));
            subject.find(Severity::Error, "unreadable", None, message);
        }
    }
    subject
}

fn read(subject: &mut Subject, text: &str, options: &RuleOptions, lints: &Lints) {
    let (groups, warnings) = match rules::parse(&subject.file, text, options, Expansion::Off) {
        Ok(parsed) => parsed,
        Err(errors) => return refuse(subject, &errors),
    };
    for warning in warnings {
        subject.find(Severity::Note, "unknown-field", None, warning);
    }
    let rules = groups.iter().map(|group| group.rules.len()).sum();
    subject.counts = vec![("groups", groups.len()), ("rules", rules)];
    for unseen in unseen_outputs(&groups, is_far) {
        subject.err(format!("  WARNING: {unseen}"));
        subject.find(Severity::Note, "unseen-output", None, unseen.to_string());
    }
    let duplicates = duplicate_rules(&groups);
    if lints.duplicate_rules && !duplicates.0.is_empty() {
        subject.err(format!("  FAILED:\nlint error {duplicates}"));
        let places = rules::places(text);
        for duplicate in &duplicates.0 {
            let labels: Vec<String> =
                duplicate.labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            let message = format!(
                "{} occurs more than once with the labels {{{}}}",
                duplicate.name,
                labels.join(", ")
            );
            let place = second(duplicate, &groups, &places);
            subject.find(Severity::Warning, DUPLICATE_RULES, place, message);
        }
    } else {
        subject.out(format!("  SUCCESS: {rules} rules found"));
    }
    subject.out("");
}

/// Where a rule stands that was there before.
fn second(
    duplicate: &Duplicate,
    groups: &[Group],
    places: &[Vec<Position>],
) -> Option<(usize, usize)> {
    let rules =
        groups.iter().zip(places).flat_map(|(group, places)| group.rules.iter().zip(places));
    let same =
        rules.filter(|(rule, _)| rule.name() == duplicate.name && rule.labels == duplicate.labels);
    same.map(|(_, at)| (at.line, at.column)).nth(1)
}

/// Whether a group's series are on another server, as far as the file tells.
fn is_far(group: &Group) -> bool {
    group.source.as_deref().is_some_and(|name| name != EMBEDDED && name != DEFAULT)
}

fn refuse(subject: &mut Subject, errors: &ConfigErrors) {
    subject.err("  FAILED:");
    let file = if subject.file == STDIN { String::new() } else { format!("{}: ", subject.file) };
    for error in &errors.0 {
        subject.err(format!("{file}{}:{}: {}", error.line, error.column, error.message));
        let place = Some((error.line, error.column));
        subject.find(Severity::Error, "rule-file", place, &error.message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Said;
    use super::*;

    const TWICE: &str = "groups:\n- name: g\n  rules:\n  - {record: a, expr: vector(1)}\n  - {record: a, expr: vector(2)}\n";

    fn said(text: &str, lints: &str) -> (Vec<String>, Vec<String>) {
        let lints = Lints::parse(lints);
        let subject = subject("r.yml", Ok(text.to_owned()), &RuleOptions::default(), &lints);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for said in subject.said {
            match said {
                Said::Out(line) => out.push(line),
                Said::Err(line) => err.push(line),
            }
        }
        (out, err)
    }

    #[test]
    fn verdicts_read_as_promtools() {
        let (out, err) = said(TWICE, "none,all");
        assert_eq!(out, ["Checking r.yml", "  SUCCESS: 2 rules found", ""]);
        assert_eq!(err, [""; 0]);
        let (out, err) = said(TWICE, "all,none");
        assert_eq!(out, ["Checking r.yml", ""]);
        let expected = "  FAILED:\nlint error 1 duplicate rule(s) found.\nMetric: a\nLabel(s):\n\
            Might cause inconsistency while recording expressions";
        assert_eq!(err, [expected]);
        let (out, err) = said("groups: [{name: g, rules: [{record: a, expr: '1 +'}]}]", "all");
        assert_eq!(out, ["Checking r.yml"]);
        assert_eq!(err[0], "  FAILED:");
        let begin = "r.yml: 1:50: group \"g\", rule 1, \"a\": could not parse expression: ";
        assert!(err[1].starts_with(begin), "{err:?}");
    }

    #[test]
    fn a_duplicate_stands_where_the_rule_is_there_again() {
        let subject =
            subject("r.yml", Ok(TWICE.to_owned()), &RuleOptions::default(), &Lints::parse("all"));
        assert_eq!(subject.findings.len(), 1);
        assert_eq!(subject.findings[0].place, Some((5, 5)));
    }

    #[test]
    fn lints_that_do_not_exist_are_named() {
        let lints = Lints::parse("foo,duplicate-rules");
        assert_eq!((lints.duplicate_rules, lints.unknown), (true, vec!["foo".to_owned()]));
    }
}
