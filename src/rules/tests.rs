//! Rules and groups for the tests of this room.

use crate::label::Labels;
use crate::promql::syntax::ast::{Expr, ExprKind, PositionRange};
use crate::promql::syntax::{Features, parse};
use crate::time::{Span, Timestamp};

use super::{
    AlertState, Alerting, Group, GroupId, Recording, Rule, RuleAlert, RuleKind, Surroundings,
};

/// The moment that many minutes after the epoch.
pub(super) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * 60_000)
}

/// A group with an interval of a minute.
pub(super) fn group(rules: Vec<Rule>) -> Group {
    Group {
        id: GroupId { file: "rules.yml".into(), name: "g".into() },
        interval: Span::from_mins(1),
        query_offset: Span::ZERO,
        limit: 0,
        source: None,
        rules,
    }
}

/// A recording rule.
pub(super) fn record(name: &str, expr: &str) -> Rule {
    rule(RuleKind::Recording(Recording { name: name.into() }), expr)
}

/// An alerting rule that fires at once; see [`Rule::hold`] and the like.
pub(super) fn alert(name: &str, expr: &str) -> Rule {
    let alerting = Alerting {
        name: name.into(),
        hold: Span::ZERO,
        keep_firing_for: Span::ZERO,
        annotations: Vec::new(),
    };
    rule(RuleKind::Alerting(alerting), expr)
}

fn rule(kind: RuleKind, expr: &str) -> Rule {
    let parsed = match expr.parse() {
        Ok(value) => Expr {
            kind: ExprKind::Number { value, duration: false },
            range: PositionRange { start: 0, end: expr.len() as u32 },
        },
        Err(_) => parse(expr, &Features::default()).unwrap(),
    };
    Rule { kind, expr: parsed, expr_text: expr.into(), labels: Vec::new() }
}

impl Rule {
    /// With one more label.
    pub(super) fn label(mut self, name: &str, value: &str) -> Rule {
        self.labels.push((name.to_owned(), value.to_owned()));
        self.labels.sort();
        self
    }

    /// With one more annotation.
    pub(super) fn annotation(mut self, name: &str, text: &str) -> Rule {
        self.alerting().annotations.push((name.to_owned(), text.to_owned()));
        self
    }

    /// With `for`, in minutes.
    pub(super) fn hold(mut self, minutes: i64) -> Rule {
        self.alerting().hold = Span::from_mins(minutes);
        self
    }

    fn alerting(&mut self) -> &mut Alerting {
        match &mut self.kind {
            RuleKind::Alerting(alerting) => alerting,
            RuleKind::Recording(_) => panic!("not an alerting rule"),
        }
    }
}

/// What the runs of the tests share.
pub(super) fn surroundings() -> Surroundings {
    let labels = Labels::from_pairs([("cluster", "eu")]);
    Surroundings::in_virtual_time(labels, "http://firebell".into())
}

/// An alert in that state, active since then.
pub(super) fn rule_alert(labels: &Labels, state: AlertState, active_at: Timestamp) -> RuleAlert {
    RuleAlert {
        state,
        labels: labels.clone(),
        annotations: Labels::empty(),
        value: 1.0,
        active_at,
        fired_at: None,
        resolved_at: None,
        last_sent_at: None,
        keep_firing_since: None,
    }
}
