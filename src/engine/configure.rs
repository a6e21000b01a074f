//! A configuration is put in force, the first one or a later one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::FixedState;

use crate::inhibit::Inhibitor;
use crate::label::Labels;
use crate::route::Tree;
use crate::route::group::first_flush;
use crate::rules::GroupState;
use crate::time::Timestamp;

use super::destination::Destinations;
use super::evaluate::{RuleGroup, record_changes};
use super::groups::{Birth, DispatchState, Flush, GroupRef};
use super::rest::next_slot;
use super::schedule::Due;
use super::{Engine, GroupKey, GroupTimer, Record, RecordKey, Setup, Step};

/// The groups of the old configuration, with what was under way and its route labels.
type Dissolved = BTreeMap<GroupKey, Option<(Flush, Labels)>>;

impl Engine {
    /// Puts a configuration in force. Alerts, silences and the notification log stay; groups are
    /// built anew from the alerts and wait anew, as upstream's do, except after a restart: then
    /// their timers are as they were.
    pub(super) fn configure(&mut self, now: Timestamp, setup: Arc<Setup>, step: &mut Step) {
        let first = self.setup.is_none();
        let mut old = self.dissolve_groups();
        let again = self
            .setup
            .as_ref()
            .is_some_and(|old| Arc::ptr_eq(&old.notification, &setup.notification));
        if !again {
            self.tree = Arc::new(Tree::new(&setup.notification.route));
            self.destinations = Destinations::new(&self.tree, &setup.notification);
        }
        if first {
            self.give_grace(now, setup.notification.resolve_timeout);
        }
        if !again {
            let rules = &setup.notification.inhibit_rules;
            self.inhibitor = Arc::new(Inhibitor::new(rules, self.alerts.iter()));
        }
        let mut timers = std::mem::take(&mut self.restored.timers);
        self.setup = Some(Arc::clone(&setup));
        if first {
            self.schedule_upkeep(now);
        }
        self.admission.limit(&self.alerts, setup.upkeep.alerts_per_name);
        self.build_groups(now, &mut timers, step);
        self.carry_flushes(&mut old, step);
        // what no group has claimed
        forget_timers(timers.into_keys().chain(old.into_keys()), step);
        self.configure_rules(now, &setup, step);
    }

    /// Takes all groups down with their timers and deliveries; their keys and flushes.
    fn dissolve_groups(&mut self) -> Dissolved {
        let mut old = BTreeMap::new();
        self.resting.clear();
        self.admission.forget_places();
        for (number, group) in std::mem::take(&mut self.groups).into_numbered() {
            self.schedule.remove(group.next_flush, group.due(number));
            if let Some(flush) = &group.flush {
                self.forget_sends(number, flush);
            }
            let flush = group.flush.map(|flush| (flush, group.route_labels));
            old.insert(self.group_key(&group.reference), flush);
        }
        old
    }

    /// Keeps flushes under way where the group and its receiver are what they were, so that a
    /// reload in the middle of a delivery does not send it twice.
    fn carry_flushes(&mut self, old: &mut Dissolved, step: &mut Step) {
        let Some(setup) = self.setup.clone() else { return };
        let groups: Vec<_> =
            self.groups.iter().map(|(number, group)| (number, group.reference.clone())).collect();
        for (number, reference) in groups {
            let Some(Some((flush, route_labels))) = old.remove(&self.group_key(&reference)) else {
                continue;
            };
            let receiver = &self.tree.node(reference.node).options.receiver;
            if setup.notification.receivers.get(receiver) != Some(&flush.destination.receiver) {
                continue;
            }
            for send in &flush.sends {
                let integration = send.position;
                for &id in &send.attempts {
                    self.deliveries.insert(id, (number, integration));
                }
                match send.state {
                    DispatchState::InFlight { id, overdue } => {
                        self.schedule.add(overdue, Due::DeliveryOverdue(id));
                    }
                    DispatchState::Waiting { until } => {
                        self.schedule.add(until, Due::Retry(number, integration));
                    }
                }
            }
            if let Some(group) = self.groups.get_mut(number) {
                group.flush = Some(flush);
                group.route_labels = route_labels;
            }
            self.record_timer(self.now, number, step);
        }
    }

