//! What clients post, as it is written: every member may be missing.

use std::sync::Arc;

use serde::Deserialize;

use crate::alerts::PostedAlert;
use crate::label::Labels;
use crate::label::matcher::{Mode, is_valid_name};
use crate::label::pattern::Dialect;
use crate::label::{MatchOp, Matcher, Matchers, Pattern};
use crate::silence::Silence;
use crate::template::quote;
use crate::time::{Details, Timestamp, rfc3339};

use super::body::{Moment, Set, Text, Texts};
use super::refusal::Refusal;
use super::uri;

/// An alert.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawAlert<'a> {
    labels: Option<Set>,
    annotations: Option<Texts>,
    starts_at: Option<Moment>,
    ends_at: Option<Moment>,
    #[serde(borrow, rename = "generatorURL")]
    generator_url: Option<Text<'a>>,
}

/// A silence; the default is one of which nothing is written, what a body of null stands for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawSilence<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    annotations: Option<Texts>,
    #[serde(borrow)]
    comment: Option<Text<'a>>,
    #[serde(borrow)]
    created_by: Option<Text<'a>>,
    ends_at: Option<Moment>,
    #[serde(borrow)]
    matchers: Option<Vec<Option<RawMatcher<'a>>>>,
    starts_at: Option<Moment>,
}

/// A matcher of a silence.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMatcher<'a> {
    is_equal: Option<bool>,
    is_regex: Option<bool>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

/// The alerts of a body, or what the first faulty one lacks: then none is taken.
pub(super) fn alerts(raw: Vec<Option<RawAlert<'_>>>) -> Result<Vec<PostedAlert>, Refusal> {
    let each = raw.into_iter().enumerate();
    each.map(|(index, alert)| match alert {
        Some(alert) => alert.read(index),
        None => Err(Refusal::missing(&format!("{index} in body"))),
    })
    .collect()
}

impl RawAlert<'_> {
    fn read(self, index: usize) -> Result<PostedAlert, Refusal> {
        let url = self.generator_url.map(|Text(url)| url).unwrap_or_default();
        if !url.is_empty() && !uri::is_request_uri(&url) {
            let place = format!("{index}.generatorURL in body");
            return Err(Refusal::wrong_format(&place, "uri", &url));
        }
        let labels = self.labels;
        let Set(labels) =
            labels.ok_or_else(|| Refusal::missing(&format!("{index}.labels in body")))?;
        let starts_at = self.starts_at.and_then(|Moment(at)| at);
        let ends_at = self.ends_at.and_then(|Moment(at)| at);
        Ok(PostedAlert {
            labels,
            annotations: self.annotations.map_or_else(Labels::empty, |Texts(pairs)| pairs),
            starts_at: starts_at.map(|(at, _)| at),
            ends_at: ends_at.map(|(at, _)| at),
            details: Details {
                starts: starts_at.map(|(_, detail)| detail).unwrap_or_default(),
                ends: ends_at.map(|(_, detail)| detail).unwrap_or_default(),
            },
            generator_url: Arc::from(url),
        })
    }
}

impl RawSilence<'_> {
    /// The silence; its `id` is empty when a new one is wanted.
    pub(super) fn read(self, now: Timestamp, mode: Mode) -> Result<Silence, Refusal> {
        let Text(comment) = required(self.comment, "comment")?;
        let Text(created_by) = required(self.created_by, "createdBy")?;
        let Moment(ends_at) = required(self.ends_at, "endsAt")?;
        let matchers = required(self.matchers, "matchers")?;
        if matchers.is_empty() {
            return Err(Refusal::too_few("matchers in body"));
        }
        for (index, matcher) in matchers.iter().enumerate() {
            check_complete(matcher.as_ref(), index)?;
        }
        let Moment(starts_at) = required(self.starts_at, "startsAt")?;
        let [starts_at, ends_at] = [starts_at, ends_at].map(|it| it.map(|(at, _)| at));
        check_times(now, starts_at, ends_at)?;
        let matchers = matchers.into_iter().flatten().enumerate();
        let matchers: Result<Vec<_>, _> =
            matchers.map(|(index, matcher)| matcher.compile(index, mode)).collect();
        Ok(Silence {
            id: Arc::from(self.id.map(|Text(id)| id).unwrap_or_default()),
            matcher_sets: vec![Matchers(matchers.map_err(invalid_silence)?)],
            // a start in the year 1 means now
            starts_at: starts_at.unwrap_or(now),
            ends_at: ends_at.unwrap_or(rfc3339::GO_ZERO),
            updated_at: now,
            created_by: Arc::from(created_by),
            comment: Arc::from(comment),
            annotations: self.annotations.map_or_else(Labels::empty, |Texts(pairs)| pairs),
        })
    }
}

fn required<T>(member: Option<T>, name: &str) -> Result<T, Refusal> {
    member.ok_or_else(|| Refusal::missing(&format!("{name} in body")))
}

fn check_complete(matcher: Option<&RawMatcher<'_>>, index: usize) -> Result<(), Refusal> {
    let missing = match matcher {
        None => "",
        Some(RawMatcher { is_regex: None, .. }) => ".isRegex",
        Some(RawMatcher { name: None, .. }) => ".name",
        Some(RawMatcher { value: None, .. }) => ".value",
        Some(_) => return Ok(()),
    };
    Err(Refusal::missing(&format!("matchers.{index}{missing} in body")))
}

fn check_times(
    now: Timestamp,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
) -> Result<(), Refusal> {
    let refuse = |reason| Err(Refusal::bad(format!("Failed to create silence: {reason}")));
    let ends_at = ends_at.unwrap_or(rfc3339::GO_ZERO);
    if starts_at.unwrap_or(rfc3339::GO_ZERO) >= ends_at {
        return refuse("start time must be before end time");
    }
    if ends_at < now {
        return refuse("end time can't be in the past");
    }
    Ok(())
}

impl RawMatcher<'_> {
    fn compile(self, index: usize, mode: Mode) -> Result<Matcher, String> {
        let text = |member: Option<Text<'_>>| member.map(|Text(text)| text.into_owned());
        let (name, value) = (text(self.name), text(self.value));
        let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
        let invalid = |what: String| format!("invalid label matcher {index} in set 0: {what}");
        if !is_valid_name(&name, mode) {
            return Err(invalid(format!("invalid label name {}", quote(&name))));
        }
        let op = match (self.is_regex.unwrap_or(false), self.is_equal.unwrap_or(true)) {
            (false, true) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (true, false) => MatchOp::NotRegex,
        };
        let pattern =
            |error| invalid(format!("invalid regular expression {}: {error}", quote(&value)));
        if op.is_regex() {
            // the expression alone, so that what is said about it is what was written
            Pattern::unanchored(&value).map_err(pattern)?;
        }
        Matcher::new(&name, op, &value, Dialect::Alertmanager).map_err(pattern)
    }
}

fn invalid_silence(reason: String) -> Refusal {
    Refusal::bad(format!("invalid silence: {reason}"))
}
