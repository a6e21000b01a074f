//! An Alertmanager configuration, as `amtool check-config` tells of it.

use std::path::{Path, PathBuf};

use crate::cli::check::report::{Severity, Subject};
use crate::config::ConfigErrors;
use crate::config::alertmanager::{self, Raw};
use crate::drivers::load::{ExpandEnvironment, expansion, matching, read_text};
use crate::label::matcher::Mode;

/// What these files are called.
pub(super) const KIND: &str = "alertmanager";

/// What is to be said of an Alertmanager configuration.
pub(super) fn subject(
    name: &str,
    text: Result<String, String>,
    expand: ExpandEnvironment,
) -> Subject {
    let mut subject = Subject::new(name, KIND);
    let text = text.inspect_err(|message| {
        subject.find(Severity::Error, "unreadable", None, message.as_str());
    });
    let parsed = text.and_then(|text| {
        alertmanager::parse(name, &text, expansion(expand), Mode::default())
            .map_err(|errors| refuse(&mut subject, name, &errors))
    });
    match parsed {
        Ok(raw) => {
            subject.out(format!("Checking '{name}'  SUCCESS"));
            found(&mut subject, &raw);
            templates(&mut subject, &raw);
        }
        Err(message) => subject.out(format!("Checking '{name}'  FAILED: {message}")),
    }
    subject.out("");
    subject
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
