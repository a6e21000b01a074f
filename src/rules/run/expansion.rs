//! Expanding the labels and annotations of a rule's elements, whose templates may query.
//!
//! A template's `query` is answered between two passes over all elements: the first pass tells
//! what is missing, the last one finds every answer there. A query that fails fails the texts
//! that ask for it, nothing else.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::label::{Labels, LabelsBuilder};
use crate::promql::{Grid, Query, syntax};
use crate::rules::Compiled;
use crate::rules::alerting::{Element, alert_labels};
use crate::rules::compiled::{CompiledRule, Text};
use crate::sample::{Question, Selection, SeriesSet, Value};
use crate::template::rule::{Queries, RuleData};
use crate::time::Timestamp;

use super::Surroundings;
use super::answers::{Asks, Needs, Supply, elements_of};
use super::overlay::Overlay;
use super::supplies::Supplies;

/// How often the templates of a rule may ask for what an answer made them want.
const ROUNDS: usize = 8;
/// How many different queries the templates of one rule may ask in one run.
const QUERIES: usize = 10_000;

/// What a rule is expanded with.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// The rule's name.
    pub(super) name: &'a str,
    /// Its templates.
    pub(super) rule: &'a CompiledRule,
    /// The slot.
    pub(super) at: Timestamp,
    pub(super) surroundings: &'a Surroundings,
    /// How the source is asked.
    pub(super) asks: Asks,
    /// The whole group.
    pub(super) compiled: &'a Compiled,
}

impl Frame<'_> {
    /// Whether the source evaluates a query: it does not know what the group writes.
    fn is_pushed_down(&self, selections: &[Selection]) -> bool {
        self.asks == Asks::Values && !self.compiled.writes_any(selections)
    }
}

/// The elements of a rule on their way to alerts.
pub(super) struct Expansion {
    elements: Vec<(Labels, Value)>,
    queries: Queries,
    failed: BTreeMap<String, String>,
    asked: Vec<(String, Query)>,
    /// Queries that the source evaluates.
    questions: Vec<Question>,
    supplies: Supplies,
    rounds: usize,
    /// What the rule's evaluation has taken so far.
    pub(super) busy: Duration,
    /// The first fault of a template, and how many texts have faults.
    pub(super) faults: Option<(String, usize)>,
}

impl Expansion {
    /// Begins with what the rule's query yielded.
    pub(super) fn new(elements: Vec<(Labels, Value)>) -> Expansion {
        Expansion {
            elements,
            queries: Queries::default(),
            failed: BTreeMap::new(),
            asked: Vec::new(),
            questions: Vec::new(),
            supplies: Supplies::default(),
            rounds: 0,
            busy: Duration::ZERO,
            faults: None,
        }
    }

    /// One pass over all elements. `None` when queries have to be answered first: see
    /// [`Expansion::wanted`] and [`Expansion::answer`].
    pub(super) fn expand(&mut self, frame: Frame<'_>) -> Option<Vec<Element>> {
        let mut pass = Pass {
            frame,
            queries: &mut self.queries,
            failed: &self.failed,
            missing: BTreeSet::new(),
            faults: None,
        };
        let elements: Vec<Element> =
            self.elements.iter().map(|(labels, value)| pass.element(labels, value)).collect();
        let (missing, faults) = (pass.missing, pass.faults);
        if missing.is_empty() {
            self.faults = faults;
            return Some(elements);
        }
        self.ask(missing, frame);
        None
    }

    /// What has to be fetched to answer the queries; perhaps nothing.
    pub(super) fn wanted(&self) -> Needs {
        Needs { series: self.supplies.wanted(), values: self.questions.clone() }
    }

    /// Answers the queries with what was fetched.
    pub(super) fn answer(&mut self, supply: Supply, overlay: &Overlay, frame: Frame<'_>) {
        let replies = supply.replies(self.questions.len());
        for (question, reply) in std::mem::take(&mut self.questions).into_iter().zip(replies) {
            self.note(question.expr.to_string(), reply.map(|reply| reply.elements.clone()));
        }
        let fetched = supply.series.and_then(|sets| self.supplies.fill(sets));
        let grid = Grid::instant(frame.at);
        for (index, (text, query)) in std::mem::take(&mut self.asked).into_iter().enumerate() {
            let run = |sets: &[SeriesSet]| query.run(&grid, sets, &frame.surroundings.limits);
            let result = match &fetched {
                Err(reason) if self.supplies.is_used_by(index) => Err(reason.clone()),
                _ => {
                    self.supplies.catch_up(index, overlay);
                    let answer = self.supplies.lend(index, run);
                    answer
                        .map_err(|error| error.to_string())
                        .and_then(|answer| elements_of(answer.value))
                }
            };
            self.note(text, result);
        }
        self.supplies = Supplies::default();
    }

    /// Keeps what a query came to.
    fn note(&mut self, text: String, result: Result<Vec<(Labels, Value)>, String>) {
        match result {
            Ok(elements) => drop(self.queries.answered.insert(text, elements)),
            Err(reason) => drop(self.failed.insert(text, reason)),
        }
    }

