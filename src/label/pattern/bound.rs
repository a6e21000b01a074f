//! What is known of an expression without running it: the texts at both ends of whatever
//! matches, and whether its program is surely small.

use super::node::{Class, ClassItem, Node};
use super::shape::body;

/// The texts that a whole text must begin and end with; they do not overlap.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ends {
    prefix: Box<str>,
    suffix: Box<str>,
}

impl Ends {
    /// The ends of an expression that is anchored at both ends; of any other one nothing is
    /// known.
    pub(super) fn of(root: &Node) -> Ends {
        let Some([first, .., last]) = body(root) else { return Ends::default() };
        Ends { prefix: literal(first), suffix: literal(last) }
    }

    /// Whether a text may match: no means that it does not.
    pub(super) fn admit(&self, text: &str) -> bool {
        text.len() >= self.prefix.len() + self.suffix.len()
            && text.as_bytes().starts_with(self.prefix.as_bytes())
            && text.as_bytes().ends_with(self.suffix.as_bytes())
    }
}

fn literal(node: &Node) -> Box<str> {
    match node {
        Node::Literal { text, fold: false } => text.as_str().into(),
        Node::Capture(inner) => literal(inner),
        _ => Box::default(),
    }
}

/// Programs of expressions that weigh no more than this have a fraction of
/// [`super::MAX_PROGRAM_BYTES`].
const SURELY_SMALL_WEIGHT: usize = 2_000;
/// A class, or one character of any kind: the states that tell the bytes of its characters apart.
const CLASS_WEIGHT: usize = 24;

/// Whether the program is so small that compiling it can wait until it is run.
pub(super) fn is_surely_small(root: &Node) -> bool {
    weight(root).is_some_and(|weight| weight <= SURELY_SMALL_WEIGHT)
}

/// About how many states the program has; `None` when that is not easily said.
fn weight(node: &Node) -> Option<usize> {
    let all = |nodes: &[Node]| {
        nodes.iter().try_fold(0usize, |sum, node| Some(sum.saturating_add(weight(node)?)))
    };
    match node {
        Node::Literal { text, fold: false } => Some(text.len()),
        Node::Literal { text, fold: true } => text.is_ascii().then_some(text.len() * 4),
        Node::Class(class) => class_weight(class),
        Node::NotNewline | Node::Any => Some(CLASS_WEIGHT),
        Node::Empty
        | Node::BeginText
        | Node::EndText
        | Node::BeginLine
        | Node::EndLine
        | Node::WordBoundary
        | Node::NotWordBoundary => Some(1),
        Node::Capture(inner) => Some(weight(inner)?.saturating_add(2)),
        Node::Repeat { node, min, max, .. } => {
            let copies = max.unwrap_or(min.saturating_add(1)).max(1) as usize;
            Some(weight(node)?.saturating_add(1).saturating_mul(copies))
        }
        Node::Concat(nodes) => all(nodes),
        Node::Alternate(nodes) => Some(all(nodes)?.saturating_add(nodes.len())),
    }
}

fn class_weight(class: &Class) -> Option<usize> {
    let small = |item: &ClassItem| match item {
        ClassItem::Range(_, high) => *high < 0x80,
        ClassItem::Set { .. } => true,
        ClassItem::Unicode(_) => false,
    };
    class.items.iter().all(small).then_some(CLASS_WEIGHT * (1 + class.items.len() / 8))
}
