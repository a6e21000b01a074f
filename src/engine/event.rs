//! Events for the event recorder: what happened, as data. They are decided here and written by
//! the driver; without a recorder in the configuration none is made.
//! (Source: Alertmanager 0.34, `eventrecorder`: which there are, and when.)

use std::sync::Arc;

use crate::alerts::Alert;
use crate::inhibit::InhibitRule;
use crate::label::{Fingerprint, Labels, Matchers};
use crate::notify::NotifyReason;
use crate::silence::Silence;
use crate::template::data::AlertData;
use crate::time::{Span, Timestamp};

use super::groups::{Dispatch, GroupNumber};
use super::{Effect, Engine, Step, Suppression};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// An alert came in that was not there.
    AlertCreated(Arc<Alert>),
    /// An alert came into a group, or its newer version did.
    AlertGrouped(Arc<Alert>, Arc<EventGroup>),
    /// A resolved alert left a group: everybody was told.
    AlertResolved(Arc<Alert>, Arc<EventGroup>),
    /// An integration was told.
    Notification(Told),
    /// A silence was made.
    SilenceCreated(Arc<Silence>),
    /// A silence was changed.
    SilenceUpdated(Arc<Silence>),
    /// A silence kept an alert from a message.
    SilenceMuted {
        /// The silence.
        silence: Arc<Silence>,
        /// The alert.
        alert: Labels,
    },
    /// Another alert kept an alert from a message.
    InhibitionMuted {
        /// The rule by which.
        rule: InhibitRule,
        /// The alert.
        alert: Labels,
        /// The inhibiting alert.
        by: Fingerprint,
    },
}

/// The group that an event is about.
#[derive(Clone, Debug, PartialEq)]
pub struct EventGroup {
    /// Its key, `{}/{team="x"}:{alertname="y"}`.
    pub key: Arc<str>,
    /// The labels it is grouped by.
    pub labels: Labels,
    /// Who is told.
    pub receiver: Arc<str>,
    /// The matchers of its route, not those of the routes above.
    pub matchers: Matchers,
    /// Which of the groups of this process it is: a group that is made again has another number.
    pub incarnation: u64,
}

/// What an integration was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The alerts, in the order of the message.
    pub alerts: Arc<[AlertData]>,
    /// [`Labels::notification_hash`] of those that were kept from it.
    pub muted: Vec<u64>,
    /// The group.
    pub group: Arc<EventGroup>,
    /// How often it is told again.
    pub repeat_interval: Span,
    /// Why it was told.
    pub reason: NotifyReason,
    /// Which flush of the group told it, from 1.
    pub flush: u64,
    /// The integration's kind.
    pub integration: Arc<str>,
    /// Its position among those of its kind in the receiver.
    pub index: u32,
}

impl EventKind {
    /// The kind as a metric's label. (Source: `alertmanager_events_recorded_total{event_type}`.)
    pub fn text(&self) -> &'static str {
        match self {
            EventKind::AlertCreated(_) => "alert_created",
            EventKind::AlertGrouped(..) => "alert_grouped",
            EventKind::AlertResolved(..) => "alert_resolved",
            EventKind::Notification(_) => "notification",
            EventKind::SilenceCreated(_) => "silence_created",
            EventKind::SilenceUpdated(_) => "silence_updated",
            EventKind::SilenceMuted { .. } => "silence_muted_alert",
            EventKind::InhibitionMuted { .. } => "inhibition_muted_alert",
        }
    }
}

impl Engine {
    /// Whether somebody wants events.
    pub(super) fn notes_events(&self) -> bool {
        self.setup.as_ref().is_some_and(|setup| setup.notification.events.is_some())
    }

    pub(super) fn note(&self, kind: EventKind, step: &mut Step) {
        step.effects.push(Effect::Note(Box::new(Event { at: self.now, kind })));
    }

    pub(super) fn note_grouped(&self, number: GroupNumber, alert: &Arc<Alert>, step: &mut Step) {
        if self.notes_events()
            && let Some(group) = self.event_group(number)
        {
            self.note(EventKind::AlertGrouped(Arc::clone(alert), group), step);
        }
    }

    pub(super) fn note_resolved(
        &self,
        number: GroupNumber,
        gone: Vec<Arc<Alert>>,
        step: &mut Step,
    ) {
        if !self.notes_events() || gone.is_empty() {
            return;
        }
        let Some(group) = self.event_group(number) else { return };
        for alert in gone {
            self.note(EventKind::AlertResolved(alert, Arc::clone(&group)), step);
        }
    }

    /// Notes a silence that was made or changed, and not one that was ended.
    pub(super) fn note_silence(&self, id: &Arc<str>, new_id: Option<&Arc<str>>, step: &mut Step) {
        let (true, Some(new_id)) = (self.notes_events(), new_id) else { return };
        let Some(silence) = self.silences.get(id).cloned() else { return };
        let kind = match id == new_id {
            true => EventKind::SilenceCreated(silence),
            false => EventKind::SilenceUpdated(silence),
        };
        self.note(kind, step);
    }

    /// Notes what keeps an alert from a message, each silence alone. Time intervals are no event.
    pub(super) fn note_muted(&self, alert: &Labels, cause: &Suppression, step: &mut Step) {
        match cause {
            Suppression::Inhibited { by, rule } => {
                let rules = self.setup.as_ref().map(|setup| &setup.notification.inhibit_rules);
                let Some(rule) = rules.and_then(|rules| rules.get(*rule)).cloned() else { return };
                let alert = alert.clone();
                self.note(EventKind::InhibitionMuted { rule, alert, by: *by }, step);
            }
            Suppression::Silenced { ids } => {
                for silence in ids.iter().filter_map(|id| self.silences.get(id)) {
                    let silence = Arc::clone(silence);
                    self.note(EventKind::SilenceMuted { silence, alert: alert.clone() }, step);
                }
            }
            Suppression::Inactive { .. } | Suppression::Muted { .. } => {}
        }
    }

    /// Notes that an integration has been told by the flush of this number.
    pub(super) fn note_told(
        &self,
        number: GroupNumber,
        send: &Dispatch,
        flush: u64,
        step: &mut Step,
    ) {
        if !self.notes_events() {
            return;
        }
        let Some(group) = self.event_group(number) else { return };
        let Some(told) = self.groups.get(number) else { return };
        let (node, suppressed) = (told.node(), told.suppressed.values());
        let told = Told {
            alerts: Arc::clone(&send.alerts),
            muted: suppressed.map(|(labels, _)| labels.notification_hash()).collect(),
            group,
            repeat_interval: self.tree.node(node).options.repeat_interval,
            reason: send.reason,
            flush,
            integration: Arc::clone(&send.log_key.kind),
            index: send.log_key.index,
        };
        self.note(EventKind::Notification(told), step);
    }

    fn event_group(&self, number: GroupNumber) -> Option<Arc<EventGroup>> {
        let group = self.groups.get(number)?;
        let node = self.tree.node(group.node());
        Some(Arc::new(EventGroup {
            key: Arc::clone(&group.key),
            labels: group.reference.labels.clone(),
            receiver: Arc::clone(&node.options.receiver),
            matchers: node.matchers().clone(),
            incarnation: group.incarnation,
        }))
    }
}

#[cfg(test)]
mod tests;
