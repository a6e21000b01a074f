//! YAML as Go reads it, with positions: text to a tree of nodes.
//!
//! ```text
//! text --granit-parser--> events --build--> Node (aliases copied, merge keys merged,
//!                                                 duplicate keys refused, ${...} expanded)
//! ```
//!
//! What a scalar means is decided where it is read: a boolean where one is wanted, its source
//! text where a string is wanted ([`Scalar::plain`], [`Scalar::text`]).

mod build;
mod locate;
mod scalar;
mod tabs;

pub use build::{Documents, parse};
pub use scalar::{Plain, Scalar, Style, means_text};

/// A place in a file: line and column, both from 1, the column in characters.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// Something wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub at: Position,
    /// What.
    pub message: String,
}

/// A YAML value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text of some kind.
    Scalar(Scalar),
    /// A sequence.
    List(Position, Vec<Node>),
    /// A mapping: no two keys are equal, merged entries come last.
    Map(Position, Vec<Entry>),
}

/// A key of a mapping and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Scalar,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Where the node begins.
    pub fn at(&self) -> Position {
        match self {
            Node::Scalar(scalar) => scalar.at,
            Node::List(at, _) | Node::Map(at, _) => *at,
        }
    }

    /// Whether the node is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Node::Scalar(scalar) if scalar.is_null())
    }

    /// What the node is, as Go's YAML names it in errors: a type and, of scalars, a short text.
    pub fn describe(&self) -> String {
        match self {
            Node::Scalar(scalar) => scalar.describe(),
            Node::List(..) => "!!seq".to_owned(),
            Node::Map(..) => "!!map".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
