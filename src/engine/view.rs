//! What the engine shows: copies for the API, never its own state.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alerts::{self, Alert, PostedAlert};
use crate::inhibit::Inhibitor;
use crate::label::{Fingerprint, Labels};
use crate::notify::{LogEntry, LogKey};
use crate::route::{AggregationGroup, Tree};
use crate::rules::{self, GroupState};
use crate::silence::{Silence, Silences};
use crate::time::Timestamp;

use super::groups::{Group, GroupRef};
use super::suppress::interval_suppression;
use super::{Decision, Engine, Setup, Suppression};

pub use super::durations::{BUCKETS, Durations};
pub use super::tally::{Channel, LATENCY_BUCKETS, Latency, Tally};

/// What has been counted since the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Alerts that came in firing.
    pub received_firing: u64,
    /// Alerts that came in resolved.
    pub received_resolved: u64,
    /// Alerts that were dropped because too many of their name fire, by name.
    pub limited: BTreeMap<Arc<str>, u64>,
    /// Notifications and attempts, by integration.
    pub channels: BTreeMap<Channel, Tally>,
    /// How often the notification log was asked what a receiver knows.
    pub log_queries: u64,
    /// How often silences were asked about an alert that was to be told of.
    pub silence_queries: u64,
    /// How often old silences and log entries were looked for.
    pub maintenances: u64,
    /// Alerts that were kept from a receiver, by cause.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// How long evaluations of rule groups took, waiting for samples included.
    pub group_durations: Durations,
    /// How long evaluations of rules took, waiting for samples not included.
    pub rule_durations: Durations,
}

/// What keeps an alert quiet now, time intervals aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertStatus {
    /// The alert that inhibits it.
    pub inhibited_by: Option<Fingerprint>,
    /// The silences that match it, sorted.
    pub silenced_by: Vec<Arc<str>>,
}

/// An aggregation group.
#[derive(Clone, Debug)]
pub struct GroupView<'a> {
    /// The labels it is grouped by.
    pub labels: &'a Labels,
    /// Its key, `{}/{team="x"}:{alertname="y"}`.
    pub key: &'a Arc<str>,
    /// Who is told.
    pub receiver: &'a Arc<str>,
    /// The labels of its route, as of the last flush.
    pub route_labels: &'a Labels,
    /// When it is flushed next.
    pub next_flush: Timestamp,
    /// The time intervals that keep it quiet.
    pub muted_by: Vec<Arc<str>>,
    content: &'a AggregationGroup,
}

/// How much of the engine a view shows.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Alerts.
    Alerts,
    /// Alerts, and the groups that they are in.
    Groups,
}

/// What the engine knows of alerts at one moment. Taking it costs little and copies nothing; what
/// is shown is worked out by whoever looks at it, on another thread if need be, while the engine
/// goes on.
#[derive(Clone, Debug)]
pub struct View {
    setup: Option<Arc<Setup>>,
    tree: Arc<Tree>,
    alerts: Arc<alerts::Store>,
    inhibitor: Arc<Inhibitor>,
    silences: Arc<Silences>,
    groups: Vec<GroupShape>,
}

/// An aggregation group of a view.
#[derive(Clone, Debug)]
struct GroupShape {
    reference: GroupRef,
    key: Arc<str>,
    route_labels: Labels,
    next_flush: Timestamp,
    content: Arc<AggregationGroup>,
}

/// A rule group.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleGroupView {
    /// The group.
    pub group: Arc<rules::Group>,
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
    /// Whether nothing keeps it quiet.
    pub fn is_active(&self) -> bool {
        self.inhibited_by.is_none() && self.silenced_by.is_empty()
    }
}

impl<'a> GroupView<'a> {
    /// Its alerts that fire and are wanted, in the order of messages.
    pub fn alerts(
        &self,
        now: Timestamp,
        mut wanted: impl FnMut(&Alert) -> bool,
    ) -> Vec<(Fingerprint, &'a Arc<Alert>)> {
        self.content.sorted_where(|alert| alert.ends_at >= now && wanted(alert))
    }
}

impl Totals {
    pub(super) fn channel(&mut self, key: &LogKey) -> &mut Tally {
        self.channels.entry(Channel::of(key)).or_default()
    }

    pub(super) fn count_received(&mut self, now: Timestamp, alert: &PostedAlert) {
        match alert.ends_at {
            Some(ends_at) if ends_at <= now => self.received_resolved += 1,
            _ => self.received_firing += 1,
        }
    }
}

