//! Attempts: they start, report back or do not, and are made again or given up.

use std::sync::Arc;

use crate::notify::integration::{Integration, Settings};
use crate::notify::{
    Delivery, DeliveryId, Failure, FailureClass, Receipt, Verdict, lifetime, pause,
};
use crate::time::{Span, Timestamp};

use super::groups::{DispatchState, GroupNumber};
use super::schedule::Due;
use super::{Decision, DecisionKind, Effect, Engine, RECEIPT_GRACE, Step};

impl Engine {
    /// Starts the first attempt of every send of the group's flush.
    pub(super) fn start_sends(&mut self, now: Timestamp, number: GroupNumber, step: &mut Step) {
        let Some(flush) = self.groups.get(number).and_then(|group| group.flush.as_ref()) else {
            return;
        };
        let positions: Vec<_> = flush.sends.iter().map(|send| send.position).collect();
        for integration in positions {
            self.attempt(now, number, integration, step);
        }
    }

    /// Makes the next attempt of a send.
    pub(super) fn attempt(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        integration: usize,
        step: &mut Step,
    ) {
        let Some(group) = self.groups.get_mut(number) else { return };
        let (group_key, route_labels) = (Arc::clone(&group.key), group.route_labels.clone());
        let node = group.node();
        let Some(flush) = group.flush.as_mut() else { return };
        let id = DeliveryId(self.next_delivery);
        self.next_delivery += 1;
        let receiver = Arc::clone(&flush.destination.receiver);
        let limit = timeout(&receiver.integrations[integration]);
        let (at, origins) = (flush.at, Arc::clone(&flush.origins));
        let deadline = limit.map_or(flush.deadline, |limit| flush.deadline.min(now + limit));
        let overdue = deadline + RECEIPT_GRACE;
        let Some(send) = flush.send_mut(integration) else { return };
        send.attempt = send.attempt.saturating_add(1);
        send.attempts.push(id);
        send.begun = now;
        send.state = DispatchState::InFlight { id, overdue };
        self.totals.channel(&send.log_key).requests += 1;
        step.effects.push(Effect::Deliver(Delivery {
            id,
            receiver,
            integration,
            group_key,
            group_labels: group.reference.labels.clone(),
            route_labels,
            alerts: Arc::clone(&send.alerts),
            reason: send.reason,
            attempt: send.attempt,
            at,
            deadline,
            origins,
        }));
        if send.attempt == 1 {
            let (key, before) = (send.log_key.clone(), send.before.clone().unwrap_or_default());
            let doubt = before.in_doubt(&send.firing, &send.resolved);
            let repeat_interval = self.tree.node(node).options.repeat_interval;
            let retention = self.setup.as_ref().map_or(repeat_interval, |setup| setup.retention);
            self.log_doubt(key, doubt, now + lifetime(repeat_interval, retention), step);
        }
        self.deliveries.insert(id, (number, integration));
        self.schedule.add(overdue, Due::DeliveryOverdue(id));
    }

    /// An attempt has not reported back: it counts as failed. If its report comes after all and
    /// is good, it still counts.
    pub(super) fn give_up_delivery(&mut self, now: Timestamp, id: DeliveryId, step: &mut Step) {
        let failure = Failure {
            class: FailureClass::ContextDeadlineExceeded,
            message: "the attempt has not reported back within its deadline".to_owned(),
        };
        self.take_receipt(now, Receipt { delivery: id, verdict: Verdict::Retry(failure) }, step);
    }

    /// Takes the report of an attempt in. Reports of attempts that nobody waits for, and second
    /// ones, do nothing.
    pub(super) fn take_receipt(&mut self, now: Timestamp, receipt: Receipt, step: &mut Step) {
        let Some((number, integration)) = self.deliveries.get(&receipt.delivery).copied() else {
            return;
        };
        let Some(state) = self.send_state(number, integration) else { return };
        let current = matches!(state, DispatchState::InFlight { id, .. } if id == receipt.delivery);
        if current {
            self.count_attempt(now, number, integration, &receipt.verdict);
        }
        match receipt.verdict {
            // whichever attempt it was, the receiver has it
            Verdict::Delivered => {
                self.unschedule(number, integration, state);
                self.delivered(now, number, integration, step);
            }
            _ if !current => {}
            Verdict::Retry(failure) => {
                self.unschedule(number, integration, state);
                self.retry_later(now, number, integration, failure, step);
            }
            Verdict::Rejected(failure) => {
                self.unschedule(number, integration, state);
                self.failed(now, number, integration, failure, step);
            }
        }
        self.finish_flush(now, number, step);
    }

