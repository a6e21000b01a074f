//! Runs unit tests of rules as `promtool test rules` does.
//!
//! ```text
//! test file --config::ruletest--> tests        for each test, from its start:
//!      '-- rule_files --> groups                 every evaluation_interval
//!                                                  evaluate all groups, listed ones first
//!   input_series --> embedded store <-- recorded   compare what fires with alert_rule_test
//!                                                at the end: ask promql_expr_test
//! ```
//!
//! As in promtool every group is evaluated every `evaluation_interval`, whatever its own
//! interval; an evaluation sees the samples up to its moment; `alert_rule_test` sees alerts that
//! fire, not those that are pending; expressions are asked when everything has been evaluated;
//! values must be equal to the last bit unless `fuzzy_compare` is set; a rule that fails ends its
//! test. Messages are promtool's, each followed by a line that says where the expectation stands.
//!
//! Beyond promtool, a file may name an `alertmanager_config` (a path, or the configuration
//! itself), and `environment` says what `${NAME}` in it stands for. A test may then say:
//!
//! | field | meaning |
//! |---|---|
//! | `silences: [{at, for, matchers}]` | a silence is made |
//! | `receiver_faults: [{receiver: KIND#NAME, from, until, fault}]` | attempts meet a status, `hang`, `lost`, `slow SPAN` or `doubled` |
//! | `restart_at: [T]` | the process dies and comes back; rules keep their alerts, as they do from records |
//! | `notification_test: [{at, receiver, exp_notifications}]` | exactly these messages came since the test of that receiver before |
//! | `exp_suppressed: [{at, alert, by}]` | the alert was kept back: `inhibition`, `silence`, `time interval` |
//! | `exp_no_notification: [{receiver, from, until}]` | nothing came |
//!
//! A message is compared field by field, as far as they are written: `integration`, `status`,
//! `reason`, `group_labels`, `alerts: [{status, labels, annotations}]`, `title`, `text`, and
//! `payload` (JSON pointers, header names of mails). Values are exact, or `/patterns/`. A message
//! to any receiver that no `notification_test` expects fails the test. Rules are evaluated as
//! above; what follows is the live engine in virtual time.
//!
//! Other than promtool: a query may load 50 million samples instead of 10 000, experimental
//! syntax that is switched on works in rules too, groups that `group_eval_order` does not list
//! are evaluated in the order of their files, and files run in parallel.

mod compare;
mod difference;
mod dump;
mod evaluate;
mod inputs;
mod messages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::config::Expansion;
use crate::config::rules::{GroupSources, RuleOptions, UnknownFields};
use crate::config::ruletest::{self, Test, TestFile};
use crate::drivers::load::{matching, read_text};
use crate::engine::Notification;
use crate::label::pattern::Pattern;
use crate::promql::Options;
use crate::promql::syntax::Features;
use crate::rules::Group;
use crate::time::Span;

/// Expressions go as deep as the grammar lets them.
const STACK: usize = 64 << 20;

/// How tests are run.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// Which tests, by their names; all when there is none.
    pub run: Option<Pattern>,
    /// How differences between alerts are shown.
    pub alerts: AlertsShown,
    /// How much is said of a test beside its outcome.
    pub detail: Detail,
    /// What happens with fields that rule files do not have.
    pub unknown_fields: UnknownFields,
    /// Which sources rule groups may name; every one is the test's own series.
    pub sources: GroupSources,
    /// Which experimental syntax rules and expressions may use.
    pub features: Features,
    /// How queries are evaluated; the evaluation interval comes from the file.
    pub options: Options,
}

/// How differences between alerts are shown.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum AlertsShown {
    /// Expected ones, then those that fire.
    #[default]
    InFull,
    /// Line by line, coloured: red is missing, green is too much.
    AsDifference,
}

/// How much is said of a test beside its outcome.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    Outcome,
    /// When it starts and ends, and all its data.
    Everything,
}

/// How a file's tests went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The file as it was named.
    pub file: String,
    /// What deserves a word, one line each.
    pub warnings: Vec<String>,
    /// Why no test could run.
    pub aborted: Option<String>,
    /// The tests that ran.
    pub cases: Vec<Case>,
}

/// How a test went.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its name, or `unnamed#` and its position from 0.
    pub name: String,
    /// What was not as expected, in order.
    pub faults: Vec<Fault>,
    /// Its data, when [`Detail::Everything`] is wanted.
    pub dump: String,
    /// How long it took.
    pub took: std::time::Duration,
}

/// Something that was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line of the expectation in the test file, from 1.
    pub line: usize,
    /// What, in promtool's words, perhaps of several lines.
    pub text: String,
}

impl Report {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.aborted.is_none() && self.cases.iter().all(|case| case.faults.is_empty())
    }
}

/// What the tests of one interval run.
struct Loaded {
    groups: Vec<Arc<Group>>,
    notification: Option<Arc<Notification>>,
}

