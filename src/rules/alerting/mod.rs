//! The life of a rule's alerts: pending, firing, resolved.
//!
//! ```text
//!            element      for is over
//! (nothing) --------> Pending ------> Firing <----.
//!     ^                  |  <-------    |         | element, or less than
//!     '---- no element --' for raised   |         | keep_firing_for without
//!     ^                                 |---------'
//!     '-- 15 m without element -- Inactive (resolved)
//! ```
//!
//! An element that meets an inactive alert begins a new one in its place.
//! (Source: Prometheus, `rules/alerting.go` `Eval`; docs, "Alerting rules".)

use std::collections::BTreeMap;

use crate::label::{ALERT_NAME, Labels, METRIC_NAME};
use crate::time::{Span, Timestamp};

use super::error::RuleError;
use super::{AlertState, Alerting, RuleAlert};

/// How long a resolved alert is kept, so that its end is told even after failed deliveries.
pub const RESOLVED_RETENTION: Span = Span::from_mins(15);

/// The metric that tells which alerts are pending and firing.
pub const ALERTS: &str = "ALERTS";
/// The metric that tells since when (in seconds) an alert's condition holds.
pub const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
/// The label of [`ALERTS`] that tells `pending` from `firing`.
pub const ALERT_STATE: &str = "alertstate";

/// The alerts of a rule by their labels.
pub type Alerts = BTreeMap<Labels, RuleAlert>;

/// One element of a rule's result, made into what an alert is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The alert's labels: see [`alert_labels`].
    pub labels: Labels,
    /// The expanded annotations.
    pub annotations: Labels,
    /// The element's value; zero of a histogram.
    pub value: f64,
}

/// The labels of an alert: the element's without the metric name, then the rule's (expanded,
/// an empty one removes), then the rule's name.
pub fn alert_labels<'a>(
    element: &Labels,
    rule_labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    name: &str,
) -> Labels {
    let mut builder = element.edit();
    builder.remove(METRIC_NAME);
    for (label, value) in rule_labels {
        builder.set(label, value);
    }
    builder.set(ALERT_NAME, name).build()
}

/// When and how far a rule's alerts are moved on.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The evaluation's slot.
    pub at: Timestamp,
    /// The most pending and firing alerts there may be, 0 for any number.
    pub limit: usize,
    /// Alerts that began before this moment and have no element stay as they are: the series
    /// that would tell were lost with the process that saw them.
    pub unseen_before: Timestamp,
}

/// The alerts after an evaluation that yielded `elements`.
///
/// Fails on two elements with the same labels: the old alerts stay as they are. Fails beyond the
/// limit: the old alerts are to be forgotten.
pub fn advance(
    old: &Alerts,
    rule: &Alerting,
    elements: Vec<Element>,
    circumstances: Circumstances,
) -> Result<Alerts, RuleError> {
    let Circumstances { at, limit, unseen_before } = circumstances;
    let mut elements = by_labels(elements)?;
    let (mut alerts, mut unseen) = (Alerts::new(), Alerts::new());
    for (labels, alert) in old {
        let kept = match elements.remove(labels) {
            Some(element) => Some(present(alert, element, at)),
            None if alert.state != AlertState::Inactive && alert.active_at < unseen_before => {
                unseen.insert(labels.clone(), alert.clone());
                None
            }
            None => absent(alert, rule, at),
        };
        alerts.extend(kept.map(|alert| (labels.clone(), alert)));
    }
    alerts.extend(elements.into_iter().map(|(labels, element)| (labels, begin(element, at))));
    for alert in alerts.values_mut() {
        hold(alert, rule, at);
    }
    alerts.extend(unseen);
    let active = alerts.values().filter(|alert| alert.state != AlertState::Inactive).count();
    if limit > 0 && active > limit {
        return Err(RuleError::TooManyAlerts { limit, alerts: active });
    }
    Ok(alerts)
}

/// The series that pending and firing alerts are written as, sorted by alert: `ALERTS`, which is
/// 1, and `ALERTS_FOR_STATE`, which is the second since which the condition holds.
pub fn series(alerts: &Alerts) -> Vec<(Labels, f64)> {
    let mut series = Vec::with_capacity(alerts.len() * 2);
    for alert in alerts.values() {
        let state = match alert.state {
            AlertState::Inactive => continue,
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        };
        let mut builder = alert.labels.edit();
        let since = builder.set(METRIC_NAME, ALERTS_FOR_STATE).build();
        series.push((builder.set(METRIC_NAME, ALERTS).set(ALERT_STATE, state).build(), 1.0));
        series.push((since, alert.active_at.millis().div_euclid(1000) as f64));
    }
    series
}

fn by_labels(elements: Vec<Element>) -> Result<BTreeMap<Labels, Element>, RuleError> {
    let count = elements.len();
    let keyed = elements.into_iter().map(|element| (element.labels.clone(), element));
    let keyed: BTreeMap<Labels, Element> = keyed.collect();
    if keyed.len() == count { Ok(keyed) } else { Err(RuleError::SameAlerts) }
}

fn begin(element: Element, at: Timestamp) -> RuleAlert {
    RuleAlert {
        state: AlertState::Pending,
        labels: element.labels,
        annotations: element.annotations,
        value: element.value,
        active_at: at,
        fired_at: None,
        resolved_at: None,
        last_sent_at: None,
        keep_firing_since: None,
    }
}

fn present(alert: &RuleAlert, element: Element, at: Timestamp) -> RuleAlert {
    if alert.state == AlertState::Inactive {
        return begin(element, at);
    }
    RuleAlert {
        annotations: element.annotations,
        value: element.value,
        keep_firing_since: None,
        ..alert.clone()
    }
}

/// What becomes of an alert whose condition does not hold any more; `None`: it is forgotten.
fn absent(alert: &RuleAlert, rule: &Alerting, at: Timestamp) -> Option<RuleAlert> {
    match alert.state {
        AlertState::Pending => None,
        AlertState::Inactive => {
            let over = alert.resolved_at.is_none_or(|end| at - end > RESOLVED_RETENTION);
            (!over).then(|| alert.clone())
        }
        AlertState::Firing => {
            let since = alert.keep_firing_since.unwrap_or(at);
            if at - since < rule.keep_firing_for {
                return Some(RuleAlert { keep_firing_since: Some(since), ..alert.clone() });
            }
            let state = AlertState::Inactive;
            Some(RuleAlert { state, resolved_at: Some(at), ..alert.clone() })
        }
    }
}

/// Applies `for`: a pending alert fires when it is over; one that fires waits again when a
/// reload has raised it.
fn hold(alert: &mut RuleAlert, rule: &Alerting, at: Timestamp) {
    let over = at - alert.active_at >= rule.hold;
    match alert.state {
        AlertState::Pending if over => {
            alert.state = AlertState::Firing;
            alert.fired_at = Some(at);
        }
        AlertState::Firing if !over => {
            alert.state = AlertState::Pending;
            alert.fired_at = None;
            alert.last_sent_at = None;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