    fn build_groups(
        &mut self,
        now: Timestamp,
        timers: &mut HashMap<GroupKey, GroupTimer, FixedState>,
        step: &mut Step,
    ) {
        let alerts: Vec<_> =
            self.alerts.iter().map(|(print, alert)| (print, Arc::clone(alert))).collect();
        for (fingerprint, alert) in alerts {
            for node in self.tree.matching(&alert.labels) {
                let labels = self.tree.node(node).group_labels(&alert.labels);
                if alert.is_resolved(now) && !self.is_believed_firing_at(node, &alert.labels) {
                    // everybody knows
                    continue;
                }
                let reference = GroupRef { node, labels };
                // of the alerts of a group the first finds it
                let timer = timers.remove(&self.group_key(&reference));
                let options = &self.tree.node(node).options;
                let flush_at = match timer {
                    None => first_flush(now, &alert, options.group_wait),
                    Some(timer) if timer.unfinished => now,
                    // it may have rested
                    Some(timer) => {
                        next_slot(now, timer.next_flush.max(now), options.group_interval)
                    }
                };
                // what is written leads here again
                let birth = Birth { flush_at, recorded: timer };
                self.join(reference, fingerprint, &alert, birth, step);
            }
        }
    }

    fn configure_rules(&mut self, now: Timestamp, setup: &Setup, step: &mut Step) {
        let mut old = std::mem::take(&mut self.rule_groups);
        for group in &setup.groups {
            let running = match old.remove(&group.id) {
                Some(running) if running.group.same_as(group) => running,
                Some(running) => {
                    self.unschedule_rules(&running);
                    let state = GroupState::carry_over(&running.group, &running.state, group);
                    forget_alerts(&running, step);
                    record_changes(group, &GroupState::new(group), &state, step);
                    RuleGroup::new(Arc::clone(group), Arc::new(state), now).counting_from(&running)
                }
                None => {
                    let state = self.restored_state(group);
                    RuleGroup::new(Arc::clone(group), Arc::new(state), now)
                }
            };
            self.schedule.add(running.next_slot, Due::Evaluate(group.id.clone()));
            self.rule_groups.insert(group.id.clone(), running);
        }
        for running in old.into_values() {
            self.unschedule_rules(&running);
            forget_alerts(&running, step);
            self.end_series(now, &running);
        }
        self.forget_unclaimed_rule_alerts(step);
    }

    fn unschedule_rules(&mut self, running: &RuleGroup) {
        let id = &running.group.id;
        self.schedule.remove(running.next_slot, Due::Evaluate(id.clone()));
        if let Some((_, overdue)) = running.running {
            self.schedule.remove(overdue, Due::EvaluationOverdue(id.clone()));
        }
    }

    /// Forgets restored alerts whose rule the configuration no longer has.
    fn forget_unclaimed_rule_alerts(&mut self, step: &mut Step) {
        for (key, alerts) in std::mem::take(&mut self.restored.rule_alerts) {
            for alert in alerts {
                let key = RecordKey::RuleAlert(key.with(&alert.labels));
                step.records.push(Record::Forget(key));
            }
        }
    }
}

/// Forgets the durable alerts of a group that changed or went.
fn forget_alerts(running: &RuleGroup, step: &mut Step) {
    let nothing = GroupState::new(&running.group);
    record_changes(&running.group, &running.state, &nothing, step);
}

/// Forgets the timers of groups that are no more.
fn forget_timers(keys: impl Iterator<Item = GroupKey>, step: &mut Step) {
    let mut gone: Vec<_> = keys.collect();
    gone.sort();
    step.records.extend(gone.into_iter().map(|key| Record::Forget(RecordKey::Group(key))));
}
