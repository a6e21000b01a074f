//! The receivers of a scenario: they get messages and fail as the script says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::drivers::evaluate::Evaluator;
use crate::drivers::world::Outside;
use crate::engine::{Evaluation, Setup};
use crate::notify::message::{Message, SecretFiles, judge, render};
use crate::notify::{Delivery, Failure, Verdict};
use crate::rules::Outcome;
use crate::sample::Series;
use crate::silence::SilenceError;
use crate::time::{Span, Timestamp};

use super::Fault;

/// A message as a receiver got it.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) at: Timestamp,
    pub(super) target: String,
    pub(super) delivery: Delivery,
    pub(super) message: Result<Message, Failure>,
}

/// Everything outside of the engine.
pub(super) struct Receivers {
    pub(super) setup: Arc<Setup>,
    pub(super) evaluator: Option<Evaluator>,
    pub(super) faults: BTreeMap<String, Fault>,
    pub(super) got: Vec<Got>,
    pub(super) refused: Vec<(Timestamp, String)>,
}

impl Outside for Receivers {
    fn deliver(&mut self, now: Timestamp, delivery: &Delivery) -> Vec<(Span, Verdict)> {
        let settings = &delivery.integration().settings;
        let target = format!("{}#{}", settings.kind(), delivery.receiver.name);
        let fault = self.faults.get(&target).copied();
        let ok = (Span::ZERO, Verdict::Delivered);
        let reports = match fault {
            None => vec![ok],
            Some(Fault::Hang) => return Vec::new(),
            Some(Fault::Status(status)) => {
                return vec![(Span::ZERO, judge(settings, status, "text/plain", "scripted"))];
            }
            Some(Fault::Lost) => Vec::new(),
            Some(Fault::Slow(span)) => vec![(span, Verdict::Delivered)],
            Some(Fault::Doubled) => vec![ok.clone(), ok],
        };
        let templates = &self.setup.notification.templates;
        let files = SecretFiles::new();
        let message = render(delivery, templates, &self.setup.external_url, &files);
        let rejected = message.as_ref().err().cloned();
        self.got.push(Got { at: now, target, delivery: delivery.clone(), message });
        match rejected {
            Some(failure) => vec![(Span::ZERO, Verdict::Rejected(failure))],
            None => reports,
        }
    }

    fn evaluate(&mut self, _now: Timestamp, evaluation: &Evaluation) -> Option<Outcome> {
        self.evaluator.as_mut()?.evaluate(evaluation).ok()
    }

    fn append(&mut self, _now: Timestamp, series: Vec<Series>) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.append(series);
        }
    }

    fn reply(&mut self, now: Timestamp, reply: Result<Arc<str>, SilenceError>) {
        if let Err(error) = reply {
            self.refused.push((now, error.to_string()));
        }
    }
}
