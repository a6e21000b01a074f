//! Prometheus' rule templates: labels and annotations of alerting rules.
//! (Source: Prometheus docs, "Template reference".)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use gotmpl::Value;
use gotmpl::parse::{CommandNode, Expr, ListNode, Node, PipeNode, Pos, SmolStr};

use crate::label::Labels;
use crate::sample;
use crate::time::Timestamp;

use super::TemplateError;
use super::functions::{self, Dialect};
use super::program::{self, Program, Trees};
use super::run::Run;
use super::value::{Kind, dict, label_map, reading, record, text};

mod simple;
#[cfg(test)]
mod tests;

use simple::Simple;

/// A parsed rule template, to be expanded once per alert.
#[derive(Clone)]
pub struct RuleTemplate {
    form: Form,
}

/// How much it takes to expand a template.
#[derive(Clone)]
enum Form {
    /// Nothing: there is no action in it.
    Plain(Arc<str>),
    /// Labels and the value, perhaps through functions.
    Simple(Arc<Simple>),
    /// The whole engine.
    Program(Arc<Program>),
}

/// What a rule template sees.
#[derive(Clone, Copy, Debug)]
pub struct RuleData<'a> {
    /// `$labels`: the labels of the element, its metric name among them.
    pub labels: &'a Labels,
    /// `$value`: the value of the element.
    pub value: &'a sample::Value,
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
    pub answered: BTreeMap<String, Vec<(Labels, sample::Value)>>,
    /// Expressions that were asked for and are not answered yet.
    pub missing: BTreeSet<String>,
}

/// The variables of a rule template and the fields they are made of.
const VARIABLES: [(&str, &str); 4] = [
    ("$labels", "Labels"),
    ("$externalLabels", "ExternalLabels"),
    ("$externalURL", "ExternalURL"),
    ("$value", "Value"),
];

impl RuleTemplate {
    /// Parses a template. The name is only for messages.
    ///
    /// # Errors
    /// Syntax, and names of functions and variables that do not exist.
    pub fn parse(name: &str, text: &str) -> Result<RuleTemplate, TemplateError> {
        if !text.contains("{{") {
            return Ok(RuleTemplate { form: Form::Plain(Arc::from(text)) });
        }
        if let Some(simple) = Simple::parse(name, text) {
            return Ok(RuleTemplate { form: Form::Simple(Arc::new(simple)) });
        }
        let mut source = program::parse(&Dialect::Rule, name, text, 0)?;
        declare_variables(&mut source.body);
        let names = vec![Arc::from(name)];
        let program = Program::text(functions::rule_text(), source, &Trees::new(), names)?;
        Ok(RuleTemplate { form: Form::Program(Arc::new(program)) })
    }

    /// Expands the template. While `queries.missing` is not empty afterwards, the result
    /// (good or bad) is to be thrown away and the template to be expanded again.
    ///
    /// # Errors
    /// Whatever goes wrong while it is expanded, with the place where it does.
    pub fn expand(
        &self,
        data: &RuleData<'_>,
        queries: &mut Queries,
    ) -> Result<String, TemplateError> {
        let program = match &self.form {
            Form::Plain(text) => return Ok(text.to_string()),
            Form::Simple(simple) => return simple.expand(data),
            Form::Program(program) => program,
        };
        let run = Run {
            now: data.at,
            external_url: data.external_url.to_owned(),
            queries: std::mem::take(queries),
            ..Run::default()
        };
        let (result, run) = program.execute(&rule_data(data), run);
        *queries = run.queries;
        result
    }
}

fn rule_data(data: &RuleData<'_>) -> Value {
    record(
        Kind::RuleData,
        [
            ("Labels", dict(Kind::Strings, label_map(data.labels))),
            ("ExternalLabels", dict(Kind::Strings, label_map(data.external_labels))),
            ("ExternalURL", text(data.external_url)),
            ("Value", reading(data.value)),
        ],
    )
}

/// Puts `{{$labels := .Labels}}` and so on before the body, as Prometheus does.
fn declare_variables(body: &mut ListNode) {
    let pos = Pos::new(0, 1);
    let declaration = |(variable, field): (&'static str, &'static str)| {
        let args = vec![Expr::Field(pos, vec![SmolStr::new_static(field)])];
        let command = CommandNode { pos, args };
        let decl = vec![SmolStr::new_static(variable)];
        let pipe = PipeNode { pos, decl, commands: vec![command], is_assign: false };
        Node::Action(gotmpl::parse::ActionNode { pos, pipe })
    };
    body.nodes.splice(0..0, VARIABLES.into_iter().map(declaration));
}

impl fmt::Debug for RuleTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.form {
            Form::Plain(_) => "RuleTemplate::Plain",
            Form::Simple(_) => "RuleTemplate::Simple",
            Form::Program(_) => "RuleTemplate::Program",
        })
    }
}
