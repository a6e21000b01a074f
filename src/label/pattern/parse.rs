//! From text to [`Node`], as Go reads it. The stack is on the heap: nesting costs no calls.

use super::node::{Flags, Node};
use super::{MAX_NESTING, PatternError, Syntax, class, escape};

/// The most pieces an expression may have: what bounds the memory a parse takes.
const MAX_PIECES: usize = 1 << 20;

/// Reads a pattern.
pub(super) fn parse(text: &str, flags: Flags) -> Result<Syntax, PatternError> {
    let whole = Frame { branches: Vec::new(), pieces: Vec::new(), captures: false, outer: flags };
    let parser = Parser {
        whole: text,
        rest: text,
        flags,
        open: Vec::new(),
        current: whole,
        names: vec![None],
        count: 0,
    };
    parser.run()
}

struct Parser<'p> {
    whole: &'p str,
    rest: &'p str,
    flags: Flags,
    /// The groups around the current one.
    open: Vec<Frame>,
    current: Frame,
    names: Vec<Option<Box<str>>>,
    count: usize,
}

/// A group that is being read.
struct Frame {
    branches: Vec<Piece>,
    /// What the current branch has so far.
    pieces: Vec<Piece>,
    captures: bool,
    /// The flags outside of it.
    outer: Flags,
}

/// A part of a branch.
struct Piece {
    node: Node,
    /// How deeply it nests, as Go counts.
    height: usize,
    /// Whether it was a group, which a repetition takes whole.
    grouped: bool,
}

impl<'p> Parser<'p> {
    fn run(mut self) -> Result<Syntax, PatternError> {
        let mut last_repetition = None;
        while let Some(character) = self.rest.chars().next() {
            let before = self.rest;
            let is_repetition = self.step(character, last_repetition)?;
            last_repetition = is_repetition.then_some(before);
        }
        if !self.open.is_empty() {
            return Err(PatternError::new("missing closing )", self.whole));
        }
        let piece = self.close_branches()?;
        Ok((piece.node, self.names))
    }

