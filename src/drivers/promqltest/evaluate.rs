//! One `eval`: the query itself and its variants.

use super::compare::{compare, plain_number};
use super::fixed::{AROUND, fixed, other_times};
use super::report::Failure;
use super::script::{Eval, Pattern, Wanted, When};
use super::store::Store;
use crate::promql::syntax::ast::Expr;
use crate::promql::syntax::{Features, parse};
use crate::promql::{
    Annotation, Answer, AnswerValue, Grid, Limits, NameRemoval, Options, Query, Severity,
    StartTimestamps, VectorElement,
};
use crate::sample::SeriesSet;
use crate::time::Timestamp;

/// The most samples a query may have in memory.
const MAX_SAMPLES: usize = 10_000;

/// Why an evaluation was not as expected.
type Checked = Result<(), Box<Failure>>;

/// Evaluates and compares, in all variants.
pub(super) fn evaluate(eval: &Eval, store: &Store) -> Checked {
    let expr = match parse(&eval.expr, &Features::ALL) {
        Ok(expr) => expr,
        Err(error) => return failed_as_expected(eval, &error.message, &error.to_string()),
    };
    match eval.when {
        When::Range(grid) => {
            let variant = Variant { eval, store, text: &eval.expr, expr: &expr, name: "" };
            variant.answer(&grid)?.map_or(Ok(()), |answer| variant.check(&answer))
        }
        When::Instant(at) => instants(eval, store, &expr, at),
    }
}

fn instants(eval: &Eval, store: &Store, expr: &Expr, at: Timestamp) -> Checked {
    let at = eval.expected.range_vector.map_or(at, |grid| grid.end);
    let variant = Variant { eval, store, text: &eval.expr, expr, name: "" };
    variant.instant(at)?;
    let Some(fixed) = fixed(expr, at) else { return Ok(()) };
    // The printed text is parsed again: this proves the printer, too.
    let text = fixed.to_string();
    let again = parse(&text, &Features::ALL);
    let again = again.map_err(|error| failure(eval, format!("{text}: {error}")))?;
    for other in other_times(at) {
        let name = format!(" (as {text} at {other})");
        let variant = Variant { eval, store, text: &text, expr: &again, name: &name };
        variant.instant(other)?;
    }
    Ok(())
}

/// One way to evaluate.
struct Variant<'a> {
    eval: &'a Eval,
    store: &'a Store,
    text: &'a str,
    expr: &'a Expr,
    /// What failures call it.
    name: &'a str,
}

impl Variant<'_> {
    /// Evaluates at a moment, and as the middle of a range query.
    fn instant(&self, at: Timestamp) -> Checked {
        let Some(answer) = self.answer(&Grid::instant(at))? else { return Ok(()) };
        self.check(&answer)?;
        if self.bound_to_instants() {
            return Ok(());
        }
        let name = format!("{} (as the middle of a range query)", self.name);
        let ranged = Variant { name: &name, ..*self };
        let grid = Grid::range(at - AROUND, at + AROUND, AROUND);
        let Some(around) = ranged.answer(&grid)? else { return Ok(()) };
        if self.eval.expected.ordered {
            return Ok(());
        }
        ranged.check_value(&middle(&answer.value, around.value, at))
    }

    fn bound_to_instants(&self) -> bool {
        let expected = &self.eval.expected;
        let by_query = ["start()", "end()", "range()", "step()"];
        expected.range_vector.is_some()
            || matches!(expected.value, Wanted::String(_))
            || by_query.iter().any(|call| self.text.contains(call))
    }

    /// The answer; `None` if there is none, as expected.
    fn answer(&self, grid: &Grid) -> Result<Option<Answer>, Box<Failure>> {
        let options = Options {
            name_removal: NameRemoval::Delayed,
            start_timestamps: StartTimestamps::Used,
            ..Options::default()
        };
        let answer = Query::new(self.expr, &options).and_then(|query| {
            let selections = query.needs(grid)?;
            let series = self.store.select(&selections);
            query.run(grid, &series, &Limits::of_samples(MAX_SAMPLES))
        });
        match answer {
            Ok(_) if self.eval.expected.fail.is_some() => {
                Err(self.failure("expected a failure, got none".to_owned()))
            }
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                let message = error.to_string();
                failed_as_expected(self.eval, &message, &format!("{message}{}", self.name))?;
                Ok(None)
            }
        }
    }

    fn check(&self, answer: &Answer) -> Checked {
        self.check_annotations(answer)?;
        self.check_value(&answer.value)
    }

    fn check_value(&self, value: &AnswerValue) -> Checked {
        compare(self.eval, value).map_err(|mut mismatch| {
            mismatch.line = self.eval.line;
            mismatch.expr.clone_from(&self.eval.expr);
            mismatch.message.push_str(self.name);
            mismatch
        })
    }

    fn check_annotations(&self, answer: &Answer) -> Checked {
        let expected = &self.eval.expected;
        let told = |severity| -> Vec<String> {
            let all = answer.annotations.iter();
            all.filter(|one| one.severity == severity).map(|one| shown(&one, self.text)).collect()
        };
        let (warnings, infos) = (told(Severity::Warning), told(Severity::Info));
        for (kind, told, some, none, patterns) in [
            ("warning", warnings, expected.some_warning, expected.no_warning, &expected.warnings),
            ("info", infos, expected.some_info, expected.no_info, &expected.infos),
        ] {
            if let Some(problem) = annotation_problem(kind, &told, some, none, patterns) {
                return Err(self.failure(problem));
            }
        }
        Ok(())
    }

    fn failure(&self, message: String) -> Box<Failure> {
        failure(self.eval, format!("{message}{}", self.name))
    }
}

