//! What is wrong with a template, and where.

use std::fmt;

use super::run::Place;

/// A fault in a template: found while it is parsed, or while it is expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The template's name: its file, or what it is for; may be empty.
    pub name: String,
    /// Line in the template, from 1; 0 when it is not known.
    pub line: usize,
    /// Column in characters, from 1; 0 when it is not known.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl TemplateError {
    /// A fault at no particular place.
    pub fn new(name: &str, message: impl Into<String>) -> TemplateError {
        TemplateError { name: name.to_owned(), line: 0, column: 0, message: message.into() }
    }

    /// A fault at a place.
    pub(super) fn at(name: &str, place: Place, message: impl Into<String>) -> TemplateError {
        TemplateError {
            line: place.line,
            column: place.column,
            ..TemplateError::new(name, message)
        }
    }

    /// What gotmpl found while it parsed.
    pub(super) fn syntax(name: &str, error: gotmpl::TemplateError) -> TemplateError {
        match error {
            gotmpl::TemplateError::Parse { line, col, message, .. }
            | gotmpl::TemplateError::Lex { line, col, message, .. } => {
                TemplateError::at(name, Place { source: 0, line, column: col }, message)
            }
            other => TemplateError::new(name, plain(other)),
        }
    }
}

/// The message of an error of gotmpl's without its prefix.
pub(super) fn plain(error: gotmpl::TemplateError) -> String {
    use super::run::{MAX_OUTPUT, MAX_ROUNDS};
    match error {
        gotmpl::TemplateError::Exec(message)
        | gotmpl::TemplateError::Parse { message, .. }
        | gotmpl::TemplateError::Lex { message, .. } => message,
        gotmpl::TemplateError::Write => format!("writes more than {MAX_OUTPUT} bytes"),
        gotmpl::TemplateError::RangeIterLimit => {
            format!("its loops go more than {MAX_ROUNDS} rounds")
        }
        gotmpl::TemplateError::RecursionLimit => "templates nest too deeply".to_owned(),
        gotmpl::TemplateError::UndefinedTemplate(name) => {
            format!("template {name:?} not defined")
        }
        other => other.to_string(),
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}:", self.name)?;
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        if self.column > 0 {
            write!(f, "{}:", self.column)?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for TemplateError {}
