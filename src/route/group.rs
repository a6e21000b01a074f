//! Aggregation groups: the alerts of one route that share the grouping labels.
//! (Source: Alertmanager, `dispatch.aggrGroup`.)

use std::cmp::Ordering;
use std::sync::Arc;

use crate::alerts::Alert;
use crate::label::{Fingerprint, FingerprintMap, Labels};
use crate::template::data::AlertData;
use crate::time::{Span, Timestamp};

/// A group and its alerts. When it is flushed is the engine's business.
#[derive(Clone, Debug, Default)]
pub struct AggregationGroup {
    alerts: FingerprintMap<Arc<Alert>>,
}

/// What a flush saw of an alert, to tell later whether it has changed since.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which alert.
    pub fingerprint: Fingerprint,
    /// When we had last heard of it.
    pub updated_at: Timestamp,
    /// Whether it was resolved.
    pub resolved: bool,
}

impl AggregationGroup {
    /// Takes an alert in, or its newer version; the version that was there before.
    pub fn put(&mut self, fingerprint: Fingerprint, alert: Arc<Alert>) -> Option<Arc<Alert>> {
        self.alerts.insert(fingerprint, alert)
    }

    /// Takes in a newer version of an alert that is here; the version that was there before.
    pub fn renew(&mut self, fingerprint: Fingerprint, alert: &Arc<Alert>) -> Option<Arc<Alert>> {
        let place = self.alerts.get_mut(fingerprint)?;
        Some(std::mem::replace(place, Arc::clone(alert)))
    }

    /// Whether there are no alerts.
    pub fn is_empty(&self) -> bool {
        self.alerts.is_empty()
    }

    /// Whether an alert of the group fires.
    pub fn fires(&self, now: Timestamp) -> bool {
        self.alerts.values().any(|alert| alert.ends_at >= now)
    }

    /// The alerts by fingerprint.
    pub fn alerts(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.alerts.values()
    }

    /// Whether the group holds this alert.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.alerts.contains(fingerprint)
    }

    /// Which alerts the group holds.
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint> {
        self.alerts.fingerprints()
    }

    /// The alerts in the order of messages: by `job`, then `instance` (alerts without the label
    /// last), then by label sets, smaller sets first.
    pub fn sorted(&self) -> Vec<(Fingerprint, &Arc<Alert>)> {
        self.sorted_where(|_| true)
    }

    /// The alerts that are wanted, in the order of [`AggregationGroup::sorted`].
    pub fn sorted_where(
        &self,
        mut wanted: impl FnMut(&Alert) -> bool,
    ) -> Vec<(Fingerprint, &Arc<Alert>)> {
        let alerts = self.alerts.iter().filter(|(_, alert)| wanted(alert));
        let mut alerts: Vec<_> =
            alerts.map(|(print, alert)| (Place::of(&alert.labels), (print, alert))).collect();
        alerts.sort_by(|(a, _), (b, _)| a.order(b));
        alerts.into_iter().map(|(_, alert)| alert).collect()
    }

    /// What a flush sees now.
    pub fn seen(&self, now: Timestamp) -> Vec<Seen> {
        let seen = |(fingerprint, alert): (Fingerprint, &Arc<Alert>)| Seen {
            fingerprint,
            updated_at: alert.updated_at,
            resolved: alert.is_resolved(now),
        };
        self.alerts.iter().map(seen).collect()
    }

    /// After everybody was told: lets go of the alerts that were resolved then and have not
    /// changed since, and gives them back.
    pub fn let_go(&mut self, now: Timestamp, seen: &[Seen]) -> Vec<Arc<Alert>> {
        let mut gone = Vec::new();
        for was in seen.iter().filter(|was| was.resolved) {
            let unchanged = self
                .alerts
                .get(was.fingerprint)
                .is_some_and(|alert| alert.updated_at == was.updated_at && alert.is_resolved(now));
            if unchanged {
                gone.extend(self.alerts.remove(was.fingerprint));
            }
        }
        gone
    }
}

/// When a new group is flushed first: after `group_wait`, at once when the alert that makes it
/// is older than that.
pub fn first_flush(now: Timestamp, alert: &Alert, group_wait: Span) -> Timestamp {
    if alert.starts_at + group_wait < now { now } else { now + group_wait }
}

/// An alert as messages show it at `now`.
pub fn alert_data(now: Timestamp, fingerprint: Fingerprint, alert: &Alert) -> AlertData {
    let resolved = alert.is_resolved(now);
    AlertData {
        firing: !resolved,
        labels: alert.labels.clone(),
        annotations: alert.annotations.clone(),
        starts_at: alert.starts_at,
        ends_at: resolved.then_some(alert.ends_at),
        generator_url: Arc::clone(&alert.generator_url),
        fingerprint,
        details: alert.details,
    }
}

