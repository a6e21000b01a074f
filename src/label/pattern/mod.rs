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

    /// A pattern that may match anywhere, as templates have it (`.` does not match a newline).
    pub fn unanchored(text: &str) -> Result<Pattern, PatternError> {
        regex::Regex::new(text)
            .map(|regex| Pattern { regex })
            .map_err(|error| PatternError(error.to_string()))
    }

    /// The texts that match, sorted, when the pattern is nothing but an alternation of them:
    /// what an index can look up.
    pub fn literals(&self) -> Option<&[std::sync::Arc<str>]> {
        None
    }

    /// The text with every match replaced; the template is Go's: `$1`, `${name}`, `$$`.
    pub fn replace_all(&self, text: &str, template: &str) -> String {
        self.regex.replace_all(text, template).into_owned()
    }

    /// The template expanded with the groups of the first match, if the text matches.
    pub fn expand_full_match(&self, text: &str, template: &str) -> Option<String> {
        let captures = self.regex.captures(text)?;
        let mut expanded = String::new();
        captures.expand(template, &mut expanded);
        Some(expanded)
    }

    /// Whether the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}
