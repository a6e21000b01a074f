//! Alerts and silences come in.

use std::sync::Arc;

use crate::alerts::{Alert, PostedAlert, Upserted};
use crate::inhibit::SourceNews;
use crate::label::{ALERT_NAME, Fingerprint, Labels};
use crate::route::AggregationGroup;
use crate::route::group::first_flush;
use crate::silence::SilenceCommand;
use crate::time::Timestamp;

use super::groups::{Birth, Group, GroupNumber, GroupRef};
use super::{Effect, Engine, EventKind, Record, RecordKey, RecordValue, Step};

impl Engine {
    pub(super) fn take_alerts(
        &mut self,
        now: Timestamp,
        posted: Vec<PostedAlert>,
        step: &mut Step,
    ) {
        let Some(setup) = self.setup.clone() else { return };
        for alert in posted {
            self.totals.count_received(now, &alert);
            let timeout = setup.notification.resolve_timeout;
            let name = self.admission.is_limited().then(|| alert.labels.value(ALERT_NAME).into());
            let alerts = Arc::make_mut(&mut self.alerts);
            let Some(upserted) = self.admission.upsert(alerts, now, alert, timeout) else {
                *self.totals.limited.entry(name.unwrap_or_default()).or_default() += 1;
                continue;
            };
            if upserted.durable {
                let value = RecordValue::Alert(Arc::clone(&upserted.alert));
                step.records.push(Record::Put(RecordKey::Alert(upserted.fingerprint), value));
            }
            if upserted.before.is_none() && self.notes_events() {
                self.note(EventKind::AlertCreated(Arc::clone(&upserted.alert)), step);
            }
            let inhibitor = Arc::make_mut(&mut self.inhibitor);
            if inhibitor.put(now, upserted.fingerprint, &upserted.alert) == SourceNews::Inhibits {
                self.wake_all_up(now);
            }
            self.group(now, &upserted, step);
        }
    }

    /// Puts an alert into the group of every route it ends at. One that ends at one route only,
    /// as most do, is found there the next time without asking the tree.
    fn group(&mut self, now: Timestamp, upserted: &Upserted<GroupNumber>, step: &mut Step) {
        let Upserted { fingerprint, ref alert, .. } = *upserted;
        if let Some(number) = upserted.place
            && self.rejoin(number, fingerprint, alert, step)
        {
            self.keep_origin(number, (fingerprint, &alert.labels), step);
            return;
        }
        let nodes = self.tree.matching(&alert.labels);
        let is_only_one = nodes.len() == 1;
        for node in nodes {
            let labels = self.tree.node(node).group_labels(&alert.labels);
            let wait = self.tree.node(node).options.group_wait;
            let flush_at = first_flush(now, alert, wait);
            let birth = Birth { flush_at, recorded: None };
            let number = self.join(GroupRef { node, labels }, fingerprint, alert, birth, step);
            self.keep_origin(number, (fingerprint, &alert.labels), step);
            if is_only_one {
                self.admission.put_at(upserted.hash, number);
            }
        }
    }

    /// Puts the newer version of an alert into the group that it was in, if that still holds it:
    /// another group may have the number by now, but not the alert.
    fn rejoin(
        &mut self,
        number: GroupNumber,
        fingerprint: Fingerprint,
        alert: &Arc<Alert>,
        step: &mut Step,
    ) -> bool {
        let Some(group) = self.groups.get_mut(number) else { return false };
        if Arc::make_mut(&mut group.content).renew(fingerprint, alert).is_none() {
            return false;
        }
        if alert.ends_at < group.next_flush {
            self.wake_up(self.now, number);
        }
        self.note_grouped(number, alert, step);
        true
    }

    /// Puts an alert into a group, whose number it gives; one that is not there yet is made.
    pub(super) fn join(
        &mut self,
        reference: GroupRef,
        fingerprint: Fingerprint,
        alert: &Arc<Alert>,
        birth: Birth,
        step: &mut Step,
    ) -> GroupNumber {
        let known = self.groups.number_of(&reference);
        if let Some((number, group)) = known.and_then(|it| Some((it, self.groups.get_mut(it)?))) {
            let before = Arc::make_mut(&mut group.content).put(fingerprint, Arc::clone(alert));
            if alert.ends_at < group.next_flush || before.is_none() {
                self.wake_up(self.now, number);
            }
            self.note_grouped(number, alert, step);
            return number;
        }
        let mut group = self.new_group(reference, fingerprint, alert);
        group.recorded = birth.recorded;
        let number = self.groups.add(group);
        self.arm(number, birth.flush_at.max(self.upkeep().dispatch_from));
        if birth.recorded.is_none() {
            self.record_timer(self.now, number, step);
        }
        self.note_grouped(number, alert, step);
        number
    }

    fn new_group(
        &mut self,
        reference: GroupRef,
        fingerprint: Fingerprint,
        alert: &Arc<Alert>,
    ) -> Group {
        let mut content = AggregationGroup::default();
        content.put(fingerprint, Arc::clone(alert));
        let incarnation = self.incarnations;
        self.incarnations += 1;
        Group {
            content: Arc::new(content),
            key: self.tree.node(reference.node).group_key(&reference.labels),
            reference,
            next_flush: Timestamp::MAX,
            recorded: None,
            flushed: false,
            late: false,
            flush: None,
            suppressed: Default::default(),
            route_labels: Labels::empty(),
            incarnation,
            flushes: 0,
            rests_from: None,
            origins: Default::default(),
        }
    }

    pub(super) fn take_silence(
        &mut self,
        now: Timestamp,
        command: SilenceCommand,
        step: &mut Step,
    ) {
        let (asked, new_id) = match &command {
            SilenceCommand::Expire { id } => (Some(Arc::clone(id)), None),
            SilenceCommand::Set { new_id, .. } => (None, Some(Arc::clone(new_id))),
        };
        let limits = self.upkeep().silences;
        let reply = Arc::make_mut(&mut self.silences).apply(now, command, limits).map(|changed| {
            for id in &changed {
                self.record_silence(id, step);
            }
            if let Some(id) = changed.last() {
                self.note_silence(id, new_id.as_ref(), step);
            }
            // an expired silence that is ended again changes nothing and is no error
            changed.last().cloned().or(asked).unwrap_or_default()
        });
        self.wake_all_up(now);
        step.effects.push(Effect::Reply(reply));
    }

    fn record_silence(&self, id: &Arc<str>, step: &mut Step) {
        if let Some(silence) = self.silences.get(id) {
            let value = RecordValue::Silence(Arc::clone(silence));
            step.records.push(Record::Put(RecordKey::Silence(Arc::clone(id)), value));
        }
    }

    /// Takes in what a peer knows; the newer word wins.
    pub(super) fn merge(&mut self, now: Timestamp, records: Vec<Record>, step: &mut Step) {
        self.wake_all_up(now);
        for record in records {
            let Record::Put(key, value) = &record else { continue };
            let taken = match (key, value) {
                (RecordKey::Silence(_), RecordValue::Silence(silence)) => {
                    Arc::make_mut(&mut self.silences).merge(Arc::clone(silence))
                }
                (RecordKey::Notified(key), RecordValue::Notified(entry)) => {
                    self.log.put(key.clone(), Arc::clone(entry))
                }
                _ => false,
            };
            if taken {
                step.records.push(record);
            }
        }
    }
}
