//! Regular expressions in Go's RE2 dialect, run by the `regex` crate.
//!
//! ```text
//! text --parse--> Node --shape--> literals, prefix, contains, ...   (no regex needed)
//!                   '----emit---> the same expression as the `regex` crate writes it
//! ```
//!
//! The two dialects differ in what they take and in what it means; so the text is read as Go
//! reads it, refused in Go's words, and written again with every class spelled out.
//! (Source: RE2's syntax page; Go's `regexp/syntax`, for verdicts and error texts.)

mod bound;
mod class;
mod emit;
mod escape;
mod expand;
mod node;
mod parse;
mod shape;
mod unicode;

use std::fmt;
use std::sync::{Arc, OnceLock};

use bound::Ends;
use node::{Flags, Node};
use shape::Shape;

/// The longest pattern; only an alternation of literals has reason to be nearly as long.
pub const MAX_PATTERN_BYTES: usize = 8 << 20;
/// The longest expression handed to the `regex` crate, written in its syntax.
pub const MAX_TRANSLATED_BYTES: usize = 1 << 20;
/// The largest compiled program: what is built within some 80 ms. Go's limit is wider for large
/// Unicode classes: `\pL{1000}` is refused here, `\pL{100}` is not.
pub const MAX_PROGRAM_BYTES: usize = 10 << 20;
/// The deepest nesting, and the largest repeat count: Go's limits.
pub const MAX_NESTING: usize = 1000;
/// How much a replacement may write; what follows it stays as it is.
pub const MAX_REPLACED_BYTES: usize = 16 << 20;

/// Expressions shorter than this always fit into [`MAX_PROGRAM_BYTES`] when they are literal.
const SURELY_SMALL_BYTES: usize = 64 << 10;

/// Where a pattern is used decides what `.` matches.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PromQL: `^(?s:...)$`, `.` matches a newline.
    PromQl,
    /// Alertmanager: `^(?:...)$`, `.` does not.
    Alertmanager,
}

/// Why a pattern was refused: what is wrong, and the piece of the pattern, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct PatternError(pub String);

impl PatternError {
    fn new(problem: &str, piece: &str) -> PatternError {
        PatternError(format!("{problem}: `{piece}`"))
    }

    fn too_large(whole: &str) -> PatternError {
        let end = whole.char_indices().nth(64).map_or(whole.len(), |(index, _)| index);
        let dots = if end < whole.len() { "..." } else { "" };
        PatternError(format!("expression too large: `{}{dots}`", &whole[..end]))
    }
}

