//! A group made ready to run again and again: its queries planned, its templates parsed.

use std::sync::Arc;

use crate::promql::{Options, Query, Reach};

use super::{Group, Rule};

/// A group whose rules are planned. Made once per configuration, shared by all runs.
#[derive(Debug)]
pub struct Compiled {
    group: Arc<Group>,
    pub(super) rules: Vec<CompiledRule>,
}

/// One rule, planned.
#[derive(Debug)]
pub(super) struct CompiledRule {
    /// The query, or why there can be none: then every run of the rule fails with it.
    pub(super) query: Result<Query, String>,
}

impl Compiled {
    /// Plans a group's rules. A rule that cannot be planned is kept, and fails whenever it runs.
    pub fn new(group: Arc<Group>, options: &Options) -> Compiled {
        let rules = group.rules.iter().map(|rule| CompiledRule::new(rule, options)).collect();
        Compiled { group, rules }
    }

    /// The group.
    pub fn group(&self) -> &Arc<Group> {
        &self.group
    }
}

impl CompiledRule {
    fn new(rule: &Rule, options: &Options) -> CompiledRule {
        CompiledRule { query: Query::new(&rule.expr, options).map_err(|error| error.to_string()) }
    }
}

/// How far before their slots the groups read, at most: what a store has to keep. Queries that
/// templates make are not among it.
pub fn look_back<'a>(groups: impl IntoIterator<Item = &'a Compiled>) -> Reach {
    let reaches = groups.into_iter().flat_map(|compiled| {
        let queries = compiled.rules.iter().filter_map(|rule| rule.query.as_ref().ok());
        queries.map(|query| match query.reach() {
            Reach::Back(span) => Reach::Back(span + compiled.group.query_offset),
            Reach::Fixed => Reach::Fixed,
        })
    });
    reaches.max().unwrap_or(Reach::Back(crate::time::Span::ZERO))
}
