//! From parser events to the tree.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::tabs::Tabs;
use super::{Entry, Node, Position, Problem, Scalar, Style};
use crate::config::expand::{self, Expansion};

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// The largest tree that aliases and expansion may make of a file: bytes of text, and
/// [`NODE_BYTES`] for each node.
pub const MAX_TREE_BYTES: usize = 256 << 20;
/// What one node counts beside its text.
const NODE_BYTES: usize = 128;
/// How deep lists and maps may be nested, aliases included.
pub const MAX_DEPTH: usize = 128;
/// The most problems that are collected before reading stops.
pub const MAX_PROBLEMS: usize = 100;

/// Which documents of a file count.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Documents {
    /// The first; what follows it is not even looked at.
    First,
    /// All of them.
    All,
}

/// Reads a text. A document without content is missing from the result.
pub fn parse(
    text: &str,
    documents: Documents,
    expansion: Expansion<'_>,
) -> Result<Vec<Node>, Vec<Problem>> {
    let mut build = Build::new(text, expansion);
    if let Err(problem) = build.run(documents) {
        build.problems.push(problem);
    }
    if build.problems.is_empty() { Ok(build.documents) } else { Err(build.problems) }
}

/// A finished node, its weight in bytes and its depth.
#[derive(Clone)]
struct Built {
    node: Node,
    bytes: usize,
    depth: usize,
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    key: Option<Scalar>,
    anchor: usize,
    bytes: usize,
    depth: usize,
}

struct Build<'a> {
    text: &'a str,
    expansion: Expansion<'a>,
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    bytes: usize,
    documents: Vec<Node>,
    problems: Vec<Problem>,
}

