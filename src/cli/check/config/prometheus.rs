//! A Prometheus configuration, as `promtool check config` tells of it, and its rule files.

use crate::cli::check::Settings;
use crate::cli::check::report::{Severity, Subject};
use crate::cli::check::rules::{self, Lints};
use crate::config::prometheus::{self, Prometheus};
use crate::config::{ConfigErrors, Expansion};
use crate::drivers::load::{matching, read_text};
use crate::time::duration::format_prometheus;

use super::How;

/// The lint that finds jobs whose samples are stale before the next ones come.
const LONG_SCRAPE_INTERVAL: &str = "too-long-scrape-interval";

/// The class of parts that have no effect.
const NOT_USED: &str = "not-used";

/// What is to be said of a configuration, and of each rule file that it names.
pub(super) fn subjects(
    name: &str,
    text: Result<String, String>,
    how: &How,
    settings: &Settings,
) -> Vec<Subject> {
    let mut subject = Subject::new(name, "prometheus");
    subject.out(format!("Checking {name}"));
    let parsed = text.and_then(|text| {
        let parsed = prometheus::parse(name, &text, Expansion::Off);
        parsed.map_err(|errors| refuse(&mut subject, &errors))
    });
    let read = parsed
        .map_err(|message| format!("parsing YAML file {name}: {message}"))
        .and_then(|read| if how.agent { agent(read) } else { Ok(read) })
        .and_then(|read| Ok((rule_files(&mut subject, &read, how)?, read)));
    let (files, read) = match read {
        Ok(found) => found,
        Err(message) => {
            subject.err(format!("  FAILED: {message}"));
            subject.out("");
            if !subject.has(Severity::Error) {
                subject.find(Severity::Error, "configuration", None, message);
            }
            return vec![subject];
        }
    };
    if !files.is_empty() {
        subject.out(format!("  SUCCESS: {} rule files found", files.len()));
    }
    subject.out(format!(" SUCCESS: {name} is valid prometheus config file syntax"));
    subject.out("");
    tell(&mut subject, &read, files.len());
    let mut subjects = vec![subject];
    subjects.extend(check_rules(&files, how, settings));
    let long = long_scrape_interval(&read, how, settings);
    if let (Some(message), Some(last)) = (long, subjects.last_mut()) {
        last.err(format!("  FAILED: {message}"));
        subjects[0].find(Severity::Warning, LONG_SCRAPE_INTERVAL, None, message);
    }
    subjects
}

/// Notes all errors; gives them as one text with their places.
fn refuse(subject: &mut Subject, errors: &ConfigErrors) -> String {
    let mut texts = Vec::new();
    for error in &errors.0 {
        let (line, column) = (error.line, error.column);
        subject.find(Severity::Error, "configuration", Some((line, column)), &error.message);
        texts.push(format!("{} (line {line}, column {column})", error.message));
    }
    texts.join("\n")
}

/// Refuses what an agent has no use for.
fn agent(read: Prometheus) -> Result<Prometheus, String> {
    let refused = [
        ("alerting", !read.alertmanagers.is_empty() || !read.alert_relabel.is_empty()),
        ("rule_files", !read.rule_files.is_empty()),
        ("remote_read", read.unused.iter().any(|part| part.message.starts_with("remote_read "))),
    ];
    match refused.iter().find(|(_, there)| *there) {
        Some((part, _)) => Err(format!("field {part} is not allowed in agent mode")),
        None => Ok(read),
    }
}

/// The rule files; one that is named without a star must be there.
fn rule_files(subject: &mut Subject, read: &Prometheus, how: &How) -> Result<Vec<String>, String> {
    if how.syntax_only {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for pattern in &read.rule_files {
        let found = matching(pattern).map_err(|error| error.to_string())?;
        let before = files.len();
        for path in found {
            if !path.exists() {
                return Err(format!("{pattern:?} does not point to an existing file"));
            }
            files.push(path.display().to_string());
        }
        if files.len() == before {
            subject.find(Severity::Note, "no-rule-file", None, format!("{pattern}: no such file"));
        }
    }
    Ok(files)
}

/// Says once what is not used.
pub(super) fn say_unused(subjects: &mut [Subject]) {
    let Some(subject) = subjects.first_mut() else { return };
    let unused = subject.findings.iter().filter(|finding| finding.class == NOT_USED);
    let unused: Vec<&str> = unused.map(|finding| finding.message.as_str()).collect();
    if !unused.is_empty() {
        let line = format!("  NOTE: {}", unused.join(", "));
        subject.err(line);
    }
}

/// Counts, and what is not used.
fn tell(subject: &mut Subject, read: &Prometheus, rule_files: usize) {
    subject.counts = vec![
        ("rule_files", rule_files),
        ("alertmanagers", read.alertmanagers.len()),
        ("remote_write", read.remote_write.len()),
    ];
    for part in &read.unused {
        let place = Some((part.line, part.column));
        subject.find(Severity::Note, NOT_USED, place, &part.message);
    }
}

fn check_rules(files: &[String], how: &How, settings: &Settings) -> Vec<Subject> {
    let mut options = how.strictness.options(settings);
    options.features = settings.features;
    let lints = lints(how);
    let check = |file: &String| rules::subject(file, read_text(file.as_ref()), &options, &lints);
    files.iter().map(check).collect()
}

/// The lints of rule files: what concerns scraping is not theirs.
fn lints(how: &How) -> Lints {
    if how.strictness.none() {
        return Lints::default();
    }
    let names: Vec<&str> =
        how.strictness.lint.split(',').filter(|name| *name != LONG_SCRAPE_INTERVAL).collect();
    if names.is_empty() {
        return Lints::default();
    }
    let lints = Lints::parse(&names.join(","));
    lints.warn();
    lints
}

/// The first job that is scraped too seldom: twice in the time that an expression looks back.
fn long_scrape_interval(read: &Prometheus, how: &How, settings: &Settings) -> Option<String> {
    let mut names = how.strictness.lint.split(',');
    if how.strictness.none() || !names.any(|name| name == "all" || name == LONG_SCRAPE_INTERVAL) {
        return None;
    }
    let most = settings.look_back.millis() / 2;
    let (job, interval) = read.scrape_jobs.iter().find(|(_, interval)| interval.millis() > most)?;
    Some(format!(
        "too long scrape interval found, data point will be marked as stale - job: {job}, \
         interval: {}",
        format_prometheus(*interval)
    ))
}
