//! A sample night of an Airflow platform in virtual time: pushes, rules, routing, messages, all
//! by the parts that serve live. The night is the same every time; its state at dawn is what
//! the demo goes on to serve.

mod night;
mod show;

pub use night::{DAWN, Push, clock, pushes};
pub use show::{Shown, show};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::rules::RuleOptions;
use crate::config::{ConfigErrors, Expansion, Surroundings as ConfigSurroundings, alertmanager};
use crate::drivers::evaluate::Evaluator;
use crate::drivers::world::{Outside, World};
use crate::engine::{Evaluation, Record, Setup};
use crate::ingest::{Intake, PushRequest};
use crate::label::Labels;
use crate::label::matcher::Mode;
use crate::notify::message::{SecretFiles, render};
use crate::notify::{Delivery, Verdict};
use crate::rules::{Outcome, Surroundings};
use crate::sample::Series;
use crate::silence::SilenceError;
use crate::source::embedded::Store;
use crate::time::{Span, Timestamp};

/// The guide's rule file.
pub const RULES: &str = include_str!("../../../rules/airflow.yml");
/// The guide's Alertmanager configuration.
pub const RECEIVERS: &str = include_str!("../../../receivers/airflow.yml");
/// How often pushed values are stored again.
const TICK: Span = Span::from_secs(15);

/// A night that has been played.
pub struct Night {
    /// What the receivers were told, in order.
    pub messages: Vec<Shown>,
    /// What is durable at its end.
    pub records: Vec<Record>,
    /// The samples of the night.
    pub store: Arc<Store>,
    /// What is pushed at its end.
    pub intake: Arc<Intake>,
    /// The configuration.
    pub setup: Arc<Setup>,
    /// How many rule evaluations there were.
    pub evaluations: usize,
}

/// When the night that ends not long before `now` begins: on a full hour, so that every night
/// is the same.
pub fn begin(now: Timestamp) -> Timestamp {
    let hour = Span::from_mins(60).millis();
    let start = (now - DAWN).millis();
    Timestamp::from_millis(start - start.rem_euclid(hour))
}

/// The demo's configuration: the guide's own files, with made-up secrets.
pub fn setup(external_url: &str) -> Result<Setup, ConfigErrors> {
    let raw = alertmanager::parse(
        "receivers/airflow.yml",
        RECEIVERS,
        Expansion::On(&Secrets),
        Mode::default(),
    )?;
    let options = RuleOptions::default();
    let (groups, _) =
        crate::config::rules::parse("rules/airflow.yml", RULES, &options, Expansion::Off)?;
    Ok(Setup {
        notification: Arc::new(raw.compile(&[])?),
        groups: groups.into_iter().map(Arc::new).collect(),
        external_labels: Labels::empty(),
        external_url: Arc::from(external_url),
        retention: Span::from_mins(5 * 24 * 60),
        forward: Default::default(),
        upkeep: Default::default(),
    })
}

/// Plays the night from `start` and on until `until`.
pub fn play(start: Timestamp, until: Timestamp, setup: Arc<Setup>) -> Night {
    let store = Arc::new(Store::new());
    let intake = Arc::new(Intake::new(Arc::clone(&store), None));
    let (labels, url) = (setup.external_labels.clone(), Arc::clone(&setup.external_url));
    let surroundings = Arc::new(Surroundings::in_virtual_time(labels, url));
    let platform = Platform {
        start,
        setup: Arc::clone(&setup),
        evaluator: Evaluator::new(Arc::clone(&store), surroundings),
        messages: Vec::new(),
        evaluations: 0,
    };
    let mut world = World::new(start, Arc::clone(&setup), platform);
    let mut pushes = pushes(start).into_iter().peekable();
    let mut now = start;
    while now <= until {
        world.run_until(now);
        while let Some(push) = pushes.next_if(|push| start + push.at <= now) {
            give(&intake, now, &push);
        }
        intake.tick(now);
        now = now + TICK;
    }
    world.run_until(until);
    let records = world.durable().iter();
    let records = records.map(|(key, value)| Record::Put(key.clone(), value.clone())).collect();
    let Platform { messages, evaluations, .. } = world.outside;
    Night { messages, records, store, intake, setup, evaluations }
}

fn give(intake: &Intake, now: Timestamp, push: &Push) {
    let request = PushRequest {
        method: crate::ingest::pushgateway::Method::Put,
        path: &push.path,
        content_type: None,
        content_encoding: None,
        body: push.body.as_bytes(),
    };
    let answer = intake.push(now, &request);
    assert!(answer.is_ok(), "the night's own pushes are well-formed: {answer:?}");
}

/// The platform's surroundings: receivers that take everything.
struct Platform {
    start: Timestamp,
    setup: Arc<Setup>,
    evaluator: Evaluator,
    messages: Vec<Shown>,
    evaluations: usize,
}

impl Outside for Platform {
    fn deliver(&mut self, now: Timestamp, delivery: &Delivery) -> Vec<(Span, Verdict)> {
        let templates = &self.setup.notification.templates;
        let files = SecretFiles::new();
        match render(delivery, templates, &self.setup.external_url, &files) {
            Ok(message) => {
                self.messages.push(show(night::clock(now - self.start), delivery, &message));
                vec![(Span::ZERO, Verdict::Delivered)]
            }
            Err(failure) => vec![(Span::ZERO, Verdict::Rejected(failure))],
        }
    }

    fn evaluate(&mut self, _now: Timestamp, evaluation: &Evaluation) -> Option<Outcome> {
        self.evaluations += 1;
        self.evaluator.evaluate(evaluation).ok()
    }

    fn append(&mut self, _now: Timestamp, series: Vec<Series>) {
        self.evaluator.append(series);
    }

    fn reply(&mut self, _now: Timestamp, _reply: Result<Arc<str>, SilenceError>) {}
}

/// What the guide's placeholders stand for.
struct Secrets;

impl ConfigSurroundings for Secrets {
    fn variable(&self, name: &str) -> Option<String> {
        let values = BTreeMap::from([
            ("SLACK_WEBHOOK_URL", "https://hooks.slack.example/services/demo"),
            ("PAGERDUTY_SERVICE_KEY", "demo-service-key"),
        ]);
        values.get(name).map(|&value| value.to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        Err(format!("{path}: the demo reads no files"))
    }
}
