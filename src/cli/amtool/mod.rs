//! amtool's command lines: `firebell amtool ...`, and the binary called by that name.
//!
//! ```text
//! words --kingpin--> Line --settings--> Session --> one file per group of commands
//! ```
//! What is printed, on which stream, and with which exit code is amtool's; the differences are
//! in `docs/amtool-differences.md`.

mod alert;
mod check;
mod client;
mod commands;
mod date;
mod import;
mod labels;
mod model;
mod routes;
mod session;
mod settings;
mod show;
mod silence;
mod table;
mod template;
mod user;

use std::io::Write as _;

use anyhow::{Result, anyhow};

use crate::cli::ExitStatus;
use crate::cli::kingpin;

use commands::AMTOOL;
use session::Session;

/// An error that amtool prints without the empty line after it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Bare(String);

/// Runs a command line of amtool, its name left out; says why it failed.
pub(super) fn run(words: Vec<String>) -> ExitStatus {
    perform(words).unwrap_or_else(|error| {
        let tail = if error.is::<Bare>() { "" } else { "\n" };
        eprintln!("amtool: error: {error:#}{tail}");
        ExitStatus::Failure
    })
}

fn perform(words: Vec<String>) -> Result<ExitStatus> {
    let defaults = settings::load()?;
    let line = kingpin::read(&AMTOOL, words).map_err(anyhow::Error::msg)?;
    if let Some(names) = line.asks_for_help() {
        let text = kingpin::usage(&AMTOOL, &names).map_err(Bare)?;
        return print(&text);
    }
    if line.is_on("version") {
        return print(&version());
    }
    let names = line.names();
    if names.is_empty() {
        return print(&kingpin::usage(&AMTOOL, &[]).map_err(Bare)?);
    }
    let url =
        line.given("alertmanager.url").or(defaults.get("alertmanager.url").map(String::as_str));
    let address = url.and_then(client::address);
    let is_asked = matches!(names[..], ["alert" | "silence" | "cluster", ..] | ["config", "show"]);
    if is_asked && address.is_none() {
        return Err(Bare("required flag --alertmanager.url not provided".to_owned()).into());
    }
    let values = line.settle(&defaults).map_err(|text| anyhow!(text))?;
    let session = Session::new(values, address)?;
    crate::cli::server::runtime()?.block_on(dispatch(&names, &session))
}

async fn dispatch(names: &[&str], session: &Session) -> Result<ExitStatus> {
    match names {
        ["alert", "query"] => alert::query(session).await,
        ["alert", "add"] => alert::add(session).await,
        ["silence", "query"] => silence::query(session).await,
        ["silence", "add"] => silence::add(session).await,
        ["silence", "update"] => silence::update(session).await,
        ["silence", "expire"] => silence::expire(session).await,
        ["silence", "import"] => import::run(session).await,
        ["check-config"] => check::run(session),
        ["cluster", "show"] => show::cluster(session).await,
        ["config", "show"] => show::config(session).await,
        ["config", "routes", "show"] => routes::show(session).await,
        ["config", "routes", "test"] => routes::test(session).await,
        ["template", "render"] => template::render(session),
        _ => Err(anyhow!("expected command but got {:?}", names.join(" "))),
    }
}

/// What `--version` says.
fn version() -> String {
    format!(
        "amtool, version {} (branch: firebell, revision: {})\n  platform:         {}/{}\n",
        crate::api::ALERTMANAGER_VERSION,
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// Prints the outcome of a command that went well.
fn print(text: &str) -> Result<ExitStatus> {
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitStatus::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_help_with_an_example() {
        fn visit(command: &kingpin::Command, path: &[&str], seen: &mut usize) {
            let text = kingpin::usage(&AMTOOL, path).unwrap();
            assert!(text.contains("\nExample") && text.contains("  amtool "), "{text}");
            assert!(!command.help.is_empty());
            *seen += 1;
            for inner in command.commands {
                visit(inner, &[path, &[inner.name]].concat(), seen);
            }
        }
        let mut seen = 0;
        visit(&AMTOOL, &[], &mut seen);
        assert_eq!(seen, 20);
    }

    #[test]
    fn command_lines_lead_to_commands() {
        for (text, names) in [
            ("alert", "alert query"),
            ("alert foo", "alert query"),
            ("-o json alert -i foo", "alert query"),
            ("silence add a=b -c x", "silence add"),
            ("silence --expired", "silence query"),
            ("config", "config show"),
            ("config routes", "config routes show"),
            ("config routes --config.file=/dev/null test a=b --tree", "config routes test"),
            ("cluster", "cluster show"),
            ("check-config", "check-config"),
            ("template render --template.glob=x --template.text=y", "template render"),
        ] {
            let line = kingpin::read(&AMTOOL, text.split(' ').map(str::to_owned)).unwrap();
            assert_eq!(line.names().join(" "), names, "{text}");
            assert!(line.settle(&Default::default()).is_ok(), "{text}");
        }
    }
}
