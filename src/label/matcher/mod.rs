//! Matchers: a label's name, an operator, a value. Two syntaxes, and a mode that chooses.
//! (Source: Alertmanager docs, "Matchers".)

mod classic;
mod index;
mod parse;
mod utf8;

pub use index::MatcherIndex;
pub use parse::{MAX_TEXT_BYTES, MatcherError, MatcherWarning, Parsed, parse_list, parse_one};

use std::fmt;
use std::sync::Arc;

use super::pattern::{Dialect, PatternError};
use super::{Labels, Pattern};
use crate::template::quote;

/// How a matcher compares. Ordered as Alertmanager orders them in group keys.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// Which matcher syntax and which label names are taken. (Source: Alertmanager's
/// `classic-mode` and `utf8-strict-mode` features.)
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Both syntaxes; the classic one wins where they disagree. Any UTF-8 label name.
    #[default]
    Fallback,
    /// The classic syntax and legacy label names only.
    Classic,
    /// The UTF-8 syntax only. Any UTF-8 label name.
    Utf8,
}

/// One matcher. A missing label is the empty string for every operator.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label's name.
    pub name: Arc<str>,
    /// The operator.
    pub op: MatchOp,
    /// The value as it was written.
    pub value: Arc<str>,
    pattern: Option<Pattern>,
}

/// Matchers that must all match.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Matchers(pub Vec<Matcher>);

impl MatchOp {
    /// The operator as it is written.
    pub fn text(self) -> &'static str {
        match self {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        }
    }

    /// Whether the value is a regular expression.
    pub fn is_regex(self) -> bool {
        matches!(self, MatchOp::Regex | MatchOp::NotRegex)
    }

    /// Whether the matcher matches what its value describes.
    pub fn is_positive(self) -> bool {
        matches!(self, MatchOp::Equal | MatchOp::Regex)
    }
}

impl Matcher {
    /// A matcher; fails when a regular expression does not compile in the dialect.
    pub fn new(
        name: &str,
        op: MatchOp,
        value: &str,
        dialect: Dialect,
    ) -> Result<Matcher, PatternError> {
        let pattern = op.is_regex().then(|| Pattern::anchored(value, dialect)).transpose()?;
        Ok(Matcher { name: Arc::from(name), op, value: Arc::from(value), pattern })
    }

    /// A matcher for one value.
    pub fn equal(name: &str, value: &str) -> Matcher {
        Matcher {
            name: Arc::from(name),
            op: MatchOp::Equal,
            value: Arc::from(value),
            pattern: None,
        }
    }

    /// Whether a label with this value (empty: a missing label) matches.
    pub fn matches(&self, value: &str) -> bool {
        let hit = match &self.pattern {
            Some(pattern) => pattern.is_match(value),
            None => *self.value == *value,
        };
        hit == self.op.is_positive()
    }

    /// The values that match, when the matcher is nothing but an alternation of them.
    pub fn alternatives(&self) -> Option<&[Arc<str>]> {
        if self.op == MatchOp::Regex { self.pattern.as_ref()?.literals() } else { None }
    }

    fn key(&self) -> (&str, &str, MatchOp) {
        (&self.name, &self.value, self.op)
    }
}

impl Matchers {
    /// Whether every matcher matches the label set.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|matcher| matcher.matches(labels.value(&matcher.name)))
    }

    /// Sorts by name, value and operator, the order in group keys.
    pub fn sort(&mut self) {
        self.0.sort();
    }

    /// The matchers.
    pub fn iter(&self) -> std::slice::Iter<'_, Matcher> {
        self.0.iter()
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Matcher {}

impl PartialOrd for Matcher {
    fn partial_cmp(&self, other: &Matcher) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Matcher {
    fn cmp(&self, other: &Matcher) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl std::hash::Hash for Matcher {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Matcher {
    /// Alertmanager's text: `name="value"`; both are quoted as Go quotes when the name has a
    /// character that an unquoted one cannot have.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = self.op.text();
        if self.name.contains(utf8::is_reserved) {
            return write!(f, "{}{op}{}", quote(&self.name), quote(&self.value));
        }
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(f, "{}{op}\"{value}\"", self.name)
    }
}

impl fmt::Display for Matchers {
    /// Alertmanager's text: `{a="b",c=~"d"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, matcher) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{matcher}")?;
        }
        f.write_str("}")
    }
}

/// Whether a label may have this name: in classic mode a legacy name, else any that is not
/// empty.
pub fn is_valid_name(name: &str, mode: Mode) -> bool {
    match mode {
        Mode::Classic => is_legacy_name(name),
        Mode::Fallback | Mode::Utf8 => !name.is_empty(),
    }
}

/// Whether a label name is of the form `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_legacy_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests;