impl View {
    /// All alerts that fire, by fingerprint.
    pub fn alerts(&self, now: Timestamp) -> impl Iterator<Item = (Fingerprint, &Arc<Alert>)> {
        ahead(self.alerts.iter()).filter(move |(_, alert)| alert.ends_at >= now)
    }

    /// What keeps an alert quiet.
    pub fn status(&self, now: Timestamp, fingerprint: Fingerprint, alert: &Alert) -> AlertStatus {
        AlertStatus {
            inhibited_by: self.inhibitor.inhibits(now, &alert.labels).map(|by| by.source),
            silenced_by: self.silences.matching_alert(now, fingerprint, &alert.labels),
        }
    }

    /// The routes that alerts end at.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// All groups by route and labels; with [`Extent::Groups`] only.
    pub fn groups(&self, now: Timestamp) -> impl Iterator<Item = GroupView<'_>> {
        let mut ordered: Vec<_> = self.groups.iter().collect();
        ordered.sort_by(|a, b| a.reference.cmp(&b.reference));
        ordered.into_iter().map(move |group| self.group(now, group))
    }

    /// How many groups hold an alert that fires; with [`Extent::Groups`] only.
    pub fn group_count(&self, now: Timestamp) -> usize {
        let fires = |group: &&GroupShape| group.content.fires(now);
        self.groups.iter().filter(fires).count()
    }

    /// How many alerts fire and are heard, and how many are silenced or inhibited.
    pub fn alert_counts(&self, now: Timestamp) -> (usize, usize) {
        self.alerts(now).fold((0, 0), |(active, suppressed), (fingerprint, alert)| {
            match self.status(now, fingerprint, alert).is_active() {
                true => (active + 1, suppressed),
                false => (active, suppressed + 1),
            }
        })
    }

    fn group<'a>(&'a self, now: Timestamp, group: &'a GroupShape) -> GroupView<'a> {
        let options = &self.tree.node(group.reference.node).options;
        let notification = self.setup.as_ref().map(|setup| &setup.notification);
        let suppression = notification.and_then(|it| interval_suppression(now, it, options));
        let muted_by = match suppression {
            Some(Suppression::Inactive { intervals } | Suppression::Muted { intervals }) => {
                intervals
            }
            _ => Vec::new(),
        };
        GroupView {
            labels: &group.reference.labels,
            key: &group.key,
            receiver: &options.receiver,
            route_labels: &group.route_labels,
            next_flush: group.next_flush,
            muted_by,
            content: &group.content,
        }
    }
}

/// Looks at alerts a little before they are asked for. They lie all over the memory: what is
/// looked at together is fetched side by side, what is read when it is needed one by one.
fn ahead<'a>(
    mut alerts: impl Iterator<Item = (Fingerprint, &'a Arc<Alert>)>,
) -> impl Iterator<Item = (Fingerprint, &'a Arc<Alert>)> {
    let mut batch = Vec::with_capacity(AHEAD).into_iter();
    std::iter::from_fn(move || {
        if batch.as_slice().is_empty() {
            let next: Vec<(Fingerprint, &Arc<Alert>)> = alerts.by_ref().take(AHEAD).collect();
            touch(&next);
            batch = next.into_iter();
        }
        batch.next()
    })
}

/// How many alerts are looked at together.
const AHEAD: usize = 32;
/// What memory is fetched in, at least.
const LINE_BYTES: usize = 64;

fn touch(alerts: &[(Fingerprint, &Arc<Alert>)]) {
    let ends = alerts.iter().fold(0, |sum, (_, alert)| sum ^ alert.ends_at.millis());
    let labels = alerts.iter().flat_map(|(_, alert)| {
        alert.labels.as_bytes().chunks(LINE_BYTES).map(|line| line[line.len() - 1])
    });
    std::hint::black_box((ends, labels.fold(0, |sum, byte| sum ^ byte)));
}

impl Engine {
    /// The configuration in force.
    pub fn setup(&self) -> Option<&Arc<Setup>> {
        self.setup.as_ref()
    }

    /// What there is to see of alerts now.
    pub fn view(&self, extent: Extent) -> View {
        let shape = |group: &Group| GroupShape {
            reference: group.reference.clone(),
            key: Arc::clone(&group.key),
            route_labels: group.route_labels.clone(),
            next_flush: group.next_flush,
            content: Arc::clone(&group.content),
        };
        View {
            setup: self.setup.clone(),
            tree: Arc::clone(&self.tree),
            alerts: Arc::clone(&self.alerts),
            inhibitor: Arc::clone(&self.inhibitor),
            silences: Arc::clone(&self.silences),
            groups: match extent {
                Extent::Alerts => Vec::new(),
                Extent::Groups => self.groups.values().map(shape).collect(),
            },
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
