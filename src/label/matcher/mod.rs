//! Matchers: a label's name, an operator, a value.

use std::fmt;
use std::sync::Arc;

use super::pattern::{Dialect, PatternError};
use super::{Labels, Pattern};

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
    /// Alertmanager's text: `name="value"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        write!(f, "{}{}\"{}\"", self.name, self.op.text(), value)
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

/// What was read, and what should be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// The matcher or matchers.
    pub value: T,
    /// What the reader of a log should know.
    pub warning: Option<MatcherWarning>,
}

/// Why a matcher's text deserves a change though it was read. (Data: the edge logs it.)
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatcherWarning {
    /// Only the classic syntax takes the text.
    #[error(
        "matchers {input} are not in UTF-8 syntax, which will be the only one: write {suggestion} ({reason})"
    )]
    ClassicOnly {
        /// What was written.
        input: String,
        /// The same in UTF-8 syntax.
        suggestion: String,
        /// What the UTF-8 syntax objects to.
        reason: String,
    },
    /// Both syntaxes take the text and understand different matchers; the classic one counts.
    #[error(
        "matchers {input} mean different things in classic and UTF-8 syntax: write {suggestion}"
    )]
    Disagreement {
        /// What was written.
        input: String,
        /// What it is taken for, in UTF-8 syntax.
        suggestion: String,
    },
}

/// Why a text is not a matcher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MatcherError(pub String);

/// Reads one matcher.
pub fn parse_one(text: &str, mode: Mode) -> Result<Parsed<Matcher>, MatcherError> {
    let _ = mode;
    Err(MatcherError(text.to_owned()))
}

/// Reads a list of matchers, with or without braces; may be empty.
pub fn parse_list(text: &str, mode: Mode) -> Result<Parsed<Matchers>, MatcherError> {
    let _ = mode;
    Err(MatcherError(text.to_owned()))
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
