//! All groups, and what pushes and scrapes do to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::group::{self, Group, PUSH_FAILURE, PUSH_TIME, StoredFamily};
use super::key::GroupKey;
use super::{Limits, MAX_WARNED, Method, Notice, PushError, SavedGroup};
use crate::ingest::exposition::Family;
use crate::label::Labels;
use crate::sample::{Value, stale_marker};
use crate::source::{Batch, Metadata, MetricKind};
use crate::time::{Span, Timestamp};

/// What was pushed, by group.
#[derive(Clone, Debug)]
pub struct Groups {
    groups: BTreeMap<Labels, Group>,
    /// Which group a series belongs to.
    owners: HashMap<Labels, Labels>,
    /// What kind a family is, and in how many groups.
    kinds: HashMap<String, (MetricKind, usize)>,
    warned: BTreeSet<String>,
    /// Groups that come after one that was removed are stored after its stale markers.
    floor: Timestamp,
    expiry: Option<Span>,
    limits: Limits,
}

/// What a push changes: samples to store whether it was taken or not, and what to answer.
#[must_use]
#[derive(Debug)]
pub struct Change {
    /// The group it was about.
    pub group: Labels,
    /// Samples to store: the pushed values, and stale markers of what vanished.
    pub samples: Batch,
    /// What the push says of its metrics.
    pub metadata: Vec<Metadata>,
    /// Whether the push was taken.
    pub verdict: Result<Option<Notice>, PushError>,
}

impl Groups {
    /// No groups; a group expires that long after its last push, or never.
    pub fn new(expiry: Option<Span>) -> Groups {
        Groups::with_limits(expiry, Limits::default())
    }

