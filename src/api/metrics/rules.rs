//! `prometheus_rule_*`. (Source: Prometheus' metrics, names and labels.)

use crate::engine::view::RuleGroupView;
use crate::rules::{AlertState, Health};

use super::page::Page;

/// A family of one sample per group: name, help, and the value, if the group has one.
type Gauge = (&'static str, &'static str, fn(&RuleGroupView) -> Option<f64>);

const GAUGES: [Gauge; 5] = [
    ("prometheus_rule_group_interval_seconds", "Time between evaluations.", |view| {
        Some(view.group.interval.seconds())
    }),
    ("prometheus_rule_group_rules", "Rules of the group.", |view| {
        Some(view.group.rules.len() as f64)
    }),
    (
        "prometheus_rule_group_last_evaluation_timestamp_seconds",
        "When the group was last evaluated.",
        |view| view.state.last_evaluation.map(|at| at.seconds()),
    ),
    ("prometheus_rule_group_last_duration_seconds", "How long that took.", |view| {
        view.state.last_evaluation.map(|_| view.state.evaluation_time.as_secs_f64())
    }),
    (
        "prometheus_rule_group_last_evaluation_samples",
        "How many samples the last evaluation yielded.",
        |view| {
            let samples: usize = view.state.rules.iter().map(|rule| rule.samples).sum();
            view.state.last_evaluation.map(|_| samples as f64)
        },
    ),
];

/// The rule groups: how they are evaluated, and what their rules are like.
pub(super) fn write(page: &mut Page, views: &[RuleGroupView]) {
    let names: Vec<_> = views.iter().map(|view| view.group.id.to_string()).collect();
    let named = || names.iter().zip(views);
    let name = "prometheus_rule_group_iterations_total";
    let mut family = page.counter(name, "Evaluations of the group that were due.");
    for (group, view) in named() {
        family.sample(&[("rule_group", group)], (view.iterations + view.missed) as f64);
    }
    let name = "prometheus_rule_group_iterations_missed_total";
    let mut family = page.counter(name, "Evaluations that were due and not made.");
    for (group, view) in named() {
        family.sample(&[("rule_group", group)], view.missed as f64);
    }
    for (name, help, value) in GAUGES {
        let mut family = page.gauge(name, help);
        for (group, view) in named() {
            if let Some(value) = value(view) {
                family.sample(&[("rule_group", group)], value);
            }
        }
    }
    let mut family = page.gauge("firebell_rules_failing", "Rules whose last evaluation failed.");
    for (group, view) in named() {
        let failing =
            view.state.rules.iter().filter(|rule| matches!(rule.health, Health::Failed(_)));
        family.sample(&[("rule_group", group)], failing.count() as f64);
    }
    let mut family = page.gauge("firebell_rule_alerts", "Alerts of rules by state.");
    let alerts =
        || views.iter().flat_map(|view| &view.state.rules).flat_map(|rule| rule.alerts.values());
    for (text, state) in [("pending", AlertState::Pending), ("firing", AlertState::Firing)] {
        let count = alerts().filter(|alert| alert.state == state).count();
        family.sample(&[("state", text)], count as f64);
    }
}
