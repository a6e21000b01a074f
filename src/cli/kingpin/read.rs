//! Words to commands, flags and arguments. (Source: kingpin's documentation; its error texts.)

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

use crate::cli::check::input::opened;

use super::{Argument, Command, Count, Flag, HELP, HELP_COMMAND, Kind};

/// The most files of arguments (`@file`) that one command line may name, those in files included.
pub(super) const MAX_FILES: usize = 100;

/// What was said, in order.
#[derive(Debug)]
pub(in crate::cli) struct Line<'t> {
    pub(super) program: &'t Command,
    /// The commands from the outermost to the one that runs.
    pub(super) commands: Vec<&'t Command>,
    pub(super) elements: Vec<Element<'t>>,
}

/// A part of the line with a value.
#[derive(Debug)]
pub(super) enum Element<'t> {
    /// A flag; switches have `true` or `false`.
    Flag(&'t Flag, String),
    Argument(&'t Argument, String),
}

/// Reads a program's command line, its name left out.
///
/// # Errors
/// Commands and flags that there are not, in kingpin's words.
pub(in crate::cli) fn read<'t>(
    program: &'t Command,
    words: impl IntoIterator<Item = String>,
) -> Result<Line<'t>, String> {
    let line = Line { program, commands: Vec::new(), elements: Vec::new() };
    let words = words.into_iter().collect();
    let mut reader = Reader {
        line,
        words,
        returned: Vec::new(),
        only_arguments: false,
        files: 0,
        arguments: 0,
        explain: false,
    };
    reader.run()?;
    Ok(reader.line)
}

impl<'t> Line<'t> {
    /// The names of the commands, outermost first.
    pub(in crate::cli) fn names(&self) -> Vec<&'static str> {
        self.commands.iter().map(|command| command.name).collect()
    }

    /// Whose help is asked for: the commands' names; `None` when none is.
    pub(in crate::cli) fn asks_for_help(&self) -> Option<Vec<&str>> {
        if self.innermost().name == HELP_COMMAND.name {
            let text = |element: &'_ Element<'t>| match element {
                Element::Argument(..) => true,
                Element::Flag(..) => false,
            };
            let named = self.elements.iter().filter(|element| text(element));
            return Some(named.map(|element| element.value()).collect());
        }
        self.is_on(HELP.name).then(|| self.names())
    }

    /// Whether a switch is on the line.
    pub(in crate::cli) fn is_on(&self, name: &str) -> bool {
        self.given(name) == Some("true")
    }

    /// The last value that the line gives a flag.
    pub(in crate::cli) fn given(&self, name: &str) -> Option<&str> {
        self.elements.iter().rev().find_map(|element| match element {
            Element::Flag(flag, value) if flag.name == name => Some(value.as_str()),
            _ => None,
        })
    }

    /// The command that runs, or the program when none was named.
    pub(super) fn innermost(&self) -> &'t Command {
        self.commands.last().copied().unwrap_or(self.program)
    }

    /// All flags that may stand here.
    pub(super) fn flags(&self) -> impl Iterator<Item = &'t Flag> {
        let commands = std::iter::once(self.program).chain(self.commands.iter().copied());
        commands.flat_map(|command| command.flags).chain([&HELP])
    }
}

impl Element<'_> {
    pub(super) fn value(&self) -> &str {
        match self {
            Element::Flag(_, value) | Element::Argument(_, value) => value,
        }
    }
}

enum Token {
    Long(String),
    Short(char),
    Word(String),
    /// A file of arguments that cannot be read.
    Fault(String),
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Long(name) => write!(f, "--{name}"),
            Token::Short(letter) => write!(f, "-{letter}"),
            Token::Word(text) | Token::Fault(text) => f.write_str(text),
            Token::End => f.write_str("the end"),
        }
    }
}

struct Reader<'t> {
    line: Line<'t>,
    words: VecDeque<String>,
    /// Tokens that were looked at and not taken, the next one last.
    returned: Vec<Token>,
    /// After `--`.
    only_arguments: bool,
    files: usize,
    /// How many arguments the command has got.
    arguments: usize,
    /// Help is asked for, so nothing is chosen by default.
    explain: bool,
}

impl<'t> Reader<'t> {
    fn run(&mut self) -> Result<(), String> {
        loop {
            match self.next() {
                Token::End => break,
                Token::Fault(text) => return Err(text),
                token @ (Token::Long(_) | Token::Short(_)) => {
                    if let Err(error) = self.flag(token)
                        && !self.enter_default()
                    {
                        return Err(error);
                    }
                }
                Token::Word(word) if self.has_commands() => self.command(word)?,
                Token::Word(word) => match self.wanted() {
                    Some(argument) => {
                        self.arguments += 1;
                        self.line.elements.push(Element::Argument(argument, word));
                    }
                    None => return Err(format!("unexpected {word}")),
                },
            }
        }
        while self.enter_default() {}
        Ok(())
    }

