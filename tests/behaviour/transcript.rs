//! What one server did in a scenario, with what differs by chance taken out: addresses, ids,
//! times as seconds since the beginning.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use firebell::time::{Timestamp, rfc3339};
use regex::Regex;
use serde_json::{Value, json};

use super::sink::Message;

/// The only member of what stands for a moment: seconds since the beginning.
pub const TIME_MEMBER: &str = "seconds";

/// What one server did.
#[derive(Debug, Default)]
pub struct Transcript {
    /// What it sent, in order of arrival.
    pub messages: Vec<Message>,
    /// What it answered, by the step's line.
    pub answers: Vec<(String, Value)>,
}

/// What stands for what.
#[derive(Debug)]
pub struct Names {
    /// The moment the scenario began.
    pub start: Timestamp,
    /// Silences by their names in the scenario.
    pub silences: BTreeMap<String, String>,
    /// Texts that stand for others.
    pub places: Vec<(String, &'static str)>,
}

static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap());
/// The place of a mistake in the configuration, which only one of them tells.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"alertmanager\.yml:\d+:\d+: ").unwrap());
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?UTC| \+0000 UTC|Z)?").unwrap()
});

impl Names {
    /// A text with what differs by chance taken out.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (place, name) in &self.places {
            text = text.replace(place, name);
        }
        for (name, id) in &self.silences {
            text = text.replace(id, &format!("<{name}>"));
        }
        let text = PLACE.replace_all(&text, "");
        let text = UUID.replace_all(&text, "<id>");
        TIME.replace_all(&text, "<time>").into_owned()
    }

    /// A value likewise; moments become seconds since the beginning, but those with an offset
    /// from UTC, which somebody wrote, stay as they are.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.string(&text),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.text(&name), self.value(value)))
                .collect(),
            other => other,
        }
    }

    fn string(&self, text: &str) -> Value {
        match rfc3339::parse_detailed(text) {
            Ok((_, detail)) if detail.offset_minutes() != 0 => Value::String(text.to_owned()),
            Ok((at, _)) if text.starts_with("20") && text.len() >= "2006-01-02T15:04:05Z".len() => {
                json!({ TIME_MEMBER: (at - self.start).millis() as f64 / 1000.0 })
            }
            _ => Value::String(self.text(text)),
        }
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Message { at, request, body, status } in &self.messages {
            let at = at.as_secs_f64();
            writeln!(f, "  {at:6.2} {request} -> {status}\n         {body}")?;
        }
        for (line, answer) in &self.answers {
            writeln!(f, "  {line}\n         {answer}")?;
        }
        Ok(())
    }
}
