//! Expressions that need no automaton: most matchers in the field are one of these.

use std::sync::Arc;

use super::node::{Class, ClassItem, Node};

/// The most texts that a concatenation of alternatives may multiply to.
const MAX_PRODUCT: usize = 1000;
/// The most characters of a class that are tried one by one.
const MAX_CLASS: u32 = 16;

/// What a whole text must look like.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    /// Any of these, sorted.
    Literals(Box<[Arc<str>]>),
    /// This, in any case; ASCII only.
    Folded(Box<str>),
    /// `prefix.*suffix`; both may be empty.
    Affixes { prefix: Box<str>, gap: Gap, suffix: Box<str> },
    /// `.*literal.*`
    Contains { before: Gap, literal: Box<str>, after: Gap },
    /// Something else.
    Other,
}

/// `.*` or `.+`
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    /// How many characters it needs: none or one.
    min: u32,
    /// Whether they may be newlines.
    newline: bool,
}

/// The shape of an expression that is anchored at both ends; anything else is
/// [`Shape::Other`].
pub(super) fn of(root: &Node) -> Shape {
    let Some(body) = body(root) else { return Shape::Other };
    if let Some(texts) = product(body) {
        return literals(texts);
    }
    simple(body).unwrap_or(Shape::Other)
}

/// What stands between the anchors of an expression that is anchored at both ends.
pub(super) fn body(root: &Node) -> Option<&[Node]> {
    let Node::Concat(nodes) = root else { return None };
    let [Node::BeginText, body @ .., Node::EndText] = nodes.as_slice() else { return None };
    Some(without_anchors(body))
}

/// Anchors that were written though the whole is anchored anyway.
fn without_anchors(mut body: &[Node]) -> &[Node] {
    loop {
        body = match body {
            [Node::BeginText, rest @ ..] | [rest @ .., Node::EndText] => rest,
            [Node::Concat(inner)] => inner,
            [Node::Capture(inner)] => std::slice::from_ref(inner),
            _ => return body,
        };
    }
}

fn literals(mut texts: Vec<String>) -> Shape {
    texts.sort_unstable();
    texts.dedup();
    Shape::Literals(texts.into_iter().map(Arc::from).collect())
}

fn simple(body: &[Node]) -> Option<Shape> {
    let empty = || Box::from("");
    Some(match body {
        [Node::Literal { text, fold: true }] if text.is_ascii() => {
            Shape::Folded(text.as_str().into())
        }
        [only] => Shape::Affixes { prefix: empty(), gap: gap(only)?, suffix: empty() },
        [first, last] => match (literal(first), literal(last)) {
            (Some(prefix), None) => {
                Shape::Affixes { prefix: prefix.into(), gap: gap(last)?, suffix: empty() }
            }
            (None, Some(suffix)) => {
                Shape::Affixes { prefix: empty(), gap: gap(first)?, suffix: suffix.into() }
            }
            _ => return None,
        },
        [first, middle, last] => match literal(middle) {
            Some(literal) => contains(gap(first)?, literal, gap(last)?)?,
            None => Shape::Affixes {
                prefix: literal(first)?.into(),
                gap: gap(middle)?,
                suffix: literal(last)?.into(),
            },
        },
        _ => return None,
    })
}

/// Gaps that differ about newlines, or that a literal with one would split, are not simple.
fn contains(before: Gap, literal: &str, after: Gap) -> Option<Shape> {
    let simple = before.newline == after.newline && (before.newline || !literal.contains('\n'));
    simple.then(|| Shape::Contains { before, literal: literal.into(), after })
}

fn literal(node: &Node) -> Option<&str> {
    match node {
        Node::Literal { text, fold: false } => Some(text),
        Node::Capture(inner) => literal(inner),
        _ => None,
    }
}