impl<'a> Build<'a> {
    fn new(text: &'a str, expansion: Expansion<'a>) -> Build<'a> {
        Build {
            text,
            expansion,
            open: Vec::new(),
            anchors: HashMap::new(),
            bytes: 0,
            documents: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn run(&mut self, documents: Documents) -> Result<(), Problem> {
        if self.text.len() > MAX_FILE_BYTES {
            let message = format!("the file has more than {MAX_FILE_BYTES} bytes");
            return Err(Problem { at: Position { line: 1, column: 1 }, message });
        }
        let options = granit_parser::options! {
            emit_comments: false,
            block_scalar_eof_without_line_feed: true,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut tabs = self.text.contains('\t').then(Tabs::default);
        let mut end = self.text.len();
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|error| scan_problem(&error))?;
            if let Some(tabs) = &mut tabs {
                tabs.see(&event, &span);
            }
            if matches!(event, Event::DocumentEnd) && documents == Documents::First {
                end = span.byte_range().map_or(end, |bytes| bytes.start);
                break;
            }
            self.take(event, span)?;
            if self.problems.len() >= MAX_PROBLEMS {
                return Ok(());
            }
        }
        match tabs.and_then(|mut tabs| tabs.misplaced(self.text, end)) {
            Some(tab) => Err(problem(
                place(self.text, tab),
                "found character that cannot start any token: indent with spaces, not tabs",
            )),
            None => Ok(()),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let at = position(&span.start);
        match event {
            Event::DocumentStart(..) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = self.scalar(text.into_owned(), style, tag.as_deref(), &span);
                let bytes = NODE_BYTES + scalar.text.len();
                self.grow(bytes, at)?;
                self.close(Built { node: Node::Scalar(scalar), bytes, depth: 0 }, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.open(Node::List(at, Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => self.open(Node::Map(at, Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                self.grow(NODE_BYTES, at)?;
                if let Some(Open { mut node, anchor, bytes, depth, .. }) = self.open.pop() {
                    self.finish(&mut node);
                    self.close(Built { node, bytes: bytes + NODE_BYTES, depth }, anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let Some(bytes) = self.anchors.get(&anchor).map(|built| built.bytes) else {
                    return Err(problem(at, "an anchor's value contains itself"));
                };
                self.grow(bytes, at)?;
                if let Some(built) = self.anchors.get(&anchor).cloned() {
                    self.close(built, 0)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Scalar {
        let mut scalar = Scalar {
            text,
            style: match style {
                ScalarStyle::Plain => Style::Plain,
                ScalarStyle::SingleQuoted => Style::SingleQuoted,
                ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                ScalarStyle::Literal => Style::Literal,
                ScalarStyle::Folded => Style::Folded,
            },
            at: position(&span.start),
            tag: tag.and_then(Tag::core_suffix).map(str::to_owned),
            source: span.byte_range().unwrap_or_default(),
            expanded: false,
        };
        match expand::expand(&scalar.text, self.expansion) {
            Ok(None) => {}
            Ok(Some(text)) => (scalar.text, scalar.expanded) = (text, true),
            Err(faults) => {
                for fault in faults {
                    let at = scalar.locate(self.text, fault.offset);
                    self.problems.push(Problem { at, message: fault.message });
                }
            }
        }
        scalar
    }

    /// Accounts for what the tree, or an anchor's copy, takes more.
    fn grow(&mut self, bytes: usize, at: Position) -> Result<(), Problem> {
        self.bytes += bytes;
        if self.bytes > MAX_TREE_BYTES {
            let message = format!("more than {MAX_TREE_BYTES} bytes of values, aliases included");
            return Err(Problem { at, message });
        }
        Ok(())
    }

    fn open(&mut self, node: Node, anchor: usize) {
        self.open.push(Open { node, key: None, anchor, bytes: 0, depth: 1 });
    }

    /// Puts a finished node where it belongs: it is a document, an element, a key or a value.
    fn close(&mut self, built: Built, anchor: usize) -> Result<(), Problem> {
        let at = built.node.at();
        if anchor != 0 {
            self.grow(built.bytes, at)?;
            self.anchors.insert(anchor, built.clone());
        }
        let Built { node, bytes, depth } = built;
        let Some(parent) = self.open.last_mut() else {
            self.documents.extend((!node.is_null()).then_some(node));
            return Ok(());
        };
        parent.bytes += bytes;
        parent.depth = parent.depth.max(depth + 1);
        if parent.depth > MAX_DEPTH {
            return Err(problem(at, &format!("nested more than {MAX_DEPTH} levels deep")));
        }
        match (&mut parent.node, parent.key.take()) {
            (Node::List(_, items), _) => items.push(node),
            (Node::Map(_, entries), Some(key)) => entries.push(Entry { key, value: node }),
            (Node::Map(..), None) => match node {
                Node::Scalar(key) => parent.key = Some(key),
                _ => return Err(problem(at, "a key must be a scalar")),
            },
            (Node::Scalar(_), _) => {}
        }
        Ok(())
    }

    /// Refuses duplicate keys and merges what `<<` names.
    fn finish(&mut self, node: &mut Node) {
        let Node::Map(_, entries) = node else { return };
        let mut seen = HashSet::new();
        for Entry { key, .. } in entries.iter() {
            if !seen.insert(key.text.as_str()) {
                let message = format!("key {:?} already set in map", key.text);
                self.problems.push(Problem { at: key.at, message });
            }
        }
        let Some(merge) = entries.iter().position(|entry| is_merge(&entry.key)) else { return };
        let Entry { value, .. } = entries.remove(merge);
        let mut sources = Vec::new();
        match value {
            Node::Map(_, merged) => sources.push(merged),
            Node::List(_, items) if items.iter().all(|item| matches!(item, Node::Map(..))) => {
                sources.extend(items.into_iter().filter_map(|item| match item {
                    Node::Map(_, merged) => Some(merged),
                    _ => None,
                }));
            }
            other => {
                let message = "`<<` wants a map or a list of maps".to_owned();
                self.problems.push(Problem { at: other.at(), message });
            }
        }
        merge_into(entries, sources);
    }
}

fn is_merge(key: &Scalar) -> bool {
    key.text == "<<" && key.style == Style::Plain
}

/// Adds the entries whose keys are not there yet; earlier sources win over later ones.
fn merge_into(entries: &mut Vec<Entry>, sources: Vec<Vec<Entry>>) {
    let mut keys: HashSet<String> = entries.iter().map(|entry| entry.key.text.clone()).collect();
    for entry in sources.into_iter().flatten() {
        if keys.insert(entry.key.text.clone()) {
            entries.push(entry);
        }
    }
}

fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn problem(at: Position, message: &str) -> Problem {
    Problem { at, message: message.to_owned() }
}

fn scan_problem(error: &ScanError) -> Problem {
    Problem { at: position(error.marker()), message: format!("yaml: {}", error.info()) }
}

/// The place of a byte of a text.
fn place(text: &str, offset: usize) -> Position {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    Position { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
}
