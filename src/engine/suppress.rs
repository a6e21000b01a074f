//! What keeps an alert from its receiver: inhibition, time intervals, silences, in this order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::label::{Fingerprint, Labels};
use crate::route::{NodeId, RouteOptions};
use crate::time::Timestamp;

use super::groups::GroupNumber;
use super::{Decision, DecisionKind, Engine, Notification, Step, Suppression};

impl Engine {
    /// What keeps an alert with these labels from the receiver of a route now, if anything.
    pub(super) fn suppression(
        &self,
        now: Timestamp,
        labels: &Labels,
        whole_group: Option<&Suppression>,
    ) -> Option<Suppression> {
        if let Some(by) = self.inhibitor.inhibits(now, labels) {
            return Some(Suppression::Inhibited { by: by.source, rule: by.rule });
        }
        if let Some(cause) = whole_group {
            return Some(cause.clone());
        }
        let ids = self.silences.matching(now, labels);
        (!ids.is_empty()).then_some(Suppression::Silenced { ids })
    }

    /// What keeps a whole group of a route quiet now: its time intervals.
    pub(super) fn group_suppression(&self, now: Timestamp, node: NodeId) -> Option<Suppression> {
        let notification = &self.setup.as_ref()?.notification;
        interval_suppression(now, notification, &self.tree.node(node).options)
    }

    /// Compares what keeps alerts back with what did at the last flush, and says what is new.
    pub(super) fn note_suppressions(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        current: BTreeMap<Fingerprint, (Labels, Suppression)>,
        step: &mut Step,
    ) {
        let notes = self.notes_events();
        for (fingerprint, (alert, cause)) in &current {
            if notes {
                self.note_muted(alert, cause, step);
            }
            self.suppress_origin(number, *fingerprint, (alert, cause), step);
        }
        let Some(group) = self.groups.get_mut(number) else { return };
        if current.is_empty() && group.suppressed.is_empty() {
            return;
        }
        let key = Arc::clone(&group.key);
        let previous = std::mem::replace(&mut group.suppressed, current.clone());
        let holds = |fingerprint: &Fingerprint| group.content.contains(*fingerprint);
        let released: Vec<_> = previous
            .iter()
            .filter(|(fingerprint, _)| !current.contains_key(fingerprint) && holds(fingerprint))
            .map(|(_, (labels, _))| DecisionKind::Released { alert: labels.clone() })
            .collect();
        let suppressed: Vec<_> = current
            .iter()
            .filter(|(fingerprint, now)| previous.get(fingerprint) != Some(now))
            .map(|(_, (labels, cause))| DecisionKind::Suppressed {
                alert: labels.clone(),
                cause: cause.clone(),
            })
            .collect();
        let receiver = Arc::clone(&self.tree.node(group.node()).options.receiver);
        for verdict in released.into_iter().chain(suppressed) {
            if let DecisionKind::Suppressed { cause, .. } = &verdict {
                *self.totals.suppressed.entry(cause.text()).or_default() += 1;
            }
            let (group_key, receiver) = (Arc::clone(&key), Arc::clone(&receiver));
            self.decide(Decision { at: now, group_key, receiver, verdict }, step);
        }
    }
}

/// The intervals of a route that keep it quiet now. (Source: Alertmanager, `TimeActiveStage`
/// and `TimeMuteStage`.)
pub(super) fn interval_suppression(
    now: Timestamp,
    notification: &Notification,
    options: &RouteOptions,
) -> Option<Suppression> {
    let includes_now = |name: &&Arc<str>| {
        let intervals = notification.time_intervals.get(*name);
        intervals.is_some_and(|list| list.iter().any(|interval| interval.contains(now)))
    };
    let active = &options.active_time_intervals;
    if !active.is_empty() && !active.iter().any(|name| includes_now(&name)) {
        return Some(Suppression::Inactive { intervals: active.clone() });
    }
    let muting: Vec<_> = options.mute_time_intervals.iter().filter(includes_now).cloned().collect();
    (!muting.is_empty()).then_some(Suppression::Muted { intervals: muting })
}
