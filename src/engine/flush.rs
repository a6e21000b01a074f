//! A group is flushed: what each integration of its receiver must be told, if anything.
//! (Source: Alertmanager, `dispatch` and `notify` pipelines.)

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alerts::Alert;
use crate::label::Labels;
use crate::notify::{Hashes, LogEntry, LogKey, NotifyReason, Situation, lifetime};
use crate::route::RouteOptions;
use crate::route::group::alert_data;
use crate::template::data::{AlertData, Data};
use crate::time::Timestamp;

use super::destination::Destination;
use super::groups::{Dispatch, DispatchState, Flush, GroupNumber};
use super::{
    ALERTS_NAMED, Decision, DecisionKind, Engine, Record, RecordKey, RecordValue, SHORTEST_FLUSH,
    Setup, Step,
};

/// The alerts of a flush that nothing keeps back.
#[derive(Default)]
struct Snapshot {
    alerts: Arc<[AlertData]>,
    firing: Hashes,
    resolved: Hashes,
}

impl Engine {
    /// Flushes a group, unless its last flush is still under way: then as soon as that is over.
    pub(super) fn flush(&mut self, now: Timestamp, number: GroupNumber, step: &mut Step) {
        let Some(setup) = self.setup.clone() else { return };
        let tree = Arc::clone(&self.tree);
        self.resting.remove(&number);
        let Some(group) = self.groups.get_mut(number) else { return };
        let options = &tree.node(group.node()).options;
        group.flushed = true;
        if group.flush.is_some() {
            group.late = true;
            return;
        }
        group.late = false;
        let count = group.count_flush(options.group_interval);
        let seen = group.content.seen(now);
        let destination = Arc::clone(self.destinations.of(group.node()));
        self.arm(number, now + options.group_interval);
        let snapshot = self.snapshot(now, number, step);
        self.render_route_labels(now, number, &snapshot, &setup, options);
        let sends = self.sends(now, number, &snapshot, &destination, options, step);
        if !sends.is_empty() {
            self.record_ends(now, number, step);
        }
        let deadline = now + options.group_interval.max(SHORTEST_FLUSH);
        let origins = match sends.is_empty() {
            true => Default::default(),
            false => self.take_origins(number),
        };
        if let Some(group) = self.groups.get_mut(number) {
            let (at, failed) = (now, false);
            let number = count;
            group.flush =
                Some(Flush { at, deadline, seen, destination, sends, failed, number, origins });
        }
        self.start_sends(now, number, step);
        self.finish_flush(now, number, step);
    }

    /// Takes the alerts that nothing keeps back, and says of the others what does.
    fn snapshot(&mut self, now: Timestamp, number: GroupNumber, step: &mut Step) -> Snapshot {
        let (mut firing, mut resolved, mut alerts) = (Vec::new(), Vec::new(), Vec::new());
        let mut suppressed = BTreeMap::new();
        let Some(group) = self.groups.get(number) else { return Snapshot::default() };
        let whole_group = self.group_suppression(now, group.node());
        self.totals.silence_queries += group.content.fingerprints().count() as u64;
        for (fingerprint, alert) in group.content.sorted() {
            if let Some(cause) = self.suppression(now, &alert.labels, whole_group.as_ref()) {
                suppressed.insert(fingerprint, (alert.labels.clone(), cause));
                continue;
            }
            let hashes = if alert.is_resolved(now) { &mut resolved } else { &mut firing };
            hashes.push(alert.labels.notification_hash());
            alerts.push(alert_data(now, fingerprint, alert));
        }
        self.note_suppressions(now, number, suppressed, step);
        let (firing, resolved) = (firing.into_iter().collect(), resolved.into_iter().collect());
        Snapshot { alerts: alerts.into(), firing, resolved }
    }

