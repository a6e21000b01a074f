//! From files to a configuration: reads what the command line names, expands, compiles, checks.
//! Nothing is put in force here; a configuration that does not load changes nothing.

mod directory;
mod notification;
mod outline;
mod prometheus;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::prometheus::Prometheus;
use crate::config::rules::{GroupSources, RuleOptions, UnknownFields};
use crate::config::{ConfigErrors, Expansion, Surroundings};
use crate::engine::{Setup, Upkeep};
use crate::label::Labels;
use crate::label::matcher::Mode;
use crate::promql::syntax::Features;
use crate::rules::Group;
use crate::time::Span;

pub use directory::{FRAGMENTS_LIMIT, files as configurations};
pub use notification::Previous;
pub use outline::outline;
pub use prometheus::{Outward, Sending};

/// The evaluation interval of groups that have none, when nothing else says it.
pub const EVALUATION_INTERVAL: Span = Span::from_mins(1);
/// The largest configuration, rule or template file that is read, in bytes.
pub const FILE_LIMIT: u64 = 64 << 20;
/// The most files that all globs may match together.
pub const FILES_LIMIT: usize = 100_000;

/// What is loaded, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The Alertmanager configuration, a file or a directory of several; without one, alerts are
    /// only shown.
    pub config_file: Option<PathBuf>,
    /// Globs of rule files.
    pub rule_files: Vec<String>,
    /// Whether `${VAR}` is expanded in the Alertmanager configuration.
    pub expand: ExpandEnvironment,
    /// How matchers are read.
    pub mode: Mode,
    /// The evaluation interval of groups that have none; else what the `prometheus.yml` says, or
    /// [`EVALUATION_INTERVAL`].
    pub evaluation_interval: Option<Span>,
    /// Which experimental syntax rules may use.
    pub features: Features,
    /// Labels that identify this instance.
    pub external_labels: Labels,
    /// Our own URL as others reach it, without a trailing slash.
    pub external_url: Arc<str>,
    /// How long notification log entries and ended silences are kept.
    pub retention: Span,
    /// Limits and rhythms of the pipeline.
    pub upkeep: Upkeep,
    /// Which sources rule groups may name.
    pub sources: GroupSources,
    /// Where alerts and samples are sent on to.
    pub outward: Outward,
    /// Whether events are recorded as the Alertmanager configuration says.
    pub recording: Recording,
}

/// Whether events are recorded. (Source: Alertmanager, `--enable-feature=event-recorder`.)
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Recording {
    /// They are not, whatever the configuration says.
    #[default]
    Off,
    /// They are.
    On,
}

/// Whether `${VAR}` is expanded.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ExpandEnvironment {
    /// It is.
    Yes,
    /// Every `$` stays as it is.
    No,
}

/// A configuration and what should be said about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub setup: Setup,
    /// The evaluation interval of groups that have none.
    pub evaluation_interval: Span,
    /// What is accepted but deserves a word, one line each.
    pub warnings: Vec<String>,
    /// What is wrong with the configurations of a directory that are left out, one text for each.
    pub refused: Vec<String>,
}

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{path}: {message}")]
    File {
        /// Which.
        path: String,
        /// Why.
        message: String,
    },
    /// A glob is not one.
    #[error("{pattern}: not a file pattern: {message}")]
    Glob {
        /// Which.
        pattern: String,
        /// Why.
        message: String,
    },
    /// More than [`FILES_LIMIT`] files.
    #[error("{pattern}: more than {FILES_LIMIT} files")]
    TooManyFiles {
        /// The pattern that was one too many.
        pattern: String,
    },
    /// What is written in a file is wrong.
    #[error("{0}")]
    Content(ConfigErrors),
    /// Two groups of one file and name.
    #[error("{0}: this rule group is loaded twice; let the patterns of --rules.file not overlap")]
    Twice(String),
}

/// Loads a plan.
pub fn load(plan: &Plan) -> Result<Loaded, LoadError> {
    load_again(plan, &Previous::default())
}

/// Loads a plan once more: what was made of Alertmanager files that have not changed since is
/// used again.
pub fn load_again(plan: &Plan, previous: &Previous) -> Result<Loaded, LoadError> {
    let mut warnings = Vec::new();
    let file = prometheus::load(plan, &mut warnings)?;
    let file = file.as_ref();
    let external_labels = prometheus::external_labels(plan, file);
    let forward = prometheus::forwarding(plan, file, &external_labels, &mut warnings);
    let made = notification::load(plan, forward.recipients, previous)?;
    warnings.extend(made.warnings);
    let interval = plan.evaluation_interval.or(file.map(|file| file.evaluation_interval));
    let evaluation_interval = interval.unwrap_or(EVALUATION_INTERVAL);
    let options = RuleOptions {
        interval: evaluation_interval,
        query_offset: file.map_or(Span::ZERO, |file| file.rule_query_offset),
        features: plan.features,
        unknown_fields: UnknownFields::Refuse,
        sources: plan.sources.clone(),
        ..RuleOptions::default()
    };
    let groups = groups(&rule_files(plan, file, &mut warnings)?, &options, &mut warnings)?;
    let setup = Setup {
        notification: made.notification,
        groups,
        external_labels,
        external_url: Arc::clone(&plan.external_url),
        retention: plan.retention,
        forward: Arc::new(forward),
        upkeep: plan.upkeep,
    };
    Ok(Loaded { setup, evaluation_interval, warnings, refused: made.refused })
}

