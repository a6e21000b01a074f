//! Rules and alerts as the API shows them.

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::engine::view::RuleGroupView;
use crate::label::Labels;
use crate::rules::{AlertState, Alerting, Health, Rule, RuleAlert, RuleKind, RuleState};
use crate::time::{Timestamp, rfc3339};

use super::json;

/// A page of groups.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleGroups<'a> {
    pub(super) groups: Vec<GroupDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group_next_token: Option<String>,
}

/// A group.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupDto<'a> {
    name: &'a str,
    file: &'a str,
    pub(super) rules: Vec<RuleDto<'a>>,
    interval: Seconds,
    limit: usize,
    evaluation_time: Seconds,
    last_evaluation: Moment,
}

/// A rule of either kind.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum RuleDto<'a> {
    Alerting(AlertingDto<'a>),
    Recording(RecordingDto<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertingDto<'a> {
    state: &'static str,
    name: &'a str,
    query: &'a str,
    duration: Seconds,
    keep_firing_for: Seconds,
    labels: Pairs<'a>,
    annotations: Pairs<'a>,
    alerts: Option<Vec<AlertDto<'a>>>,
    #[serde(flatten)]
    course: Course<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordingDto<'a> {
    name: &'a str,
    query: &'a str,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    labels: Pairs<'a>,
    #[serde(flatten)]
    course: Course<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// How the last evaluation went.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Course<'a> {
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<&'a str>,
    evaluation_time: Seconds,
    last_evaluation: Moment,
}

/// All alerts that are pending or fire.
#[derive(Serialize)]
pub(super) struct Alerts<'a> {
    pub(super) alerts: Vec<AlertDto<'a>>,
}

/// An alert.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertDto<'a> {
    labels: Set<'a>,
    annotations: Set<'a>,
    state: &'static str,
    active_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_firing_since: Option<Moment>,
    value: String,
}

/// Whether the alerts of a rule are shown.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum ShowAlerts {
    Yes,
    No,
}

impl<'a> GroupDto<'a> {
    /// A group with none of its rules yet.
    pub(super) fn new(view: &'a RuleGroupView) -> GroupDto<'a> {
        let group = &view.group;
        GroupDto {
            name: &group.id.name,
            file: &group.id.file,
            rules: Vec::new(),
            interval: Seconds(group.interval.seconds()),
            limit: group.limit,
            evaluation_time: Seconds(view.state.evaluation_time.as_secs_f64()),
            last_evaluation: Moment(view.state.last_evaluation),
        }
    }
}

impl<'a> RuleDto<'a> {
    pub(super) fn new(rule: &'a Rule, state: &'a RuleState, show: ShowAlerts) -> RuleDto<'a> {
        match &rule.kind {
            RuleKind::Alerting(alerting) => {
                RuleDto::Alerting(AlertingDto::new(rule, alerting, state, show))
            }
            RuleKind::Recording(recording) => RuleDto::Recording(RecordingDto {
                name: &recording.name,
                query: &rule.expr_text,
                labels: Pairs(&rule.labels),
                course: Course::new(state),
                kind: "recording",
            }),
        }
    }
}

impl<'a> AlertingDto<'a> {
    fn new(
        rule: &'a Rule,
        alerting: &'a Alerting,
        state: &'a RuleState,
        show: ShowAlerts,
    ) -> AlertingDto<'a> {
        let unknown = state.last_evaluation.is_none() && state.alerts.is_empty();
        AlertingDto {
            state: if unknown { "unknown" } else { text(state.alert_state()) },
            name: &alerting.name,
            query: &rule.expr_text,
            duration: Seconds(alerting.hold.seconds()),
            keep_firing_for: Seconds(alerting.keep_firing_for.seconds()),
            labels: Pairs(&rule.labels),
            annotations: Pairs(&alerting.annotations),
            alerts: (show == ShowAlerts::Yes).then(|| active(state).collect()),
            course: Course::new(state),
            kind: "alerting",
        }
    }
}

impl<'a> Course<'a> {
    fn new(state: &'a RuleState) -> Course<'a> {
        let (health, last_error) = match &state.health {
            Health::Unknown => ("unknown", None),
            Health::Good => ("ok", None),
            Health::Failed(error) => ("err", Some(error.as_str())),
        };
        Course {
            health,
            last_error,
            evaluation_time: Seconds(state.evaluation_time.as_secs_f64()),
            last_evaluation: Moment(state.last_evaluation),
        }
    }
}

/// The alerts of a rule that are pending or fire.
pub(super) fn active(state: &RuleState) -> impl Iterator<Item = AlertDto<'_>> {
    let active = state.alerts.values().filter(|alert| alert.state != AlertState::Inactive);
    active.map(AlertDto::new)
}

impl<'a> AlertDto<'a> {
    fn new(alert: &'a RuleAlert) -> AlertDto<'a> {
        AlertDto {
            labels: Set(&alert.labels),
            annotations: Set(&alert.annotations),
            state: text(alert.state),
            active_at: Moment(Some(alert.active_at)),
            keep_firing_since: alert.keep_firing_since.map(|since| Moment(Some(since))),
            value: json::exponent(alert.value),
        }
    }
}

fn text(state: AlertState) -> &'static str {
    match state {
        AlertState::Inactive => "inactive",
        AlertState::Pending => "pending",
        AlertState::Firing => "firing",
    }
}

/// A length of time in seconds; whole seconds have no fraction.
pub(super) struct Seconds(pub(super) f64);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            return serializer.serialize_i64(self.0 as i64);
        }
        serializer.serialize_f64(self.0)
    }
}

/// A moment as Go writes it; nothing is Go's zero time.
pub(super) struct Moment(pub(super) Option<Timestamp>);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&rfc3339::nano(self.0.unwrap_or(rfc3339::GO_ZERO)))
    }
}

/// Pairs as an object.
pub(super) struct Pairs<'a>(&'a [(String, String)]);

impl Pairs<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A label set as an object.
pub(super) struct Set<'a>(&'a Labels);

impl Serialize for Set<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Where a process' alerts go.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alertmanagers {
    pub(super) active_alertmanagers: Vec<Address>,
    pub(super) dropped_alertmanagers: Vec<Address>,
}

/// An address.
#[derive(Serialize)]
pub(super) struct Address {
    pub(super) url: Arc<str>,
}
