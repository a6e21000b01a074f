//! One test: evaluations from its start to the last moment it asks about.

use std::sync::Arc;

use crate::config::ruletest::{AlertTest, ExpectedAlert, Test, TestFile};
use crate::drivers::evaluate::Evaluator;
use crate::engine::Evaluation;
use crate::rules::foresight::Foresight;
use crate::rules::{
    AlertState, Group, GroupState, Health, Outcome, Rule, RuleAlert, RuleKind, Surroundings,
};
use crate::time::duration::{format_go, format_prometheus};
use crate::time::{Span, Timestamp};

use super::compare::{self, Asked};
use super::coverage::Exercised;
use super::load::Loaded;
use super::messages::{self, Messages};
use super::{Case, Compared, Conduct, Detail, Fault, Side, Tally, dump, inputs, sided};

/// The most evaluations that one test may take.
pub(super) const EVALUATIONS_LIMIT: i64 = 10_000_000;
/// How many slots are foreseen at a time: few enough to be held, enough to share the work.
const SLOTS_FORESEEN: i64 = 128;

/// A group and what it remembers.
struct Ruled {
    group: Arc<Group>,
    state: Arc<GroupState>,
    foresight: Foresight,
}

/// A test that runs.
struct Running<'a> {
    test: &'a Test,
    loaded: &'a Loaded,
    interval: Span,
    conduct: &'a Conduct,
    evaluator: Evaluator,
    ruled: Vec<Ruled>,
    faults: Vec<Fault>,
    /// What the alerts lead to, when the test looks at it.
    messages: Option<Messages<'a>>,
    exercised: Exercised,
}

/// Whether a test goes on.
#[derive(PartialEq, Eq)]
enum Course {
    GoesOn,
    /// A rule failed.
    Ends,
}

pub(super) fn run(
    test: &Test,
    file: &TestFile,
    loaded: &Loaded,
    conduct: &Conduct,
) -> (Case, Exercised) {
    match try_run(test, file, loaded, conduct) {
        Ok(ran) => ran,
        Err(fault) => (Case { faults: vec![fault], ..Case::default() }, Exercised::default()),
    }
}

fn try_run(
    test: &Test,
    file: &TestFile,
    loaded: &Loaded,
    conduct: &Conduct,
) -> Result<(Case, Exercised), Fault> {
    let last = last_moment(test);
    let steps = last.millis() / file.evaluation_interval.millis().max(1);
    if steps > EVALUATIONS_LIMIT {
        let text = format!(
            "    the last eval_time is {steps} evaluation intervals from the start: at most \
             {EVALUATIONS_LIMIT} are run"
        );
        return Err(Fault::new(test.line, text));
    }
    let store = inputs::store(test)?;
    let surroundings = Arc::new(surroundings(test, conduct, loaded));
    let compiled = loaded.compiled.clone();
    let mut running = Running {
        test,
        loaded,
        interval: file.evaluation_interval,
        conduct,
        evaluator: Evaluator::of(Arc::clone(&store), Arc::clone(&surroundings), compiled),
        ruled: loaded.groups.iter().map(ruled).collect(),
        faults: Vec::new(),
        messages: messages(test, loaded)?,
        exercised: Exercised::default(),
    };
    let mut case = Case::default();
    if running.evaluate(steps) == Course::GoesOn {
        let until = test.start + file.evaluation_interval.times(steps);
        let asked = Asked { store: &store, surroundings: &surroundings, until };
        if let Some(messages) = running.messages {
            let faults = messages.finish(last, test.line, &mut running.exercised);
            running.faults.extend(faults);
        }
        running.faults.extend(compare::queries(test, &asked, file.comparison));
        if conduct.detail == Detail::Everything {
            case.dump = dump::everything(&store, test.start, last, until);
        }
    }
    Ok((Case { faults: running.faults, ..case }, running.exercised))
}

fn messages<'a>(test: &'a Test, loaded: &Loaded) -> Result<Option<Messages<'a>>, Fault> {
    match (&test.notifications, &loaded.notification) {
        (Some(expected), Some(notification)) => {
            Messages::new(test, expected, Arc::clone(notification)).map(Some)
        }
        _ => Ok(None),
    }
}

fn ruled(group: &Arc<Group>) -> Ruled {
    Ruled {
        group: Arc::clone(group),
        state: Arc::new(GroupState::new(group)),
        foresight: Foresight::default(),
    }
}

/// The last moment that the test asks about.
fn last_moment(test: &Test) -> Span {
    let alerts = test.alerts.iter().map(|one| one.at);
    let queries = test.queries.iter().map(|one| one.at);
    let messages = test.notifications.as_ref().map(messages::last_moment);
    alerts.chain(queries).chain(messages).max().unwrap_or_default()
}

