//! Alertmanager's command line: `firebell alertmanager ...`, and the binary called by that name.

mod features;
mod flags;
mod settings;

use std::collections::BTreeMap;

use clap::ValueEnum;
use tracing::{error, info, warn};

use crate::api::ALERTMANAGER_VERSION as VERSION;

use super::ExitStatus;
use super::kingpin::{Line, Values, read, usage};
use super::logging::{self, Format, Level};
use super::server;

use features::Features;
use flags::{PROGRAM, WITHOUT_MEANING};

/// Numbers that are checked before anything starts.
const NUMBERS: [&str; 4] = [
    "silences.max-silences",
    "silences.max-silence-size-bytes",
    "alerts.per-alertname-limit",
    "web.get-concurrency",
];

/// Runs a command line, the program's name left out.
pub(super) fn run(words: impl IntoIterator<Item = String>) -> ExitStatus {
    let line = match read(&PROGRAM, words) {
        Ok(line) => line,
        Err(complaint) => return refuse(&complaint),
    };
    if let Some(text) = asked(&line) {
        print!("{text}");
        return ExitStatus::Success;
    }
    match line.settle(&BTreeMap::new()).and_then(|values| checked(&values).map(|how| (values, how)))
    {
        Ok((values, (level, format))) => {
            logging::start(level, format);
            serve(&line, &values)
        }
        Err(complaint) => refuse(&complaint),
    }
}

/// What kingpin would say.
fn refuse(complaint: &str) -> ExitStatus {
    eprintln!("{}: error: {complaint}, try --help", PROGRAM.name);
    ExitStatus::Failure
}

/// What is only to be printed.
fn asked(line: &Line<'_>) -> Option<String> {
    let names = || PROGRAM.flags.iter().map(|flag| format!("--{}", flag.name));
    let long = ["help-long", "help-man"].iter().any(|name| line.is_on(name));
    if long || line.asks_for_help().is_some() {
        // the program is there, so there is a text
        return Some(usage(&PROGRAM, &[]).unwrap_or_default());
    }
    if line.is_on("version") {
        return Some(version());
    }
    if line.is_on("completion-bash") {
        return Some(names().map(|name| name + "\n").collect());
    }
    let script = |command: &str| {
        let names: Vec<_> = names().collect();
        format!("{command} -W \"{}\" {}\n", names.join(" "), PROGRAM.name)
    };
    if line.is_on("completion-script-bash") {
        return Some(script("complete"));
    }
    let zsh = line.is_on("completion-script-zsh");
    zsh.then(|| format!("autoload -U bashcompinit && bashcompinit\n{}", script("complete")))
}

/// The version in the peer's form, which scripts take apart.
fn version() -> String {
    let own = env!("CARGO_PKG_VERSION");
    let platform = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "alertmanager, version {VERSION} (branch: firebell, revision: firebell-{own})\n  \
         build user:       firebell\n  \
         build date:       unknown\n  \
         go version:       none, written in Rust\n  \
         platform:         {platform}\n  \
         tags:             unknown\n"
    )
}

/// The values that kingpin itself would refuse.
fn checked(values: &Values) -> Result<(Level, Format), String> {
    for name in NUMBERS {
        number(values.text(name))?;
    }
    let (level, format) = (values.text("log.level"), values.text("log.format"));
    let ratio = values.text("auto-gomemlimit.ratio");
    if ratio.parse::<f64>().is_err() {
        return Err(format!("strconv.ParseFloat: parsing {ratio:?}: invalid syntax"));
    }
    let known =
        |level: &Level| !matches!(level, Level::Debug) || values.text("log.level") == "debug";
    let level = Level::from_str(level, true).ok().filter(known);
    let level = level.ok_or(format!("unrecognized log level {}", values.text("log.level")))?;
    let format = Format::from_str(format, false);
    let format =
        format.map_err(|_| format!("unrecognized log format {}", values.text("log.format")))?;
    Ok((level, format))
}

/// A whole number as Go's flags take it, a sign in front or not.
fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("strconv.ParseFloat: parsing {text:?}: invalid syntax"))
}

/// Serves until told to stop. What keeps it from starting is a line of the log.
fn serve(line: &Line<'_>, values: &Values) -> ExitStatus {
    info!(version = VERSION, firebell = env!("CARGO_PKG_VERSION"), "Starting Alertmanager");
    let features = match Features::read(values.text("enable-feature")) {
        Ok(features) => features,
        Err(err) => {
            error!(%err, "error parsing the feature flag list");
            return ExitStatus::Failure;
        }
    };
    for said in &features.said {
        warn!("{said}");
    }
    for (names, reason) in without_meaning(line) {
        info!(flags = names, "accepted and without effect: {reason}");
    }
    let outcome = settings::service(values, &features).and_then(server::run);
    outcome.unwrap_or_else(|err| {
        error!(err = format!("{err:#}"), "cannot run");
        ExitStatus::Failure
    })
}

/// The flags of the line that change nothing, those with one reason together.
fn without_meaning(line: &Line<'_>) -> Vec<(String, &'static str)> {
    let given = |name: &str| {
        // without peers is what it is
        line.given(name).is_some_and(|value| name != "cluster.listen-address" || !value.is_empty())
    };
    let flags = |prefix: &str| {
        let flags = PROGRAM.flags.iter().map(|flag| flag.name);
        let named: Vec<_> = flags.filter(|name| name.starts_with(prefix) && given(name)).collect();
        named.iter().map(|name| format!("--{name}")).collect::<Vec<_>>().join(" ")
    };
    let all = WITHOUT_MEANING.iter().map(|(prefix, reason)| (flags(prefix), *reason));
    all.filter(|(flags, _)| !flags.is_empty()).collect()
}

#[cfg(test)]
mod tests;
