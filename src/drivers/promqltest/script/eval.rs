//! `eval`: an expression, when it is evaluated, and what is expected of it.

use super::expect::{self, Expectation};
use super::{Lines, Read, duration, expect_word, word};
use crate::promql::Grid;
use crate::time::{Span, Timestamp};

/// An expression to evaluate.
#[derive(Debug)]
pub(in crate::drivers::promqltest) struct Eval {
    /// Its line, from one.
    pub line: usize,
    /// The expression.
    pub expr: String,
    /// When it is evaluated.
    pub when: When,
    /// What is expected.
    pub expected: Expectation,
}

/// When an expression is evaluated.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(in crate::drivers::promqltest) enum When {
    /// At one moment.
    Instant(Timestamp),
    /// At many.
    Range(Grid),
}

pub(super) fn parse(first: &str, line: &str, lines: &mut Lines<'_>) -> Read<Eval> {
    let index = lines.index();
    let (when, expr) = head(word(line).1).map_err(|error| (index, error))?;
    if expr.is_empty() {
        return Err((index, "an expression is missing".to_owned()));
    }
    let suffix = first.strip_prefix("eval_").unwrap_or("");
    let mut expected = Expectation::default();
    match suffix {
        "" => {}
        "fail" => expected.fail = Some(expect::Pattern::Any),
        "warn" => expected.some_warning = true,
        "info" => expected.some_info = true,
        "ordered" => expected.ordered = true,
        _ => return Err((index, format!("unknown command {first:?}"))),
    }
    let mut eval = Eval { line: index + 1, expr: expr.to_owned(), when, expected };
    expect::lines(&mut eval, lines)?;
    Ok(eval)
}

/// `instant [at T] EXPR` or `range from T to T step T EXPR`.
fn head(text: &str) -> Result<(When, &str), String> {
    let (kind, rest) = word(text);
    match kind {
        "instant" => {
            let Ok(rest) = expect_word(rest, "at") else {
                return Ok((When::Instant(Timestamp::default()), rest));
            };
            let (at, expr) = duration(rest)?;
            Ok((When::Instant(Timestamp::default() + at), expr))
        }
        "range" => {
            let (grid, expr) = grid(rest)?;
            Ok((When::Range(grid), expr))
        }
        _ => Err(format!("expected \"instant\" or \"range\", found {kind:?}")),
    }
}

/// `from T to T step T`, and what follows.
pub(super) fn grid(text: &str) -> Result<(Grid, &str), String> {
    let (from, rest) = duration(expect_word(text, "from")?)?;
    let (to, rest) = duration(expect_word(rest, "to")?)?;
    let (step, rest) = duration(expect_word(rest, "step")?)?;
    if to < from {
        return Err("the end is before the start".to_owned());
    }
    if step <= Span::ZERO {
        return Err("the step must be positive".to_owned());
    }
    let zero = Timestamp::default();
    Ok((Grid::range(zero + from, zero + to, step), rest))
}