/// Placeholders are filled from the process' environment and file system, or not at all.
pub fn expansion(expand: ExpandEnvironment) -> Expansion<'static> {
    match expand {
        ExpandEnvironment::Yes => Expansion::On(&Process),
        ExpandEnvironment::No => Expansion::Off,
    }
}

/// The rule files that the command line and the `prometheus.yml` name. What both name, or the
/// file names twice, is one file; a pattern of the file that matches none is no error.
fn rule_files(
    plan: &Plan,
    file: Option<&Prometheus>,
    warnings: &mut Vec<String>,
) -> Result<Vec<PathBuf>, LoadError> {
    let mut paths = Vec::new();
    for pattern in &plan.rule_files {
        let found = matching(pattern)?;
        if found.is_empty() {
            warnings.push(format!("--rules.file {pattern}: no such file"));
        }
        paths.extend(found);
    }
    let mut known: BTreeSet<PathBuf> = paths.iter().cloned().collect();
    for pattern in file.iter().flat_map(|file| &file.rule_files) {
        let mut found = matching(pattern)?;
        found.retain(|path| path.exists());
        if found.is_empty() {
            warnings.push(format!("rule_files: {pattern}: no such file"));
        }
        found.retain(|path| known.insert(path.clone()));
        paths.extend(found);
    }
    Ok(paths)
}

fn groups(
    paths: &[PathBuf],
    options: &RuleOptions,
    warnings: &mut Vec<String>,
) -> Result<Vec<Arc<Group>>, LoadError> {
    let mut groups: Vec<Arc<Group>> = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        let (parsed, said) =
            crate::config::rules::parse(&name, &read(path)?, options, Expansion::Off)
                .map_err(LoadError::Content)?;
        warnings.extend(said);
        groups.extend(parsed.into_iter().map(Arc::new));
    }
    groups.sort_by(|a, b| a.id.cmp(&b.id));
    match groups.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(LoadError::Twice(pair[0].id.to_string())),
        None => Ok(groups),
    }
}

/// The files that a pattern matches, sorted. A path without any wildcard is that file, whether
/// it is there or not.
pub fn matching(pattern: &str) -> Result<Vec<PathBuf>, LoadError> {
    if !pattern.contains(['*', '?', '[']) {
        return Ok(vec![PathBuf::from(pattern)]);
    }
    let fail = |message: String| LoadError::Glob { pattern: pattern.to_owned(), message };
    let mut paths = Vec::new();
    for entry in glob::glob(pattern).map_err(|error| fail(error.to_string()))? {
        paths.push(entry.map_err(|error| fail(error.to_string()))?);
        if paths.len() > FILES_LIMIT {
            return Err(LoadError::TooManyFiles { pattern: pattern.to_owned() });
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, LoadError> {
    read_text(path).map_err(|message| LoadError::File { path: path.display().to_string(), message })
}

/// A file's text, at most [`FILE_LIMIT`] bytes of UTF-8; or why it cannot be read.
pub fn read_text(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > FILE_LIMIT {
        return Err(format!("{size} bytes are too many: at most {FILE_LIMIT} are read"));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| format!("not UTF-8: {}", error.utf8_error()))
}

/// The process' environment and file system, as placeholders see them.
struct Process;

impl Surroundings for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        read_text(Path::new(path))
    }
}

#[cfg(test)]
mod tests {
    use super::notification::SILENT;
    use super::*;

    pub(super) fn plan(directory: &Path, config: &str, rules: &[&str]) -> Plan {
        let config_file = directory.join("alertmanager.yml");
        std::fs::write(&config_file, config).unwrap();
        Plan {
            config_file: Some(config_file),
            rule_files: rules
                .iter()
                .map(|name| directory.join(name).display().to_string())
                .collect(),
            expand: ExpandEnvironment::Yes,
            mode: Mode::default(),
            evaluation_interval: None,
            features: Features::default(),
            external_labels: Labels::empty(),
            external_url: "http://localhost:9093".into(),
            retention: Span::from_mins(60),
            upkeep: Upkeep::default(),
            sources: GroupSources::None,
            outward: Outward::default(),
            recording: Recording::Off,
        }
    }

    #[test]
    fn globs_load_sorted_and_overlaps_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.yml", "a.yml"] {
            let text = "groups: [{name: g, rules: [{record: x, expr: vector(1)}]}]";
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let loaded = load(&plan(directory.path(), SILENT, &["*.yml"]));
        let error = loaded.map(|_| ()).unwrap_err().to_string();
        assert!(
            error.contains("alertmanager.yml:1:"),
            "the configuration is no rule file: {error}"
        );
        let loaded = load(&plan(directory.path(), SILENT, &["?.yml"])).unwrap();
        let files: Vec<_> = loaded.setup.groups.iter().map(|group| &*group.id.file).collect();
        assert!(files[0].ends_with("a.yml") && files[1].ends_with("b.yml"));
        let twice = load(&plan(directory.path(), SILENT, &["a.yml", "?.yml"]));
        assert!(twice.map(|_| ()).unwrap_err().to_string().contains("loaded twice"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let missing = load(&plan(directory.path(), SILENT, &["none.yml"]));
        assert!(missing.map(|_| ()).unwrap_err().to_string().contains("none.yml: "));
        let unset = "route: {receiver: a}\nreceivers: [{name: '${FIREBELL_SURELY_UNSET}'}]\n";
        let error = load(&plan(directory.path(), unset, &[])).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("alertmanager.yml:2:") && error.contains("FIREBELL_SURELY_UNSET"));
    }
}