    fn sends(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        snapshot: &Snapshot,
        destination: &Destination,
        options: &RouteOptions,
        step: &mut Step,
    ) -> Vec<Dispatch> {
        let Some(group_key) = self.groups.get(number).map(|group| Arc::clone(&group.key)) else {
            return Vec::new();
        };
        let mut sends = Vec::new();
        if snapshot.alerts.is_empty() {
            // everything is kept back: that is no news, least of all that all is resolved
            return sends;
        }
        for (position, integration) in destination.integrations() {
            let log_key = destination.log_key(&group_key, position);
            let situation = Situation {
                firing: &snapshot.firing,
                resolved: &snapshot.resolved,
                wants_resolved: integration.send_resolved,
                repeat_interval: options.repeat_interval,
            };
            self.totals.log_queries += 1;
            let before = self.log.get(&log_key).cloned();
            let Some(reason) = crate::notify::decide(now, before.as_deref(), situation) else {
                continue;
            };
            let alerts = wanted_alerts(&snapshot.alerts, integration.send_resolved);
            if alerts.is_empty() {
                self.totals.channel(&log_key).notifications += 1;
                let (firing, resolved) = (snapshot.firing.clone(), snapshot.resolved.clone());
                self.log_told(now, log_key, (firing, resolved), options, step);
                continue;
            }
            let name = destination.text(position);
            let integration = Arc::clone(&name);
            let total = u32::try_from(alerts.len()).unwrap_or(u32::MAX);
            let told = alerts.iter().take(ALERTS_NAMED);
            let told = told.map(|alert| (alert.labels.clone(), alert.firing)).collect();
            let verdict = DecisionKind::Notify { integration, reason, alerts: told, total };
            let (group_key, receiver) = (Arc::clone(&group_key), Arc::clone(&log_key.receiver));
            self.decide(Decision { at: now, group_key, receiver, verdict }, step);
            sends.push(Dispatch::new((position, name), log_key, reason, alerts, snapshot, before));
        }
        sends
    }

    /// Writes into the notification log what an integration now knows.
    pub(super) fn log_told(
        &mut self,
        now: Timestamp,
        key: LogKey,
        (firing, resolved): (Hashes, Hashes),
        options: &RouteOptions,
        step: &mut Step,
    ) {
        let retention =
            self.setup.as_ref().map_or(options.repeat_interval, |setup| setup.retention);
        let expires_at = now + lifetime(options.repeat_interval, retention);
        let perhaps_firing = Hashes::default();
        let entry = Arc::new(LogEntry { at: now, firing, resolved, perhaps_firing, expires_at });
        if self.log.put(key.clone(), Arc::clone(&entry)) {
            step.records.push(Record::Put(RecordKey::Notified(key), RecordValue::Notified(entry)));
        }
    }

    /// Writes down, before the first attempt, that a message may or may not have arrived.
    pub(super) fn log_doubt(
        &mut self,
        key: LogKey,
        doubt: LogEntry,
        until: Timestamp,
        step: &mut Step,
    ) {
        let expires_at = doubt.expires_at.max(until);
        let entry = Arc::new(LogEntry { expires_at, ..doubt });
        self.log.put(key.clone(), Arc::clone(&entry));
        step.records.push(Record::Put(RecordKey::Notified(key), RecordValue::Notified(entry)));
    }

    /// A message has surely not arrived: the log says again what it said before.
    pub(super) fn clear_doubt(&mut self, send: &Dispatch, step: &mut Step) {
        let key = RecordKey::Notified(send.log_key.clone());
        self.log.remove(&send.log_key);
        match &send.before {
            Some(before) => {
                self.log.put(send.log_key.clone(), Arc::clone(before));
                step.records.push(Record::Put(key, RecordValue::Notified(Arc::clone(before))));
            }
            None => step.records.push(Record::Forget(key)),
        }
    }

