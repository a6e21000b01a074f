//! Rule groups, compiled: what [`crate::config`] makes of a rule file.

use std::fmt;
use std::sync::Arc;

use crate::promql::syntax::ast::Expr;
use crate::time::Span;

/// A group's identity: its file and its name, as Prometheus' metrics write it (`file;name`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId {
    /// The rule file's path as it was given.
    pub file: Arc<str>,
    /// The group's name, unique within the file.
    pub name: Arc<str>,
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.file, self.name)
    }
}

/// A group of rules that are evaluated together, in order, at one timestamp.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Which group.
    pub id: GroupId,
    /// Time between evaluations.
    pub interval: Span,
    /// How far behind the slot the expressions are evaluated.
    pub query_offset: Span,
    /// The most alerts or series one rule may yield; 0 means no limit.
    pub limit: usize,
    /// Where its series come from, by name; the default source when it does not say.
    pub source: Option<Arc<str>>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Alerting or recording.
    pub kind: RuleKind,
    /// The expression, parsed.
    pub expr: Expr,
    /// The expression printed again: what the API, `generatorURL` and evaluation use.
    pub expr_text: Arc<str>,
    /// The group's labels overlaid with the rule's, sorted by name; templates for alerts.
    pub labels: Vec<(String, String)>,
}

/// What a rule does with its result.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// Keeps alerts.
    Alerting(Alerting),
    /// Records series.
    Recording(Recording),
}

/// The alerting part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Alerting {
    /// The alert's name.
    pub name: Arc<str>,
    /// How long the condition must hold before it fires.
    pub hold: Span,
    /// How long it keeps firing after the condition is gone.
    pub keep_firing_for: Span,
    /// Annotation templates, sorted by name.
    pub annotations: Vec<(String, String)>,
}

/// The recording part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The metric that is recorded.
    pub name: Arc<str>,
}

impl Rule {
    /// The alert's name or the recorded metric's.
    pub fn name(&self) -> &str {
        match &self.kind {
            RuleKind::Alerting(alerting) => &alerting.name,
            RuleKind::Recording(recording) => &recording.name,
        }
    }
}
