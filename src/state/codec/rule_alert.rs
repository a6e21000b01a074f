//! Alerts of rules.

use crate::label::Labels;
use crate::rules::{AlertState, RuleAlert};

use super::CodecError;
use super::message::Message;
use super::wire::{LabelsWire, labels, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RuleAlertWire {
    /// 1 inactive, 2 pending, 3 firing.
    #[prost(uint32, tag = "1")]
    state: u32,
    /// Left out where they are those of the key.
    #[prost(message, optional, tag = "2")]
    labels: Option<LabelsWire>,
    #[prost(message, optional, tag = "3")]
    annotations: Option<LabelsWire>,
    /// The bits of the number: not-a-numbers have a meaning.
    #[prost(fixed64, tag = "4")]
    value: u64,
    #[prost(sint64, tag = "5")]
    active_at: i64,
    #[prost(sint64, optional, tag = "6")]
    fired_at: Option<i64>,
    #[prost(sint64, optional, tag = "7")]
    resolved_at: Option<i64>,
    #[prost(sint64, optional, tag = "8")]
    last_sent_at: Option<i64>,
    #[prost(sint64, optional, tag = "9")]
    keep_firing_since: Option<i64>,
}

const STATES: [(u32, AlertState); 3] =
    [(1, AlertState::Inactive), (2, AlertState::Pending), (3, AlertState::Firing)];

/// Writes what [`RuleAlertWire`] reads; `key` are the labels that the record's key already has.
pub(super) fn write(alert: &RuleAlert, key: Option<&Labels>, message: &mut Message<'_>) {
    let state = STATES.iter().find(|(_, state)| *state == alert.state);
    message.number(1, state.map_or(0, |(code, _)| *code).into());
    if key != Some(&alert.labels) {
        message.message(2, |message| message.pairs(&alert.labels));
    }
    message.labels(3, &alert.annotations);
    message.fixed(4, alert.value.to_bits());
    message.time(5, alert.active_at);
    message.perhaps_time(6, alert.fired_at);
    message.perhaps_time(7, alert.resolved_at);
    message.perhaps_time(8, alert.last_sent_at);
    message.perhaps_time(9, alert.keep_firing_since);
}

impl RuleAlertWire {
    pub(super) fn alert(&self, key: &Labels) -> Result<RuleAlert, CodecError> {
        let what = "alert of a rule";
        let state = STATES.iter().find(|(code, _)| *code == self.state);
        let (_, state) = state.ok_or(CodecError::Field { what, field: "state" })?;
        Ok(RuleAlert {
            state: *state,
            labels: match &self.labels {
                Some(wire) => wire.labels(what)?,
                None => key.clone(),
            },
            annotations: labels(self.annotations.as_ref(), what)?,
            value: f64::from_bits(self.value),
            active_at: time(self.active_at),
            fired_at: self.fired_at.map(time),
            resolved_at: self.resolved_at.map(time),
            last_sent_at: self.last_sent_at.map(time),
            keep_firing_since: self.keep_firing_since.map(time),
        })
    }
}
