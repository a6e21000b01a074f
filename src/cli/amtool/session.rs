//! What a command works with: its values, how it prints, and the server.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, bail};
use jiff::tz::TimeZone;

use crate::cli::kingpin::Values;
use crate::label::Matcher;
use crate::label::matcher::{MatcherError, Mode, parse_one};
use crate::time::duration::parse_flag;
use crate::time::{Span, Timestamp};

use super::Bare;
use super::client::Api;
use super::date::DateTime;

/// What Alertmanager's features are called. Only those that choose a syntax matter here.
const FEATURES: [&str; 8] = [
    "alert-names-in-metrics",
    "receiver-name-in-metrics",
    "group-key-in-metrics",
    CLASSIC,
    STRICT,
    "auto-gomemlimit",
    "auto-gomaxprocs",
    "event-recorder",
];
const CLASSIC: &str = "classic-mode";
const STRICT: &str = "utf8-strict-mode";

/// How much is printed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    Simple,
    Extended,
    Json,
}

/// A command under way.
pub(super) struct Session {
    pub(super) values: Values,
    pub(super) output: Output,
    /// Which matcher syntax is taken.
    pub(super) mode: Mode,
    /// Where the server is.
    pub(super) address: Option<String>,
    layout: String,
    zone: TimeZone,
    deadline: Instant,
}

impl Session {
    /// A command with these values.
    ///
    /// # Errors
    /// Features that there are not.
    pub(super) fn new(values: Values, address: Option<String>) -> Result<Session> {
        let output = match values.text("output") {
            "extended" => Output::Extended,
            "json" => Output::Json,
            _ => Output::Simple,
        };
        let timeout = parse_flag(values.text("timeout")).unwrap_or(Span::ZERO).millis();
        let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or(0));
        let now = Instant::now();
        Ok(Session {
            output,
            mode: mode(values.text("enable-feature"))?,
            address,
            layout: values.text("date.format").to_owned(),
            zone: TimeZone::system(),
            deadline: now.checked_add(timeout).unwrap_or(now),
            values,
        })
    }

    /// The server; warns when it is another version.
    pub(super) async fn api(&self) -> Result<Api> {
        let Some(address) = &self.address else {
            return Err(Bare("required flag --alertmanager.url not provided".to_owned()).into());
        };
        let file = self.values.given("http.config.file").filter(|file| !file.is_empty());
        let mut api = Api::new(address, file, self.deadline).await?;
        api.tells = self.values.is_on("verbose");
        if self.values.is_on("version-check") {
            api.compare_version().await;
        }
        Ok(api)
    }

    /// One matcher; says on stderr when it should be written otherwise.
    pub(super) fn matcher(&self, text: &str) -> Result<Matcher, MatcherError> {
        let parsed = parse_one(text, self.mode)?;
        if let Some(warning) = parsed.warning {
            eprintln!("Warning: {warning}");
        }
        Ok(parsed.value)
    }

    /// A date as tables show it.
    pub(super) fn date(&self, at: &DateTime) -> String {
        at.shown(&self.layout, &self.zone)
    }
}

/// The matcher syntax that a list of features chooses.
fn mode(features: &str) -> Result<Mode> {
    let names: Vec<&str> = features.split(',').filter(|name| !name.is_empty()).collect();
    let wrong = "error parsing the feature flag list";
    if let Some(name) = names.iter().find(|name| !FEATURES.contains(name)) {
        return Err(anyhow!("{wrong}: unknown option '{name}' for --enable-feature"));
    }
    match (names.contains(&CLASSIC), names.contains(&STRICT)) {
        (true, true) => bail!("{wrong}: cannot have both classic and UTF-8 modes enabled"),
        (true, false) => Ok(Mode::Classic),
        (false, true) => Ok(Mode::Utf8),
        (false, false) => Ok(Mode::Fallback),
    }
}

/// Now.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_choose_the_syntax_of_matchers() {
        assert_eq!(mode("").unwrap(), Mode::Fallback);
        assert_eq!(mode("classic-mode,event-recorder").unwrap(), Mode::Classic);
        assert_eq!(mode("utf8-strict-mode").unwrap(), Mode::Utf8);
        let unknown = mode("classic-mode,x").unwrap_err().to_string();
        let wrong = "error parsing the feature flag list";
        assert_eq!(unknown, format!("{wrong}: unknown option 'x' for --enable-feature"));
        let both = mode("classic-mode,utf8-strict-mode").unwrap_err().to_string();
        assert_eq!(both, format!("{wrong}: cannot have both classic and UTF-8 modes enabled"));
    }
}
