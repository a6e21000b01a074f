//! An Alertmanager configuration, as `amtool check-config` tells of it.

use std::path::{Path, PathBuf};

use crate::cli::check::report::{Severity, Subject};
use crate::config::ConfigErrors;
use crate::config::alertmanager::{self, Raw};
use crate::drivers::load::{ExpandEnvironment, configurations, expansion, matching, read_text};
use crate::label::matcher::Mode;

/// What these files are called.
pub(super) const KIND: &str = "alertmanager";

/// What is to be said of an Alertmanager configuration.
pub(super) fn subject(
    name: &str,
    text: Result<String, String>,
    expand: ExpandEnvironment,
) -> Subject {
    let (mut subject, raw) = read(name, text, expand);
    if let Some(raw) = raw {
        found(&mut subject, &raw);
        templates(&mut subject, &raw);
    }
    subject.out("");
    subject
}

/// What is to be said of a directory of configurations: of its root, which stands for the whole,
/// and of each fragment.
pub(super) fn directory(path: &Path, expand: ExpandEnvironment) -> Vec<Subject> {
    let (root, fragments) = match configurations(path) {
        Ok(found) => found,
        Err(error) => {
            let name = path.display().to_string();
            let mut subject = read(&name, Err(error.to_string()), expand).0;
            subject.out("");
            return vec![subject];
        }
    };
    let name = root.display().to_string();
    let (mut whole, raw) = read(&name, read_text(&root), expand);
    let Some(mut raw) = raw else {
        whole.out("");
        return vec![whole];
    };
    let fragments = fragments.iter().map(|path| fragment(&mut raw, path, expand));
    let fragments: Vec<_> = fragments.collect();
    found(&mut whole, &raw);
    templates(&mut whole, &raw);
    whole.out("");
    std::iter::once(whole).chain(fragments).collect()
}

/// Adds a fragment to the whole, if it is good.
fn fragment(raw: &mut Raw, path: &Path, expand: ExpandEnvironment) -> Subject {
    let name = path.display().to_string();
    let mut subject = Subject::new(&name, KIND);
    let text = read_text(path).inspect_err(|message| {
        subject.find(Severity::Error, "unreadable", None, message.as_str());
    });
    let namespace = path.file_stem().unwrap_or_default().to_string_lossy();
    let added = text.and_then(|text| {
        raw.add_fragment(&name, &namespace, &text, expansion(expand), Mode::default())
            .map_err(|errors| refuse(&mut subject, &name, &errors))
    });
    subject.out(match added {
        Ok(()) => format!("Checking '{name}'  SUCCESS"),
        Err(message) => format!("Checking '{name}'  FAILED: {message}"),
    });
    subject.out("");
    subject
}

/// Reads a configuration, and begins to tell of it.
fn read(
    name: &str,
    text: Result<String, String>,
    expand: ExpandEnvironment,
) -> (Subject, Option<Raw>) {
    let mut subject = Subject::new(name, KIND);
    let text = text.inspect_err(|message| {
        subject.find(Severity::Error, "unreadable", None, message.as_str());
    });
    let parsed = text.and_then(|text| {
        alertmanager::parse(name, &text, expansion(expand), Mode::default())
            .map_err(|errors| refuse(&mut subject, name, &errors))
    });
    subject.out(match &parsed {
        Ok(_) => format!("Checking '{name}'  SUCCESS"),
        Err(message) => format!("Checking '{name}'  FAILED: {message}"),
    });
    (subject, parsed.ok())
}

fn found(subject: &mut Subject, raw: &Raw) {
    let (inhibit_rules, receivers) = (raw.inhibit_rules(), raw.receivers());
    let templates = raw.template_globs().len();
    subject.counts =
        vec![("inhibit_rules", inhibit_rules), ("receivers", receivers), ("templates", templates)];
    subject.out(format!(
        "Found:\n - global config\n - route\n - {inhibit_rules} inhibit rules\n - {receivers} receivers\n - {templates} templates"
    ));
    for warning in raw.warnings() {
        subject.find(Severity::Note, "without-effect", None, warning);
    }
}

/// Reads and parses the template files; a pattern that matches nothing is no error.
fn templates(subject: &mut Subject, raw: &Raw) {
    let globs = raw.template_globs();
    if globs.is_empty() {
        return;
    }
    let compiled = read_templates(subject, &globs)
        .inspect_err(|message| {
            subject.find(Severity::Error, "template", None, message.as_str());
        })
        .and_then(|files| {
            raw.compile(&files).map_err(|errors| refuse(subject, &subject.file.clone(), &errors))
        });
    match compiled {
        Ok(_) => subject.out("  SUCCESS"),
        Err(message) => subject.out(format!("  FAILED: {message}")),
    }
}

fn read_templates(
    subject: &mut Subject,
    globs: &[String],
) -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    for glob in globs {
        let paths: Vec<PathBuf> = matching(glob).map_err(|error| error.to_string())?;
        let there = paths.iter().filter(|path| Path::exists(path));
        let before = files.len();
        for path in there {
            let name = path.display().to_string();
            let text = read_text(path).map_err(|message| format!("{name}: {message}"))?;
            files.push((name, text));
        }
        if files.len() == before {
            subject.find(Severity::Note, "no-template", None, format!("{glob}: no such file"));
        }
    }
    Ok(files)
}

/// Notes all errors; gives them as one text with their places.
fn refuse(subject: &mut Subject, name: &str, errors: &ConfigErrors) -> String {
    let mut texts = Vec::new();
    for error in &errors.0 {
        let (line, column) = (error.line, error.column);
        // what is wrong in a template has its place there
        let (place, message) = if error.file == name {
            (Some((line, column)), error.message.clone())
        } else {
            (None, error.to_string())
        };
        texts.push(match place {
            Some(_) => format!("{message} (line {line}, column {column})"),
            None => message.clone(),
        });
        subject.find(Severity::Error, "configuration", place, message);
    }
    texts.join("\n")
}
