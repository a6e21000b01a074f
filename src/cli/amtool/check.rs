//! `check-config`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::cli::ExitStatus;
use crate::cli::check::input;
use crate::cli::check::web_config::told;
use crate::config::Expansion;
use crate::config::alertmanager::{self, Raw};
use crate::drivers::load::{LoadError, matching, read_text};
use crate::label::matcher::Mode;

use super::session::Session;
use super::{Bare, print};

/// Checks configurations.
pub(super) fn run(session: &Session) -> Result<ExitStatus> {
    if session.values.arguments.is_empty() && !is_fed() {
        return Err(Bare("Failed to read from standard input".to_owned()).into());
    }
    let files: Vec<PathBuf> = session.values.arguments.iter().map(PathBuf::from).collect();
    let mut failed = 0;
    for (name, text) in input::all(&files) {
        let (text, is_good) = verdict(&name, text, session.mode);
        print(&text)?;
        failed += usize::from(!is_good);
    }
    if failed > 0 {
        bail!("failed to validate {failed} file(s)");
    }
    Ok(ExitStatus::Success)
}

/// Whether something is written to stdin; nobody types a configuration.
#[cfg(unix)]
fn is_fed() -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = std::fs::metadata("/dev/stdin").map(|stdin| stdin.file_type());
    !kind.is_ok_and(|kind| kind.is_char_device())
}

#[cfg(not(unix))]
fn is_fed() -> bool {
    true
}

/// What is said of a configuration, and whether it is good.
fn verdict(name: &str, text: Result<String, String>, mode: Mode) -> (String, bool) {
    let parsed = text.and_then(|text| {
        let parsed = alertmanager::parse(name, &text, Expansion::Off, mode);
        parsed.map_err(|errors| told(&errors))
    });
    let mut out = format!("Checking '{name}'");
    let raw = match parsed {
        Ok(raw) => raw,
        Err(message) => {
            let _ = write!(out, "  FAILED: {message}\n\n");
            return (out, false);
        }
    };
    let globs = raw.template_globs();
    let _ = writeln!(
        out,
        "  SUCCESS\nFound:\n - global config\n - route\n - {} inhibit rules\n - {} receivers\n - {} templates",
        raw.inhibit_rules(),
        raw.receivers(),
        globs.len()
    );
    let checked = if globs.is_empty() { None } else { Some(templates(&raw, &globs)) };
    match &checked {
        None => {}
        Some(Ok(())) => out.push_str("  SUCCESS\n"),
        Some(Err(message)) => {
            let _ = writeln!(out, "  FAILED: {message}");
        }
    }
    out.push('\n');
    (out, !matches!(checked, Some(Err(_))))
}

/// Reads and parses template files; a pattern that matches nothing is no error.
fn templates(raw: &Raw, globs: &[String]) -> Result<(), String> {
    let files = files(globs)?;
    raw.compile(&files).map(drop).map_err(|errors| {
        let first = errors.0.first();
        first.map_or_else(String::new, |it| {
            format!("template: {}:{}: {}", it.file, it.line, it.message)
        })
    })
}

/// The names and texts of the files that patterns match and that are there.
pub(super) fn files<T: AsRef<str>>(globs: &[T]) -> Result<Vec<(String, String)>, String> {
    let mut files = Vec::new();
    for glob in globs {
        let paths = matching(glob.as_ref()).map_err(|error| match error {
            LoadError::Glob { .. } => "syntax error in pattern".to_owned(),
            error => error.to_string(),
        })?;
        for path in paths.iter().filter(|path| path.exists()) {
            let name = path.display().to_string();
            let text = read_text(path).map_err(|message| format!("open {name}: {message}"))?;
            files.push((name, text));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_amtools() {
        let check = |text: &str, expected: &str, is_good| {
            let verdict = verdict("a.yml", Ok(text.to_owned()), Mode::default());
            assert_eq!(verdict, (format!("Checking 'a.yml'{expected}\n"), is_good), "{text}");
        };
        let good = "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n";
        let found =
            "  SUCCESS\nFound:\n - global config\n - route\n - 0 inhibit rules\n - 2 receivers\n";
        check(good, &format!("{found} - 0 templates\n"), true);
        let with = format!("{good}templates: ['/surely/not/there/*.tmpl']\n");
        check(&with, &format!("{found} - 1 templates\n  SUCCESS\n"), true);
        let shape =
            "  FAILED: yaml: unmarshal errors:\n  line 1: field a not found in type config.plain\n";
        check("a: b\n", shape, false);
        check("receivers: [{name: a}]\n", "  FAILED: no routes provided\n", false);
    }
}
