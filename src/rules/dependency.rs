//! Which rules of a group read what others of it write.
//!
//! ```text
//! rule 0  record: a   expr: up            reads nothing of the group
//! rule 1  record: b   expr: a + c         reads an earlier rule: it has to wait for it
//! rule 2  record: c   expr: rate(up[5m])  reads nothing of the group
//! ```
//!
//! A rule writes series of its name, or `ALERTS` and `ALERTS_FOR_STATE` of its alert. A selector
//! that may match one of them reads it; one without a metric name may match anything.
//! (Source: Prometheus, `rules/manager.go`, the dependency map; there an unnamed selector makes
//! the whole group wait.)

use std::collections::{BTreeMap, BTreeSet};

use crate::label::{ALERT_NAME, Labels, METRIC_NAME, MatchOp, Matchers};
use crate::sample::Selection;

use super::alerting::{ALERTS, ALERTS_FOR_STATE};
use super::{Rule, RuleKind};

/// What a rule reads of its group.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Something that a rule before it writes: it must be evaluated after that.
    pub(super) earlier: bool,
    /// Something that any rule of the group writes, itself among them.
    pub(super) own_group: bool,
}

/// What rules write, by metric name.
#[derive(Debug, Default)]
pub(super) struct Outputs<'a> {
    by_name: BTreeMap<&'a str, Vec<(usize, &'a Rule)>>,
}

impl<'a> Outputs<'a> {
    /// What these rules write, with their positions.
    pub(super) fn of(rules: impl IntoIterator<Item = &'a Rule>) -> Outputs<'a> {
        let mut outputs = Outputs::default();
        for (position, rule) in rules.into_iter().enumerate() {
            let mut writes = |name: &'a str| {
                outputs.by_name.entry(name).or_default().push((position, rule));
            };
            match &rule.kind {
                RuleKind::Recording(recording) => writes(&recording.name),
                RuleKind::Alerting(_) => [ALERTS, ALERTS_FOR_STATE].into_iter().for_each(writes),
            }
        }
        outputs
    }

    /// The positions of the rules that write what a selection may select.
    pub(super) fn writers(&self, selection: &Selection) -> BTreeSet<usize> {
        let matchers = &selection.matchers;
        let named = matchers
            .iter()
            .find(|matcher| *matcher.name == *METRIC_NAME && matcher.op == MatchOp::Equal);
        let found: Vec<_> = match named {
            Some(matcher) => self.by_name.get_key_value(&*matcher.value).into_iter().collect(),
            None => self.by_name.iter().collect(),
        };
        found
            .into_iter()
            .filter(|(name, _)| agrees(matchers, METRIC_NAME, name))
            .flat_map(|(_, writers)| writers)
            .filter(|(_, rule)| match &rule.kind {
                RuleKind::Recording(_) => true,
                RuleKind::Alerting(alerting) => agrees(matchers, ALERT_NAME, &alerting.name),
            })
            .map(|(position, _)| *position)
            .collect()
    }

    /// What a rule at a position reads of these rules.
    pub(super) fn read_by(&self, position: usize, selections: &[Selection]) -> Reads {
        let mut reads = Reads::default();
        for writer in selections.iter().flat_map(|selection| self.writers(selection)) {
            reads.own_group = true;
            reads.earlier |= writer < position;
        }
        reads
    }
}

/// Whether a series is one that a rule writes, by its name.
pub(super) fn is_output(rule: &Rule, labels: &Labels) -> bool {
    let name = labels.value(METRIC_NAME);
    match &rule.kind {
        RuleKind::Recording(recording) => name == &*recording.name,
        RuleKind::Alerting(alerting) => {
            [ALERTS, ALERTS_FOR_STATE].contains(&name)
                && labels.value(ALERT_NAME) == &*alerting.name
        }
    }
}

/// Whether the matchers of one label let a value pass.
fn agrees(matchers: &Matchers, label: &str, value: &str) -> bool {
    matchers.iter().filter(|matcher| *matcher.name == *label).all(|matcher| matcher.matches(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::Options;
    use crate::rules::Compiled;
    use crate::rules::tests::{alert, group, record};

    fn check(rules: Vec<Rule>, expected: &str) {
        let compiled = Compiled::new(group(rules).into(), &Options::default());
        let letter = |rule: &crate::rules::compiled::CompiledRule| match rule.reads {
            Reads { earlier: true, .. } => 'e',
            Reads { own_group: true, .. } => 'g',
            _ => '-',
        };
        assert_eq!(compiled.rules.iter().map(letter).collect::<String>(), expected);
    }

    #[test]
    fn a_rule_reads_what_its_selectors_may_match() {
        check(vec![record("a", "up"), record("b", "rate(a[5m])"), record("c", "up")], "-e-");
        check(vec![record("b", "a"), record("a", "up")], "g-");
        check(vec![record("a", "a or up")], "g");
        check(vec![record("job:a", "up"), record("x", "{__name__=~\"job:.*\"}")], "-e");
        check(vec![record("b", "up"), record("x", "{__name__=~\"job:.*\"}")], "--");
        check(vec![record("a", "up"), record("x", "{job=\"j\"}")], "-e");
        check(vec![record("a", "up"), record("x", "sum(up) / (sum(a) > 0)")], "-e");
    }

    #[test]
    fn alerts_are_read_by_their_names() {
        let first = || alert("A", "up == 0");
        check(vec![first(), alert("B", "ALERTS{alertname=\"A\"}")], "-e");
        check(vec![first(), alert("B", "ALERTS{alertname=\"C\"}")], "--");
        check(vec![first(), alert("B", "count(ALERTS)")], "-e");
        check(vec![first(), alert("B", "ALERTS_FOR_STATE{alertname=~\"A|C\"}")], "-e");
        check(vec![alert("B", "ALERTS{alertname=\"B\"}")], "g");
    }
}
