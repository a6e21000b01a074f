//! From [`Node`] to the `regex` crate's syntax. Nothing depends on that crate's defaults:
//! classes are spelled out, flags are set where they count.

use std::fmt::Write;

use super::node::{Class, ClassItem, Node};

/// The expression in the `regex` crate's syntax.
pub(super) fn translate(root: &Node) -> String {
    let mut text = String::new();
    write_node(root, Place::Top, &mut text);
    text
}

/// Where a node stands, which decides whether it needs a group around it.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Place {
    Top,
    Concatenated,
    Repeated,
}

fn write_node(node: &Node, place: Place, text: &mut String) {
    let grouped = match node {
        Node::Alternate(_) => place != Place::Top,
        Node::Empty => place != Place::Concatenated,
        Node::Class(_) | Node::Capture(_) | Node::Any | Node::NotNewline => false,
        Node::Literal { text, fold } => {
            place == Place::Repeated && !fold && text.chars().nth(1).is_some()
        }
        _ => place == Place::Repeated,
    };
    if grouped {
        text.push_str("(?:");
    }
    write_bare(node, text);
    if grouped {
        text.push(')');
    }
}

fn write_bare(node: &Node, text: &mut String) {
    match node {
        Node::Empty => {}
        Node::Literal { text: literal, fold: true } => {
            text.push_str("(?i:");
            text.push_str(&regex::escape(literal));
            text.push(')');
        }
        Node::Literal { text: literal, fold: false } => text.push_str(&regex::escape(literal)),
        Node::Class(class) => write_class(class, text),
        Node::NotNewline => text.push_str("[^\\n]"),
        Node::Any => text.push_str("(?s:.)"),
        Node::BeginText => text.push_str("\\A"),
        Node::EndText => text.push_str("\\z"),
        Node::BeginLine => text.push_str("(?m:^)"),
        Node::EndLine => text.push_str("(?m:$)"),
        Node::WordBoundary => text.push_str("(?-u:\\b)"),
        Node::NotWordBoundary => text.push_str("(?-u:\\B)"),
        Node::Capture(inner) => {
            text.push('(');
            write_node(inner, Place::Top, text);
            text.push(')');
        }
        Node::Repeat { node, min, max, lazy } => {
            write_node(node, Place::Repeated, text);
            write_counts(*min, *max, text);
            if *lazy {
                text.push('?');
            }
        }
        Node::Concat(nodes) => {
            nodes.iter().for_each(|node| write_node(node, Place::Concatenated, text));
        }
        Node::Alternate(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "|" });
                write_node(node, Place::Concatenated, text);
            }
        }
    }
}

fn write_counts(min: u32, max: Option<u32>, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = match (min, max) {
        (0, None) => text.write_char('*'),
        (1, None) => text.write_char('+'),
        (0, Some(1)) => text.write_char('?'),
        (_, None) => write!(text, "{{{min},}}"),
        (_, Some(max)) if max == min => write!(text, "{{{min}}}"),
        (_, Some(max)) => write!(text, "{{{min},{max}}}"),
    };
}

fn write_class(class: &Class, text: &mut String) {
    text.push_str(if class.fold { "(?i:[" } else { "[" });
    if class.negated {
        text.push('^');
    }
    let before = text.len();
    write_ranges(&merged(&class.items), text);
    for item in &class.items {
        match item {
            ClassItem::Range(..) => {}
            ClassItem::Set { ranges, negated: false } => write_ranges(ranges, text),
            ClassItem::Set { ranges, negated: true } => {
                text.push_str("[^");
                write_ranges(ranges, text);
                text.push(']');
            }
            ClassItem::Unicode(name) => text.push_str(name),
        }
    }
    if text.len() == before {
        text.push_str("[^\\x{0}-\\x{10FFFF}]"); // no characters
    }
    text.push_str(if class.fold { "])" } else { "]" });
}

fn write_ranges(ranges: &[(u32, u32)], text: &mut String) {
    for (low, high) in ranges {
        let _ = write!(text, "\\x{{{low:X}}}-\\x{{{high:X}}}");
    }
}

/// Below and above the surrogates, which are no characters here.
const BELOW_SURROGATES: u32 = 0xd7ff;
const ABOVE_SURROGATES: u32 = 0xe000;

/// The ranges of a class sorted, those that touch as one, across the surrogates too: the crate
/// would take the seam between them for two characters when it negates them.
fn merged(items: &[ClassItem]) -> Vec<(u32, u32)> {
    let is_surrogate = |code: u32| (BELOW_SURROGATES + 1..ABOVE_SURROGATES).contains(&code);
    let bounds = |item: &ClassItem| match *item {
        ClassItem::Range(low, high) => {
            let low = if is_surrogate(low) { ABOVE_SURROGATES } else { low };
            let high = if is_surrogate(high) { BELOW_SURROGATES } else { high };
            (low <= high).then_some((low, high))
        }
        _ => None,
    };
    let mut ranges: Vec<(u32, u32)> = items.iter().filter_map(bounds).collect();
    ranges.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match merged.last_mut() {
            Some((_, end)) if low <= following(*end) => *end = high.max(*end),
            _ => merged.push((low, high)),
        }
    }
    merged
}

fn following(code: u32) -> u32 {
    if code == BELOW_SURROGATES { ABOVE_SURROGATES } else { code + 1 }
}
