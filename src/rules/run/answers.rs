//! What the rules' expressions come to: evaluated by the source, ahead and side by side, or when
//! their turn comes.
//!
//! ```text
//!                        reads what the group writes?
//!                     no                           yes
//! Asks::Values   the source evaluates it,     evaluated here, from series that
//!                unless it reads nothing      the driver joins with what was written
//!                        reads what an earlier rule writes?
//!                     no                           yes
//! Asks::Series   evaluated ahead, perhaps     evaluated when its turn comes,
//!                several side by side         with the overlay
//! ```
//!
//! A rule that is evaluated ahead reads nothing that the run writes, so the outcome is the same
//! as in turn.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::label::Labels;
use crate::promql::{Answer, AnswerValue, Grid, QueryError};
use crate::rules::Compiled;
use crate::rules::error::RuleError;
use crate::sample::{Question, Reply, Selection, SeriesSet, Value};

use super::{Elements, Run};

/// With fewer samples than this, evaluating side by side costs more than it saves.
const WORTH_SHARING: usize = 20_000;

/// What a run asks its source for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Series: expressions are evaluated here.
    Series,
    /// Values: the source evaluates expressions. Those that read what their own group writes
    /// are evaluated here nevertheless, as the source may not know it (yet).
    Values,
}

/// What a run waits for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Series, for what is evaluated here.
    pub series: Vec<Selection>,
    /// Values of whole expressions, each asked once.
    pub values: Vec<Question>,
}

/// What answers [`Needs`].
#[derive(Clone, Debug)]
pub struct Supply {
    /// A set for each selection, or why there are none.
    pub series: Result<Vec<SeriesSet>, String>,
    /// A reply for each question, or why there is none.
    pub values: Vec<Result<Arc<Reply>, String>>,
}

/// What a rule's expression came to.
pub(super) struct RuleAnswer {
    pub(super) elements: Result<Elements, String>,
    pub(super) warnings: Vec<String>,
    /// How long that took, here or at the source.
    pub(super) busy: Duration,
}

/// The answers of a run, as they come in.
pub(super) struct Answers {
    asks: Asks,
    rules: Vec<Source>,
    questions: Vec<Question>,
    replies: Vec<Result<Arc<Reply>, String>>,
}

/// Where a rule's answer comes from.
enum Source {
    /// There is none, and this is why.
    Hindered(String),
    /// The reply to a question, by number.
    Reply(usize),
    /// Its query, run here.
    Query,
    /// It was evaluated ahead.
    Ahead(RuleAnswer),
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty() && self.values.is_empty()
    }
}

impl Default for Supply {
    /// Nothing, for a run that needs nothing.
    fn default() -> Supply {
        Supply::series(Ok(Vec::new()))
    }
}

impl Supply {
    /// Series only.
    pub fn series(series: Result<Vec<SeriesSet>, String>) -> Supply {
        Supply { series, values: Vec::new() }
    }

    /// As many replies as there were questions.
    pub(super) fn replies(&self, questions: usize) -> Vec<Result<Arc<Reply>, String>> {
        let (got, wanted) = (self.values.len(), questions);
        if got == wanted {
            return self.values.clone();
        }
        let refused = format!("the source answered {wanted} questions with {got} replies");
        vec![Err(refused); wanted]
    }
}

impl Answers {
    /// Where each rule's answer will come from unless it is known, and what has to be selected
    /// for it.
    pub(super) fn plan(
        asks: Asks,
        compiled: &Compiled,
        grid: &Grid,
        known: Vec<Option<Elements>>,
    ) -> (Answers, Vec<Vec<Selection>>) {
        let mut answers =
            Answers { asks, rules: Vec::new(), questions: Vec::new(), replies: Vec::new() };
        let mut numbers = BTreeMap::<Question, usize>::new();
        let mut selections = Vec::new();
        let mut known = known.into_iter();
        for (rule, planned) in compiled.group().rules.iter().zip(&compiled.rules) {
            if let Some(elements) = known.next().flatten() {
                answers.rules.push(Source::Ahead(RuleAnswer::known(elements)));
                selections.push(Vec::new());
                continue;
            }
            let mut selected = Vec::new();
            let needs = planned.query.as_ref().map_err(String::clone);
            let needs = needs.and_then(|query| query.needs(grid).map_err(|e| e.to_string()));
            answers.rules.push(match needs {
                Err(reason) => Source::Hindered(reason),
                Ok(needs)
                    if asks == Asks::Values && !planned.reads.own_group && !needs.is_empty() =>
                {
                    let expr = Arc::clone(&rule.expr_text);
                    let question = Question { expr, at: grid.start };
                    let next = answers.questions.len();
                    let number = *numbers.entry(question.clone()).or_insert(next);
                    if number == next {
                        answers.questions.push(question);
                    }
                    Source::Reply(number)
                }
                Ok(needs) => {
                    selected = needs;
                    Source::Query
                }
            });
            selections.push(selected);
        }
        (answers, selections)
    }

    pub(super) fn asks(&self) -> Asks {
        self.asks
    }

