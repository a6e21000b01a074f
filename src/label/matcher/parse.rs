//! From text to matchers: which syntax is asked, and what happens when two disagree.

use super::super::pattern::PatternError;
use super::{Matcher, Matchers, Mode, classic, utf8};

/// The longest text of one matcher or one list of matchers.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Why a text is not a matcher or not a list of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatcherError {
    /// Not `name op value`, says the classic syntax.
    #[error("bad matcher format: {0}")]
    Format(String),
    /// A double quote that neither wraps the value nor has a backslash before it.
    #[error("matcher value contains unescaped double quote: {0}")]
    UnescapedQuote(String),
    /// Braces around what must be a single matcher.
    #[error("unexpected open or close brace: {0}")]
    Brace(String),
    /// A single matcher is wanted and none is there.
    #[error("no matchers")]
    Nothing,
    /// A single matcher is wanted and several are there.
    #[error("expected 1 matcher, found {0}")]
    TooMany(usize),
    /// What the UTF-8 syntax objects to; begins with the columns, `start:end: `, where known.
    #[error("{0}")]
    Syntax(String),
    /// The value is no regular expression, in the classic syntax.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The value is no regular expression, in the UTF-8 syntax.
    #[error("failed to create matcher: {0}")]
    Create(PatternError),
    /// More than [`MAX_TEXT_BYTES`].
    #[error("matchers of {0} bytes are too long: at most {MAX_TEXT_BYTES} are read")]
    TooLong(usize),
}

/// What was read, and what should be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    /// The matcher or matchers.
    pub value: T,
    /// What the reader of a log should know.
    pub warning: Option<MatcherWarning>,
}

/// Why a text deserves a change though it was read; the edge that knows its origin logs it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatcherWarning {
    /// Only the classic syntax takes the text.
    #[error(
        "input is incompatible with the UTF-8 matcher syntax: {input} ({reason}); it is read by the classic one: write {suggestion}"
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
        "matchers input has disagreement: {input} means one thing in classic and another in UTF-8 matcher syntax; the classic meaning counts: write {suggestion}"
    )]
    Disagreement {
        /// What was written.
        input: String,
        /// What it is taken for, in UTF-8 syntax.
        suggestion: String,
    },
}

/// Reads one matcher without braces: what a query parameter holds.
pub fn parse_one(text: &str, mode: Mode) -> Result<Parsed<Matcher>, MatcherError> {
    check_length(text)?;
    let braced = text.starts_with('{') || text.ends_with('}');
    if braced && mode != Mode::Classic {
        return Err(MatcherError::Brace(text.to_owned()));
    }
    let modern = || utf8::list(text).and_then(only);
    decide(text, mode, || classic::one(text), modern, Matcher::to_string)
}

/// Reads a list of matchers, with or without braces: what a configuration holds. May be empty.
pub fn parse_list(text: &str, mode: Mode) -> Result<Parsed<Matchers>, MatcherError> {
    check_length(text)?;
    decide(text, mode, || classic::list(text), || utf8::list(text), without_braces)
}

fn check_length(text: &str) -> Result<(), MatcherError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(MatcherError::TooLong(text.len()));
    }
    Ok(())
}

fn only(matchers: Matchers) -> Result<Matcher, MatcherError> {
    let Matchers(mut list) = matchers;
    match (list.len(), list.pop()) {
        (1, Some(matcher)) => Ok(matcher),
        (0, _) | (_, None) => Err(MatcherError::Nothing),
        (count, _) => Err(MatcherError::TooMany(count)),
    }
}

fn without_braces(matchers: &Matchers) -> String {
    let texts: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    texts.join(",")
}

/// The mode's verdict. Fallback: what both take alike, or only one takes, is that; a
/// disagreement is the classic reading; what neither takes is the classic error.
fn decide<T: PartialEq>(
    text: &str,
    mode: Mode,
    classic: impl FnOnce() -> Result<T, MatcherError>,
    modern: impl FnOnce() -> Result<T, MatcherError>,
    print: impl FnOnce(&T) -> String,
) -> Result<Parsed<T>, MatcherError> {
    let quiet = |value| Parsed { value, warning: None };
    match mode {
        Mode::Classic => return classic().map(quiet),
        Mode::Utf8 => return modern().map(quiet),
        Mode::Fallback => {}
    }
    let input = text.to_owned();
    match (classic(), modern()) {
        (Err(error), Err(_)) => Err(error),
        (Err(_), Ok(value)) => Ok(quiet(value)),
        (Ok(old), Ok(new)) if old == new => Ok(quiet(new)),
        (Ok(value), Ok(_)) => {
            let warning = MatcherWarning::Disagreement { input, suggestion: print(&value) };
            Ok(Parsed { value, warning: Some(warning) })
        }
        (Ok(value), Err(reason)) => {
            let (suggestion, reason) = (print(&value), reason.to_string());
            let warning = MatcherWarning::ClassicOnly { input, suggestion, reason };
            Ok(Parsed { value, warning: Some(warning) })
        }
    }
}