    /// Plans the queries that are missing. Those that cannot be asked have failed.
    fn ask(&mut self, missing: BTreeSet<String>, frame: Frame<'_>) {
        self.rounds += 1;
        let mut needs = Vec::new();
        for text in missing {
            match self.admit().and_then(|()| plan(&text, frame)) {
                Ok((_, selections)) if frame.is_pushed_down(&selections) => {
                    self.questions.push(Question { expr: text.into(), at: frame.at });
                }
                Ok((query, selections)) => {
                    self.asked.push((text, query));
                    needs.push(selections);
                }
                Err(reason) => drop(self.failed.insert(text, reason)),
            }
        }
        self.supplies = Supplies::plan(&needs);
    }

    fn admit(&self) -> Result<(), String> {
        let asked = self.asked.len() + self.questions.len();
        let queries = self.queries.answered.len() + self.failed.len() + asked;
        if self.rounds > ROUNDS {
            return Err(format!("queries that depend on queries, more than {ROUNDS} deep"));
        }
        if queries >= QUERIES {
            return Err(format!("more than {QUERIES} different queries in the rule's templates"));
        }
        Ok(())
    }
}

/// Queries of templates are asked for the slot itself, without the group's query offset.
fn plan(text: &str, frame: Frame<'_>) -> Result<(Query, Vec<Selection>), String> {
    let surroundings = frame.surroundings;
    let expr = syntax::parse(text, &surroundings.features).map_err(|error| error.to_string())?;
    let planned = Query::new(&expr, &surroundings.options).and_then(|query| {
        let selections = query.needs(&Grid::instant(frame.at))?;
        Ok((query, selections))
    });
    planned.map_err(|error| error.to_string())
}

/// What alerts know of a value: a histogram has none. Templates know all of it.
fn float(value: &Value) -> f64 {
    match value {
        Value::Float(value) => *value,
        Value::Histogram(_) => 0.0,
    }
}

/// One pass over the elements.
struct Pass<'a> {
    frame: Frame<'a>,
    queries: &'a mut Queries,
    failed: &'a BTreeMap<String, String>,
    missing: BTreeSet<String>,
    faults: Option<(String, usize)>,
}

impl<'a> Pass<'a> {
    fn element(&mut self, labels: &Labels, value: &Value) -> Element {
        let surroundings = self.frame.surroundings;
        let data = RuleData {
            labels,
            value,
            external_labels: &surroundings.external_labels,
            external_url: &surroundings.external_url,
            at: self.frame.at,
        };
        let expanded = self.texts(&self.frame.rule.labels, &data);
        let pairs = expanded.iter().map(|(name, text)| (*name, &**text));
        let alert_labels = alert_labels(labels, pairs, self.frame.name);
        let mut annotations = LabelsBuilder::new();
        for (name, text) in self.texts(&self.frame.rule.annotations, &data) {
            annotations.set(name, &text);
        }
        Element { labels: alert_labels, annotations: annotations.build(), value: float(value) }
    }

    fn texts(
        &mut self,
        texts: &'a [(String, Text)],
        data: &RuleData<'_>,
    ) -> Vec<(&'a str, Cow<'a, str>)> {
        texts.iter().map(|(name, text)| (name.as_str(), self.text(text, data))).collect()
    }

    /// One text; a fault of its template becomes the text.
    fn text(&mut self, text: &'a Text, data: &RuleData<'_>) -> Cow<'a, str> {
        let expanded = text.expand(self.frame.name, data, self.queries);
        let mut missing = std::mem::take(&mut self.queries.missing);
        let failed = missing.iter().find_map(|query| self.failed.get(query));
        let expanded = match failed {
            Some(reason) => Err(format!("error calling query: {reason}")),
            None => {
                self.missing.append(&mut missing);
                expanded
            }
        };
        expanded.unwrap_or_else(|fault| {
            let known = self.faults.get_or_insert((fault.clone(), 0));
            known.1 += 1;
            Cow::Owned(format!("<error expanding template: {fault}>"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::Options;
    use crate::rules::Compiled;
    use crate::rules::tests::{alert, group, minute, surroundings};

    #[test]
    fn the_number_of_queries_is_limited() {
        let compiled = Compiled::new(group(vec![alert("A", "1")]).into(), &Options::default());
        let rule = &compiled.rules[0];
        let surroundings = surroundings();
        let frame = Frame {
            name: "A",
            rule,
            at: minute(0),
            surroundings: &surroundings,
            asks: Asks::Series,
            compiled: &compiled,
        };
        let mut expansion = Expansion::new(Vec::new());
        let known = (0..QUERIES - 1).map(|number| (number.to_string(), Vec::new()));
        expansion.queries.answered = known.collect();
        expansion.ask(["one".to_owned(), "two".to_owned()].into(), frame);
        assert_eq!((expansion.asked.len(), expansion.failed.len()), (1, 1));
        let refused = format!("more than {QUERIES} different queries in the rule's templates");
        assert_eq!(expansion.failed["two"], refused);
    }
}
