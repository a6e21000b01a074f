//! The end of a rule's evaluation: its alerts, its series, its health.

use std::sync::Arc;
use std::time::Duration;

use crate::label::Labels;
use crate::rules::alerting::{self, Alerts, Circumstances, Element};
use crate::rules::error::RuleError;
use crate::rules::{Alerting, DueAlert, Health, Restoration, RuleState, handover};
use crate::sample::Value;
use crate::time::Timestamp;

use super::{Run, Surroundings};

impl Run {
    /// Moves the next rule's alerts on: the alerts now, and the series they are written as.
    pub(super) fn advance(
        &mut self,
        alerting: &Alerting,
        elements: Vec<Element>,
    ) -> (Alerts, Result<Vec<(Labels, Value)>, RuleError>) {
        let position = self.rules.len();
        let sight = self.surroundings.series_since;
        let blind = self.compiled.rules[position].reads_before(self.at, sight);
        let circumstances = Circumstances {
            at: self.at,
            limit: self.compiled.group().limit,
            unseen_before: if blind { sight } else { Timestamp::MIN },
        };
        let old = Arc::clone(&self.old);
        let old = &old.rules[position].alerts;
        match alerting::advance(old, alerting, elements, circumstances) {
            Ok(mut alerts) => {
                self.hand_over(&mut alerts);
                let series = match self.old.restoration {
                    Restoration::Complete => alerting::series(&alerts),
                    Restoration::Awaited => Vec::new(),
                };
                let float = |(labels, value)| (labels, Value::Float(value));
                (alerts, Ok(series.into_iter().map(float).collect()))
            }
            Err(error @ RuleError::TooManyAlerts { .. }) => (Alerts::new(), Err(error)),
            Err(error) => (old.clone(), Err(error)),
        }
    }

    /// Collects the next rule's alerts that are due, and notes that they are handed on.
    fn hand_over(&mut self, alerts: &mut Alerts) {
        let compiled = Arc::clone(&self.compiled);
        let group = compiled.group();
        let Surroundings { external_labels, external_url, resend_delay, .. } = &*self.surroundings;
        let until = handover::valid_until(self.at, group.interval, *resend_delay);
        let rule = self.rules.len();
        let mut url = None;
        for alert in alerts.values_mut() {
            if !handover::is_due(alert, self.at, *resend_delay) {
                continue;
            }
            alert.last_sent_at = Some(self.at);
            let text = &group.rules[rule].expr_text;
            let url = url.get_or_insert_with(|| handover::generator_url(external_url, text));
            self.alerts.push(DueAlert {
                rule,
                labels: handover::with_external_labels(&alert.labels, external_labels),
                annotations: alert.annotations.clone(),
                starts_at: alert.fired_at.unwrap_or(alert.active_at),
                ends_at: alert.resolved_at.unwrap_or(until),
                generator_url: Arc::clone(url),
            });
        }
    }

    /// The next rule is done: its series are written, those that vanished are marked stale.
    pub(super) fn settle(
        &mut self,
        alerts: Alerts,
        series: Result<Vec<(Labels, Value)>, RuleError>,
        busy: Duration,
    ) {
        let index = self.rules.len();
        let series = match series {
            Ok(series) => series,
            Err(error) => return self.refuse(alerts, error.to_string(), busy),
        };
        let samples = series.len();
        let (written, refused) = self.write(series);
        let old = Arc::clone(&self.old);
        for labels in old.rules[index].written.iter() {
            self.overlay.mark_stale(labels);
        }
        if old.rules[index].last_evaluation.is_none() {
            // Restored alerts come without a memory of what was written for them.
            for (labels, _) in alerting::series(&old.rules[index].alerts) {
                self.overlay.mark_stale(&labels);
            }
        }
        let health = match refused {
            None => Health::Good,
            Some(reason) => self.failed(reason),
        };
        self.rules.push(RuleState {
            alerts,
            written: if written.is_empty() { Arc::default() } else { written.into() },
            health,
            last_evaluation: Some(self.at),
            evaluation_time: busy,
            samples,
        });
    }

    /// Writes series, and tells which have the value now and why one has not.
    fn write(&mut self, series: Vec<(Labels, Value)>) -> (Vec<Labels>, Option<String>) {
        let (mut written, mut refused) = (Vec::with_capacity(series.len()), None);
        for (labels, value) in series {
            if self.overlay.write(&labels, value) {
                written.push(labels);
            } else {
                refused.get_or_insert_with(|| {
                    format!("duplicate sample for timestamp: an earlier rule wrote {labels}")
                });
            }
        }
        (written, refused)
    }

    /// The next rule has failed before its alerts were touched.
    pub(super) fn fail(&mut self, reason: String, busy: Duration) {
        let alerts = self.old.rules[self.rules.len()].alerts.clone();
        self.refuse(alerts, reason, busy);
    }

    /// The next rule has failed: nothing is written and nothing marked stale.
    fn refuse(&mut self, alerts: Alerts, reason: String, busy: Duration) {
        let written = Arc::clone(&self.old.rules[self.rules.len()].written);
        let health = self.failed(reason);
        self.rules.push(RuleState {
            alerts,
            written,
            health,
            last_evaluation: Some(self.at),
            evaluation_time: busy,
            samples: 0,
        });
    }

    fn failed(&mut self, reason: String) -> Health {
        let name = self.compiled.group().rules[self.rules.len()].name();
        self.notes.push(format!("{name}: {reason}"));
        Health::Failed(reason)
    }
}
