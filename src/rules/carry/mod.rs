//! What survives a reload of the rule files.
//! (Source: Prometheus, `rules/group.go` `Equals` and `CopyState`.)

use std::collections::{BTreeMap, VecDeque};

use crate::label::Labels;

use super::{Group, GroupState, Rule, RuleKind, RuleState};

impl Group {
    /// Whether both say the same, so that a reload may leave the running one alone. Where in a
    /// file an expression stands and how it is laid out there does not matter.
    pub fn same_as(&self, other: &Group) -> bool {
        let settings =
            |group: &Group| (group.interval, group.limit, group.query_offset, group.source.clone());
        let says = |rule: &Rule, same: &Rule| {
            rule.expr_text == same.expr_text && rule.labels == same.labels && rule.kind == same.kind
        };
        self.id == other.id
            && settings(self) == settings(other)
            && self.rules.len() == other.rules.len()
            && self.rules.iter().zip(&other.rules).all(|(rule, same)| says(rule, same))
    }
}

impl GroupState {
    /// A group that has never run.
    pub fn new(group: &Group) -> GroupState {
        GroupState { rules: vec![RuleState::default(); group.rules.len()], ..Default::default() }
    }

    /// What a changed group inherits: a rule takes over from the old rule of the same kind, name
    /// and labels, the n-th of several from the n-th. The series of rules that nobody takes over
    /// from become orphans, which the next run marks stale.
    pub fn carry_over(old_group: &Group, old: &GroupState, new_group: &Group) -> GroupState {
        let mut heritage = Heritage::default();
        for (rule, state) in old_group.rules.iter().zip(&old.rules) {
            heritage.entry(identity(rule)).or_default().push_back(state);
        }
        let rules = new_group.rules.iter().map(|rule| inherit(&mut heritage, rule)).collect();
        let gone = heritage.into_values().flatten().flat_map(|state| state.written.iter());
        let mut orphans: Vec<Labels> = old.orphans.iter().chain(gone).cloned().collect();
        orphans.sort();
        orphans.dedup();
        GroupState {
            rules,
            orphans: orphans.into(),
            restoration: old.restoration,
            last_evaluation: old.last_evaluation,
            evaluation_time: old.evaluation_time,
            restore_time: old.restore_time,
        }
    }
}

/// What tells rules apart over a reload.
type Identity<'a> = (bool, &'a str, &'a [(String, String)]);
type Heritage<'a> = BTreeMap<Identity<'a>, VecDeque<&'a RuleState>>;

fn identity(rule: &Rule) -> Identity<'_> {
    (matches!(rule.kind, RuleKind::Alerting(_)), rule.name(), &rule.labels)
}

/// Alerts and written series are inherited; health and times are those of an expression that
/// may not be this one.
fn inherit<'a>(heritage: &mut Heritage<'a>, rule: &'a Rule) -> RuleState {
    match heritage.get_mut(&identity(rule)).and_then(VecDeque::pop_front) {
        Some(old) => RuleState {
            alerts: old.alerts.clone(),
            written: old.written.clone(),
            ..Default::default()
        },
        None => RuleState::default(),
    }
}

#[cfg(test)]
mod tests;
