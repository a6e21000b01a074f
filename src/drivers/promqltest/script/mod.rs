//! Scripts: text to commands.

mod eval;
mod expect;
mod load;

pub(super) use eval::{Eval, When};
pub(super) use expect::{Pattern, Wanted};
pub(super) use load::{Load, LoadedSeries};

use super::report::Failure;
use crate::time::Span;
use crate::time::duration::parse_prometheus;

/// The most values that a script may load, and starts that it may give them.
pub(super) const MAX_LOADED: usize = 2_000_000;

/// A script's commands, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub commands: Vec<Command>,
    pub faults: Vec<Failure>,
}

/// One command.
#[derive(Debug)]
pub(super) enum Command {
    Clear,
    Load(Load),
    Eval(Box<Eval>),
}

/// Why a line could not be read: its index and what is wrong with it.
pub(super) type Read<T> = Result<T, (usize, String)>;

/// Reads a script; after a block that cannot be read goes on with the next one.
pub(super) fn parse(text: &str) -> Script {
    let mut lines = Lines::new(text);
    let mut script = Script::default();
    while let Some(line) = lines.next_filled() {
        let first = line.split([' ', '\t']).next().unwrap_or("").to_ascii_lowercase();
        let command = match first.as_str() {
            "clear" => Ok(Command::Clear),
            "load" | "load_with_nhcb" => load::parse(&first, line, &mut lines).map(Command::Load),
            _ if first == "eval" || first.starts_with("eval_") => {
                eval::parse(&first, line, &mut lines).map(|eval| Command::Eval(Box::new(eval)))
            }
            _ => {
                Err((lines.index(), format!("unknown command {first:?}: use clear, load or eval")))
            }
        };
        match command {
            Ok(command) => script.commands.push(command),
            Err((index, message)) => {
                let line = index + 1;
                script.faults.push(Failure { line, message, ..Failure::default() });
                while lines.next_in_block().is_some() {}
            }
        }
    }
    script
}

/// The lines of a script without the blanks around them; comments are blank lines.
pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    /// Index of the line after the one given last.
    next: usize,
    /// How many values and starts were loaded.
    loaded: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        let lines = text.lines().map(str::trim);
        let lines = lines.map(|line| if line.starts_with('#') { "" } else { line }).collect();
        Lines { lines, next: 0, loaded: 0 }
    }

    /// The next line that is not blank.
    fn next_filled(&mut self) -> Option<&'a str> {
        let rest = self.lines.get(self.next..)?;
        self.next += rest.iter().position(|line| !line.is_empty())? + 1;
        Some(self.lines[self.next - 1])
    }

    /// The next line, unless it is blank.
    pub(super) fn next_in_block(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.next).filter(|line| !line.is_empty())?;
        self.next += 1;
        Some(line)
    }

    /// Counts values that the line given last loads; refuses those that are too many.
    pub(super) fn count_loaded(&mut self, values: usize) -> Read<()> {
        self.loaded = self.loaded.saturating_add(values);
        if self.loaded <= MAX_LOADED {
            return Ok(());
        }
        Err((self.index(), format!("a script may load at most {MAX_LOADED} values")))
    }

    /// Index of the line given last.
    pub(super) fn index(&self) -> usize {
        self.next.saturating_sub(1)
    }
}

/// The first word of a text and what follows it.
pub(super) fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// Takes a word that must be next.
pub(super) fn expect_word<'a>(text: &'a str, wanted: &str) -> Result<&'a str, String> {
    match word(text) {
        (found, rest) if found == wanted => Ok(rest),
        (found, _) => Err(format!("expected {wanted:?}, found {found:?}")),
    }
}

/// Takes a duration.
pub(super) fn duration(text: &str) -> Result<(Span, &str), String> {
    let (found, rest) = word(text);
    let span = parse_prometheus(found).map_err(|error| error.to_string())?;
    Ok((span, rest))
}