fn surroundings(test: &Test, conduct: &Conduct, loaded: &Loaded) -> Surroundings {
    let url = Arc::from(test.external_url.trim_end_matches('/'));
    let surroundings = Surroundings::in_virtual_time(test.external_labels.clone(), url);
    let options = loaded.options.clone();
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
            if step % SLOTS_FORESEEN == 0 {
                self.foresee(since, (steps - step + 1).min(SLOTS_FORESEEN));
            }
            if self.evaluate_groups(since) == Course::Ends {
                return Course::Ends;
            }
            let due = |test: &&AlertTest| test.at < since + self.interval;
            while let Some(test) = tests.next_if(due) {
                let got = self.firing(&test.name);
                let shown = self.conduct.alerts;
                let fault = compare::alerts(&self.test.name, test, got, shown);
                self.faults.extend(fault.map(|fault| self.explained(fault, &test.name, since)));
            }
        }
        Course::GoesOn
    }

    /// Asks at once what rules find at the next slots, where that cannot depend on other rules.
    fn foresee(&mut self, since: Span, slots: i64) {
        let (first, slots) = (self.test.start + since, usize::try_from(slots).unwrap_or(0));
        let when = (first, self.interval);
        for ruled in &mut self.ruled {
            ruled.foresight =
                self.evaluator.foresee(&ruled.group, &self.loaded.written, when, slots);
        }
    }

    fn evaluate_groups(&mut self, since: Span) -> Course {
        let at = self.test.start + since;
        if let Some(messages) = &mut self.messages {
            messages.run_until(since);
        }
        let mut course = Course::GoesOn;
        for index in 0..self.ruled.len() {
            let Ruled { group, state, foresight } = &mut self.ruled[index];
            let (group, state, known) = (Arc::clone(group), Arc::clone(state), foresight.take(at));
            let evaluation = Evaluation { group, state, at, overdue: Timestamp::MAX };
            match self.evaluator.evaluate_knowing(&evaluation, known) {
                Ok(outcome) => self.take(index, outcome, since, &mut course),
                Err(endless) => {
                    let name = &evaluation.group.id;
                    let text = format!("    group: {name}, err: {endless}");
                    self.faults.push(Fault::new(self.test.line, text));
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
                self.faults.push(Fault::new(self.test.line, text));
                *course = Course::Ends;
            }
        }
        if let Some(messages) = &mut self.messages {
            messages.post(&outcome.alerts);
        }
        if !outcome.series.is_empty() {
            self.evaluator.append(outcome.series);
        }
        if self.conduct.tally == Tally::Coverage {
            self.exercised.see(index, &outcome.state);
        }
        ruled.state = Arc::new(outcome.state);
    }

    /// The alerts of a name with their rules.
    fn alerts<'s>(&'s self, name: &'s str) -> impl Iterator<Item = (&'s Rule, &'s RuleAlert)> {
        let named = move |rule: &Rule| match &rule.kind {
            RuleKind::Alerting(alerting) => *alerting.name == *name,
            RuleKind::Recording(_) => false,
        };
        let states = self.ruled.iter().flat_map(|one| one.group.rules.iter().zip(&one.state.rules));
        let states = states.filter(move |(rule, _)| named(rule));
        states.flat_map(|(rule, state)| state.alerts.values().map(move |alert| (rule, alert)))
    }

    /// The alerts of a name that fire, sorted.
    fn firing(&self, name: &str) -> Vec<ExpectedAlert> {
        let firing = self.alerts(name).filter(|(_, alert)| alert.state == AlertState::Firing);
        let mut alerts: Vec<ExpectedAlert> = firing
            .map(|(_, alert)| ExpectedAlert {
                labels: alert.labels.clone(),
                annotations: alert.annotations.clone(),
            })
            .collect();
        alerts.sort();
        alerts
    }

    /// The fault with what else is known of alerts of that name.
    fn explained(&self, mut fault: Fault, name: &str, since: Span) -> Fault {
        let known = self.ruled.iter().flat_map(|one| &one.group.rules);
        if !known.into_iter().any(
            |rule| matches!(&rule.kind, RuleKind::Alerting(alerting) if *alerting.name == *name),
        ) {
            fault.difference.push(Compared::new(Side::Both, "no rule has an alert of that name"));
        }
        let now = self.test.start + since;
        for (rule, alert) in self.alerts(name).filter(|(_, one)| one.state == AlertState::Pending) {
            let RuleKind::Alerting(alerting) = &rule.kind else { continue };
            let (held, hold) = (now - alert.active_at, alerting.hold);
            let text = format!(
                "{} is pending: its condition has held for {} of {}",
                sided::shown(&alert.labels),
                format_prometheus(held),
                format_prometheus(hold),
            );
            fault.difference.push(Compared::new(Side::Both, text));
        }
        fault
    }
}
