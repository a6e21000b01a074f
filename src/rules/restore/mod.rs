//! Reading since when alerts were pending from `ALERTS_FOR_STATE`, after a start without own
//! records: another source's past, or that of a Prometheus that is replaced.
//!
//! ```text
//!   value            last sample       now
//!     |--- pending ------|--- down -----|
//!     |<- spent ->|<------------ for - spent: still to wait
//! ```
//!
//! A group that awaits it ([`Restoration::Awaited`]) runs twice first, so that its alerts are
//! there, and writes no `ALERTS*` meanwhile. (Source: Prometheus, `rules/group.go`
//! `RestoreForState`; flags `--rules.alert.for-outage-tolerance`, `--rules.alert.for-grace-period`.)

use std::collections::BTreeMap;

use crate::label::{ALERT_NAME, Labels, METRIC_NAME, Matcher, Matchers};
use crate::sample::{Selection, SeriesSet, SeriesView, is_stale};
use crate::time::{Span, Timestamp};

use super::alerting::ALERTS_FOR_STATE;
use super::{AlertState, Alerting, Group, GroupState, Restoration, Rule, RuleKind};

/// How the past is read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How far back the past may be, 1 h by default.
    pub outage_tolerance: Span,
    /// Rules with a shorter `for` are not restored, and no alert that was pending fires earlier
    /// than this after the start; 10 m by default.
    pub grace_period: Span,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { outage_tolerance: Span::from_mins(60), grace_period: Span::from_mins(10) }
    }
}

/// What has to be fetched to restore a group, in the order of its rules.
pub fn restore_needs(group: &Group, now: Timestamp, patience: Patience) -> Vec<Selection> {
    let selection = |(_, rule, _): (usize, &Rule, &Alerting)| Selection {
        matchers: for_state_matchers(rule),
        after: now - patience.outage_tolerance - Span::from_millis(1),
        until: now,
        narrowing: None,
    };
    restorable(group, patience).map(selection).collect()
}

/// The state with its pending alerts as old as they really are, as far as the series, which
/// answer [`restore_needs`] set for set, tell. A set that is missing restores nothing.
pub fn restore_from_for_state(
    group: &Group,
    state: &GroupState,
    now: Timestamp,
    patience: Patience,
    series: &[SeriesSet],
) -> GroupState {
    let mut state = GroupState { restoration: Restoration::Complete, ..state.clone() };
    for ((index, _, alerting), set) in restorable(group, patience).zip(series) {
        let past: BTreeMap<Labels, SeriesView<'_>> =
            set.iter().map(|view| (view.labels.without(METRIC_NAME), view)).collect();
        let alerts = state.rules.get_mut(index).map(|rule| rule.alerts.values_mut());
        for alert in alerts.into_iter().flatten() {
            let last = past.get(&alert.labels).and_then(last_float);
            if let (AlertState::Pending, Some((down_at, since))) = (alert.state, last) {
                alert.active_at = active_at(alerting.hold, down_at, since, now, patience);
            }
        }
    }
    state
}

fn restorable(
    group: &Group,
    patience: Patience,
) -> impl Iterator<Item = (usize, &Rule, &Alerting)> {
    group.rules.iter().enumerate().filter_map(move |(index, rule)| match &rule.kind {
        RuleKind::Alerting(alerting) if alerting.hold >= patience.grace_period => {
            Some((index, rule, alerting))
        }
        _ => None,
    })
}

/// The rule's series; labels whose values are templates may have any value.
fn for_state_matchers(rule: &Rule) -> Matchers {
    let fixed = rule
        .labels
        .iter()
        .filter(|(name, text)| name != ALERT_NAME && !text.is_empty() && !text.contains("{{"));
    let fixed = fixed.map(|(name, value)| Matcher::equal(name, value));
    let own = [(METRIC_NAME, ALERTS_FOR_STATE), (ALERT_NAME, rule.name())];
    Matchers(
        own.map(|(name, value)| Matcher::equal(name, value)).into_iter().chain(fixed).collect(),
    )
}

/// When the series was last written and what it says, both in whole seconds; none if the alert
/// had ended then.
fn last_float(view: &SeriesView<'_>) -> Option<(Timestamp, Timestamp)> {
    let is_float = |index: &usize| !matches!(view.histograms.get(*index), Some(Some(_)));
    let last = (0..view.times.len()).rfind(is_float)?;
    let (time, value) = (view.times[last], view.values[last]);
    if is_stale(value) || !value.is_finite() {
        return None;
    }
    let second = |second: i64| Timestamp::from_millis(second.saturating_mul(1000));
    Some((second(time.div_euclid(1000)), second(value as i64)))
}

/// Since when the alert counts as active, so that it fires when it should.
fn active_at(
    hold: Span,
    down_at: Timestamp,
    since: Timestamp,
    now: Timestamp,
    patience: Patience,
) -> Timestamp {
    let remaining = hold - (down_at - since);
    if remaining <= Span::ZERO {
        since
    } else if remaining < patience.grace_period {
        now + patience.grace_period - hold
    } else {
        since + (now - down_at)
    }
}

#[cfg(test)]
mod tests;
