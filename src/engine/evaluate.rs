//! Rule groups: when they are evaluated, and what becomes of the outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alerts::PostedAlert;
use crate::label::Labels;
use crate::rules::schedule::{missed, next_slot};
use crate::rules::{DueAlert, Group, GroupId, GroupState, Health, Outcome, RuleAlert, RuleState};
use crate::time::{Details, Timestamp};

use super::schedule::Due;
use super::{
    EVALUATION_TIMEOUT, Effect, Engine, Evaluation, Record, RecordKey, RecordValue, RuleAlertKey,
    Step,
};

#[derive(Clone, Debug)]
pub(super) struct RuleGroup {
    pub(super) group: Arc<Group>,
    pub(super) state: Arc<GroupState>,
    pub(super) next_slot: Timestamp,
    pub(super) last_slot: Option<Timestamp>,
    /// The slot that is being evaluated, and when that is given up.
    pub(super) running: Option<(Timestamp, Timestamp)>,
    pub(super) iterations: u64,
    pub(super) missed: u64,
    /// Evaluations of rules, and how many of them failed.
    pub(super) evaluations: u64,
    pub(super) failures: u64,
}

impl RuleGroup {
    pub(super) fn new(group: Arc<Group>, state: Arc<GroupState>, now: Timestamp) -> RuleGroup {
        let next_slot = next_slot(&group.id, group.interval, now);
        RuleGroup {
            group,
            state,
            next_slot,
            last_slot: None,
            running: None,
            iterations: 0,
            missed: 0,
            evaluations: 0,
            failures: 0,
        }
    }
}

impl RuleGroup {
    /// Goes on with what was counted before a reload.
    pub(super) fn counting_from(self, old: &RuleGroup) -> RuleGroup {
        let RuleGroup { iterations, missed, evaluations, failures, .. } = *old;
        RuleGroup { iterations, missed, evaluations, failures, ..self }
    }

    /// Counts the evaluations of its rules.
    fn count(&mut self, outcome: &Outcome) {
        let rules = &outcome.state.rules;
        self.evaluations += rules.len() as u64;
        let failed = |rule: &&RuleState| matches!(rule.health, Health::Failed(_));
        self.failures += rules.iter().filter(failed).count() as u64;
    }
}

impl Engine {
    /// Starts an evaluation for the newest slot that has begun. Slots that went by, and those
    /// that come while the previous evaluation runs, are counted as missed.
    pub(super) fn start_evaluation(
        &mut self,
        now: Timestamp,
        due: Timestamp,
        id: &GroupId,
        step: &mut Step,
    ) {
        let Some(rules) = self.rule_groups.get_mut(id) else { return };
        let interval = rules.group.interval;
        rules.next_slot = next_slot(id, interval, now);
        self.schedule.add(rules.next_slot, Due::Evaluate(id.clone()));
        if rules.running.is_some() {
            rules.missed += 1;
            return;
        }
        let skipped = missed(due - interval, now, interval);
        let slot = due + interval.times(i64::try_from(skipped).unwrap_or(0));
        rules.missed += skipped;
        rules.iterations += 1;
        rules.last_slot = Some(slot);
        let overdue = now + EVALUATION_TIMEOUT.max(interval);
        rules.running = Some((slot, overdue));
        self.schedule.add(overdue, Due::EvaluationOverdue(id.clone()));
        step.effects.push(Effect::Evaluate(Evaluation {
            group: Arc::clone(&rules.group),
            state: Arc::clone(&rules.state),
            at: slot,
            overdue,
        }));
    }

    pub(super) fn give_up_evaluation(&mut self, id: &GroupId) {
        if let Some(rules) = self.rule_groups.get_mut(id) {
            rules.running = None;
        }
    }

