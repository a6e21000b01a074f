//! What `--help` prints.

use std::fmt::Write as _;

use super::{Command, Count, Flag, HELP, HELP_COMMAND, Kind, Presence};

/// How far the texts of flags and commands are indented.
const TEXT_COLUMN: usize = 30;
/// How long a line may get.
const WIDTH: usize = 80;

/// What there is to know of the command with these names; of the program without names.
///
/// # Errors
/// A name that is no command.
pub(in crate::cli) fn usage(program: &Command, names: &[&str]) -> Result<String, String> {
    let mut path = vec![program];
    for name in names {
        let innermost = path.last().copied().unwrap_or(program);
        let command = if innermost.commands.is_empty() && *name == HELP_COMMAND.name {
            Some(&HELP_COMMAND)
        } else {
            innermost.command(name)
        };
        path.push(command.ok_or_else(|| format!("expected command but got {name:?}"))?);
    }
    let command = path.last().copied().unwrap_or(program);
    let called: Vec<&str> = path.iter().map(|command| command.name).collect();
    let mut text = format!("usage: {}{}\n\n{}\n", called.join(" "), form(command), command.help);
    let flags = path.iter().flat_map(|command| command.flags);
    let flags = flags.filter(|flag| flag.presence != Presence::Hidden).chain([&HELP]);
    text.push_str("\nFlags:\n");
    for flag in flags {
        entry(&mut text, &signature(flag), flag.help);
    }
    if !command.commands.is_empty() {
        text.push_str("\nCommands:\n");
        for inner in command.commands {
            list(&mut text, inner, "", command.default);
        }
    }
    if !command.examples.is_empty() {
        let plural = if command.examples.len() > 1 { "s" } else { "" };
        let _ = write!(text, "\nExample{plural}:\n");
        for example in command.examples {
            let _ = writeln!(text, "  {example}");
        }
    }
    Ok(text)
}

/// What may follow a command's name.
fn form(command: &Command) -> String {
    let mut text = String::new();
    for flag in command.flags.iter().filter(|flag| flag.presence == Presence::Required) {
        let _ = write!(text, " --{}={}", flag.name, placeholder(flag));
    }
    text.push_str(" [<flags>]");
    if !command.commands.is_empty() {
        text.push_str(" <command> [<args> ...]");
    }
    if let Some(argument) = &command.argument {
        let dots = if argument.count == Count::Any { "..." } else { "" };
        let _ = write!(text, " [<{}>{dots}]", argument.name);
    }
    text
}

fn list(text: &mut String, command: &Command, prefix: &str, default: Option<&str>) {
    let star = if default == Some(command.name) { "*" } else { "" };
    let path = format!("{prefix}{}{star}", command.name);
    if command.commands.is_empty() {
        let first = command.help.lines().next().unwrap_or_default();
        entry(text, &path, first);
    }
    for inner in command.commands {
        list(text, inner, &format!("{path} "), command.default);
    }
}

fn signature(flag: &Flag) -> String {
    let short = flag.short.map_or("    ".to_owned(), |letter| format!("-{letter}, "));
    match flag.kind {
        Kind::Switch => format!("{short}--[no-]{}", flag.name),
        Kind::Texts => format!("{short}--{}={} ...", flag.name, placeholder(flag)),
        _ => format!("{short}--{}={}", flag.name, placeholder(flag)),
    }
}

fn placeholder(flag: &Flag) -> String {
    match flag.default {
        Some(default) if default.contains(' ') => format!("{default:?}"),
        Some(default) if !default.is_empty() => default.to_owned(),
        _ => flag.name.to_uppercase(),
    }
}

/// One line, or more when the text is long.
fn entry(text: &mut String, name: &str, help: &str) {
    let _ = write!(text, "  {name}");
    let mut column = 2 + name.chars().count();
    if column + 2 > TEXT_COLUMN {
        text.push('\n');
        column = 0;
    }
    let _ = write!(text, "{:1$}", "", TEXT_COLUMN - column);
    column = TEXT_COLUMN;
    for (index, word) in help.split_whitespace().enumerate() {
        let length = word.chars().count() + usize::from(index > 0);
        if column + length > WIDTH {
            let _ = write!(text, "\n{:1$}{word}", "", TEXT_COLUMN);
            column = TEXT_COLUMN + length - 1;
        } else {
            let blank = if index > 0 { " " } else { "" };
            let _ = write!(text, "{blank}{word}");
            column += length;
        }
    }
    text.push('\n');
}
