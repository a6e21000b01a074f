//! One test: evaluations from its start to the last moment it asks about.

use std::sync::Arc;

use crate::config::ruletest::{AlertTest, ExpectedAlert, Test, TestFile};
use crate::drivers::evaluate::Evaluator;
use crate::engine::Evaluation;
use crate::promql::Options;
use crate::rules::{AlertState, Group, GroupState, Health, Outcome, Rule, RuleKind, Surroundings};
use crate::time::duration::format_go;
use crate::time::{Span, Timestamp};

use super::compare::{self, Asked};
use super::messages::{self, Messages};
use super::{Case, Conduct, Detail, Fault, Loaded, dump, inputs};

/// The most evaluations that one test may take.
pub(super) const EVALUATIONS_LIMIT: i64 = 10_000_000;

/// A group and what it remembers.
struct Ruled {
    group: Arc<Group>,
    state: Arc<GroupState>,
}

/// A test that runs.
struct Running<'a> {
    test: &'a Test,
    interval: Span,
    conduct: &'a Conduct,
    evaluator: Evaluator,
    ruled: Vec<Ruled>,
    faults: Vec<Fault>,
    /// What the alerts lead to, when the test looks at it.
    messages: Option<Messages<'a>>,
}

/// Whether a test goes on.
#[derive(PartialEq, Eq)]
enum Course {
    GoesOn,
    /// A rule failed.
    Ends,
}

pub(super) fn run(test: &Test, file: &TestFile, loaded: &Loaded, conduct: &Conduct) -> Case {
    let last = last_moment(test);
    let steps = last.millis() / file.evaluation_interval.millis().max(1);
    if steps > EVALUATIONS_LIMIT {
        let text = format!(
            "    the last eval_time is {steps} evaluation intervals from the start: at most \
             {EVALUATIONS_LIMIT} are run"
        );
        return failed(Fault { line: test.line, text });
    }
    let store = match inputs::store(test) {
        Ok(store) => store,
        Err(fault) => return failed(fault),
    };
    let messages = match messages(test, loaded) {
        Ok(messages) => messages,
        Err(fault) => return failed(fault),
    };
    let options = Options { default_step: file.evaluation_interval, ..conduct.options.clone() };
    let surroundings = Arc::new(surroundings(test, conduct, options));
    let mut running = Running {
        test,
        interval: file.evaluation_interval,
        conduct,
        evaluator: Evaluator::new(Arc::clone(&store), Arc::clone(&surroundings)),
        ruled: loaded.groups.iter().map(ruled).collect(),
        faults: Vec::new(),
        messages,
    };
    let mut case = Case::default();
    if running.evaluate(steps) == Course::GoesOn {
        let until = test.start + file.evaluation_interval.times(steps);
        let asked = Asked { store: &store, surroundings: &surroundings, until };
        if let Some(messages) = running.messages {
            running.faults.extend(messages.finish(last, test.line));
        }
        running.faults.extend(compare::queries(test, &asked, file.comparison));
        if conduct.detail == Detail::Everything {
            case.dump = dump::everything(&store, test.start, last, until);
        }
    }
    Case { faults: running.faults, ..case }
}

fn messages<'a>(test: &'a Test, loaded: &Loaded) -> Result<Option<Messages<'a>>, Fault> {
    match (&test.notifications, &loaded.notification) {
        (Some(expected), Some(notification)) => {
            Messages::new(test, expected, Arc::clone(notification)).map(Some)
        }
        _ => Ok(None),
    }
}

fn failed(fault: Fault) -> Case {
    Case { faults: vec![fault], ..Case::default() }
}

fn ruled(group: &Arc<Group>) -> Ruled {
    Ruled { group: Arc::clone(group), state: Arc::new(GroupState::new(group)) }
}

/// The last moment that the test asks about.
fn last_moment(test: &Test) -> Span {
    let alerts = test.alerts.iter().map(|one| one.at);
    let queries = test.queries.iter().map(|one| one.at);
    let messages = test.notifications.as_ref().map(messages::last_moment);
    alerts.chain(queries).chain(messages).max().unwrap_or_default()
}

fn surroundings(test: &Test, conduct: &Conduct, options: Options) -> Surroundings {
    let url = Arc::from(test.external_url.trim_end_matches('/'));
    let surroundings = Surroundings::in_virtual_time(test.external_labels.clone(), url);
    Surroundings { features: conduct.features, options, ..surroundings }
}

impl Running<'_> {
    /// Evaluates from the start, comparing alerts on the way.
    fn evaluate(&mut self, steps: i64) -> Course {
        let mut tests: Vec<&AlertTest> = self.test.alerts.iter().collect();
        tests.sort_by_key(|test| test.at);
        let mut tests = tests.into_iter().peekable();
        for step in 0..=steps {
            let since = self.interval.times(step);
            if self.evaluate_groups(since) == Course::Ends {
                return Course::Ends;
            }
            let due = |test: &&AlertTest| test.at < since + self.interval;
            while let Some(test) = tests.next_if(due) {
                let got = firing(&self.ruled, &test.name);
                let shown = self.conduct.alerts;
                self.faults.extend(compare::alerts(&self.test.name, test, got, shown));
            }
        }
        Course::GoesOn
    }

    fn evaluate_groups(&mut self, since: Span) -> Course {
        let at = self.test.start + since;
        if let Some(messages) = &mut self.messages {
            messages.run_until(since);
        }
        let mut course = Course::GoesOn;
        for index in 0..self.ruled.len() {
            let Ruled { group, state } = &self.ruled[index];
            let (group, state) = (Arc::clone(group), Arc::clone(state));
            let evaluation = Evaluation { group, state, at, overdue: Timestamp::MAX };
            match self.evaluator.evaluate(&evaluation) {
                Ok(outcome) => self.take(index, outcome, since, &mut course),
                Err(endless) => {
                    let name = &evaluation.group.id;
                    let text = format!("    group: {name}, err: {endless}");
                    self.faults.push(Fault { line: self.test.line, text });
                    course = Course::Ends;
                }
            }
        }
        course
    }

    fn take(&mut self, index: usize, outcome: Outcome, since: Span, course: &mut Course) {
        let ruled = &mut self.ruled[index];
        for (rule, state) in ruled.group.rules.iter().zip(&outcome.state.rules) {
            if let Health::Failed(reason) = &state.health {
                let (name, time) = (rule.name(), format_go(since));
                let text = format!("    rule: {name}, time: {time}, err: {reason}");
                self.faults.push(Fault { line: self.test.line, text });
                *course = Course::Ends;
            }
        }
        if let Some(messages) = &mut self.messages {
            messages.post(&outcome.alerts);
        }
        self.evaluator.append(outcome.series);
        ruled.state = Arc::new(outcome.state);
    }
}

/// The alerts of a name that fire, sorted.
fn firing(ruled: &[Ruled], name: &str) -> Vec<ExpectedAlert> {
    let named = |rule: &Rule| match &rule.kind {
        RuleKind::Alerting(alerting) => *alerting.name == *name,
        RuleKind::Recording(_) => false,
    };
    let states = ruled.iter().flat_map(|one| one.group.rules.iter().zip(&one.state.rules));
    let alerts = states
        .filter(|(rule, _)| named(rule))
        .flat_map(|(_, state)| state.alerts.values())
        .filter(|alert| alert.state == AlertState::Firing)
        .map(|alert| ExpectedAlert {
            labels: alert.labels.clone(),
            annotations: alert.annotations.clone(),
        });
    let mut alerts: Vec<ExpectedAlert> = alerts.collect();
    alerts.sort();
    alerts
}
