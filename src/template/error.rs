//! What is wrong with a template, and where.

use std::fmt;

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

    /// The same fault, at this place.
    pub(super) fn at(mut self, line: usize, column: usize) -> TemplateError {
        (self.line, self.column) = (line, column);
        self
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}:", self.name)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for TemplateError {}