/// Where an alert stands in messages and among a group's alerts in the API.
struct Place<'a> {
    job: Option<&'a str>,
    instance: Option<&'a str>,
    labels: &'a Labels,
}

impl<'a> Place<'a> {
    fn of(labels: &'a Labels) -> Place<'a> {
        Place { job: labels.get("job"), instance: labels.get("instance"), labels }
    }

    fn order(&self, other: &Place<'_>) -> Ordering {
        by_value(self.job, other.job)
            .then_with(|| by_value(self.instance, other.instance))
            .then_with(|| label_set_order(self.labels, other.labels))
    }
}

/// By the value of a label; those that lack it come last.
fn by_value(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Alertmanager's order of label sets: fewer labels first; then, at the first name of either in
/// which they differ, the set that lacks it, else the lesser value.
/// (Source: `prometheus/common/model`, `LabelSet.Before`.)
pub fn label_set_order(a: &Labels, b: &Labels) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| {
        let pairs = a.iter().zip(b.iter());
        pairs
            .map(|((a_name, a_value), (b_name, b_value))| {
                b_name.cmp(a_name).then_with(|| a_value.cmp(b_value))
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Details;

    fn alert(labels: &str, ends_at: i64, updated_at: i64) -> Arc<Alert> {
        let pairs = labels.split_whitespace().map(|pair| pair.split_once('=').unwrap());
        Arc::new(Alert {
            labels: Labels::from_pairs(pairs),
            annotations: Labels::empty(),
            starts_at: Timestamp::from_millis(0),
            ends_at: Timestamp::from_millis(ends_at),
            updated_at: Timestamp::from_millis(updated_at),
            timeout: false,
            generator_url: "".into(),
            details: Details::default(),
        })
    }

    #[test]
    fn messages_list_alerts_by_job_instance_and_labels() {
        let mut group = AggregationGroup::default();
        for labels in ["z=1", "job=b", "a=1 c=1", "job=a instance=2", "job=a", "job=a instance=1"] {
            let alert = alert(labels, 10, 0);
            group.put(alert.fingerprint(), alert);
        }
        let order: Vec<_> =
            group.sorted().iter().map(|(_, alert)| alert.labels.to_string()).collect();
        assert_eq!(
            order,
            [
                r#"{instance="1", job="a"}"#,
                r#"{instance="2", job="a"}"#,
                r#"{job="a"}"#,
                r#"{job="b"}"#,
                r#"{z="1"}"#,
                r#"{a="1", c="1"}"#,
            ]
        );
    }

    #[test]
    fn label_sets_are_ordered_as_upstream_orders_them() {
        let set = |text: &str| {
            Labels::from_pairs(text.split_whitespace().map(|pair| pair.split_once('=').unwrap()))
        };
        let ordered =
            ["", "z=1", "b=1", "a=1", "a=2", "b=0 z=0", "a=0 z=0", "a=1 c=1", "a=1 b=9", "a=2 z=1"];
        for (index, one) in ordered.iter().enumerate() {
            for (other_index, other) in ordered.iter().enumerate() {
                let order = label_set_order(&set(one), &set(other));
                assert_eq!(order, index.cmp(&other_index), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn only_unchanged_resolved_alerts_are_let_go() {
        let mut group = AggregationGroup::default();
        let now = Timestamp::from_millis(50);
        for one in [alert("a=1", 10, 1), alert("a=2", 10, 1), alert("a=3", 90, 1)] {
            group.put(one.fingerprint(), one);
        }
        let seen = group.seen(now);
        let refired = alert("a=2", 90, 40);
        group.put(refired.fingerprint(), refired);
        let gone = group.let_go(now, &seen);
        assert_eq!(gone.len(), 1);
        let left: Vec<_> =
            group.sorted().iter().map(|(_, alert)| alert.labels.to_string()).collect();
        assert_eq!(left, [r#"{a="2"}"#, r#"{a="3"}"#]);
    }

    #[test]
    fn an_old_alert_makes_its_group_flush_at_once() {
        let alert = alert("a=1", 900, 0);
        let at = Timestamp::from_millis;
        let wait = Span::from_millis(30);
        assert_eq!(first_flush(at(30), &alert, wait), at(60));
        assert_eq!(first_flush(at(31), &alert, wait), at(31));
    }
}
