//! `prometheus_rule_*`. (Source: Prometheus' metrics, names and labels.)

use crate::engine::view::{BUCKETS, Durations, RuleGroupView, Totals};
use crate::rules::{AlertState, Health};
use crate::time::Timestamp;

use super::page::Page;

/// The quantiles that summaries show, with their texts.
type Quantiles = &'static [(&'static str, f64)];

const RULE_QUANTILES: Quantiles = &[("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99)];
const GROUP_QUANTILES: Quantiles =
    &[("0.01", 0.01), ("0.05", 0.05), ("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99)];

/// A family of one sample per group: name, help, and the value, if the group has one.
type Gauge = (&'static str, &'static str, fn(&RuleGroupView) -> Option<f64>);

const GAUGES: [Gauge; 7] = [
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
        "prometheus_rule_group_last_rule_duration_sum_seconds",
        "How long its rules took together, one after the other or side by side.",
        |view| {
            let busy: f64 =
                view.state.rules.iter().map(|rule| rule.evaluation_time.as_secs_f64()).sum();
            view.state.last_evaluation.map(|_| busy)
        },
    ),
    (
        "prometheus_rule_group_last_restore_duration_seconds",
        "How long it took to read since when its alerts hold.",
        |view| Some(view.state.restore_time.as_secs_f64()),
    ),
    (
        "prometheus_rule_group_last_evaluation_samples",
        "How many samples the last evaluation yielded.",
        |view| {
            let samples: usize = view.state.rules.iter().map(|rule| rule.samples).sum();
            view.state.last_evaluation.map(|_| samples as f64)
        },
    ),
];

/// A counter of one sample per group.
type Counter = (&'static str, &'static str, fn(&RuleGroupView) -> u64);

const COUNTERS: [Counter; 4] = [
    (
        "prometheus_rule_group_iterations_total",
        "Evaluations of the group that were due, made or missed.",
        |view| view.iterations + view.missed,
    ),
    (
        "prometheus_rule_group_iterations_missed_total",
        "Evaluations of the group that were due and not made.",
        |view| view.missed,
    ),
    ("prometheus_rule_evaluations_total", "Evaluations of rules.", |view| view.evaluations),
    ("prometheus_rule_evaluation_failures_total", "Evaluations of rules that failed.", |view| {
        view.failures
    }),
];

/// How long evaluations take.
pub(super) fn durations(page: &mut Page, totals: &Totals, now: Timestamp) {
    let families = [
        (
            "prometheus_rule_evaluation_duration_seconds",
            "prometheus_rule_evaluation_duration_histogram_seconds",
            "How long evaluations of rules take.",
            (&totals.rule_durations, RULE_QUANTILES),
        ),
        (
            "prometheus_rule_group_duration_seconds",
            "prometheus_rule_group_duration_histogram_seconds",
            "How long evaluations of rule groups take.",
            (&totals.group_durations, GROUP_QUANTILES),
        ),
    ];
    for (summary, histogram, help, (durations, quantiles)) in families {
        let wanted: Vec<f64> = quantiles.iter().map(|(_, quantile)| *quantile).collect();
        let mut family = page.summary(summary, help);
        for ((text, _), value) in quantiles.iter().zip(durations.quantiles(now, &wanted)) {
            family.sample(&[("quantile", text)], value);
        }
        family.part("_sum", &[], durations.sum);
        family.part("_count", &[], durations.count as f64);
        buckets(page, histogram, help, durations);
    }
}

fn buckets(page: &mut Page, name: &'static str, help: &str, durations: &Durations) {
    let mut family = page.histogram(name, help);
    for (bound, count) in BUCKETS.iter().zip(durations.within) {
        family.part("_bucket", &[("le", &bound.to_string())], count as f64);
    }
    family.part("_bucket", &[("le", "+Inf")], durations.count as f64);
    family.part("_sum", &[], durations.sum);
    family.part("_count", &[], durations.count as f64);
}

/// The rule groups: how they are evaluated, and what their rules are like.
pub(super) fn write(page: &mut Page, views: &[RuleGroupView]) {
    let names: Vec<_> = views.iter().map(|view| view.group.id.to_string()).collect();
    let named = || names.iter().zip(views);
    for (name, help, count) in COUNTERS {
        let mut family = page.counter(name, help);
        for (group, view) in named() {
            family.sample(&[("rule_group", group)], count(view) as f64);
        }
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
