//! Prometheus' text format (0.0.4), and as much of OpenMetrics as clients send: its types and
//! units, timestamps in seconds, `# EOF`; exemplars and `_created` samples are left out.
//! (Source: prometheus.io/docs/instrumenting/exposition_formats and the OpenMetrics 1.0 text.)

mod family;
mod float;
mod line;
mod lint;
#[cfg(test)]
mod tests;

use crate::label::Labels;
use crate::source::MetricKind;
use crate::time::Timestamp;

use family::Families;
pub(super) use float::canonical as canonical_number;
pub use lint::{MetricLint, lint};

/// The most samples of one exposition.
pub const MAX_SAMPLES: usize = 500_000;
/// The longest help text, in bytes; what is beyond is cut off.
pub const MAX_HELP: usize = 4096;

/// Which text format.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// The classic format, `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text`.
    OpenMetrics,
}

/// A metric family: a name, what is said of it, and its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name; the samples of a histogram add `_bucket`, `_sum` and `_count` to it.
    pub name: String,
    /// What it measures.
    pub kind: MetricKind,
    /// What it means; empty when nobody said.
    pub help: String,
    /// Its unit; empty when nobody said.
    pub unit: String,
    /// Its samples in the order given.
    pub points: Vec<Point>,
}

/// One sample of an exposition.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The labels, the metric name among them.
    pub labels: Labels,
    /// The value.
    pub value: f64,
    /// When, if the exposition says so.
    pub at: Option<Timestamp>,
}

/// What is wrong with an exposition, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ExpositionError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// The families of an exposition in the order of their names' first appearance.
pub fn parse(body: &[u8], format: Format) -> Result<Vec<Family>, ExpositionError> {
    parse_at_most(MAX_SAMPLES, body, format)
}

fn parse_at_most(
    samples: usize,
    body: &[u8],
    format: Format,
) -> Result<Vec<Family>, ExpositionError> {
    let text = std::str::from_utf8(body).map_err(|error| not_unicode(body, error.valid_up_to()))?;
    let mut families = Families::new(format, samples);
    let mut number = 0;
    let mut rest = text;
    while !rest.is_empty() {
        number += 1;
        let (line, after) = match rest.split_once('\n') {
            Some(found) => found,
            None if format == Format::OpenMetrics && rest == "# EOF" => (rest, ""),
            None => return Err(unfinished(number, rest)),
        };
        rest = after;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let at = |fault: line::Fault<'_>| ExpositionError {
            line: number,
            column: line[..offset(line, fault.rest)].chars().count() + 1,
            message: fault.message.into_owned(),
        };
        if families.line(line).map_err(at)? == family::Next::End {
            return finish(families, number, rest);
        }
    }
    match format {
        Format::Text => Ok(families.finish()),
        Format::OpenMetrics => Err(ExpositionError {
            line: number + 1,
            column: 1,
            message: "the exposition does not end with \"# EOF\"".to_owned(),
        }),
    }
}

fn finish(families: Families, number: usize, rest: &str) -> Result<Vec<Family>, ExpositionError> {
    if rest.is_empty() {
        return Ok(families.finish());
    }
    Err(ExpositionError { line: number + 1, column: 1, message: "text after \"# EOF\"".to_owned() })
}

/// Where a part of a line begins in it.
fn offset(line: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len())
}

/// A last line without its newline may have been cut off on the way.
fn unfinished(line: usize, rest: &str) -> ExpositionError {
    let message = "unexpected end of input: the last line does not end in a newline \
                   (curl keeps it with --data-binary, not with --data)";
    let column = rest.chars().count() + 1;
    ExpositionError { line, column, message: message.to_owned() }
}

fn not_unicode(body: &[u8], valid: usize) -> ExpositionError {
    let before = String::from_utf8_lossy(&body[..valid]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ExpositionError { line, column, message: "not valid UTF-8".to_owned() }
}
