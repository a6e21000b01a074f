//! Regular expressions in Go's RE2 dialect.

/// Where a pattern is used decides what `.` matches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PromQL: `^(?s:...)$`, `.` matches a newline.
    PromQl,
    /// Alertmanager: `^(?:...)$`, `.` does not.
    Alertmanager,
}

/// Why a pattern was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct PatternError(pub String);

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: regex::Regex,
}

impl Pattern {
    /// A pattern that must match the whole text.
    pub fn anchored(text: &str, dialect: Dialect) -> Result<Pattern, PatternError> {
        let flags = if dialect == Dialect::PromQl { "s" } else { "" };
        regex::Regex::new(&format!("^(?{flags}:{text})$"))
            .map(|regex| Pattern { regex })
            .map_err(|error| PatternError(error.to_string()))
    }

    /// Whether the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