fn gap(node: &Node) -> Option<Gap> {
    match node {
        Node::Capture(inner) => gap(inner),
        Node::Repeat { node, min: min @ (0 | 1), max: None, .. } => match **node {
            Node::Any => Some(Gap { min: *min, newline: true }),
            Node::NotNewline => Some(Gap { min: *min, newline: false }),
            _ => None,
        },
        _ => None,
    }
}

/// All texts that a concatenation matches, if they are few.
fn product(nodes: &[Node]) -> Option<Vec<String>> {
    let mut texts = vec![String::new()];
    for node in nodes {
        let next = texts_of(node)?;
        if let [only] = next.as_slice() {
            texts.iter_mut().for_each(|text| text.push_str(only));
            continue;
        }
        if texts == [""] {
            texts = next;
            continue;
        }
        if texts.len().saturating_mul(next.len()) > MAX_PRODUCT {
            return None;
        }
        let each =
            texts.iter().flat_map(|text| next.iter().map(move |more| format!("{text}{more}")));
        texts = each.collect();
    }
    Some(texts)
}

fn texts_of(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Empty => Some(vec![String::new()]),
        Node::Literal { text, fold: false } => Some(vec![text.clone()]),
        Node::Class(class) => members(class),
        Node::Capture(inner) => texts_of(inner),
        Node::Repeat { node, min: 0, max: Some(1), .. } => {
            let mut texts = texts_of(node)?;
            texts.push(String::new());
            Some(texts)
        }
        Node::Concat(nodes) => product(nodes),
        Node::Alternate(nodes) => {
            let mut texts = Vec::with_capacity(nodes.len());
            for node in nodes {
                texts.extend(texts_of(node)?);
            }
            Some(texts)
        }
        _ => None,
    }
}

fn members(class: &Class) -> Option<Vec<String>> {
    if class.negated || class.fold {
        return None;
    }
    let mut texts = Vec::new();
    for item in &class.items {
        match item {
            ClassItem::Range(low, high) if high - low < MAX_CLASS => {
                texts.extend((*low..=*high).filter_map(char::from_u32).map(String::from));
            }
            _ => return None,
        }
    }
    (texts.len() <= MAX_CLASS as usize).then_some(texts)
}

impl Shape {
    /// Whether a whole text has the shape; [`Shape::Other`] says no.
    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Shape::Literals(literals) => {
                literals.binary_search_by(|literal| (**literal).cmp(text)).is_ok()
            }
            Shape::Folded(literal) => equal_folded(literal, text),
            Shape::Affixes { prefix, gap, suffix } => text
                .strip_prefix(&**prefix)
                .and_then(|rest| rest.strip_suffix(&**suffix))
                .is_some_and(|middle| gap.holds(middle)),
            Shape::Contains { before, literal, after } => {
                (before.newline || !text.contains('\n')) && around(*before, literal, *after, text)
            }
            Shape::Other => false,
        }
    }
}

impl Gap {
    fn holds(self, text: &str) -> bool {
        (self.min == 0 || !text.is_empty()) && (self.newline || !text.contains('\n'))
    }
}

/// Whether the literal is in the text with a character before and after it where needed.
fn around(before: Gap, literal: &str, after: Gap, text: &str) -> bool {
    let mut rest = text.chars();
    if before.min > 0 && rest.next().is_none() {
        return false;
    }
    let rest = rest.as_str();
    rest.find(literal).is_some_and(|at| after.min == 0 || at + literal.len() < rest.len())
}

/// Equality under Unicode's simple case folding, the literal being ASCII: beside the ASCII
/// letters only U+017F (long s) and U+212A (Kelvin sign) are some letter's other case.
fn equal_folded(literal: &str, text: &str) -> bool {
    let mut characters = text.chars();
    let same = |byte: u8| {
        characters.next().is_some_and(|character| match character {
            '\u{17f}' => byte.eq_ignore_ascii_case(&b's'),
            '\u{212a}' => byte.eq_ignore_ascii_case(&b'k'),
            _ => character.eq_ignore_ascii_case(&char::from(byte)),
        })
    };
    literal.bytes().all(same) && characters.next().is_none()
}
