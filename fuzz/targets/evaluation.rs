//! Evaluation: no expression breaks the engine, and a range query answers at each of its moments
//! what an instant query answers there, bit for bit.
//! Input: an expression; or, when it does not parse, bytes that choose one (`generate`).
//!
//! Not compared, because by definition it depends on the query's range: `start()`, `end()`,
//! `range()`, `step()`, `@ start()`, `@ end()`; nor what shows the order of elements (`order`). And
//! where a range query fails nothing is: one moment is enough for that, and series that clash at
//! different moments clash as well.

use std::sync::LazyLock;

use firebell::label::Labels;
use firebell::promql::syntax::ast::Expr;
use firebell::promql::syntax::{Features, parse};
use firebell::promql::{
    Answer, AnswerValue, Grid, Limits, NameRemoval, Options, Query, QueryError,
};
use firebell::sample::{Sample, Series, SeriesSet, Value};
use firebell::source::notation::parse_series;
use firebell::time::{Span, Timestamp};

#[allow(clippy::duplicate_mod, reason = "each target is a program of its own")]
#[path = "evaluation/generate.rs"]
mod generate;
#[path = "evaluation/order.rs"]
mod order;

/// The most samples a query may have in memory.
const MAX_SAMPLES: usize = 20_000;
/// How far apart the samples of the data are.
const INTERVAL: Span = Span::from_secs(15);
const GRID: Grid =
    Grid::range(Timestamp::from_millis(290_000), Timestamp::from_millis(900_000), STEP);
const STEP: Span = Span::from_secs(55);
/// What depends on the range of the query.
const BOUND_TO_RANGE: [&str; 4] = ["start()", "end()", "range()", "step()"];

static DATA: LazyLock<Vec<Series>> =
    LazyLock::new(|| include_str!("evaluation/data.txt").lines().map(series).collect());

fn series(line: &str) -> Series {
    let noted = parse_series(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let at = |index: usize| Timestamp::default() + INTERVAL.times(index as i64);
    let values = noted.values.into_iter().enumerate();
    let samples = values
        .filter_map(|(index, value)| Some(Sample { at: at(index), value: value?.value }))
        .collect();
    Series { labels: noted.labels, samples }
}

/// One input.
pub fn run(data: &[u8]) {
    let text = std::str::from_utf8(data).ok();
    let expr = text.and_then(|text| parse(text, &Features::ALL).ok());
    let expr = expr.or_else(|| parse(&generate::expression(data), &Features::ALL).ok());
    let Some(expr) = expr else { return };
    for name_removal in [NameRemoval::Immediate, NameRemoval::Delayed] {
        let options = Options { name_removal, ..Options::default() };
        let Ok(query) = Query::new(&expr, &options) else { continue };
        check(&expr, &query);
    }
}

fn check(expr: &Expr, query: &Query) {
    let ranged = answer(query, &GRID).map(|answer| answer.value);
    let text = expr.to_string();
    let is_bound = BOUND_TO_RANGE.iter().any(|call| text.contains(call));
    let compares = !is_bound && !order::is_shown(expr);
    for step in 0..GRID.steps() {
        let at = GRID.at(step);
        let instant = answer(query, &Grid::instant(at));
        let Ok(AnswerValue::Matrix(set)) = &ranged else { continue };
        if !compares {
            continue;
        }
        let instant = instant.unwrap_or_else(|error| panic!("{text} at {at}: {error}"));
        assert_eq!(elements(instant.value), elements_at(set, at), "{text} at {at}");
    }
}

fn answer(query: &Query, grid: &Grid) -> Result<Answer, QueryError> {
    let sets: Vec<SeriesSet> = query
        .needs(grid)?
        .iter()
        .map(|selection| {
            let wanted = |at: Timestamp| selection.after < at && at <= selection.until;
            let matching = DATA.iter().filter(|series| selection.matchers.matches(&series.labels));
            SeriesSet::from_series(matching.filter_map(|series| {
                let samples = series.samples.iter().filter(|sample| wanted(sample.at)).cloned();
                let samples: Vec<_> = samples.collect();
                let labels = series.labels.clone();
                (!samples.is_empty()).then_some(Series { labels, samples })
            }))
        })
        .collect();
    query.run(grid, &sets, &Limits::of_samples(MAX_SAMPLES))
}

/// The elements of an instant query's answer, sorted by labels.
fn elements(value: AnswerValue) -> Vec<(Labels, String)> {
    let mut elements: Vec<_> = match value {
        AnswerValue::Scalar { value, .. } => {
            vec![(Labels::empty(), bits(&Value::Float(value)))]
        }
        AnswerValue::Vector(elements) => {
            elements.into_iter().map(|element| (element.labels, bits(&element.value))).collect()
        }
        other => panic!("{other:?} has no range"),
    };
    elements.sort();
    elements
}

/// The elements of a range query's answer at one of its moments, sorted by labels.
fn elements_at(set: &SeriesSet, at: Timestamp) -> Vec<(Labels, String)> {
    let mut elements: Vec<_> = set
        .iter()
        .filter_map(|view| {
            let index = view.times.binary_search(&at.millis()).ok()?;
            Some((view.labels.clone(), bits(&view.sample(index).value)))
        })
        .collect();
    elements.sort();
    elements
}

/// A value as text: the same for the same bits, and for every NaN.
fn bits(value: &Value) -> String {
    match value {
        Value::Float(value) => format!("{value:?}"),
        Value::Histogram(histogram) => format!("{histogram:?}"),
    }
}
