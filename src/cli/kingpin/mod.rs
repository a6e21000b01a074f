//! Command lines by the rules of kingpin, the parser of Alertmanager's programs: tables of
//! commands and flags, read in its way and refused in its words.
//!
//! ```text
//! words --read--> Line (commands and what was given) --settle--> Values (checked, defaults in)
//! ```
//! It differs from clap where scripts notice: a command may have a default below it, a single
//! dash is for one letter, switches take no value, and `@file` stands for the file's lines.

mod help;
mod read;
mod value;

pub(super) use help::usage;
pub(super) use read::{Line, read};
pub(super) use value::Values;

/// A flag.
#[derive(Copy, Clone, Debug)]
pub(super) struct Flag {
    /// What follows `--`.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
    short: Option<char>,
    default: Option<&'static str>,
    presence: Presence,
}

/// What a flag or an argument takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: it is on, or off as `--no-name`.
    Switch,
    /// Any text.
    Text,
    /// Any text, several times.
    Texts,
    /// A whole number.
    Number,
    /// A length of time in Go's notation, with days and weeks.
    Duration,
    /// One of these.
    Choice(&'static [&'static str]),
    /// A URL.
    Url,
    /// The path of a file that is there.
    File,
}

/// Whether a flag has to be there.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Presence {
    Optional,
    Required,
    /// Optional, and not told of.
    Hidden,
}

/// What may follow a command beside flags.
#[derive(Copy, Clone, Debug)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) count: Count,
}

/// How many there may be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Count {
    AtMostOne,
    Any,
}

/// A command, or the program itself.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) name: &'static str,
    /// What it does, and how; the first line stands for it in lists.
    pub(super) help: &'static str,
    /// Command lines to try.
    pub(super) examples: &'static [&'static str],
    pub(super) flags: &'static [Flag],
    pub(super) argument: Option<Argument>,
    pub(super) commands: &'static [Command],
    /// Which of the commands is meant when none is named.
    pub(super) default: Option<&'static str>,
}

/// A command without anything, to be filled in.
pub(super) const PLAIN: Command = Command {
    name: "",
    help: "",
    examples: &[],
    flags: &[],
    argument: None,
    commands: &[],
    default: None,
};

/// The flag that every command has.
static HELP: Flag =
    Flag::new("help", Kind::Switch, "Say what there is, and an example.").short('h');

/// The command that every program has.
static HELP_COMMAND: Command = Command {
    name: "help",
    help: "Say what a command does.",
    argument: Some(Argument { name: "command", kind: Kind::Text, count: Count::Any }),
    ..PLAIN
};

impl Flag {
    pub(super) const fn new(name: &'static str, kind: Kind, help: &'static str) -> Flag {
        Flag { name, kind, help, short: None, default: None, presence: Presence::Optional }
    }

    /// With a letter to be called by.
    pub(super) const fn short(self, letter: char) -> Flag {
        Flag { short: Some(letter), ..self }
    }

    /// With a value that counts when none is given.
    pub(super) const fn default(self, value: &'static str) -> Flag {
        Flag { default: Some(value), ..self }
    }

    /// That has to be given.
    pub(super) const fn required(self) -> Flag {
        Flag { presence: Presence::Required, ..self }
    }

    /// That help does not tell of.
    pub(super) const fn hidden(self) -> Flag {
        Flag { presence: Presence::Hidden, ..self }
    }
}

impl Command {
    fn command(&self, name: &str) -> Option<&Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    fn default_command(&self) -> Option<&Command> {
        self.command(self.default?)
    }

    fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

#[cfg(test)]
mod tests;
