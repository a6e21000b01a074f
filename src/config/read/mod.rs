//! From the tree to typed sections, collecting everything that is wrong; and back.
//!
//! A section is declared once, with [`section!`](crate::config::read::section): its fields,
//! their types, defaults, and whether an empty one is written back. The types of fields know
//! how they are read from a node and written to YAML.

mod collections;
mod macros;
mod print;
mod scalars;
mod suggest;
mod url;

pub(super) use collections::{At, Pairs};
pub(super) use macros::section;
pub(super) use print::print;
pub(super) use scalars::{GoDuration, HostPort, PromDuration};
pub(super) use url::{HIDDEN, HttpUrl, ProxyUrl, SecretTemplateUrl, SecretUrl};

use crate::label::matcher::Mode;

use super::rules::UnknownFields;
use super::yaml::{Node, Position, Problem, Scalar};
use super::{ConfigError, ConfigErrors};

/// The most problems, and the most warnings, that are collected.
pub(super) const MAX_PROBLEMS: usize = 1000;

/// YAML that is written.
pub(super) type Yaml = serde_yaml::Value;

/// What is collected while a file is read, and how strictly it is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is worth saying.
    pub warnings: Vec<Problem>,
    /// Which matchers and label names are taken.
    pub mode: Mode,
    /// What happens with unknown fields.
    pub unknown_fields: UnknownFields,
}

/// A type that can stand in a section.
pub(super) trait Field: Sized {
    /// Reads a node that is not null. `None` means that the reader was told what is wrong.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// What null means as an element of a list or a value of a map. `None` means that the
    /// reader was told that it means nothing.
    fn null(at: Position, reader: &mut Reader) -> Option<Self>;

    /// The value as it is written back.
    fn write(&self) -> Yaml;

    /// Whether the value is left out when empty ones are.
    fn is_empty(&self) -> bool {
        false
    }
}

impl Reader {
    /// Notes a problem, unless there are very many already.
    pub fn problem(&mut self, at: Position, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { at, message: message.into() });
        }
    }

    /// Notes a warning, unless there are very many already.
    pub fn warning(&mut self, at: Position, message: impl Into<String>) {
        if self.warnings.len() < MAX_PROBLEMS {
            self.warnings.push(Problem { at, message: message.into() });
        }
    }

    /// Notes that the node is not what was wanted, in Go's words.
    pub fn mismatch<T>(&mut self, node: &Node, wanted: &str) -> Option<T> {
        self.problem(node.at(), format!("cannot unmarshal {} into {wanted}", node.describe()));
        None
    }

    /// Reads a map's entries with `take`, which says whether it knows the key. `known` are the
    /// keys it knows, for a hint.
    pub fn fields(
        &mut self,
        node: &Node,
        type_name: &str,
        known: &[&str],
        mut take: impl FnMut(&str, &Node, &mut Reader) -> bool,
    ) -> Option<()> {
        let Node::Map(_, entries) = node else { return self.mismatch(node, type_name) };
        for entry in entries {
            if take(&entry.key.text, &entry.value, self) {
                continue;
            }
            self.unknown_field(&entry.key, type_name, known);
        }
        Some(())
    }

    /// Notes a key that a section does not have, as strictly as the file is read.
    pub fn unknown_field(&mut self, key: &Scalar, type_name: &str, known: &[&str]) {
        let ignore = self.unknown_fields == UnknownFields::Ignore;
        let noted = if ignore { self.warnings.len() } else { self.problems.len() };
        if noted >= MAX_PROBLEMS {
            return;
        }
        let mut message = format!("field {} not found in type {type_name}", key.text);
        if let Some(near) = suggest::nearest(&key.text, known) {
            message.push_str(&format!(": did you mean {near}?"));
        }
        match self.unknown_fields {
            UnknownFields::Refuse => self.problem(key.at, message),
            UnknownFields::Ignore => self.warning(key.at, message),
        }
    }

    /// Reads a field into its place; null leaves it as it is.
    pub fn field<T: Field>(&mut self, node: &Node, place: &mut T) {
        if node.is_null() {
            return;
        }
        if let Some(value) = T::read(node, self) {
            *place = value;
        }
    }

    /// Everything collected, with the file's name, in the order of the file.
    pub fn errors(mut self, file: &str) -> ConfigErrors {
        self.problems.sort();
        self.problems.dedup();
        errors(file, self.problems)
    }
}

/// Problems with the name of their file.
pub(super) fn errors(file: &str, problems: Vec<Problem>) -> ConfigErrors {
    let error = |Problem { at, message }| ConfigError {
        file: file.to_owned(),
        line: at.line,
        column: at.column,
        message,
    };
    ConfigErrors(problems.into_iter().map(error).collect())
}

/// Warnings as lines with the name of their file, in the order of the file.
pub(super) fn warnings(file: &str, mut warnings: Vec<Problem>) -> Vec<String> {
    warnings.sort();
    warnings.dedup();
    errors(file, warnings).0.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests;