fn failure(eval: &Eval, message: String) -> Box<Failure> {
    Box::new(Failure { line: eval.line, expr: eval.expr.clone(), message, rows: Vec::new() })
}

fn failed_as_expected(eval: &Eval, message: &str, shown: &str) -> Checked {
    match &eval.expected.fail {
        None => Err(failure(eval, format!("failed: {shown}"))),
        Some(pattern) if pattern.is_match(message) => Ok(()),
        Some(pattern) => {
            let expected = pattern.shown();
            Err(failure(eval, format!("expected to fail with {expected}, failed with {shown}")))
        }
    }
}

/// An annotation as the API tells it.
fn shown(annotation: &Annotation, text: &str) -> String {
    let (line, column) = annotation.range.place(text);
    format!("{} ({line}:{column})", annotation.text)
}

/// Every pattern must be met and every annotation must meet one, if there are patterns.
fn annotation_problem(
    kind: &str,
    told: &[String],
    some: bool,
    none: bool,
    patterns: &[Pattern],
) -> Option<String> {
    if none && !told.is_empty() {
        return Some(format!("expected no {kind}, got: {}", told.join("; ")));
    }
    if some && told.is_empty() {
        return Some(format!("expected some {kind}, got none"));
    }
    if patterns.is_empty() {
        return None;
    }
    let unmet = |pattern: &&Pattern| !told.iter().any(|text| pattern.is_match(text));
    if let Some(pattern) = patterns.iter().find(unmet) {
        let got = if told.is_empty() { "none".to_owned() } else { told.join("; ") };
        return Some(format!("expected {kind} {}, got: {got}", pattern.shown()));
    }
    let unexpected = |text: &&String| !patterns.iter().any(|pattern| pattern.is_match(text));
    told.iter().find(unexpected).map(|text| format!("unexpected {kind}: {text}"))
}

/// The middle of a range query's answer, in the type of the instant query's.
fn middle(instant: &AnswerValue, around: AnswerValue, at: Timestamp) -> AnswerValue {
    let AnswerValue::Matrix(set) = around else { return around };
    let elements = elements_at(&set, at);
    match (instant, elements.first()) {
        (AnswerValue::Scalar { .. }, Some(element)) => plain_number(element)
            .map_or(AnswerValue::Vector(Vec::new()), |value| AnswerValue::Scalar { at, value }),
        _ => AnswerValue::Vector(elements),
    }
}

fn elements_at(set: &SeriesSet, at: Timestamp) -> Vec<VectorElement> {
    let mut elements = Vec::new();
    for view in set.iter() {
        if let Ok(index) = view.times.binary_search(&at.millis()) {
            let value = view.sample(index).value;
            elements.push(VectorElement { labels: view.labels.clone(), value, at });
        }
    }
    elements
}
