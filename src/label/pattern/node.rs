//! An expression as it was understood, flags already applied.

use super::unicode::Names;

/// The flags in force at a place of the pattern.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// `(?i)`: letter case does not count.
    pub fold: bool,
    /// `(?m)`: `^` and `$` match at lines.
    pub multi_line: bool,
    /// `(?s)`: `.` matches a newline.
    pub dot_newline: bool,
    /// `(?U)`: repetitions are lazy, and greedy with `?`.
    pub lazy: bool,
    /// How Unicode classes may be spelled; no flag of a pattern.
    pub names: Names,
}

/// An expression. Groups that capture nothing have dissolved.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Matches the empty text.
    Empty,
    /// These characters; `fold`: in any case.
    Literal {
        text: String,
        fold: bool,
    },
    /// One character of a class.
    Class(Box<Class>),
    /// One character, but no newline.
    NotNewline,
    /// One character.
    Any,
    BeginText,
    EndText,
    BeginLine,
    EndLine,
    WordBoundary,
    NotWordBoundary,
    /// A group that is numbered.
    Capture(Box<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        /// `None`: without end.
        max: Option<u32>,
        lazy: bool,
    },
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
}

/// A character class.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Class {
    pub negated: bool,
    pub fold: bool,
    pub items: Vec<ClassItem>,
}

/// A part of a class.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClassItem {
    /// Code points, both ends included; may touch surrogates, which no text has.
    Range(u32, u32),
    /// A named ASCII set: `\d`, `[:alpha:]`.
    Set { ranges: &'static [(u32, u32)], negated: bool },
    /// A Unicode set, in the `regex` crate's syntax, for use inside of brackets.
    Unicode(String),
}
