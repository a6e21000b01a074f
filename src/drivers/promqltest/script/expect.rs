//! What is expected of an evaluation.

use super::eval::{Eval, When, grid};
use super::{Lines, Read, word};
use crate::label::Labels;
use crate::promql::Grid;
use crate::promql::syntax::ast::ExprKind;
use crate::promql::syntax::{Features, parse, parse_number};
use crate::source::notation::{NotedValue, parse_series};

/// What is expected of an evaluation.
#[derive(Debug, Default)]
pub(in crate::drivers::promqltest) struct Expectation {
    /// That it fails, and how.
    pub fail: Option<Pattern>,
    /// The warnings; none given: they are not looked at.
    pub warnings: Vec<Pattern>,
    /// The notes; none given: they are not looked at.
    pub infos: Vec<Pattern>,
    /// That there is some warning.
    pub some_warning: bool,
    /// That there is some note.
    pub some_info: bool,
    /// That there is no warning.
    pub no_warning: bool,
    /// That there is no note.
    pub no_info: bool,
    /// That the elements come in the order of the lines.
    pub ordered: bool,
    /// The times of an instant query's range vector.
    pub range_vector: Option<Grid>,
    /// The value.
    pub value: Wanted,
}

/// The value that is expected.
#[derive(Debug)]
pub(in crate::drivers::promqltest) enum Wanted {
    /// A number.
    Scalar(f64),
    /// A text.
    String(String),
    /// Series and their values, each label set once.
    Series(Vec<(Labels, Vec<Option<NotedValue>>)>),
}

impl Default for Wanted {
    fn default() -> Wanted {
        Wanted::Series(Vec::new())
    }
}

/// A text that is expected.
#[derive(Clone, Debug)]
pub(in crate::drivers::promqltest) enum Pattern {
    /// Any.
    Any,
    /// This one.
    Message(String),
    /// One in which this is found.
    Regex(crate::label::Pattern),
}

impl Pattern {
    /// Whether a text is as expected.
    pub fn is_match(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Message(message) => message == text,
            Pattern::Regex(pattern) => pattern.is_match(text),
        }
    }

    /// What is expected, for people.
    pub fn shown(&self) -> String {
        match self {
            Pattern::Any => "any text".to_owned(),
            Pattern::Message(message) => message.clone(),
            Pattern::Regex(pattern) => format!("/{}/", pattern.source()),
        }
    }
}

/// Reads the lines below an evaluation.
pub(super) fn lines(eval: &mut Eval, lines: &mut Lines<'_>) -> Read<()> {
    while let Some(line) = lines.next_in_block() {
        let index = lines.index();
        let last = one(eval, line).map_err(|error| (index, error))?;
        if last {
            break;
        }
    }
    validate(&eval.expected).map_err(|error| (lines.index(), error))
}

/// Reads one line; tells whether it must be the last.
fn one(eval: &mut Eval, line: &str) -> Result<bool, String> {
    let expected = &mut eval.expected;
    if let Some(text) = line.strip_prefix("expected_fail_message") {
        expected.fail = Some(Pattern::Message(text.trim().to_owned()));
        return Ok(true);
    }
    if let Some(text) = line.strip_prefix("expected_fail_regexp") {
        expected.fail = Some(regex(text)?);
        return Ok(true);
    }
    if let Some(text) = line.strip_prefix("expect range vector") {
        expected.range_vector = Some(grid(text)?.0);
        return Ok(false);
    }
    if let Some(text) = line.strip_prefix("expect string") {
        expected.value = Wanted::String(string(text.trim())?);
        return Ok(false);
    }
    // A metric of the name is written `expect{}`.
    if word(line).0 == "expect" {
        directive(expected, word(line).1)?;
        return Ok(false);
    }
    if let Some(value) = number(line) {
        expected.value = Wanted::Scalar(value);
        return Ok(true);
    }
    series(eval, line)?;
    Ok(false)
}

fn directive(expected: &mut Expectation, text: &str) -> Result<(), String> {
    let (kind, rest) = word(text);
    let pattern = pattern(rest)?;
    match kind {
        "ordered" => expected.ordered = true,
        "fail" if expected.fail.is_some() => {
            return Err("only one failure can be expected".to_owned());
        }
        "fail" => expected.fail = Some(pattern),
        "warn" => expected.warnings.push(pattern),
        "info" => expected.infos.push(pattern),
        "no_warn" => expected.no_warning = true,
        "no_info" => expected.no_info = true,
        _ => return Err(format!("nothing called {kind:?} can be expected")),
    }
    Ok(())
}

/// `msg:TEXT`, `regex:PATTERN` or nothing.
fn pattern(text: &str) -> Result<Pattern, String> {
    if text.is_empty() {
        return Ok(Pattern::Any);
    }
    if let Some(message) = text.strip_prefix("msg:") {
        return Ok(Pattern::Message(message.trim().to_owned()));
    }
    match text.strip_prefix("regex:") {
        Some(pattern) => regex(pattern),
        None => Err(format!("expected \"msg:\" or \"regex:\", found {text:?}")),
    }
}

fn regex(text: &str) -> Result<Pattern, String> {
    let pattern = crate::label::Pattern::unanchored(text.trim());
    pattern.map(Pattern::Regex).map_err(|error| error.to_string())
}

fn string(text: &str) -> Result<String, String> {
    match parse(text, &Features::ALL).map(|expr| expr.kind) {
        Ok(ExprKind::String(text)) => Ok(text),
        _ => Err(format!("expected a quoted text, found {text:?}")),
    }
}

fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let value = parse_number(unsigned).ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

fn series(eval: &mut Eval, line: &str) -> Result<(), String> {
    let series = parse_series(line).map_err(|error| error.to_string())?;
    let expected = &mut eval.expected;
    let is_instant = matches!(eval.when, When::Instant(_));
    if is_instant && expected.range_vector.is_none() && series.values.len() != 1 {
        return Err("an instant vector has one value a series: \
            use \"expect range vector from T to T step T\" for more"
            .to_owned());
    }
    if !matches!(expected.value, Wanted::Series(_)) {
        expected.value = Wanted::default();
    }
    if let Wanted::Series(all) = &mut expected.value {
        all.retain(|(labels, _)| *labels != series.labels);
        all.push((series.labels, series.values));
    }
    Ok(())
}

fn validate(expected: &Expectation) -> Result<(), String> {
    if expected.no_warning && !expected.warnings.is_empty() {
        return Err("warn and no_warn cannot be expected together".to_owned());
    }
    if expected.no_info && !expected.infos.is_empty() {
        return Err("info and no_info cannot be expected together".to_owned());
    }
    Ok(())
}