    /// The same with limits of one's own.
    pub fn with_limits(expiry: Option<Span>, limits: Limits) -> Groups {
        Groups {
            groups: BTreeMap::new(),
            owners: HashMap::new(),
            kinds: HashMap::new(),
            warned: BTreeSet::new(),
            floor: Timestamp::MIN,
            expiry,
            limits,
        }
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Replaces (`Put`), updates (`Post`) or removes (`Delete`) a group. A push that is refused
    /// leaves the group's metrics as they were and its time of failure behind.
    pub fn push(
        &mut self,
        now: Timestamp,
        method: Method,
        key: &GroupKey,
        families: Vec<Family>,
    ) -> Change {
        let identity = key.identity();
        if method == Method::Delete {
            let samples = self.remove(now, &identity);
            return Change { group: identity, samples, metadata: vec![], verdict: Ok(None) };
        }
        let empty = families.is_empty();
        let pushed = match self.checked(method, key, &identity, families) {
            Ok(pushed) => pushed,
            Err(error) => return self.refuse(now, identity, error),
        };
        let metadata = described(&pushed);
        let samples = self.replace(now, method, &identity, pushed);
        let notice = empty.then(|| self.warn_once(key.job())).flatten();
        Change { group: identity, samples, metadata, verdict: Ok(notice) }
    }

    /// The present value of everything pushed, and stale markers of groups that expire. A group
    /// that was stored at this moment or later is left out: a spurious call changes nothing.
    pub fn scrape(&mut self, now: Timestamp) -> Batch {
        let mut samples = Batch::new();
        for group in self.groups.values_mut().filter(|group| group.stored < now) {
            group.stored = now;
            group.write(now, &mut samples);
        }
        for identity in self.expired(now) {
            samples.extend(&self.remove(now, &identity));
        }
        samples
    }

    /// Every group, for keeping over a restart.
    pub fn export(&self) -> Vec<SavedGroup> {
        self.groups.values().map(SavedGroup::from_group).collect()
    }

    /// One group, for keeping over a restart; nothing when it is gone.
    pub fn export_one(&self, group: &Labels) -> Option<SavedGroup> {
        self.groups.get(group).map(SavedGroup::from_group)
    }

    /// Takes back what was exported. Groups that are there already, and what contradicts them,
    /// are left as they are.
    pub fn import(&mut self, saved: Vec<SavedGroup>) {
        for group in saved.into_iter().map(SavedGroup::into_group) {
            let known = self.groups.contains_key(&group.identity);
            let full = self.groups.len() >= self.limits.groups;
            let consistent = self.consistent(Method::Put, &group.identity, &group.families);
            if known || full || consistent.is_err() {
                continue;
            }
            self.enlist(&group.identity, &group.families);
            self.groups.insert(group.identity.clone(), group);
        }
    }

    /// The families as they will be stored, unless something is wrong with them.
    fn checked(
        &self,
        method: Method,
        key: &GroupKey,
        identity: &Labels,
        families: Vec<Family>,
    ) -> Result<BTreeMap<String, StoredFamily>, PushError> {
        if let Some(metric) = with_timestamp(&families) {
            return Err(PushError::Timestamp { metric });
        }
        let pushed: BTreeMap<_, _> = group::stored(key, families).collect();
        self.consistent(method, identity, &pushed)?;
        let group = self.groups.get(identity);
        if group.is_none() && self.groups.len() >= self.limits.groups {
            return Err(PushError::Limit { what: "groups", limit: self.limits.groups });
        }
        let stays = |name: &str| method == Method::Post && !pushed.contains_key(name);
        let kept = group.into_iter().flat_map(|group| &group.families);
        let kept = kept.filter(|(name, _)| stays(name)).map(|(_, family)| family);
        let count: usize = pushed.values().chain(kept).map(|family| family.series.len()).sum();
        if count > self.limits.group_series {
            return Err(PushError::Limit {
                what: "series in a group",
                limit: self.limits.group_series,
            });
        }
        Ok(pushed)
    }

    /// Whether no series comes twice, here, in what stays of the group, or in another one, and
    /// no family is of another kind in another group.
    fn consistent(
        &self,
        method: Method,
        identity: &Labels,
        pushed: &BTreeMap<String, StoredFamily>,
    ) -> Result<(), PushError> {
        let own = self.groups.get(identity);
        let families = own.into_iter().flat_map(|group| &group.families);
        let mut seen: BTreeSet<&Labels> = families
            .filter(|(name, _)| method == Method::Post && !pushed.contains_key(*name))
            .flat_map(|(_, family)| family.series.iter().map(|(labels, _)| labels))
            .collect();
        for (name, family) in pushed {
            let mine = usize::from(own.is_some_and(|group| group.families.contains_key(name)));
            if let Some((kept, groups)) = self.kinds.get(name)
                && *groups > mine
                && *kept != family.kind
            {
                let (pushed, kept) = (family.kind.text(), kept.text());
                return Err(PushError::Kind { metric: name.clone(), pushed, kept });
            }
            for (labels, _) in &family.series {
                let other = self.owners.get(labels).filter(|owner| *owner != identity);
                let whose = match other {
                    Some(owner) => format!("is in the group {owner} already"),
                    None if !seen.insert(labels) => "comes twice".to_owned(),
                    None => continue,
                };
                return Err(PushError::Duplicate { series: labels.to_string(), whose });
            }
        }
        Ok(())
    }

    fn refuse(&mut self, now: Timestamp, identity: Labels, error: PushError) -> Change {
        let mut samples = Batch::new();
        if self.groups.contains_key(&identity) || self.groups.len() < self.limits.groups {
            let floor = self.floor;
            let group = self.groups.entry(identity.clone());
            let group = group.or_insert_with(|| Group::new(identity.clone(), floor));
            group.failed = Some(now);
            let at = group.stamp(now);
            group.write(at, &mut samples);
        }
        Change { group: identity, samples, metadata: vec![], verdict: Err(error) }
    }

    /// Lays pushed families over those of the group: samples of what there is, stale markers of
    /// what there was.
    fn replace(
        &mut self,
        now: Timestamp,
        method: Method,
        identity: &Labels,
        pushed: BTreeMap<String, StoredFamily>,
    ) -> Batch {
        let floor = self.floor;
        let mut group =
            self.groups.remove(identity).unwrap_or_else(|| Group::new(identity.clone(), floor));
        let stays = |name: &String| method == Method::Post && !pushed.contains_key(name);
        let old: BTreeMap<_, _>;
        (group.families, old) = group.families.into_iter().partition(|(name, _)| stays(name));
        self.delist(&old);
        self.enlist(identity, &pushed);
        group.families.extend(pushed);
        group.pushed = Some(now);
        let at = group.stamp(now);
        let mut samples = Batch::new();
        group.write(at, &mut samples);
        let before = old.values().flat_map(|family| &family.series);
        for (labels, _) in before.filter(|(labels, _)| !self.owners.contains_key(labels)) {
            samples.push(labels, at, &Value::Float(stale_marker()));
        }
        self.groups.insert(identity.clone(), group);
        samples
    }

    fn remove(&mut self, now: Timestamp, identity: &Labels) -> Batch {
        let mut samples = Batch::new();
        if let Some(mut group) = self.groups.remove(identity) {
            self.delist(&group.families);
            let at = group.stamp(now);
            self.floor = self.floor.max(at);
            group.write_gone(at, &mut samples);
        }
        samples
    }

    fn expired(&self, now: Timestamp) -> Vec<Labels> {
        let Some(expiry) = self.expiry else { return Vec::new() };
        let old = |group: &Group| group.touched().is_none_or(|touched| touched + expiry <= now);
        let groups = self.groups.iter().filter(|(_, group)| old(group));
        groups.map(|(identity, _)| identity.clone()).collect()
    }

    fn enlist(&mut self, identity: &Labels, families: &BTreeMap<String, StoredFamily>) {
        for (name, family) in families {
            let entry = self.kinds.entry(name.clone()).or_insert((family.kind, 0));
            *entry = (family.kind, entry.1 + 1);
            for (labels, _) in &family.series {
                self.owners.insert(labels.clone(), identity.clone());
            }
        }
    }

    fn delist(&mut self, families: &BTreeMap<String, StoredFamily>) {
        for (name, family) in families {
            if let Some((_, groups)) = self.kinds.get_mut(name) {
                *groups -= 1;
                if *groups == 0 {
                    self.kinds.remove(name);
                }
            }
            for (labels, _) in &family.series {
                self.owners.remove(labels);
            }
        }
    }

    fn warn_once(&mut self, job: &str) -> Option<Notice> {
        let room = self.warned.len() < MAX_WARNED;
        (room && self.warned.insert(job.to_owned()))
            .then(|| Notice::EmptyPush { job: job.to_owned() })
    }
}

fn with_timestamp(families: &[Family]) -> Option<String> {
    let dated = |family: &&Family| family.points.iter().any(|point| point.at.is_some());
    families.iter().find(dated).map(|family| family.name.clone())
}

fn described(families: &BTreeMap<String, StoredFamily>) -> Vec<Metadata> {
    let known = families
        .iter()
        .filter(|(_, family)| family.kind != MetricKind::Unknown || !family.help.is_empty());
    let pushed = known.map(|(name, family)| (&**name, family.kind, &*family.help, &*family.unit));
    let own = [
        (PUSH_TIME, "When a push to this group was last taken, in seconds since 1970."),
        (PUSH_FAILURE, "When a push to this group was last refused, in seconds since 1970."),
    ];
    let own = own.map(|(name, help)| (name, MetricKind::Gauge, help, "seconds"));
    let describe = |(metric, kind, help, unit): (&str, _, &str, &str)| Metadata {
        metric: Arc::from(metric),
        kind,
        help: Arc::from(help),
        unit: Arc::from(unit),
    };
    pushed.chain(own).map(describe).collect()
}
