//! Values: checked, and defaults filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::time::duration::parse_flag;

use super::read::{Element, Line};
use super::{Flag, Kind, Presence};

/// What a command line says, with what holds where it says nothing.
#[derive(Debug, Default)]
pub(in crate::cli) struct Values {
    flags: Vec<(&'static str, String)>,
    /// The arguments, in order.
    pub(in crate::cli) arguments: Vec<String>,
}

impl Line<'_> {
    /// The flags' values; `defaults` by name come before the built-in ones, for the program's
    /// flags and those of the command that runs.
    ///
    /// # Errors
    /// Values that their flags do not take, and what is missing, in kingpin's words.
    pub(in crate::cli) fn settle(
        &self,
        defaults: &BTreeMap<String, String>,
    ) -> Result<Values, String> {
        let mut values = Values::default();
        let innermost = self.innermost();
        for flag in self.flags().filter(|flag| self.given(flag.name).is_none()) {
            let reached = self.program.flag(flag.name).or_else(|| innermost.flag(flag.name));
            let configured = reached.and_then(|_| defaults.get(flag.name)).map(String::as_str);
            if let Some(value) = configured.or(flag.default) {
                check(flag.kind, value)?;
                values.flags.push((flag.name, value.to_owned()));
            }
        }
        let mut seen = BTreeSet::new();
        for element in &self.elements {
            match element {
                Element::Flag(flag, value) => {
                    if !seen.insert(flag.name) && !repeats(flag) {
                        return Err(format!("flag '{}' cannot be repeated", flag.name));
                    }
                    check(flag.kind, value)?;
                    values.flags.push((flag.name, value.clone()));
                }
                Element::Argument(argument, value) => {
                    check(argument.kind, value)?;
                    values.arguments.push(value.clone());
                }
            }
        }
        if !innermost.commands.is_empty() && !self.commands.is_empty() {
            return Err(format!("must select a subcommand of '{}'", self.names().join(" ")));
        }
        self.check_required()?;
        Ok(values)
    }

    fn check_required(&self) -> Result<(), String> {
        let missing = self
            .flags()
            .filter(|flag| flag.presence == Presence::Required && self.given(flag.name).is_none());
        let missing: Vec<String> = missing.map(|flag| format!("'--{}'", flag.name)).collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!("required flag(s) {} not provided", missing.join(", "))),
        }
    }
}

fn repeats(flag: &Flag) -> bool {
    flag.kind == Kind::Texts
}

fn check(kind: Kind, value: &str) -> Result<(), String> {
    match kind {
        Kind::Switch => match value {
            "true" | "false" | "1" | "0" | "t" | "f" | "T" | "F" | "True" | "False" | "TRUE"
            | "FALSE" => Ok(()),
            _ => Err(format!("strconv.ParseBool: parsing {value:?}: invalid syntax")),
        },
        Kind::Text | Kind::Texts | Kind::Url => Ok(()),
        Kind::Number => value
            .parse::<u32>()
            .map(drop)
            .map_err(|_| format!("strconv.ParseFloat: parsing {value:?}: invalid syntax")),
        Kind::Duration => parse_flag(value).map(drop).map_err(|error| error.to_string()),
        Kind::Choice(choices) if choices.contains(&value) => Ok(()),
        Kind::Choice(choices) => {
            Err(format!("enum value must be one of {}, got '{value}'", choices.join(",")))
        }
        Kind::File if Path::new(value).exists() => Ok(()),
        Kind::File => Err(format!("path '{value}' does not exist")),
    }
}

impl Values {
    /// A flag's value; empty when there is none.
    pub(in crate::cli) fn text(&self, name: &str) -> &str {
        self.given(name).unwrap_or_default()
    }

    /// A flag's value, its last one.
    pub(in crate::cli) fn given(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may be repeated.
    pub(in crate::cli) fn all(&self, name: &str) -> Vec<&str> {
        let own = self.flags.iter().filter(|(own, _)| *own == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a switch is on.
    pub(in crate::cli) fn is_on(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "1" | "t" | "T" | "True" | "TRUE")
    }
}
