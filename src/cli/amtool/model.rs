//! What the API speaks of, members in the order in which amtool prints them.
//! (Source: Alertmanager's OpenAPI document.)

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::label::pattern::Dialect;
use crate::label::{MatchOp, Matcher};

use super::date::DateTime;

pub(super) type Pairs = BTreeMap<String, String>;

/// An alert that is read.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Alert {
    pub(super) annotations: Pairs,
    pub(super) ends_at: DateTime,
    fingerprint: String,
    receivers: Vec<Receiver>,
    pub(super) starts_at: DateTime,
    pub(super) status: AlertStatus,
    updated_at: DateTime,
    #[serde(default, rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    pub(super) generator_url: String,
    pub(super) labels: Pairs,
}

#[derive(Debug, Serialize, Deserialize)]
struct Receiver {
    name: String,
}

/// What is the matter with an alert.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AlertStatus {
    inhibited_by: Vec<String>,
    #[serde(default)]
    muted_by: Vec<String>,
    silenced_by: Vec<String>,
    pub(super) state: String,
}

/// An alert that is posted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostedAlert {
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    pub(super) annotations: Pairs,
    pub(super) ends_at: DateTime,
    pub(super) starts_at: DateTime,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    pub(super) generator_url: String,
    pub(super) labels: Pairs,
}

/// A silence that is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Silence {
    pub(super) id: String,
    status: SilenceStatus,
    pub(super) updated_at: DateTime,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(super) annotations: Pairs,
    pub(super) comment: String,
    pub(super) created_by: String,
    pub(super) ends_at: DateTime,
    pub(super) matchers: Vec<MatcherObject>,
    pub(super) starts_at: DateTime,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SilenceStatus {
    state: String,
}

/// A silence that is posted. What an imported file lacks is null: the server refuses it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostedSilence {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) id: String,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    pub(super) annotations: Pairs,
    pub(super) comment: Option<String>,
    pub(super) created_by: Option<String>,
    pub(super) ends_at: Option<DateTime>,
    pub(super) matchers: Option<Vec<MatcherObject>>,
    pub(super) starts_at: Option<DateTime>,
}

/// A matcher of a silence.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MatcherObject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_equal: Option<bool>,
    is_regex: bool,
    name: String,
    value: String,
}

/// The answer to a posted silence.
#[derive(Debug, Deserialize)]
pub(super) struct SilenceId {
    #[serde(default, rename = "silenceID")]
    pub(super) id: String,
}

/// What `GET /status` says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) cluster: Cluster,
    pub(super) config: Configuration,
    pub(super) uptime: DateTime,
    pub(super) version_info: Version,
}

/// The cluster and its members.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Cluster {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(default)]
    pub(super) peers: Vec<Peer>,
    pub(super) status: String,
}

/// A member.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Peer {
    pub(super) address: String,
    pub(super) name: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) original: String,
}

/// What runs there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub(super) branch: String,
    pub(super) build_date: String,
    pub(super) build_user: String,
    pub(super) go_version: String,
    pub(super) revision: String,
    pub(super) version: String,
}

impl From<&Matcher> for MatcherObject {
    fn from(matcher: &Matcher) -> MatcherObject {
        MatcherObject {
            is_equal: Some(matcher.op.is_positive()),
            is_regex: matcher.op.is_regex(),
            name: matcher.name.to_string(),
            value: matcher.value.to_string(),
        }
    }
}

impl MatcherObject {
    /// As Alertmanager writes it. A missing `isEqual` is shown as its negation, as amtool does.
    pub(super) fn shown(&self) -> String {
        let op = match (self.is_equal.unwrap_or_default(), self.is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        };
        // the text needs no pattern that compiles
        let equal = Matcher::equal(&self.name, &self.value);
        let matcher = Matcher::new(&self.name, op, &self.value, Dialect::Alertmanager);
        matcher.unwrap_or(equal).to_string()
    }
}

impl From<Silence> for PostedSilence {
    fn from(silence: Silence) -> PostedSilence {
        PostedSilence {
            id: silence.id,
            annotations: silence.annotations,
            comment: Some(silence.comment),
            created_by: Some(silence.created_by),
            ends_at: Some(silence.ends_at),
            matchers: Some(silence.matchers),
            starts_at: Some(silence.starts_at),
        }
    }
}

/// One line of JSON as Go writes it.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(value)?;
    let mut out = String::with_capacity(text.len() + 1);
    for character in text.chars() {
        match character {
            // these stand in texts only
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", character as u32));
            }
            other => out.push(other),
        }
    }
    out.push('\n');
    Ok(out)
}
