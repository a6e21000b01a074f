//! Go templates: what rules and receivers write their texts in.
//!
//! gotmpl parses and runs them; [`compile`] and the modules below give them Go's types,
//! methods and formatting, and the two function libraries.
//!
//! ```text
//! text -> gotmpl's tree -> compile (rewritten tree) -> program (tree and all it can reach)
//!                                                         | Data -> convert -> Value
//!                                                         v
//!                                                  run: functions, access, show
//! ```

mod access;
mod balance;
mod compile;
mod convert;
pub mod data;
mod error;
mod functions;
pub mod given;
mod json;
mod moment;
mod number;
mod program;
mod quote;
pub mod rule;
mod run;
mod show;
#[cfg(test)]
mod tests;
mod value;

pub use error::TemplateError;
pub use json::{data_json, json_number, json_text, push_json_text};
pub use moment::show_time;
pub use quote::quote;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gotmpl::Value;

use crate::label::Labels;
use crate::time::Timestamp;
use data::Data;
use functions::Dialect;
use program::{Program, Trees, overlay};
use run::Run;

/// The default templates; their names and what they write are Alertmanager's.
const DEFAULTS: [(&str, &str); 2] = [
    ("default.tmpl", include_str!("../../templates/default.tmpl")),
    ("email.tmpl", include_str!("../../templates/email.tmpl")),
];

/// The most templates of receivers that are kept parsed.
const MAX_PROGRAMS: usize = 4096;

/// Which engine a template runs in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Engine {
    Text,
    Html,
}

/// Parsed template files: the default templates, overlaid with the user's. Templates of
/// receivers are parsed when they are first expanded and kept.
pub struct Templates {
    trees: Trees,
    names: Vec<Arc<str>>,
    programs: Mutex<BTreeMap<(Engine, String), Arc<Program>>>,
}

impl Templates {
    /// The default templates overlaid with these files (name and text); a later `define`
    /// replaces an earlier one of the same name.
    ///
    /// # Errors
    /// The first fault of any file.
    pub fn parse(files: &[(String, String)]) -> Result<Templates, TemplateError> {
        let mut templates = Templates::empty();
        for (name, text) in DEFAULTS {
            templates.add(name, text)?;
        }
        templates.add_all(files)
    }

    /// These files (name and text) alone.
    ///
    /// # Errors
    /// The first fault of any file.
    pub fn without_defaults(files: &[(String, String)]) -> Result<Templates, TemplateError> {
        Templates::empty().add_all(files)
    }

    fn add_all(mut self, files: &[(String, String)]) -> Result<Templates, TemplateError> {
        for (name, text) in files {
            self.add(name, text)?;
        }
        Ok(self)
    }

    fn empty() -> Templates {
        Templates { trees: Trees::new(), names: Vec::new(), programs: Mutex::default() }
    }

    /// Adds a file: its definitions, and its body under the file's name.
    fn add(&mut self, name: &str, text: &str) -> Result<(), TemplateError> {
        let source = program::parse(&Dialect::Notification, name, text, self.names.len())?;
        let own = name.rsplit('/').next().unwrap_or(name).to_owned();
        overlay(&mut self.trees, Trees::from([(own, Arc::new(source.body))]));
        overlay(&mut self.trees, source.defines);
        self.names.push(Arc::from(name));
        Ok(())
    }

    /// The names that are defined, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.trees.keys().map(String::as_str)
    }

    /// Expands templates for this data: several of them share the work.
    /// `now` is what the function `now` says.
    pub fn expander<'a>(&'a self, data: &'a Data, now: Timestamp) -> Expander<'a> {
        Expander { templates: self, data, now, value: OnceCell::new() }
    }

    /// Expands one text template.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn text(
        &self,
        template: &str,
        data: &Data,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        self.expander(data, now).text(template)
    }

    /// Expands one HTML template: what it inserts is escaped for the place it is inserted at.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn html(
        &self,
        template: &str,
        data: &Data,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        self.expander(data, now).html(template)
    }

    /// Expands a template for a value that templates see.
    fn expand(
        &self,
        engine: Engine,
        template: &str,
        value: &Value,
        route_labels: &Labels,
        now: Timestamp,
    ) -> Result<String, TemplateError> {
        let program = self.program(engine, template)?;
        let run = Run { now, route_labels: route_labels.clone(), ..Run::default() };
        program.execute(value, run).0
    }

    fn program(&self, engine: Engine, text: &str) -> Result<Arc<Program>, TemplateError> {
        let key = (engine, text.to_owned());
        let cached = |programs: &BTreeMap<_, Arc<Program>>| programs.get(&key).cloned();
        if let Some(program) = cached(&self.programs.lock().unwrap_or_else(PoisonError::into_inner))
        {
            return Ok(program);
        }
        let source = program::parse(&Dialect::Notification, "", text, self.names.len())?;
        let names = self.names.iter().cloned().chain([Arc::from("")]).collect();
        let program = Arc::new(match engine {
            Engine::Text => {
                Program::text(functions::notification_text(), source, &self.trees, names)?
            }
            Engine::Html => {
                Program::html(functions::notification_html(), source, &self.trees, names)?
            }
        });
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if programs.len() >= MAX_PROGRAMS {
            programs.clear();
        }
        programs.insert(key, Arc::clone(&program));
        Ok(program)
    }
}

impl Default for Templates {
    /// The default templates alone.
    fn default() -> Templates {
        Templates::parse(&[]).unwrap_or_else(|_| Templates::empty())
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("files", &self.names).finish_non_exhaustive()
    }
}

/// Expands templates for one notification.
pub struct Expander<'a> {
    templates: &'a Templates,
    data: &'a Data,
    now: Timestamp,
    value: OnceCell<Value>,
}

impl Expander<'_> {
    /// Expands a text template.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn text(&self, template: &str) -> Result<String, TemplateError> {
        self.expand(Engine::Text, template)
    }

    /// Expands an HTML template: what it inserts is escaped for the place it is inserted at.
    ///
    /// # Errors
    /// Syntax, and whatever goes wrong while it is expanded.
    pub fn html(&self, template: &str) -> Result<String, TemplateError> {
        self.expand(Engine::Html, template)
    }

    fn expand(&self, engine: Engine, template: &str) -> Result<String, TemplateError> {
        if !template.contains("{{") && engine == Engine::Text {
            return Ok(template.to_owned());
        }
        let value = self.value.get_or_init(|| convert::data(self.data));
        self.templates.expand(engine, template, value, &self.data.route_labels, self.now)
    }
}
