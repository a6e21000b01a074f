//! What a rule file must be beside well-formed.

use std::collections::HashSet;

use crate::config::read::{At, Pairs, Reader};
use crate::config::yaml::{Node, Position, Scalar};
use crate::label::METRIC_NAME;
use crate::label::matcher::is_legacy_name;
use crate::promql::syntax;
use crate::promql::syntax::ast::Expr;
use crate::template::rule::RuleTemplate;
use crate::template::{TemplateError, quote};
use crate::time::Span;

use super::{
    GroupSources, MAX_GROUPS, MAX_RULES, NameScheme, RawGroup, RawRule, RuleOptions, about, place,
};

/// What the checks know beside the rule.
pub(super) struct Context<'a> {
    /// The file's text.
    pub text: &'a str,
    /// The options.
    pub options: &'a RuleOptions,
}

/// Groups are told apart by their names.
pub(super) fn unique_names(groups: &[&RawGroup], reader: &mut Reader) {
    if groups.len() > MAX_GROUPS {
        reader.problem(groups[0].at, format!("more than {MAX_GROUPS} groups in one file"));
    }
    let mut seen = HashSet::new();
    for group in groups {
        let at = place(&group.name, group.at);
        if group.name.is_empty() && group.whole {
            reader.problem(group.at, "Groupname must not be empty");
        } else if !group.name.is_empty() && !seen.insert(group.name.as_str()) {
            let name = quote(&group.name);
            reader.problem(at, format!("groupname: {name} is repeated in the same file"));
        }
        if group.rules.len() > MAX_RULES {
            reader.problem(at, format!("more than {MAX_RULES} rules in one group"));
        }
    }
}

/// `source` is a field that Prometheus does not know.
pub(super) fn refuse_sources(documents: &[Node], reader: &mut Reader) {
    let entries = |node: &Node, name: &str| match node {
        Node::Map(_, entries) => {
            entries.iter().filter(|entry| entry.key.text == name).cloned().collect()
        }
        _ => Vec::new(),
    };
    for groups in documents.iter().flat_map(|document| entries(document, "groups")) {
        let Node::List(_, groups) = &groups.value else { continue };
        for source in groups.iter().flat_map(|group| entries(group, "source")) {
            reader.unknown_field(&source.key, "rulefmt.RuleGroup", &[]);
        }
    }
}

/// Whether a group's source is one.
pub(super) fn source(group: &RawGroup, context: &Context<'_>, reader: &mut Reader) {
    let GroupSources::Known(known) = &context.options.sources else { return };
    if !group.source.is_empty() && !known.contains(group.source.as_str()) {
        let (name, known) = (quote(&group.source), Vec::from_iter(known.iter().cloned()));
        let message = format!("unknown source {name}: there are {}", known.join(", "));
        reader.problem(group.source.at, format!("group {}: {message}", quote(&group.name)));
    }
}

/// A group's labels.
pub(super) fn group_labels(group: &RawGroup, context: &Context<'_>, reader: &mut Reader) {
    let about = format!("group {}: ", quote(&group.name));
    names(&group.labels, "label", &about, context, reader);
}

/// A rule. Gives its expression, if that can be parsed.
pub(super) fn rule(
    group: &RawGroup,
    index: usize,
    rule: &RawRule,
    context: &Context<'_>,
    reader: &mut Reader,
) -> Option<Expr> {
    let about = about(group, index, rule);
    if rule.whole {
        kind(rule, &about, reader);
    }
    if rule.alert.is_empty() && !rule.record.is_empty() {
        recording(rule, &about, context, reader);
    }
    names(&rule.labels, "label", &about, context, reader);
    names(&rule.annotations, "annotation", &about, context, reader);
    if !rule.alert.is_empty() {
        templates(rule, &about, context, reader);
    }
    expression(rule, &about, context, reader)
}