/// Runs test files, as many at a time as there are processors; the reports are in the order of
/// the files.
pub fn run(files: &[PathBuf], conduct: &Conduct) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let work = || {
        let mut reports = Vec::new();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            reports.push((file, run_file(file, conduct)));
        }
        reports
    };
    let mut reports: BTreeMap<&PathBuf, Report> = BTreeMap::new();
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let workers: Vec<_> = (0..workers).map(start).collect();
        for worker in workers.into_iter().flatten() {
            reports.extend(worker.join().into_iter().flatten());
        }
    });
    let report = |file: &PathBuf| reports.get(file).cloned().unwrap_or_else(|| unfinished(file));
    files.iter().map(report).collect()
}

fn unfinished(file: &Path) -> Report {
    let aborted = Some("the tests were given up: a thread ended before its work".to_owned());
    Report { file: file.display().to_string(), aborted, ..Report::default() }
}

/// Runs the tests of one file.
pub fn run_file(path: &Path, conduct: &Conduct) -> Report {
    let mut report = Report { file: path.display().to_string(), ..Report::default() };
    if let Err(error) = run_tests(path, conduct, &mut report) {
        report.aborted = Some(error);
    }
    report
}

fn run_tests(path: &Path, conduct: &Conduct, report: &mut Report) -> Result<(), String> {
    let text = read_text(path).map_err(|error| format!("{}: {error}", report.file))?;
    let file = ruletest::parse(&report.file, &text).map_err(|errors| errors.to_string())?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let rules = rule_texts(&file, directory, &mut report.warnings)?;
    let notification = match &file.alertmanager_config {
        Some(source) => {
            Some(Arc::new(messages::notification(source, &file.environment, &report.file)?))
        }
        None => None,
    };
    let mut loaded: BTreeMap<Span, Result<Loaded, String>> = BTreeMap::new();
    for (index, test) in file.tests.iter().enumerate() {
        if conduct.run.as_ref().is_some_and(|pattern| !pattern.is_match(&test.name)) {
            continue;
        }
        let loaded = loaded.entry(test.interval).or_insert_with(|| {
            let groups = groups(&file, &rules, test.interval, conduct)?;
            Ok(Loaded { groups, notification: notification.clone() })
        });
        let name = match test.name.is_empty() {
            true => format!("unnamed#{index}"),
            false => test.name.clone(),
        };
        let before = std::time::Instant::now();
        let mut case = run_test(test, &file, loaded, conduct);
        case.took = before.elapsed();
        report.cases.push(Case { name, ..case });
    }
    Ok(())
}

fn run_test(
    test: &Test,
    file: &TestFile,
    loaded: &Result<Loaded, String>,
    conduct: &Conduct,
) -> Case {
    match loaded {
        Ok(loaded) => evaluate::run(test, file, loaded, conduct),
        Err(text) => {
            let fault = Fault { line: test.line, text: text.clone() };
            Case { faults: vec![fault], ..Case::default() }
        }
    }
}

/// The rule files that the globs match: names and texts.
fn rule_texts(
    file: &TestFile,
    directory: &Path,
    warnings: &mut Vec<String>,
) -> Result<Vec<(String, String)>, String> {
    let mut texts = Vec::new();
    for pattern in &file.rule_files {
        let pattern = directory.join(pattern).display().to_string();
        let mut paths = matching(&pattern).map_err(|error| error.to_string())?;
        paths.retain(|path| path.exists());
        if paths.is_empty() {
            warnings.push(format!("no file match pattern {pattern}"));
        }
        for path in paths {
            let name = path.display().to_string();
            let text = read_text(&path).map_err(|error| format!("{name}: {error}"))?;
            texts.push((name, text));
        }
    }
    Ok(texts)
}

/// The groups of all rule files, those that the file lists first, in its order.
fn groups(
    file: &TestFile,
    rules: &[(String, String)],
    interval: Span,
    conduct: &Conduct,
) -> Result<Vec<Arc<Group>>, String> {
    let options = RuleOptions {
        interval,
        features: conduct.features,
        unknown_fields: conduct.unknown_fields,
        sources: conduct.sources.clone(),
        ..RuleOptions::default()
    };
    let (mut groups, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in rules {
        match crate::config::rules::parse(name, text, &options, Expansion::Off) {
            Ok((parsed, _)) => groups.extend(parsed.into_iter().map(|group| {
                // how long an alert is valid goes by how often it is really evaluated
                Arc::new(Group { interval: file.evaluation_interval, ..group })
            })),
            Err(errors) => faults.extend(errors.0.into_iter().map(|error| {
                let place = format!("{}: {}:{}", error.file, error.line, error.column);
                format!("{place}: {}", error.message)
            })),
        }
    }
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    let order = &file.group_eval_order;
    groups.sort_by_key(|group: &Arc<Group>| {
        order.iter().position(|name| **name == *group.id.name).unwrap_or(order.len())
    });
    groups.dedup_by(|a, b| a.id == b.id);
    Ok(groups)
}

#[cfg(test)]
mod tests;
