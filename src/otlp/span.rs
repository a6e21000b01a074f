//! A span: a piece of work, from when to when, and of which other piece it is a part.

use crate::trace::TraceContext;

/// A piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What is done.
    pub name: String,
    /// What it is to others.
    pub kind: Kind,
    /// Its trace and itself.
    pub context: TraceContext,
    /// The span that it is a part of.
    pub parent: Option<TraceContext>,
    /// When it began, in nanoseconds since 1970.
    pub begin: u64,
    /// When it ended, likewise.
    pub end: u64,
    /// What is known about it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Other spans that it comes of.
    pub links: Vec<TraceContext>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// What a span is to others.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Work within the process.
    Internal,
    /// A request that is answered.
    Server,
    /// A request that is made.
    Client,
    /// Something that others go on with later.
    Producer,
}

/// What is known about a span.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// Whether it is so.
    Flag(bool),
}

impl Span {
    /// Adds a text.
    pub fn text(&mut self, name: &'static str, text: impl Into<String>) {
        self.attributes.push((name, Value::Text(text.into())));
    }

    /// Adds a number.
    pub fn count(&mut self, name: &'static str, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.attributes.push((name, Value::Number(count)));
    }
}