    /// What the source is to evaluate.
    pub(super) fn questions(&self) -> &[Question] {
        &self.questions
    }
}

impl Run {
    /// Takes in what all rules need, and evaluates ahead what can be.
    pub(super) fn open(&mut self, supply: Supply) {
        self.answers.replies = supply.replies(self.answers.questions.len());
        match supply.series.and_then(|sets| self.supplies.fill(sets)) {
            Ok(()) => self.look_ahead(),
            Err(reason) => {
                for (index, source) in self.answers.rules.iter_mut().enumerate() {
                    if matches!(source, Source::Query) && self.supplies.is_used_by(index) {
                        *source = Source::Hindered(reason.clone());
                    }
                }
            }
        }
    }

    /// Evaluates rules side by side that read nothing which the run writes.
    fn look_ahead(&mut self) {
        let surroundings = Arc::clone(&self.surroundings);
        if !surroundings.hands.are_many() {
            return;
        }
        let rules = self.answers.rules.iter().enumerate();
        let independent: Vec<usize> = rules
            .filter(|(index, source)| {
                matches!(source, Source::Query) && !self.compiled.rules[*index].reads.earlier
            })
            .map(|(index, _)| index)
            .collect();
        if independent.len() < 2 || self.supplies.sample_count() < WORTH_SHARING {
            return;
        }
        let done: Vec<OnceLock<RuleAnswer>> = independent.iter().map(|_| OnceLock::new()).collect();
        surroundings.hands.do_all(independent.len(), &|number| {
            done[number].get_or_init(|| {
                self.answer_of(independent[number], |index, run| self.supplies.show(index, run))
            });
        });
        for (index, answer) in independent.into_iter().zip(done) {
            if let Some(answer) = answer.into_inner() {
                self.answers.rules[index] = Source::Ahead(answer);
            }
        }
    }

    /// The answer of the next rule.
    pub(super) fn next_answer(&mut self) -> RuleAnswer {
        let index = self.rules.len();
        match std::mem::replace(&mut self.answers.rules[index], Source::Query) {
            Source::Ahead(answer) => answer,
            Source::Hindered(reason) => RuleAnswer::failed(reason),
            Source::Reply(number) => match self.answers.replies.get(number) {
                Some(Ok(reply)) => RuleAnswer {
                    elements: Ok(reply.elements.clone()),
                    warnings: reply.warnings.clone(),
                    busy: reply.took,
                },
                Some(Err(reason)) => RuleAnswer::failed(reason.clone()),
                None => RuleAnswer::failed("the source did not reply".to_owned()),
            },
            Source::Query => {
                let mut supplies = std::mem::take(&mut self.supplies);
                let answer = self.answer_of(index, |index, run| {
                    if self.compiled.rules[index].reads.earlier {
                        supplies.catch_up(index, &self.overlay);
                    }
                    supplies.lend(index, run)
                });
                self.supplies = supplies;
                answer
            }
        }
    }

    /// Runs a rule's query on the series that `lend` gives to it.
    fn answer_of(
        &self,
        index: usize,
        lend: impl FnOnce(usize, &Evaluate<'_>) -> Result<Answer, QueryError>,
    ) -> RuleAnswer {
        let before = (self.surroundings.stopwatch)();
        let query = match &self.compiled.rules[index].query {
            Ok(query) => query,
            Err(reason) => return RuleAnswer::failed(reason.clone()),
        };
        let (grid, limits) = (&self.grid, &self.surroundings.limits);
        let answer = lend(index, &|sets| query.run(grid, sets, limits));
        let (elements, warnings) = match answer {
            Ok(answer) => {
                let text = &self.compiled.group().rules[index].expr_text;
                let warnings = answer.annotations.warnings(text);
                (elements_of(answer.value), warnings)
            }
            Err(error) => (Err(error.to_string()), Vec::new()),
        };
        RuleAnswer { elements, warnings, busy: self.since(before) }
    }
}

/// Runs a query on some sets.
pub(super) type Evaluate<'a> = dyn Fn(&[SeriesSet]) -> Result<Answer, QueryError> + 'a;

impl RuleAnswer {
    fn known(elements: Elements) -> RuleAnswer {
        RuleAnswer { elements: Ok(elements), warnings: Vec::new(), busy: Duration::ZERO }
    }

    fn failed(reason: String) -> RuleAnswer {
        RuleAnswer { elements: Err(reason), warnings: Vec::new(), busy: Duration::ZERO }
    }
}

/// The elements of an answer; a scalar is one without labels.
pub(super) fn elements_of(answer: AnswerValue) -> Result<Elements, String> {
    match answer {
        AnswerValue::Scalar { value, .. } => Ok(vec![(Labels::empty(), Value::Float(value))]),
        AnswerValue::Vector(elements) => {
            Ok(elements.into_iter().map(|element| (element.labels, element.value)).collect())
        }
        AnswerValue::String { .. } | AnswerValue::Matrix(_) => {
            Err(RuleError::NotAVector.to_string())
        }
    }
}
