//! What was durable comes back after a restart.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::alerts::Alert;
use crate::label::Labels;
use crate::route::NodeId;
use crate::rules::{Group, GroupState, RuleAlert};
use crate::time::{Detail, Details, Span, Timestamp};

use super::evaluate::{RuleKey, rule_keys};
use super::{Engine, GroupKey, GroupTimer, Record, RecordKey, RecordValue};

/// What waits for the first configuration to know where it belongs.
#[derive(Default)]
pub(super) struct Restored {
    pub(super) timers: HashMap<GroupKey, GroupTimer, FixedState>,
    pub(super) rule_alerts: BTreeMap<RuleKey, Vec<RuleAlert>>,
}

impl Engine {
    /// Takes records in, in order; later ones overrule earlier ones of the same key.
    pub(super) fn restore(&mut self, _now: Timestamp, records: Vec<Record>) {
        let mut last = HashMap::with_capacity_and_hasher(records.len(), FixedState::default());
        for (position, record) in records.iter().enumerate() {
            last.insert(record.key(), position);
        }
        let mut is_last = vec![false; records.len()];
        // order: each position comes once
        last.into_values().for_each(|position| is_last[position] = true);
        for (record, _) in records.into_iter().zip(is_last).filter(|(_, is_last)| *is_last) {
            if let Record::Put(key, value) = record {
                self.restore_one(key, value);
            }
        }
        self.decisions.make_contiguous().sort_by_key(|(number, _)| *number);
    }

    fn restore_one(&mut self, key: RecordKey, value: RecordValue) {
        match (key, value) {
            (RecordKey::Alert(_), RecordValue::Alert(alert)) => {
                Arc::make_mut(&mut self.alerts).put(alert);
            }
            (RecordKey::Silence(_), RecordValue::Silence(silence)) => {
                Arc::make_mut(&mut self.silences).put(silence);
            }
            (RecordKey::Notified(key), RecordValue::Notified(entry)) => {
                self.log.put(key, entry);
            }
            (RecordKey::Group(key), RecordValue::Group(timer)) => {
                self.restored.timers.insert(key, timer);
            }
            (RecordKey::RuleAlert(key), RecordValue::RuleAlert(alert)) => {
                self.restored.rule_alerts.entry(RuleKey::of(&key)).or_default().push(alert);
            }
            (RecordKey::Decision(number), RecordValue::Decision(decision)) => {
                self.next_decision = self.next_decision.max(number + 1);
                self.decisions.push_back((number, decision));
            }
            _ => {}
        }
    }

    /// Gives alerts time to be heard of again that ran out while nobody was there to hear: those
    /// that a receiver still takes for firing. Their end was assumed, or moved on by re-posts
    /// that were not worth a record.
    pub(super) fn give_grace(&mut self, now: Timestamp, grace: Span) {
        let ran_out = |alert: &Alert| alert.updated_at < alert.ends_at && alert.ends_at <= now;
        let waiting: Vec<_> = self
            .alerts
            .iter()
            .filter(|(_, alert)| ran_out(alert) && self.is_believed_firing(alert))
            .map(|(_, alert)| {
                let details = Details { ends: Detail::default(), ..alert.details };
                Alert { ends_at: now + grace, timeout: true, details, ..Alert::clone(alert) }
            })
            .collect();
        for alert in waiting {
            Arc::make_mut(&mut self.alerts).put(Arc::new(alert));
        }
    }

    fn is_believed_firing(&self, alert: &Alert) -> bool {
        let nodes = self.tree.matching(&alert.labels);
        nodes.into_iter().any(|node| self.is_believed_firing_at(node, &alert.labels))
    }

    /// Whether the receiver of a route takes an alert for firing, or may.
    pub(super) fn is_believed_firing_at(&self, node: NodeId, labels: &Labels) -> bool {
        let node = self.tree.node(node);
        let key = node.group_key(&node.group_labels(labels));
        self.log.believes_firing(&key, labels.notification_hash())
    }

    /// The state of a group as its restored alerts make it.
    pub(super) fn restored_state(&mut self, group: &Group) -> GroupState {
        let mut state = GroupState::new(group);
        for (key, position) in rule_keys(group) {
            for alert in self.restored.rule_alerts.remove(&key).unwrap_or_default() {
                state.rules[position].alerts.insert(alert.labels.clone(), alert);
            }
        }
        state
    }
}