    /// Takes an outcome in; one that nobody waits for (late, doubled, of an old configuration)
    /// does nothing.
    pub(super) fn take_outcome(&mut self, now: Timestamp, outcome: Outcome, step: &mut Step) {
        let Some(rules) = self.rule_groups.get_mut(&outcome.group) else { return };
        let Some((slot, overdue)) = rules.running else { return };
        if slot != outcome.at || outcome.state.rules.len() != rules.group.rules.len() {
            return;
        }
        rules.running = None;
        self.schedule.remove(overdue, Due::EvaluationOverdue(outcome.group.clone()));
        rules.count(&outcome);
        self.totals.group_durations.add(now, outcome.state.evaluation_time);
        for rule in &outcome.state.rules {
            self.totals.rule_durations.add(now, rule.evaluation_time);
        }
        record_changes(&rules.group, &rules.state, &outcome.state, step);
        rules.state = Arc::new(outcome.state);
        if !outcome.series.is_empty() {
            step.effects.push(Effect::Append(outcome.series));
        }
        self.hand_over(now, outcome.alerts, step);
    }

    /// Gives the alerts of rules to whoever the configuration says is told of them.
    fn hand_over(&mut self, now: Timestamp, due: Vec<DueAlert>, step: &mut Step) {
        let Some(setup) = &self.setup else { return };
        let recipients = setup.forward.recipients;
        let posted = due.into_iter().map(|alert| PostedAlert {
            labels: alert.labels,
            annotations: alert.annotations,
            starts_at: Some(alert.starts_at),
            ends_at: Some(alert.ends_at),
            generator_url: alert.generator_url,
            details: Details::default(),
        });
        let posted: Vec<_> = posted.collect();
        if recipients.has_alertmanagers() && !posted.is_empty() {
            step.effects.push(Effect::Forward(posted.iter().cloned().map(Arc::new).collect()));
        }
        if recipients.has_pipeline() {
            self.take_alerts(now, posted, step);
        }
    }
}

/// Writes down which of a group's alerts are new, changed their state or are gone. Values,
/// annotations and the time of the last handing-on alone are not worth a record.
pub(super) fn record_changes(group: &Group, old: &GroupState, new: &GroupState, step: &mut Step) {
    let nothing = RuleState::default();
    for (key, position) in rule_keys(group) {
        let old = old.rules.get(position).unwrap_or(&nothing);
        let new = new.rules.get(position).unwrap_or(&nothing);
        for (labels, alert) in &new.alerts {
            if old.alerts.get(labels).is_none_or(|before| differs(before, alert)) {
                let key = RecordKey::RuleAlert(key.with(labels));
                step.records.push(Record::Put(key, RecordValue::RuleAlert(alert.clone())));
            }
        }
        for labels in old.alerts.keys().filter(|labels| !new.alerts.contains_key(labels)) {
            step.records.push(Record::Forget(RecordKey::RuleAlert(key.with(labels))));
        }
    }
}

fn differs(a: &RuleAlert, b: &RuleAlert) -> bool {
    let life = |alert: &RuleAlert| {
        (alert.state, alert.active_at, alert.fired_at, alert.resolved_at, alert.keep_firing_since)
    };
    life(a) != life(b)
}

/// The identity of each rule of a group and its position.
pub(super) fn rule_keys(group: &Group) -> Vec<(RuleKey, usize)> {
    let mut counts = BTreeMap::<&str, u32>::new();
    let mut keys = Vec::with_capacity(group.rules.len());
    for (position, rule) in group.rules.iter().enumerate() {
        let count = counts.entry(rule.name()).or_default();
        let key =
            RuleKey { group: group.id.clone(), rule: Arc::from(rule.name()), ordinal: *count };
        *count += 1;
        keys.push((key, position));
    }
    keys
}

/// A rule's identity: its group, its name, and which of several of that name it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RuleKey {
    pub(super) group: GroupId,
    pub(super) rule: Arc<str>,
    pub(super) ordinal: u32,
}

impl RuleKey {
    pub(super) fn with(&self, labels: &Labels) -> RuleAlertKey {
        RuleAlertKey {
            group: self.group.clone(),
            rule: Arc::clone(&self.rule),
            ordinal: self.ordinal,
            labels: labels.clone(),
        }
    }

    pub(super) fn of(key: &RuleAlertKey) -> RuleKey {
        RuleKey { group: key.group.clone(), rule: Arc::clone(&key.rule), ordinal: key.ordinal }
    }
}
