//! `${VAR}`, `${VAR:-default}` and `${file:/path}` inside scalars.

/// What a configuration may ask of the world; the edge answers.
pub trait Surroundings {
    /// The value of an environment variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
    /// The text of a file, or why it cannot be read.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// Whether `${...}` is expanded.
#[derive(Copy, Clone)]
pub enum Expansion<'a> {
    /// Every `$` stays as it is.
    Off,
    /// Variables and files come from here.
    On(&'a dyn Surroundings),
}

/// A placeholder that could not be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte offset of its `$`.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// Expands a scalar's text. `VAR` starts with a letter or `_`; `$${` is a literal `${`; every
/// other `$` stays as it is. As in a shell, a default also stands in for an empty variable.
/// The text of a file is trimmed. `None` when there is nothing to replace; all faults at once.
pub(super) fn expand(text: &str, expansion: Expansion<'_>) -> Result<Option<String>, Vec<Fault>> {
    let Expansion::On(surroundings) = expansion else { return Ok(None) };
    if !text.contains("${") {
        return Ok(None);
    }
    let (mut expanded, mut faults) = (String::with_capacity(text.len()), Vec::new());
    let (mut rest, mut changed) = (text, false);
    while let Some(dollar) = rest.find('$') {
        let offset = text.len() - rest.len() + dollar;
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(after) = rest.strip_prefix("$${") {
            expanded.push_str("${");
            rest = after;
        } else if let Some((placeholder, after)) = placeholder(rest) {
            match fill(&placeholder, surroundings) {
                Ok(value) => expanded.push_str(&value),
                Err(message) => faults.push(Fault { offset, message }),
            }
            rest = after;
        } else {
            expanded.push('$');
            rest = &rest[1..];
            continue;
        }
        changed = true;
    }
    expanded.push_str(rest);
    match faults.is_empty() {
        true => Ok(changed.then_some(expanded)),
        false => Err(faults),
    }
}

enum Placeholder<'a> {
    Variable { name: &'a str, default: Option<&'a str> },
    File(&'a str),
}

/// The placeholder at the beginning of the text, and what follows it.
fn placeholder(text: &str) -> Option<(Placeholder<'_>, &str)> {
    let (inner, after) = text.strip_prefix("${")?.split_once('}')?;
    if let Some(path) = inner.strip_prefix("file:") {
        return (!path.is_empty()).then_some((Placeholder::File(path), after));
    }
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let is_name = crate::label::matcher::is_legacy_name(name);
    is_name.then_some((Placeholder::Variable { name, default }, after))
}

fn fill(placeholder: &Placeholder<'_>, surroundings: &dyn Surroundings) -> Result<String, String> {
    match *placeholder {
        Placeholder::Variable { name, default } => match (surroundings.variable(name), default) {
            (Some(value), Some(default)) if value.is_empty() => Ok(default.to_owned()),
            (Some(value), _) => Ok(value),
            (None, Some(default)) => Ok(default.to_owned()),
            (None, None) => Err(format!(
                "environment variable {name} is not set: set it, give a default with \
                 ${{{name}:-default}}, or write $${{{name}}} for the text itself"
            )),
        },
        Placeholder::File(path) => surroundings
            .file(path)
            .map(|text| text.trim().to_owned())
            .map_err(|error| format!("cannot read the file {path}: {error}")),
    }
}

#[cfg(test)]
mod tests;
