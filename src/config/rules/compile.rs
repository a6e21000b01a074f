//! From what was written to what the pipeline runs.

use std::sync::Arc;

use crate::config::read::Reader;
use crate::promql::syntax::ast::Expr;
use crate::rules::{Alerting, Group, GroupId, Recording, Rule, RuleKind};
use crate::time::Span;

use super::check::{self, Context};
use super::{GroupSources, RawGroup, RawRule, merged_labels};

/// All groups of a file; what is wrong with them is told to the reader.
pub(super) fn groups(
    file: &str,
    raw: &[&RawGroup],
    context: &Context<'_>,
    reader: &mut Reader,
) -> Vec<Group> {
    let file: Arc<str> = Arc::from(file);
    raw.iter().map(|raw| group(Arc::clone(&file), raw, context, reader)).collect()
}

fn group(file: Arc<str>, raw: &RawGroup, context: &Context<'_>, reader: &mut Reader) -> Group {
    check::group_labels(raw, context, reader);
    check::source(raw, context, reader);
    let rules = raw.rules.iter().flatten().enumerate().filter_map(|(index, raw_rule)| {
        let expr = check::rule(raw, index, raw_rule, context, reader)?;
        Some(rule(raw, raw_rule, expr))
    });
    let rules = rules.collect();
    let interval = raw.interval.map(|interval| interval.0).filter(|&span| span != Span::ZERO);
    Group {
        id: GroupId { file, name: Arc::from(raw.name.as_str()) },
        interval: interval.unwrap_or(context.options.interval),
        query_offset: raw.query_offset.map_or(context.options.query_offset, |offset| offset.0),
        limit: usize::try_from(raw.limit).unwrap_or(0),
        source: source(raw, context),
        rules,
    }
}

/// The source that the group names, where that is a field.
fn source(raw: &RawGroup, context: &Context<'_>) -> Option<Arc<str>> {
    let named = !raw.source.is_empty() && context.options.sources != GroupSources::None;
    named.then(|| Arc::from(raw.source.as_str()))
}

fn rule(group: &RawGroup, raw: &RawRule, expr: Expr) -> Rule {
    let name: Arc<str> = Arc::from(raw.name().as_str());
    let kind = if raw.record.is_empty() {
        let mut annotations: Vec<(String, String)> = raw
            .annotations
            .iter()
            .map(|(name, value)| (name.to_owned(), value.text.clone()))
            .collect();
        annotations.sort();
        let (hold, keep_firing_for) = (raw.hold.0, raw.keep_firing_for.0);
        RuleKind::Alerting(Alerting { name, hold, keep_firing_for, annotations })
    } else {
        RuleKind::Recording(Recording { name })
    };
    let expr_text = Arc::from(expr.to_string());
    Rule { kind, expr, expr_text, labels: merged_labels(&group.labels, &raw.labels) }
}