    /// Ends the flush when no send is left; a flush that was due meanwhile follows at once.
    pub(super) fn finish_flush(&mut self, now: Timestamp, number: GroupNumber, step: &mut Step) {
        let Some(group) = self.groups.get_mut(number) else { return };
        if group.flush.as_ref().is_none_or(|flush| !flush.sends.is_empty()) {
            self.record_timer(now, number, step);
            return;
        }
        let Some(flush) = group.flush.take() else { return };
        if !flush.failed && flush.seen.iter().any(|seen| seen.resolved) {
            let gone = Arc::make_mut(&mut group.content).let_go(now, &flush.seen);
            self.note_resolved(number, gone, step);
        }
        let Some(group) = self.groups.get(number) else { return };
        let (empty, late) = (group.content.is_empty(), group.late);
        if empty {
            self.destroy(number, step);
            return;
        }
        if late {
            self.arm(number, now);
        } else if !flush.failed {
            self.rest(now, number);
        }
        self.record_timer(now, number, step);
    }

    /// Writes down that assumed ends have come, when somebody is told of them: to a process that
    /// comes back, these alerts did not run out while nobody was there to hear.
    fn record_ends(&self, now: Timestamp, number: GroupNumber, step: &mut Step) {
        let Some(group) = self.groups.get(number) else { return };
        let alerts =
            group.content.fingerprints().filter_map(|one| Some((one, self.alerts.get(one)?)));
        for (fingerprint, alert) in alerts {
            if alert.is_resolved(now) && alert.updated_at < alert.ends_at {
                let ended = Alert { updated_at: alert.ends_at, ..Alert::clone(alert) };
                let value = RecordValue::Alert(Arc::new(ended));
                step.records.push(Record::Put(RecordKey::Alert(fingerprint), value));
            }
        }
    }

    /// Renders the labels of the route, each alone; one that cannot be rendered is left out.
    fn render_route_labels(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        snapshot: &Snapshot,
        setup: &Setup,
        options: &RouteOptions,
    ) {
        if options.labels.is_empty() {
            return;
        }
        let Some(group) = self.groups.get_mut(number) else { return };
        let data = route_label_data(&group.reference.labels, snapshot, setup, options);
        let templates = &setup.notification.templates;
        let rendered = options.labels.iter().filter_map(|(name, value)| {
            templates.text(value, &data, now).ok().map(|value| (name.to_owned(), value))
        });
        group.route_labels = Labels::from_pairs(rendered);
    }
}

fn route_label_data(
    group_labels: &Labels,
    snapshot: &Snapshot,
    setup: &Setup,
    options: &RouteOptions,
) -> Data {
    Data {
        receiver: options.receiver.to_string(),
        alerts: snapshot.alerts.to_vec(),
        notification_reason: "unknown".to_owned(),
        group_labels: group_labels.clone(),
        common_labels: Labels::common(snapshot.alerts.iter().map(|alert| &alert.labels)),
        common_annotations: Labels::common(snapshot.alerts.iter().map(|alert| &alert.annotations)),
        route_labels: Labels::empty(),
        external_url: Arc::clone(&setup.external_url),
    }
}

fn wanted_alerts(alerts: &Arc<[AlertData]>, wants_resolved: bool) -> Arc<[AlertData]> {
    if wants_resolved || alerts.iter().all(|alert| alert.firing) {
        return Arc::clone(alerts);
    }
    alerts.iter().filter(|alert| alert.firing || wants_resolved).cloned().collect()
}

impl Dispatch {
    fn new(
        (position, name): (usize, Arc<str>),
        log_key: LogKey,
        reason: NotifyReason,
        alerts: Arc<[AlertData]>,
        snapshot: &Snapshot,
        before: Option<Arc<LogEntry>>,
    ) -> Dispatch {
        Dispatch {
            position,
            name,
            log_key,
            reason,
            alerts,
            firing: snapshot.firing.clone(),
            resolved: snapshot.resolved.clone(),
            before,
            doubtful: false,
            attempt: 0,
            begun: Timestamp::MIN,
            attempts: Vec::new(),
            state: DispatchState::Waiting { until: Timestamp::MIN },
        }
    }
}
