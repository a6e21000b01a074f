//! The Alertmanager half of a configuration, made anew when its files say something else than at
//! the last load.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::config::{Expansion, alertmanager};
use crate::engine::Notification;
use crate::forward::Recipients;

use super::directory::{self, Configuration, Texts};
use super::{ExpandEnvironment, LoadError, Plan, Recording, matching, read};

/// The configuration that is used when none is given: everything goes to a receiver that sends
/// nothing.
pub(super) const SILENT: &str = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

/// What is said of an `event_recorder` that is not wanted.
const NOT_RECORDED: &str = "event_recorder has no effect without --enable-feature=event-recorder";

/// What that configuration is called in messages.
const BUILT_IN: &str = "built-in configuration";

/// What was made at the last load of a plan, and of what.
#[derive(Debug, Default)]
pub struct Previous(Mutex<Option<(Sources, Made)>>);

/// What is made of the files.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) notification: Arc<Notification>,
    /// What is wrong with the configurations of a directory that are left out.
    pub(super) refused: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Files as they were: hashes of paths and texts.
#[derive(Debug)]
struct Sources {
    configuration: [u8; 32],
    globs: Vec<String>,
    templates: [u8; 32],
}

/// Paths and texts.
type Templates = Vec<(String, String)>;

/// Loads the Alertmanager half of a plan.
pub(super) fn load(
    plan: &Plan,
    recipients: Recipients,
    previous: &Previous,
) -> Result<Made, LoadError> {
    let Some(path) = &plan.config_file else { return built_in(plan, recipients) };
    let texts = Texts::read(path)?;
    if depends_on_more(plan, &texts) {
        return make(plan, directory::load(plan, &texts)?).map(|(made, ..)| made);
    }
    let configuration = hash(texts.all());
    if let Some(made) = previous.same(&configuration) {
        return Ok(made);
    }
    let (made, globs, templates) = make(plan, directory::load(plan, &texts)?)?;
    let sources = Sources { configuration, globs, templates: hash_of(&templates) };
    *previous.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((sources, made.clone()));
    Ok(made)
}

impl Previous {
    /// What was made, if everything it was made of is as it was.
    fn same(&self, configuration: &[u8; 32]) -> Option<Made> {
        let previous = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sources, made) = previous.as_ref()?;
        let is_same = sources.configuration == *configuration
            && hash_of(&templates(&sources.globs).ok()?) == sources.templates;
        is_same.then(|| made.clone())
    }
}

/// Whether the texts ask for variables or other files.
fn depends_on_more(plan: &Plan, texts: &Texts) -> bool {
    plan.expand == ExpandEnvironment::Yes && texts.all().any(|(_, text)| text.contains("${"))
}

fn hash<'a>(files: impl Iterator<Item = (&'a Path, &'a str)>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (path, text) in files {
        let path = path.as_os_str().as_encoded_bytes();
        for part in [path, text.as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().into()
}

fn hash_of(templates: &Templates) -> [u8; 32] {
    hash(templates.iter().map(|(path, text)| (Path::new(path), text.as_str())))
}

fn built_in(plan: &Plan, recipients: Recipients) -> Result<Made, LoadError> {
    let raw = alertmanager::parse(BUILT_IN, SILENT, Expansion::Off, plan.mode);
    let raw = raw.map_err(LoadError::Content)?;
    let (mut made, ..) = make(plan, Configuration { raw, refused: Vec::new() })?;
    if recipients.has_pipeline() {
        let warning = "no --config.file: alerts are shown, nobody is notified";
        made.warnings.insert(0, warning.to_owned());
    }
    Ok(made)
}

fn make(
    plan: &Plan,
    Configuration { raw, refused }: Configuration,
) -> Result<(Made, Vec<String>, Templates), LoadError> {
    let (mut warnings, globs) = (raw.warnings(), raw.template_globs());
    let templates = templates(&globs)?;
    let mut notification = raw.compile(&templates).map_err(LoadError::Content)?;
    match plan.recording {
        Recording::On => {
            raw.unsupported_events().map_or(Ok(()), Err).map_err(LoadError::Content)?
        }
        Recording::Off if notification.events.take().is_some() => {
            warnings.push(NOT_RECORDED.to_owned());
        }
        Recording::Off => {}
    }
    let made = Made { notification: Arc::new(notification), refused, warnings };
    Ok((made, globs, templates))
}

fn templates(globs: &[String]) -> Result<Templates, LoadError> {
    let mut templates = Vec::new();
    for pattern in globs {
        for path in matching(pattern)? {
            templates.push((path.display().to_string(), read(&path)?));
        }
    }
    Ok(templates)
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::super::{Loaded, load_again};
    use super::*;

    #[test]
    fn what_was_made_is_used_again_until_a_file_says_something_else() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        let config = format!("{SILENT}templates: ['*.tmpl']\n");
        let plan = plan(directory.path(), &config, &[]);
        let previous = Previous::default();
        let mut last: Option<Loaded> = None;
        let mut is_new = |expect: bool, why: &str| {
            let loaded = load_again(&plan, &previous).unwrap();
            let is_same = last.as_ref().is_some_and(|last| {
                Arc::ptr_eq(&last.setup.notification, &loaded.setup.notification)
            });
            assert_eq!(is_same, !expect, "{why}");
            last = Some(loaded);
        };
        is_new(true, "the first");
        is_new(false, "nothing changed");
        write("a.tmpl", "{{ define \"a\" }}1{{ end }}");
        is_new(true, "a template came");
        is_new(false, "nothing changed");
        write("a.tmpl", "{{ define \"a\" }}2{{ end }}");
        is_new(true, "a template changed");
        write("alertmanager.yml", &format!("{config}# changed\n"));
        is_new(true, "the file changed");
        is_new(false, "nothing changed");
        std::fs::remove_file(directory.path().join("a.tmpl")).unwrap();
        is_new(true, "a template went");
        write("alertmanager.yml", &format!("{config}# ${{PATH}}\n"));
        is_new(true, "the file changed");
        is_new(true, "a variable may change unseen");
    }

    #[test]
    fn what_does_not_load_is_not_remembered() {
        let directory = tempfile::tempdir().unwrap();
        let plan = plan(directory.path(), SILENT, &[]);
        let previous = Previous::default();
        let first = load_again(&plan, &previous).unwrap();
        std::fs::write(directory.path().join("alertmanager.yml"), "nonsense").unwrap();
        assert!(load_again(&plan, &previous).is_err());
        std::fs::write(directory.path().join("alertmanager.yml"), SILENT).unwrap();
        let again = load_again(&plan, &previous).unwrap();
        assert!(Arc::ptr_eq(&first.setup.notification, &again.setup.notification));
    }
}