    /// Reads one piece; whether it was a repetition.
    fn step(&mut self, next: char, last: Option<&'p str>) -> Result<bool, PatternError> {
        match next {
            '(' => self.open_group()?,
            ')' => self.close_group()?,
            '|' => {
                self.skip(1);
                let branch = self.close_branch()?;
                self.current.branches.push(branch);
            }
            '[' => {
                let (class, after) = class::bracketed(self.rest, self.flags)?;
                self.rest = after;
                self.push(Node::Class(Box::new(class)))?;
            }
            '*' | '+' | '?' | '{' => return self.repetition(next, last),
            '\\' => self.backslash()?,
            '^' | '$' | '.' => {
                self.skip(1);
                self.push(self.symbol(next))?;
            }
            _ => {
                self.skip(next.len_utf8());
                self.push_character(Some(next))?;
            }
        }
        Ok(false)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn symbol(&self, symbol: char) -> Node {
        match (symbol, self.flags) {
            ('^', Flags { multi_line: true, .. }) => Node::BeginLine,
            ('^', _) => Node::BeginText,
            ('$', Flags { multi_line: true, .. }) => Node::EndLine,
            ('$', _) => Node::EndText,
            (_, Flags { dot_newline: true, .. }) => Node::Any,
            _ => Node::NotNewline,
        }
    }

    fn counted(&mut self) -> Result<(), PatternError> {
        self.count += 1;
        if self.count > MAX_PIECES {
            return Err(PatternError::too_large(self.whole));
        }
        Ok(())
    }

    fn push(&mut self, node: Node) -> Result<(), PatternError> {
        self.counted()?;
        self.current.pieces.push(Piece { node, height: 1, grouped: false });
        Ok(())
    }

    /// A literal character; `None` is one that no text has (a surrogate).
    fn push_character(&mut self, character: Option<char>) -> Result<(), PatternError> {
        let Some(character) = character else { return self.push(class::nothing()) };
        let fold = self.flags.fold;
        if let Some(Piece { node: Node::Literal { text, fold: same }, grouped: false, .. }) =
            self.current.pieces.last_mut()
            && *same == fold
        {
            text.push(character);
            return Ok(());
        }
        self.push(Node::Literal { text: character.to_string(), fold })
    }

    fn backslash(&mut self) -> Result<(), PatternError> {
        let assertion = match self.rest.as_bytes().get(1) {
            Some(b'A') => Node::BeginText,
            Some(b'z') => Node::EndText,
            Some(b'b') => Node::WordBoundary,
            Some(b'B') => Node::NotWordBoundary,
            Some(b'C') => return Err(PatternError::new(escape::INVALID, &self.rest[..2])),
            Some(b'Q') => return self.verbatim(),
            _ => {
                if let Some((class, after)) = class::escaped(self.rest, self.flags)? {
                    self.rest = after;
                    return self.push(Node::Class(Box::new(class)));
                }
                let (code, after) = escape::character(self.rest)?;
                self.rest = after;
                return self.push_character(char::from_u32(code));
            }
        };
        self.skip(2);
        self.push(assertion)
    }

    /// `\Q...\E`, or to the end of the pattern.
    fn verbatim(&mut self) -> Result<(), PatternError> {
        let text = &self.rest[2..];
        let (literal, after) = text.split_once("\\E").unwrap_or((text, ""));
        self.rest = after;
        literal.chars().try_for_each(|character| self.push_character(Some(character)))
    }

    fn open_group(&mut self) -> Result<(), PatternError> {
        let group = escape::group(self.rest, self.flags)?;
        self.rest = group.after;
        let outer = self.flags;
        if let Some(flags) = group.flags {
            self.flags = flags;
            if !group.opens {
                return Ok(());
            }
        } else {
            self.names.push(group.name.map(Box::from));
        }
        let captures = group.flags.is_none();
        let frame = Frame { branches: Vec::new(), pieces: Vec::new(), captures, outer };
        self.open.push(std::mem::replace(&mut self.current, frame));
        Ok(())
    }

    fn close_group(&mut self) -> Result<(), PatternError> {
        let inner = self.close_branches()?;
        let Some(outside) = self.open.pop() else {
            return Err(PatternError::new("unexpected )", self.whole));
        };
        let frame = std::mem::replace(&mut self.current, outside);
        self.flags = frame.outer;
        self.skip(1);
        self.counted()?;
        let piece = if frame.captures { self.wrap(inner, Node::Capture)? } else { inner };
        self.current.pieces.push(Piece { grouped: true, ..piece });
        Ok(())
    }

    fn wrap(
        &self,
        inner: Piece,
        wrapped: impl FnOnce(Box<Node>) -> Node,
    ) -> Result<Piece, PatternError> {
        let height = self.height(inner.height + 1)?;
        Ok(Piece { node: wrapped(Box::new(inner.node)), height, grouped: false })
    }

    fn height(&self, height: usize) -> Result<usize, PatternError> {
        if height > MAX_NESTING {
            return Err(PatternError::new("expression nests too deeply", self.whole));
        }
        Ok(height)
    }

    /// The current group's branches as one piece.
    fn close_branches(&mut self) -> Result<Piece, PatternError> {
        let last = self.close_branch()?;
        let mut branches = std::mem::take(&mut self.current.branches);
        if branches.is_empty() {
            return Ok(last);
        }
        branches.push(last);
        let (nodes, height) =
            flatten(branches, |node| matches!(node, Node::Alternate(_)), alternate);
        Ok(Piece { node: Node::Alternate(nodes), height: self.height(height + 1)?, grouped: false })
    }

    /// The current branch as one piece.
    fn close_branch(&mut self) -> Result<Piece, PatternError> {
        let mut pieces = std::mem::take(&mut self.current.pieces);
        match (pieces.pop(), pieces.is_empty()) {
            (None, _) => return Ok(Piece { node: Node::Empty, height: 1, grouped: false }),
            (Some(only), true) => return Ok(only),
            (Some(last), false) => pieces.push(last),
        }
        let (nodes, height) = flatten(pieces, |node| matches!(node, Node::Concat(_)), concatenate);
        Ok(Piece { node: Node::Concat(nodes), height: self.height(height + 1)?, grouped: false })
    }

    fn repetition(&mut self, symbol: char, last: Option<&'p str>) -> Result<bool, PatternError> {
        let before = self.rest;
        let counts = match symbol {
            '*' => Some((0, None, &before[1..])),
            '+' => Some((1, None, &before[1..])),
            '?' => Some((0, Some(1), &before[1..])),
            _ => escape::counts(before)?,
        };
        let Some((min, max, mut after)) = counts else {
            self.skip(1);
            self.push_character(Some('{'))?;
            return Ok(false);
        };
        let mut lazy = self.flags.lazy;
        if let Some(rest) = after.strip_prefix('?') {
            (after, lazy) = (rest, !lazy);
        }
        let through = |from: &'p str| &from[..from.len() - after.len()];
        if let Some(last) = last {
            return Err(PatternError::new("invalid nested repetition operator", through(last)));
        }
        let missing =
            || PatternError::new("missing argument to repetition operator", through(before));
        let piece = self.take_last().ok_or_else(missing)?;
        let piece = self.wrap(piece, |node| Node::Repeat { node, min, max, lazy })?;
        if symbol == '{' && max.unwrap_or(min) >= 2 && !repeats_fit(&piece.node, MAX_NESTING as u32)
        {
            return Err(PatternError::new(escape::INVALID_COUNT, through(before)));
        }
        self.counted()?;
        self.current.pieces.push(piece);
        self.rest = after;
        Ok(true)
    }

    /// What a repetition applies to: a group, a class, or the last character of a literal.
    fn take_last(&mut self) -> Option<Piece> {
        let last = self.current.pieces.last_mut()?;
        if let Piece { node: Node::Literal { text, fold }, grouped: false, .. } = last
            && text.chars().nth(1).is_some()
        {
            let (text, fold) = (text.pop()?.to_string(), *fold);
            return Some(Piece { node: Node::Literal { text, fold }, height: 1, grouped: false });
        }
        self.current.pieces.pop()
    }
}

/// Puts pieces into one list, and says the greatest height among them; those that dissolve
/// into the list do not count themselves.
fn flatten(
    pieces: Vec<Piece>,
    dissolves: impl Fn(&Node) -> bool,
    into: impl Fn(Node, &mut Vec<Node>),
) -> (Vec<Node>, usize) {
    let (mut nodes, mut height) = (Vec::with_capacity(pieces.len()), 0);
    for piece in pieces {
        height = height.max(piece.height - usize::from(dissolves(&piece.node)));
        into(piece.node, &mut nodes);
    }
    (nodes, height)
}

/// Adds to an alternation.
fn alternate(node: Node, nodes: &mut Vec<Node>) {
    match node {
        Node::Alternate(inner) => nodes.extend(inner),
        other => nodes.push(other),
    }
}

/// Adds to a concatenation; neighbouring literals become one.
fn concatenate(node: Node, nodes: &mut Vec<Node>) {
    match (node, nodes.last_mut()) {
        (Node::Concat(inner), _) => inner.into_iter().for_each(|node| concatenate(node, nodes)),
        (Node::Literal { text, fold }, Some(Node::Literal { text: before, fold: same }))
            if *same == fold =>
        {
            before.push_str(&text);
        }
        (node, _) => nodes.push(node),
    }
}

/// Whether nested counts multiply to no more than `limit`.
fn repeats_fit(node: &Node, limit: u32) -> bool {
    match node {
        Node::Repeat { node, min, max, .. } => match max.unwrap_or(*min) {
            0 if *max == Some(0) => true,
            count if count > limit => false,
            count => repeats_fit(node, limit / count.max(1)),
        },
        Node::Capture(node) => repeats_fit(node, limit),
        Node::Concat(nodes) | Node::Alternate(nodes) => {
            nodes.iter().all(|node| repeats_fit(node, limit))
        }
        _ => true,
    }
}