/// A compiled pattern; cheap to clone.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    source: Box<str>,
    shape: Shape,
    /// What a text of any other shape begins and ends with, looked at before the regex is run.
    ends: Ends,
    /// The same in the `regex` crate's syntax.
    translated: String,
    /// The groups' names, the whole match first. Go takes names that the crate refuses.
    names: Vec<Option<Box<str>>>,
    /// Compiled at once where it may turn out to be too large, else when it is needed: most
    /// patterns never meet a text that begins and ends as they do.
    regex: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    /// A pattern that must match the whole text.
    pub fn anchored(text: &str, dialect: Dialect) -> Result<Pattern, PatternError> {
        let (root, names) = match dialect {
            Dialect::PromQl => {
                let (root, names) = read(text, Flags { dot_newline: true, ..Flags::default() })?;
                (Node::Concat(vec![Node::BeginText, root, Node::EndText]), names)
            }
            Dialect::Alertmanager => read(&format!("^(?:{text})$"), LOOSE)?,
        };
        Pattern::compile(text, shape::of(&root), Ends::of(&root), (&root, names))
    }

    /// A pattern that may match anywhere, as templates have it (`.` does not match a newline).
    pub fn unanchored(text: &str) -> Result<Pattern, PatternError> {
        let (root, names) = read(text, LOOSE)?;
        Pattern::compile(text, Shape::Other, Ends::default(), (&root, names))
    }

    fn compile(
        source: &str,
        shape: Shape,
        ends: Ends,
        (root, names): (&Node, Vec<Option<Box<str>>>),
    ) -> Result<Pattern, PatternError> {
        let translated = emit::translate(root);
        let (has_groups, source) = (names.len() > 1, Box::from(source));
        let grows = has_groups && translated.len() > SURELY_SMALL_BYTES;
        let is_other = matches!(shape, Shape::Other) && !bound::is_surely_small(root);
        let pattern = Compiled { source, shape, ends, translated, names, regex: OnceLock::new() };
        if (is_other || grows) && pattern.regex().is_none() {
            return Err(PatternError::too_large(&pattern.source));
        }
        Ok(Pattern(Arc::new(pattern)))
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// The same expression, anchors included, as the `regex` crate writes it: for those who
    /// build one automaton of many patterns.
    pub fn translated(&self) -> &str {
        &self.0.translated
    }

    /// Whether the text matches.
    pub fn is_match(&self, text: &str) -> bool {
        match &self.0.shape {
            Shape::Other => {
                self.0.ends.admit(text) && self.0.regex().is_some_and(|regex| regex.is_match(text))
            }
            shape => shape.is_match(text),
        }
    }

    /// The texts that match, sorted, when the pattern is nothing but an alternation of them:
    /// what an index can look up.
    pub fn literals(&self) -> Option<&[Arc<str>]> {
        match &self.0.shape {
            Shape::Literals(literals) => Some(literals),
            _ => None,
        }
    }

    /// The text with every match replaced; the template is Go's: `$1`, `${name}`, `$$`.
    pub fn replace_all(&self, text: &str, template: &str) -> String {
        let Some(regex) = self.0.regex() else { return text.to_owned() };
        let template = expand::parse(template, &self.0.names);
        let (mut replaced, mut end) = (String::new(), 0);
        for captures in regex.captures_iter(text) {
            if replaced.len() > MAX_REPLACED_BYTES {
                break;
            }
            let whole = captures.get_match();
            replaced.push_str(&text[end..whole.start()]);
            expand::expand(
                &template,
                |group| captures.get(group).map(|m| m.as_str()),
                &mut replaced,
            );
            end = whole.end();
        }
        replaced.push_str(&text[end..]);
        replaced
    }

    /// The template expanded with the groups of the first match, if the text matches.
    pub fn expand_full_match(&self, text: &str, template: &str) -> Option<String> {
        let mut expanded = String::new();
        if self.0.names.len() == 1 && !matches!(self.0.shape, Shape::Other) {
            let template = expand::parse(template, &self.0.names);
            let whole = |group| (group == 0).then_some(text);
            return self.is_match(text).then(|| {
                expand::expand(&template, whole, &mut expanded);
                expanded
            });
        }
        let captures = self.0.regex()?.captures(text)?;
        let template = expand::parse(template, &self.0.names);
        expand::expand(&template, |group| captures.get(group).map(|m| m.as_str()), &mut expanded);
        Some(expanded)
    }
}

impl Compiled {
    /// `None` when the program would be too large.
    fn regex(&self) -> Option<&regex::Regex> {
        let compile = || {
            if self.translated.len() > MAX_TRANSLATED_BYTES {
                return None;
            }
            let mut builder = regex::RegexBuilder::new(&self.translated);
            builder.size_limit(MAX_PROGRAM_BYTES).nest_limit(4 * MAX_NESTING as u32).build().ok()
        };
        self.regex.get_or_init(compile).as_ref()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.0.source)
    }
}

/// What a pattern of Alertmanager or of a template begins with.
const LOOSE: Flags = Flags {
    fold: false,
    multi_line: false,
    dot_newline: false,
    lazy: false,
    names: unicode::Names::Loose,
};

/// What a parse yields: the expression, and the groups' names.
type Syntax = (Node, Vec<Option<Box<str>>>);

fn read(text: &str, flags: Flags) -> Result<Syntax, PatternError> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(PatternError::too_large(text));
    }
    parse::parse(text, flags)
}

#[cfg(test)]
mod tests;