    fn next(&mut self) -> Token {
        if let Some(token) = self.returned.pop() {
            return token;
        }
        let Some(word) = self.words.pop_front() else { return Token::End };
        if self.only_arguments {
            return Token::Word(word);
        }
        if word == "--" {
            self.only_arguments = true;
            return self.next();
        }
        if let Some(long) = word.strip_prefix("--") {
            let Some((name, value)) = long.split_once('=') else {
                return Token::Long(long.to_owned());
            };
            self.returned.push(Token::Word(value.to_owned()));
            return Token::Long(name.to_owned());
        }
        if let Some(letters) = word.strip_prefix('-') {
            return self.short(letters);
        }
        match word.strip_prefix('@') {
            Some(file) => self.file(file),
            None => Token::Word(word),
        }
    }

    /// `-abc`: a switch leaves the rest for further letters, another flag takes it as its value.
    fn short(&mut self, letters: &str) -> Token {
        let mut rest = letters.chars();
        let Some(letter) = rest.next() else { return Token::Word(String::new()) };
        let rest = rest.as_str();
        let takes_value = self.by_letter(letter).is_some_and(|flag| flag.kind != Kind::Switch);
        if !rest.is_empty() && takes_value {
            self.returned.push(Token::Word(rest.to_owned()));
        } else if !rest.is_empty() {
            self.words.push_front(format!("-{rest}"));
        }
        Token::Short(letter)
    }

    /// Puts a file's lines in its place; empty lines and comments are left out.
    fn file(&mut self, file: &str) -> Token {
        self.files += 1;
        if self.files > MAX_FILES {
            return Token::Fault(format!("more than {MAX_FILES} files of arguments"));
        }
        match opened(Path::new(file)) {
            Ok(text) => {
                let lines = text.lines().map(str::trim_end);
                let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
                for line in lines.rev() {
                    self.words.push_front(line.to_owned());
                }
                self.next()
            }
            Err(error) => Token::Fault(format!("failed to open arguments file {file:?}: {error}")),
        }
    }

    fn by_letter(&self, letter: char) -> Option<&'t Flag> {
        self.line.flags().find(|flag| flag.short == Some(letter))
    }

    /// Takes a flag and its value; gives the token back when that is not possible.
    fn flag(&mut self, token: Token) -> Result<(), String> {
        let named = |name: &str| self.line.flags().find(|flag| flag.name == name);
        let (flag, off) = match &token {
            Token::Long(name) => match (named(name), name.strip_prefix("no-")) {
                (Some(flag), _) => (Some(flag), false),
                (None, Some(name)) => (named(name).filter(|it| it.kind == Kind::Switch), true),
                (None, None) => (None, false),
            },
            Token::Short(letter) => (self.by_letter(*letter), false),
            _ => (None, false),
        };
        let refused = match flag {
            Some(flag) if flag.kind == Kind::Switch => {
                self.explain |= flag.name == HELP.name;
                self.line.elements.push(Element::Flag(flag, (!off).to_string()));
                return Ok(());
            }
            Some(flag) => match self.next() {
                Token::Word(value) => {
                    self.line.elements.push(Element::Flag(flag, value));
                    return Ok(());
                }
                other => {
                    self.returned.push(other);
                    format!("expected argument for flag '{token}'")
                }
            },
            None => match token {
                Token::Long(_) => format!("unknown long flag '{token}'"),
                _ => format!("unknown short flag '{token}'"),
            },
        };
        self.returned.push(token);
        Err(refused)
    }

    fn has_commands(&self) -> bool {
        !self.line.innermost().commands.is_empty()
    }

    fn command(&mut self, word: String) -> Result<(), String> {
        let within = self.line.innermost();
        let outermost = self.line.commands.is_empty();
        let found = match within.command(&word) {
            None if outermost && word == HELP_COMMAND.name => Some(&HELP_COMMAND),
            found => found,
        };
        match found {
            Some(command) => {
                self.explain |= command.name == HELP_COMMAND.name;
                self.line.commands.push(command);
                Ok(())
            }
            None if self.enter_default() => {
                self.returned.push(Token::Word(word));
                Ok(())
            }
            None => Err(format!("expected command but got {word:?}")),
        }
    }

    /// Goes on with the default command, if there is one.
    fn enter_default(&mut self) -> bool {
        let command = self.line.innermost().default_command().filter(|_| !self.explain);
        self.line.commands.extend(command);
        command.is_some()
    }

    fn wanted(&self) -> Option<&'t Argument> {
        let argument = self.line.innermost().argument.as_ref()?;
        (argument.count == Count::Any || self.arguments == 0).then_some(argument)
    }
}