fn kind(rule: &RawRule, about: &str, reader: &mut Reader) {
    let at = place(rule.name(), rule.at);
    if !rule.record.is_empty() && !rule.alert.is_empty() {
        let message = format!("{about}only one of 'record' and 'alert' must be set");
        reader.problem(rule.alert.at.max(rule.record.at), message);
    }
    if rule.record.is_empty() && rule.alert.is_empty() {
        reader.problem(at, format!("{about}one of 'record' or 'alert' must be set"));
    }
    if rule.expr.as_ref().is_none_or(|expr| expr.text.is_empty()) {
        reader.problem(at, format!("{about}field 'expr' must be set in rule"));
    }
}

fn recording(rule: &RawRule, about: &str, context: &Context<'_>, reader: &mut Reader) {
    let mut invalid = |field: &str, at: Position| {
        reader.problem(at, format!("{about}invalid field '{field}' in recording rule"));
    };
    if let Some((name, _)) = rule.annotations.0.first() {
        invalid("annotations", name.at);
    }
    if rule.hold.0 != Span::ZERO {
        invalid("for", rule.hold.at);
    }
    if rule.keep_firing_for.0 != Span::ZERO {
        invalid("keep_firing_for", rule.keep_firing_for.at);
    }
    let (at, name) = (rule.record.at, rule.record.as_str());
    if !is_metric_name(name, context.options.names) {
        reader.problem(at, format!("{about}invalid recording rule name: {name}"));
    } else if name.contains(['{', '}']) {
        let message = "braces present in the recording rule name; should it be in expr?: ";
        reader.problem(at, format!("{about}{message}{name}"));
    }
}

fn is_metric_name(name: &str, scheme: NameScheme) -> bool {
    match scheme {
        NameScheme::Utf8 => !name.is_empty(),
        NameScheme::Legacy => is_legacy_name(&name.replace(':', "_")),
    }
}

/// Names of labels or annotations.
fn names(
    pairs: &Pairs<Scalar>,
    what: &str,
    about: &str,
    context: &Context<'_>,
    reader: &mut Reader,
) {
    for (At { at, value: name }, _) in &pairs.0 {
        let valid = match context.options.names {
            NameScheme::Utf8 => !name.is_empty(),
            NameScheme::Legacy => is_legacy_name(name),
        };
        if !valid || what == "label" && name == METRIC_NAME {
            reader.problem(*at, format!("{about}invalid {what} name: {name}"));
        }
    }
}

fn templates(rule: &RawRule, about: &str, context: &Context<'_>, reader: &mut Reader) {
    let labels = rule.labels.0.iter().map(|pair| ("label", pair));
    let annotations = rule.annotations.0.iter().map(|pair| ("annotation", pair));
    for (what, (name, value)) in labels.chain(annotations) {
        let template_name = format!("__alert_{}", rule.alert.value);
        if let Err(error) = RuleTemplate::parse(&template_name, &value.text) {
            let at = value.locate(context.text, offset(&value.text, &error));
            reader.problem(at, format!("{about}{what} {}: {error}", quote(name)));
        }
    }
}

/// The byte offset of a template's fault in its text.
fn offset(text: &str, error: &TemplateError) -> usize {
    if error.line == 0 {
        return 0;
    }
    let line: usize = text.split_inclusive('\n').take(error.line - 1).map(str::len).sum();
    let rest = text.get(line..).unwrap_or("");
    line + rest.chars().take(error.column.saturating_sub(1)).map(char::len_utf8).sum::<usize>()
}

fn expression(
    rule: &RawRule,
    about: &str,
    context: &Context<'_>,
    reader: &mut Reader,
) -> Option<Expr> {
    let scalar = rule.expr.as_ref().filter(|expr| !expr.text.is_empty())?;
    match syntax::parse(&scalar.text, &context.options.features) {
        Ok(expr) => Some(expr),
        Err(error) => {
            let at = scalar.locate(context.text, error.range.start as usize);
            reader.problem(at, format!("{about}could not parse expression: {error}"));
            None
        }
    }
}
