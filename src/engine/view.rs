//! What the engine shows: copies for the API, never its own state.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alerts::{Alert, PostedAlert};
use crate::label::{Fingerprint, Labels};
use crate::notify::{FailureClass, LogEntry, LogKey};
use crate::rules::{Group, GroupState};
use crate::silence::Silence;
use crate::time::Timestamp;

use super::{Decision, Engine, Setup, Suppression};

pub use super::durations::{BUCKETS, Durations};

/// What has been counted since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Alerts that came in firing.
    pub received_firing: u64,
    /// Alerts that came in resolved.
    pub received_resolved: u64,
    /// Notifications that came to an end, well or not, by kind of integration.
    pub notifications: BTreeMap<Arc<str>, u64>,
    /// Notifications that failed for good, by kind and class.
    pub failures: BTreeMap<(Arc<str>, FailureClass), u64>,
    /// Attempts by kind.
    pub requests: BTreeMap<Arc<str>, u64>,
    /// Attempts that failed, by kind.
    pub failed_requests: BTreeMap<Arc<str>, u64>,
    /// Alerts that were kept from a receiver, by cause.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// How long evaluations of rule groups took, waiting for samples included.
    pub group_durations: Durations,
    /// How long evaluations of rules took, waiting for samples not included.
    pub rule_durations: Durations,
}

/// What keeps an alert quiet now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertStatus {
    /// The alert that inhibits it.
    pub inhibited_by: Vec<Fingerprint>,
    /// The silences that match it, sorted.
    pub silenced_by: Vec<Arc<str>>,
    /// The time intervals that keep its group quiet; only in group views.
    pub muted_by: Vec<Arc<str>>,
}

/// An alert with its status.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertView {
    /// Its identity in short.
    pub fingerprint: Fingerprint,
    /// The alert.
    pub alert: Arc<Alert>,
    /// Who would be told, in routing order; a receiver may stand there twice.
    pub receivers: Vec<Arc<str>>,
    /// What keeps it quiet.
    pub status: AlertStatus,
}

/// An aggregation group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupView {
    /// The labels it is grouped by.
    pub labels: Labels,
    /// Its key, `{}/{team="x"}:{alertname="y"}`.
    pub key: Arc<str>,
    /// Who is told.
    pub receiver: Arc<str>,
    /// The labels of its route, as of the last flush.
    pub route_labels: Labels,
    /// When it is flushed next.
    pub next_flush: Timestamp,
    /// Its alerts, in the order of messages, those that are resolved left out.
    pub alerts: Vec<AlertView>,
}

/// A rule group.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroupView {
    /// The group.
    pub group: Arc<Group>,
    /// What it remembers.
    pub state: Arc<GroupState>,
    /// The slot of the last evaluation that was started.
    pub last_slot: Option<Timestamp>,
    /// How many evaluations were started.
    pub iterations: u64,
    /// How many slots went by without one.
    pub missed: u64,
    /// Evaluations of its rules.
    pub evaluations: u64,
    /// How many of those failed.
    pub failures: u64,
}

impl AlertStatus {
    /// Whether anything keeps it quiet.
    pub fn is_suppressed(&self) -> bool {
        !(self.inhibited_by.is_empty() && self.silenced_by.is_empty() && self.muted_by.is_empty())
    }
}

impl Totals {
    pub(super) fn count_received(&mut self, now: Timestamp, alert: &PostedAlert) {
        match alert.ends_at {
            Some(ends_at) if ends_at <= now => self.received_resolved += 1,
            _ => self.received_firing += 1,
        }
    }
}

impl Engine {
    /// The configuration in force.
    pub fn setup(&self) -> Option<&Arc<Setup>> {
        self.setup.as_ref()
    }

    /// All alerts that fire, by fingerprint.
    pub fn alerts(&self, now: Timestamp) -> Vec<AlertView> {
        self.alerts
            .iter()
            .filter(|(_, alert)| alert.ends_at >= now)
            .map(|(fingerprint, alert)| AlertView {
                fingerprint,
                alert: Arc::clone(alert),
                receivers: self.receivers(&alert.labels),
                status: self.status(now, &alert.labels),
            })
            .collect()
    }

    /// All groups that hold an alert that fires.
    pub fn groups(&self, now: Timestamp) -> Vec<GroupView> {
        let views = self.groups.iter().map(|(reference, group)| {
            let muted_by = match self.group_suppression(now, reference.node) {
                Some(Suppression::Inactive { intervals } | Suppression::Muted { intervals }) => {
                    intervals
                }
                _ => Vec::new(),
            };
            let alerts = group.content.sorted().into_iter();
            let alerts = alerts.filter(|(_, alert)| alert.ends_at >= now);
            GroupView {
                labels: reference.labels.clone(),
                key: Arc::clone(&group.key),
                receiver: Arc::clone(&self.tree.node(reference.node).options.receiver),
                route_labels: group.route_labels.clone(),
                next_flush: group.next_flush,
                alerts: alerts
                    .map(|(fingerprint, alert)| AlertView {
                        fingerprint,
                        alert: Arc::clone(alert),
                        receivers: self.receivers(&alert.labels),
                        status: AlertStatus {
                            muted_by: muted_by.clone(),
                            ..self.status(now, &alert.labels)
                        },
                    })
                    .collect(),
            }
        });
        views.filter(|view| !view.alerts.is_empty()).collect()
    }

    fn receivers(&self, labels: &Labels) -> Vec<Arc<str>> {
        let nodes = self.tree.matching(labels).into_iter();
        nodes.map(|node| Arc::clone(&self.tree.node(node).options.receiver)).collect()
    }

    fn status(&self, now: Timestamp, labels: &Labels) -> AlertStatus {
        AlertStatus {
            inhibited_by: self
                .inhibitor
                .inhibits(now, labels)
                .map(|by| by.source)
                .into_iter()
                .collect(),
            silenced_by: self.silences.matching(now, labels),
            muted_by: Vec::new(),
        }
    }

    /// All silences, by id.
    pub fn silences(&self) -> Vec<Arc<Silence>> {
        self.silences.iter().cloned().collect()
    }

    /// One silence.
    pub fn silence(&self, id: &str) -> Option<Arc<Silence>> {
        self.silences.get(id).cloned()
    }

    /// All rule groups, by file and name.
    pub fn rule_groups(&self) -> Vec<RuleGroupView> {
        let views = self.rule_groups.values().map(|rules| RuleGroupView {
            group: Arc::clone(&rules.group),
            state: Arc::clone(&rules.state),
            last_slot: rules.last_slot,
            iterations: rules.iterations,
            missed: rules.missed,
            evaluations: rules.evaluations,
            failures: rules.failures,
        });
        views.collect()
    }

    /// The decisions that are kept, oldest first, with their numbers.
    pub fn decisions(&self) -> impl DoubleEndedIterator<Item = (u64, &Arc<Decision>)> {
        self.decisions.iter().map(|(number, decision)| (*number, decision))
    }

    /// The notification log.
    pub fn notification_log(&self) -> Vec<(LogKey, Arc<LogEntry>)> {
        self.log.iter().map(|(key, entry)| (key.clone(), Arc::clone(entry))).collect()
    }

    /// What has been counted since the start.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }
}
