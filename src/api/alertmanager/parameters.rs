//! Query parameters as the peer reads them.

use tracing::warn;

use crate::label::Matcher;
use crate::label::matcher::{MatcherWarning, Mode, parse_one};

use super::refusal::Refusal;

/// What is taken for true, in any case; everything else is false, nothing is an error.
/// (Source: `go-openapi/swag`, `ConvertBool`.)
const TRUE: [&str; 10] =
    ["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"];

/// The query's pairs, in order.
pub(in crate::api) struct Parameters(pub(super) Vec<(String, String)>);

impl Parameters {
    /// The last value of a name; an empty one counts as none.
    pub(super) fn last(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value)
    }

    /// Whether something is wished that everybody gets who does not say no.
    pub(super) fn is_wished(&self, name: &str) -> bool {
        self.last(name).is_none_or(|value| TRUE.contains(&value.to_ascii_lowercase().as_str()))
    }

    /// The matchers of all values of a name, one each.
    pub(super) fn matchers(&self, name: &str, mode: Mode) -> Result<Vec<Matcher>, String> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| matcher(value, mode)).collect()
    }

    /// The matchers of `filter`.
    pub(super) fn filter(&self, mode: Mode) -> Result<Vec<Matcher>, Refusal> {
        self.matchers("filter", mode).map_err(Refusal::bad)
    }
}

fn matcher(text: &str, mode: Mode) -> Result<Matcher, String> {
    let parsed = parse_one(text, mode).map_err(|error| error.to_string())?;
    if let Some(warning) = &parsed.warning {
        say(warning);
    }
    Ok(parsed.value)
}

/// The fields and the first words are those that people search the peer's logs for.
fn say(warning: &MatcherWarning) {
    match warning {
        MatcherWarning::ClassicOnly { input, suggestion, reason } => warn!(
            origin = "api",
            input,
            err = reason,
            suggestion,
            "Alertmanager is moving to a new parser for labels and matchers, and this input is \
             incompatible: it was read by the classic rules"
        ),
        MatcherWarning::Disagreement { input, suggestion } => {
            warn!(origin = "api", input, suggestion, "Matchers input has disagreement");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_leniently_and_the_last_one_counts() {
        for (values, expect) in [
            (&[][..], true),
            (&["true"], true),
            (&["ON"], true),
            (&["Selected"], true),
            (&["banana"], false),
            (&["0"], false),
            (&[""], true),
            (&["true", "no"], false),
            (&["no", "yes"], true),
        ] {
            let pairs = values.iter().map(|value| ("active".to_owned(), (*value).to_owned()));
            assert_eq!(Parameters(pairs.collect()).is_wished("active"), expect, "{values:?}");
        }
    }
}
