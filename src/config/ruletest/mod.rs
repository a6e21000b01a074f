//! Files that `firebell test rules` runs: promtool's unit tests of rules.
//! (Source: Prometheus docs, "Unit testing for rules"; names and strictness of its promtool.)
//!
//! Series notation and expressions stay texts here: who runs the tests reads them.

mod compile;
mod messages;
mod raw;

use std::collections::BTreeMap;

use crate::label::Labels;
use crate::time::{Span, Timestamp};

use super::read::{Field, Reader, errors};
use super::yaml::{self, Documents};
use super::{ConfigErrors, Expansion};

pub use messages::{
    ConfigSource, ExpectedMember, ExpectedMessage, NamedReceiver, NotificationTest, Notifications,
    PlannedFault, PlannedSilence, QuietTest, ReceiverForm, SuppressionTest,
};

use raw::RawFile;

/// A test file.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// Globs of rule files, relative to the test file.
    pub rule_files: Vec<String>,
    /// How often rules are evaluated.
    pub evaluation_interval: Span,
    /// Names of groups that are evaluated before all others, in this order.
    pub group_eval_order: Vec<String>,
    /// How values are compared.
    pub comparison: FloatComparison,
    /// The Alertmanager configuration of tests that look at messages.
    pub alertmanager_config: Option<ConfigSource>,
    /// What `${NAME}` in that configuration stands for.
    pub environment: BTreeMap<String, String>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// How values are compared.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum FloatComparison {
    /// They must be equal.
    #[default]
    Exact,
    /// They may be neighbours among the floats (`fuzzy_compare`).
    Fuzzy,
}

/// One test: data, and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// The line it begins at, from 1.
    pub line: usize,
    /// Its name, perhaps empty.
    pub name: String,
    /// The time between values of the series, and the evaluation interval of groups without one.
    pub interval: Span,
    /// The data.
    pub input_series: Vec<InputSeries>,
    /// What is expected of alerts.
    pub alerts: Vec<AlertTest>,
    /// What is expected of expressions.
    pub queries: Vec<QueryTest>,
    /// Labels that identify the instance.
    pub external_labels: Labels,
    /// The instance's URL.
    pub external_url: String,
    /// When the test begins.
    pub start: Timestamp,
    /// What it says of messages, if it looks at them.
    pub notifications: Option<Notifications>,
}

/// A series in promtool's notation.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSeries {
    /// The line, from 1.
    pub line: usize,
    /// Name and labels.
    pub series: String,
    /// The values.
    pub values: String,
}

/// The alerts of a name that fire at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertTest {
    /// The line, from 1.
    pub line: usize,
    /// The moment, from the start.
    pub at: Span,
    /// The alert's name.
    pub name: String,
    /// All alerts of that name that fire then.
    pub expected: Vec<ExpectedAlert>,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedAlert {
    /// Its labels, its name among them.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: Labels,
}

/// What an expression yields at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryTest {
    /// The line, from 1.
    pub line: usize,
    /// The expression.
    pub expr: String,
    /// The moment, from the start.
    pub at: Span,
    /// All samples.
    pub expected: Vec<ExpectedSample>,
}

/// A sample that is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedSample {
    /// Name and labels.
    pub labels: String,
    /// The value; zero when it is a histogram.
    pub value: f64,
    /// The histogram's notation, or nothing.
    pub histogram: String,
}

/// Reads a test file's text. Only its first document counts.
///
/// # Errors
/// Everything that is wrong with it, each with its place. Unknown fields are always wrong.
pub fn parse(file: &str, text: &str) -> Result<TestFile, ConfigErrors> {
    let documents = yaml::parse(text, Documents::First, Expansion::Off)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader::default();
    let raw = match documents.first() {
        Some(node) if !node.is_null() => RawFile::read(node, &mut reader),
        _ => Some(RawFile::empty(yaml::Position::default())),
    };
    let compiled = raw.map(|raw| compile::file(raw, &mut reader));
    match compiled {
        Some(compiled) if reader.problems.is_empty() => Ok(compiled),
        _ => Err(reader.errors(file)),
    }
}

#[cfg(test)]
mod tests;
