//! The receivers of a scenario: they get messages and fail as the script says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::drivers::evaluate::Evaluator;
use crate::drivers::world::Outside;
use crate::engine::{Decision, DecisionKind, Evaluation, Record, RecordKey, RecordValue, Setup};
use crate::notify::integration::Settings;
use crate::notify::message::{Message, SecretFiles, judge, render, secret_files};
use crate::notify::{Delivery, Failure, Verdict};
use crate::rules::Outcome;
use crate::sample::Series;
use crate::secret::Secret;
use crate::silence::SilenceError;
use crate::time::{Span, Timestamp};

use super::Fault;

/// A message as a receiver got it.
#[derive(Clone, Debug)]
pub(in crate::drivers::ruletest) struct Got {
    pub(in crate::drivers::ruletest) at: Timestamp,
    pub(in crate::drivers::ruletest) target: String,
    pub(in crate::drivers::ruletest) delivery: Delivery,
    pub(in crate::drivers::ruletest) message: Result<Message, Failure>,
}

/// Everything outside of the engine.
pub(in crate::drivers::ruletest) struct Receivers {
    pub(in crate::drivers::ruletest) setup: Arc<Setup>,
    pub(in crate::drivers::ruletest) evaluator: Option<Evaluator>,
    pub(in crate::drivers::ruletest) faults: BTreeMap<String, Fault>,
    pub(in crate::drivers::ruletest) got: Vec<Got>,
    pub(in crate::drivers::ruletest) refused: Vec<(Timestamp, String)>,
    /// Which alerts were kept back, and when not any more, in order.
    pub(in crate::drivers::ruletest) holds: Vec<Arc<Decision>>,
    /// The ids of the routes that took alerts.
    pub(in crate::drivers::ruletest) routes: BTreeSet<Arc<str>>,
}

impl Receivers {
    /// Receivers that work and have got nothing yet.
    pub(in crate::drivers::ruletest) fn new(
        setup: Arc<Setup>,
        evaluator: Option<Evaluator>,
    ) -> Receivers {
        Receivers {
            setup,
            evaluator,
            faults: BTreeMap::new(),
            got: Vec::new(),
            refused: Vec::new(),
            holds: Vec::new(),
            routes: BTreeSet::new(),
        }
    }
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
        let files = placeholders(settings);
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

    fn committed(&mut self, records: &[Record]) {
        for record in records {
            let Record::Put(key, value) = record else { continue };
            match (key, value) {
                (RecordKey::Group(group), _) if !self.routes.contains(&group.route) => {
                    self.routes.insert(Arc::clone(&group.route));
                }
                (_, RecordValue::Decision(decision)) => {
                    use DecisionKind::{Released, Suppressed};
                    if matches!(decision.verdict, Suppressed { .. } | Released { .. }) {
                        self.holds.push(Arc::clone(decision));
                    }
                }
                _ => {}
            }
        }
    }

    fn reply(&mut self, now: Timestamp, reply: Result<Arc<str>, SilenceError>) {
        if let Err(error) = reply {
            self.refused.push((now, error.to_string()));
        }
    }
}

/// What stands for the contents of secret files: nothing is sent, so nothing is read. It may be
/// an address as well as a key.
fn placeholders(settings: &Settings) -> SecretFiles {
    let placeholder = |path: Arc<str>| {
        let secret =
            Secret::new(format!("https://secret.invalid/{}", path.trim_start_matches('/')));
        (path, secret)
    };
    secret_files(settings).into_iter().map(placeholder).collect()
}
