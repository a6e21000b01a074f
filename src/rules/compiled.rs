//! A group made ready to run again and again: its queries planned, its templates parsed.

use std::borrow::Cow;
use std::sync::Arc;

use crate::label::Labels;
use crate::promql::{Grid, Options, Query, Reach};
use crate::sample::Selection;
use crate::template::rule::{Queries, RuleData, RuleTemplate};
use crate::time::{Span, Timestamp};

use super::dependency::{Outputs, Reads, is_output};
use super::{Alerting, Group, Rule, RuleKind};

/// A moment like another; nothing depends on it.
const SOME_MOMENT: Timestamp = Timestamp::from_millis(4_102_444_800_000);

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
    /// How far before its slot the query reads.
    reach: Reach,
    /// What it reads of what its group writes.
    pub(super) reads: Reads,
    /// The label templates of an alerting rule.
    pub(super) labels: Vec<(String, Text)>,
    /// The annotation templates of an alerting rule.
    pub(super) annotations: Vec<(String, Text)>,
}

/// A label's or an annotation's text.
#[derive(Debug)]
pub(super) enum Text {
    /// Nothing to expand.
    Literal(String),
    /// A template.
    Template(RuleTemplate),
    /// A template that does not parse, and why.
    Broken(String),
}

impl Compiled {
    /// Plans a group's rules. A rule that cannot be planned is kept, and fails whenever it runs.
    pub fn new(group: Arc<Group>, options: &Options) -> Compiled {
        let mut rules: Vec<_> =
            group.rules.iter().map(|rule| CompiledRule::new(rule, options)).collect();
        let outputs = Outputs::of(&group.rules);
        for (position, rule) in rules.iter_mut().enumerate() {
            rule.reads = outputs.read_by(position, &rule.selections());
        }
        Compiled { group, rules }
    }

    /// The group.
    pub fn group(&self) -> &Arc<Group> {
        &self.group
    }

    /// Whether a series is one that a rule of the group writes, by its name.
    pub fn writes(&self, labels: &Labels) -> bool {
        self.group.rules.iter().any(|rule| is_output(rule, labels))
    }

    /// Whether a rule of the group writes what one of these may select.
    pub(super) fn writes_any(&self, selections: &[Selection]) -> bool {
        let outputs = Outputs::of(&self.group.rules);
        selections.iter().any(|selection| !outputs.writers(selection).is_empty())
    }
}

impl CompiledRule {
    fn new(rule: &Rule, options: &Options) -> CompiledRule {
        let query = Query::new(&rule.expr, options).map_err(|error| error.to_string());
        let (labels, annotations) = match &rule.kind {
            RuleKind::Alerting(alerting) => {
                (texts(alerting, &rule.labels), texts(alerting, &alerting.annotations))
            }
            RuleKind::Recording(_) => (Vec::new(), Vec::new()),
        };
        let reach = query.as_ref().map_or(Reach::Back(Span::ZERO), Query::reach);
        CompiledRule { query, reach, reads: Reads::default(), labels, annotations }
    }

    /// What it selects, at some moment: its matchers are the same at every one.
    fn selections(&self) -> Vec<Selection> {
        let query = self.query.as_ref().ok();
        let needs = query.and_then(|query| query.needs(&Grid::instant(SOME_MOMENT)).ok());
        needs.unwrap_or_default()
    }

    /// Whether an evaluation at `at` reads samples of before `moment`.
    pub(super) fn reads_before(&self, at: Timestamp, moment: Timestamp) -> bool {
        match self.reach {
            Reach::Back(span) => self.query.is_ok() && at - span < moment,
            Reach::Fixed => false,
        }
    }
}

fn texts(alerting: &Alerting, pairs: &[(String, String)]) -> Vec<(String, Text)> {
    let template = format!("__alert_{}", alerting.name);
    pairs.iter().map(|(name, text)| (name.clone(), Text::new(&template, text))).collect()
}

impl Text {
    fn new(template: &str, text: &str) -> Text {
        if !text.contains("{{") {
            return Text::Literal(text.to_owned());
        }
        match RuleTemplate::parse(template, text) {
            Ok(parsed) => Text::Template(parsed),
            Err(error) => Text::Broken(format!("error parsing template {template}: {error}")),
        }
    }

    /// The text for one alert, or what is wrong with it. See [`RuleTemplate::expand`] about
    /// `queries`.
    pub(super) fn expand(
        &self,
        rule: &str,
        data: &RuleData<'_>,
        queries: &mut Queries,
    ) -> Result<Cow<'_, str>, String> {
        match self {
            Text::Literal(text) => Ok(Cow::Borrowed(text)),
            Text::Broken(error) => Err(error.clone()),
            Text::Template(template) => template
                .expand(data, queries)
                .map(Cow::Owned)
                .map_err(|error| format!("error executing template __alert_{rule}: {error}")),
        }
    }
}

/// How far before their slots the groups read, at most: what a store has to keep. Queries that
/// templates make are not among it.
pub fn look_back<'a>(groups: impl IntoIterator<Item = &'a Compiled>) -> Reach {
    let reaches = groups.into_iter().flat_map(|compiled| {
        let rules = compiled.rules.iter().filter(|rule| rule.query.is_ok());
        rules.map(|rule| match rule.reach {
            Reach::Back(span) => Reach::Back(span + compiled.group.query_offset),
            Reach::Fixed => Reach::Fixed,
        })
    });
    reaches.max().unwrap_or(Reach::Back(Span::ZERO))
}