    fn count_attempt(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        integration: usize,
        verdict: &Verdict,
    ) {
        let flush = self.groups.get(number).and_then(|group| group.flush.as_ref());
        if let Some(send) = flush.and_then(|flush| flush.send(integration)) {
            let tally = self.totals.channel(&send.log_key);
            tally.latency.observe(now - send.begun);
            tally.failed_requests += u64::from(!matches!(verdict, Verdict::Delivered));
        }
    }

    fn send_state(&self, number: GroupNumber, integration: usize) -> Option<DispatchState> {
        let flush = self.groups.get(number)?.flush.as_ref()?;
        flush.send(integration).map(|send| send.state)
    }

    fn delivered(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        integration: usize,
        step: &mut Step,
    ) {
        let tree = Arc::clone(&self.tree);
        let Some(group) = self.groups.get(number) else { return };
        let options = &tree.node(group.node()).options;
        let count = group.flush.as_ref().map_or(0, |flush| flush.number);
        let Some(send) = self.take_send(number, integration) else { return };
        let text = Arc::clone(&send.name);
        self.totals.channel(&send.log_key).notifications += 1;
        self.note_told(number, &send, count, step);
        self.log_told(now, send.log_key, (send.firing, send.resolved), options, step);
        let verdict = DecisionKind::Notified { integration: text, attempts: send.attempt };
        self.decide_for(now, number, verdict, step);
    }

    fn retry_later(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        integration: usize,
        failure: Failure,
        step: &mut Step,
    ) {
        let Some(group) = self.groups.get_mut(number) else { return };
        let Some(flush) = group.flush.as_mut() else { return };
        let deadline = flush.deadline;
        let Some(send) = flush.send_mut(integration) else { return };
        send.doubtful |= !failure.class.surely_not_taken();
        let text = Arc::clone(&send.name);
        let seed = group.reference.labels.prometheus_hash() ^ integration as u64;
        let next = now + pause(send.attempt, seed);
        if next >= deadline {
            return self.failed(now, number, integration, failure, step);
        }
        let attempt = send.attempt;
        send.state = DispatchState::Waiting { until: next };
        self.schedule.add(next, Due::Retry(number, integration));
        let verdict = DecisionKind::Retry { integration: text, attempt, failure, next };
        self.decide_for(now, number, verdict, step);
    }

    fn failed(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        integration: usize,
        failure: Failure,
        step: &mut Step,
    ) {
        let Some(send) = self.take_send(number, integration) else { return };
        if let Some(flush) = self.groups.get_mut(number).and_then(|group| group.flush.as_mut()) {
            flush.failed = true;
        }
        if !send.doubtful && failure.class.surely_not_taken() {
            self.clear_doubt(&send, step);
        }
        let text = Arc::clone(&send.name);
        let tally = self.totals.channel(&send.log_key);
        tally.notifications += 1;
        *tally.failures.entry(failure.class).or_default() += 1;
        let verdict = DecisionKind::Failed { integration: text, attempts: send.attempt, failure };
        self.decide_for(now, number, verdict, step);
    }

    fn decide_for(
        &mut self,
        now: Timestamp,
        number: GroupNumber,
        verdict: DecisionKind,
        step: &mut Step,
    ) {
        let Some(group) = self.groups.get(number) else { return };
        let group_key = Arc::clone(&group.key);
        let receiver = Arc::clone(&self.tree.node(group.node()).options.receiver);
        self.decide(Decision { at: now, group_key, receiver, verdict }, step);
    }
}

/// How long one attempt may take by the integration's own word.
fn timeout(integration: &Integration) -> Option<Span> {
    match &integration.settings {
        Settings::Slack(slack) => slack.timeout,
        Settings::PagerDuty(pager_duty) => pager_duty.timeout,
        Settings::Webhook(webhook) => webhook.timeout,
        Settings::Email(_) => None,
    }
}
