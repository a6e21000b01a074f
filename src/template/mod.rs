//! Go templates: what rules and receivers write their texts in.

pub mod data;
mod error;
mod quote;
pub mod rule;

pub use error::TemplateError;
pub use quote::quote;

use crate::time::Timestamp;
use data::Data;

/// Parsed template files: the default templates, overlaid with the user's.
#[derive(Debug, Default)]
pub struct Templates {}

impl Templates {
    /// The default templates overlaid with these files (name and text); a later `define`
    /// replaces an earlier one of the same name.
    ///
    /// # Errors
    /// The first fault of any file.
    pub fn parse(_files: &[(String, String)]) -> Result<Templates, TemplateError> {
        Ok(Templates {})
    }

    /// Expands a text template; `now` is what the function `now` says.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn text(
        &self,
        template: &str,
        _data: &Data,
        _now: Timestamp,
    ) -> Result<String, TemplateError> {
        Ok(template.to_owned())
    }

    /// Expands an HTML template: what it inserts is escaped for the place it is inserted at.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn html(
        &self,
        template: &str,
        _data: &Data,
        _now: Timestamp,
    ) -> Result<String, TemplateError> {
        Ok(template.to_owned())
    }
}
