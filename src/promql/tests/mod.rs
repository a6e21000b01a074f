//! The engine on small tables: series in, text out. The upstream acceptance suite runs with
//! delayed name removal; what servers do by default is tested here.

mod explain;
mod limits;
mod names;
mod needs;
mod operators;
mod selectors;

use crate::label::Labels;
use crate::promql::syntax::{Features, parse, parse_metric_selector};
use crate::promql::{Answer, AnswerValue, Grid, Limits, Options, Query, QueryError};
use crate::sample::{Sample, Series, SeriesSet, Value, stale_marker};
use crate::time::{Span, Timestamp};

const MINUTE: i64 = 60_000;

/// A series a line, a sample a minute from 0 on: `up{job="a"} 1 _ 0 stale`.
fn load(text: &str) -> Vec<Series> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let end = line.find('}').map_or_else(|| line.find(' ').unwrap(), |brace| brace + 1);
            let matchers = parse_metric_selector(&line[..end]).unwrap();
            let pairs = matchers.0.iter().map(|it| (it.name.to_string(), it.value.to_string()));
            let items = line[end..].split_whitespace().enumerate();
            let samples = items.filter(|(_, item)| *item != "_").map(|(index, item)| Sample {
                at: Timestamp::from_millis(index as i64 * MINUTE),
                value: Value::Float(match item {
                    "stale" => stale_marker(),
                    number => number.parse().unwrap(),
                }),
            });
            Series { labels: Labels::from_pairs(pairs), samples: samples.collect() }
        })
        .collect()
}

fn fetch(query: &Query, grid: &Grid, series: &[Series]) -> Result<Vec<SeriesSet>, QueryError> {
    let needs = query.needs(grid)?;
    let select = |need: &crate::sample::Selection| {
        let matching = series.iter().filter(|it| need.matchers.matches(&it.labels));
        SeriesSet::from_series(matching.map(|it| {
            let inside = |sample: &&Sample| sample.at > need.after && sample.at <= need.until;
            let samples = it.samples.iter().filter(inside).cloned().collect();
            Series { labels: it.labels.clone(), samples }
        }))
    };
    Ok(needs.iter().map(select).collect())
}

fn run(series: &str, text: &str, grid: &Grid, limits: &Limits) -> Result<Answer, QueryError> {
    let query = Query::new(&parse(text, &Features::ALL).unwrap(), &Options::default())?;
    query.run(grid, &fetch(&query, grid, &load(series))?, limits)
}

fn instant(minutes: i64) -> Grid {
    Grid::instant(Timestamp::from_millis(minutes * MINUTE))
}

fn range(from: i64, to: i64) -> Grid {
    let at = |minutes: i64| Timestamp::from_millis(minutes * MINUTE);
    Grid::range(at(from), at(to), Span::from_mins(1))
}

/// An element a line: `{job="a"} 1`; a series of a range query with all its values.
fn show(answer: &Result<Answer, QueryError>) -> String {
    let text = |value: &Value| match value {
        Value::Float(value) => value.to_string(),
        Value::Histogram(histogram) => histogram.to_string(),
    };
    match answer.as_ref().map(|answer| &answer.value) {
        Err(error) => format!("error: {error}"),
        Ok(AnswerValue::Scalar { value, .. }) => value.to_string(),
        Ok(AnswerValue::String { text, .. }) => text.clone(),
        Ok(AnswerValue::Vector(elements)) => {
            let lines = elements.iter().map(|it| format!("{} {}", it.labels, text(&it.value)));
            lines.collect::<Vec<_>>().join("\n")
        }
        Ok(AnswerValue::Matrix(set)) => {
            let lines = set.iter().map(|view| {
                let at = |time: &i64| (time / MINUTE).to_string();
                let samples = view.times.iter().enumerate();
                let samples = samples.map(|(index, time)| {
                    format!("{}@{}", text(&view.sample(index).value), at(time))
                });
                format!("{} {}", view.labels, samples.collect::<Vec<_>>().join(" "))
            });
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Evaluates on a grid and compares with the expected lines.
fn check_on(grid: &Grid, series: &str, query: &str, expect: &str) {
    let lines: Vec<&str> = expect.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let shown = show(&run(series, query, grid, &Limits::default()));
    assert_eq!(shown, lines.join("\n"), "{query}");
}

/// Evaluates at a minute.
fn check(minutes: i64, series: &str, query: &str, expect: &str) {
    check_on(&instant(minutes), series, query, expect);
}
