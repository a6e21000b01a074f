//! From a test file to what its tests run: groups, compiled, and the Alertmanager configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Expansion;
use crate::config::rules::RuleOptions;
use crate::config::ruletest::{self, Test, TestFile};
use crate::drivers::evaluate::CompiledGroups;
use crate::drivers::load::{matching, read_text};
use crate::engine::Notification;
use crate::promql::Options;
use crate::rules::Group;
use crate::rules::foresight::Written;
use crate::time::Span;

use super::coverage::Map;
use super::{Conduct, Tally, messages};

/// A test file with everything that it names.
pub(super) struct Prepared {
    pub(super) file: TestFile,
    /// The positions of the tests that are to run.
    pub(super) chosen: Vec<usize>,
    pub(super) warnings: Vec<String>,
    /// Where things stand, when somebody wants to know.
    pub(super) map: Option<Map>,
    /// By the interval of tests, which is that of groups without one.
    loaded: BTreeMap<Span, Result<Loaded, String>>,
}

/// What the tests of one interval run.
pub(super) struct Loaded {
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) compiled: CompiledGroups,
    pub(super) written: Written,
    pub(super) notification: Option<Arc<Notification>>,
    /// How queries are evaluated.
    pub(super) options: Options,
}

/// Names and texts of rule files.
type Texts = Vec<(String, String)>;

impl Prepared {
    /// Reads a test file and all that it names.
    pub(super) fn read(path: &Path, conduct: &Conduct) -> Result<Prepared, String> {
        let name = path.display().to_string();
        let text = read_text(path).map_err(|error| format!("{name}: {error}"))?;
        let file = ruletest::parse(&name, &text).map_err(|errors| errors.to_string())?;
        let directory = path.parent().unwrap_or(Path::new(""));
        let mut warnings = Vec::new();
        let texts = rule_texts(&file, directory, &mut warnings)?;
        let mut map = (conduct.tally == Tally::Coverage).then(|| Map::new(&name));
        let mut notification = None;
        if let Some(source) = &file.alertmanager_config {
            let configured = messages::configuration(source, &file.environment, &name)?;
            if let Some(map) = &mut map {
                map.configure(&configured.file, configured.places, &configured.notification);
            }
            messages::unknown_receivers(&name, &file.tests, &configured.notification)
                .map_err(|errors| errors.to_string())?;
            notification = Some(Arc::new(configured.notification));
        }
        let wanted =
            |test: &Test| conduct.run.as_ref().is_none_or(|pattern| pattern.is_match(&test.name));
        let chosen: Vec<usize> =
            (0..file.tests.len()).filter(|index| wanted(&file.tests[*index])).collect();
        let mut loaded = BTreeMap::new();
        for interval in chosen.iter().map(|index| file.tests[*index].interval) {
            let notification = || notification.clone();
            let load = || Loaded::new(&file, &texts, interval, conduct, notification());
            loaded.entry(interval).or_insert_with(load);
        }
        if let Some(map) = &mut map {
            map.place_rules(&texts, &rule_options(Span::ZERO, conduct));
        }
        Ok(Prepared { file, chosen, warnings, map, loaded })
    }

    /// What a test runs, or why it cannot.
    pub(super) fn loaded(&self, test: &Test) -> Result<&Loaded, &str> {
        match self.loaded.get(&test.interval) {
            Some(loaded) => loaded.as_ref().map_err(String::as_str),
            None => Err("the test was not chosen"),
        }
    }
}

impl Loaded {
    fn new(
        file: &TestFile,
        texts: &Texts,
        interval: Span,
        conduct: &Conduct,
        notification: Option<Arc<Notification>>,
    ) -> Result<Loaded, String> {
        let groups = groups(file, texts, interval, conduct)?;
        let options = Options { default_step: file.evaluation_interval, ..conduct.options.clone() };
        let mut compiled = CompiledGroups::default();
        for group in &groups {
            compiled.get(group, &options);
        }
        let written = Written::by(groups.iter().map(|group| &**group));
        Ok(Loaded { groups, compiled, written, notification, options })
    }
}

/// The rule files that the globs match.
fn rule_texts(
    file: &TestFile,
    directory: &Path,
    warnings: &mut Vec<String>,
) -> Result<Texts, String> {
    let mut texts = Texts::new();
    for pattern in &file.rule_files {
        let pattern = directory.join(pattern).display().to_string();
        let mut paths: Vec<PathBuf> = matching(&pattern).map_err(|error| error.to_string())?;
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

fn rule_options(interval: Span, conduct: &Conduct) -> RuleOptions {
    RuleOptions {
        interval,
        features: conduct.features,
        unknown_fields: conduct.unknown_fields,
        sources: conduct.sources.clone(),
        ..RuleOptions::default()
    }
}

/// The groups of all rule files, those that the file lists first, in its order.
fn groups(
    file: &TestFile,
    rules: &[(String, String)],
    interval: Span,
    conduct: &Conduct,
) -> Result<Vec<Arc<Group>>, String> {
    let options = rule_options(interval, conduct);
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
