//! What is wrong with a command line, in promtool's words.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The line that promtool would print; `None` for help and version, which are no errors.
pub(in crate::cli) fn complaint(error: &clap::Error) -> Option<String> {
    let argument = strings(error, ContextKind::InvalidArg);
    let first = argument.first().map(String::as_str).unwrap_or_default();
    let value = || strings(error, ContextKind::InvalidValue).concat();
    let name = first.split([' ', '=']).next().unwrap_or_default();
    let text = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return None,
        ErrorKind::MissingRequiredArgument if first.starts_with('-') => {
            format!("required flag(s) '{name}' not provided")
        }
        ErrorKind::MissingRequiredArgument => {
            let name = first.trim_matches(['<', '>', '.']).to_lowercase();
            format!("required argument '{name}' not provided")
        }
        ErrorKind::InvalidValue if !strings(error, ContextKind::ValidValue).is_empty() => {
            let valid = strings(error, ContextKind::ValidValue).join(",");
            format!("enum value must be one of {valid}, got '{}'", value())
        }
        ErrorKind::InvalidValue => format!("expected argument for flag '{name}'"),
        ErrorKind::ValueValidation => {
            error.source().map_or_else(|| format!("{name}: {}", value()), ToString::to_string)
        }
        ErrorKind::UnknownArgument if name.starts_with("--") => {
            format!("unknown long flag '{name}'")
        }
        ErrorKind::UnknownArgument if name.starts_with('-') => {
            format!("unknown short flag '{name}'")
        }
        ErrorKind::UnknownArgument => format!("unexpected {name}"),
        ErrorKind::InvalidSubcommand => {
            format!(
                "expected command but got {:?}",
                strings(error, ContextKind::InvalidSubcommand).concat()
            )
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "must select a subcommand".to_owned()
        }
        _ => error.to_string(),
    };
    Some(format!("promtool: error: {text}, try --help"))
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::AsPromtool;

    #[test]
    fn mistakes_are_told_as_promtool_tells_them() {
        let check = |line: &str, expected: &str| {
            let error = AsPromtool::try_parse_from(line.split(' ')).err().expect(line);
            let expected = format!("promtool: error: {expected}, try --help");
            assert_eq!(complaint(&error), Some(expected), "{line}");
        };
        check("promtool query instant http://a:1", "required argument 'expr' not provided");
        check("promtool query series http://a:1", "required flag(s) '--match' not provided");
        check("promtool query nope", "expected command but got \"nope\"");
        check("promtool query instant -1 x", "unknown short flag '-1'");
        check("promtool query instant --nope x", "unknown long flag '--nope'");
        let formats = "enum value must be one of promql,json, got 'xml'";
        check("promtool query instant -o xml http://a:1 1", formats);
        let unit = "time: missing unit in duration \"30\"";
        check("promtool query range --step 30 http://a:1 1", unit);
        check("promtool push metrics --label abx http://a:1", "expected KEY=VALUE got 'abx'");
        let help = AsPromtool::try_parse_from(["promtool", "--help"]).err().expect("help");
        assert_eq!(complaint(&help), None);
    }
}
