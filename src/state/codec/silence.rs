//! Silences.

use std::sync::Arc;

use crate::label::pattern::Dialect;
use crate::label::{MatchOp, Matcher, Matchers};
use crate::silence::Silence;

use super::CodecError;
use super::message::Message;
use super::wire::{LabelsWire, texts, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SilenceWire {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(message, repeated, tag = "2")]
    matcher_sets: Vec<MatchersWire>,
    #[prost(sint64, tag = "3")]
    starts_at: i64,
    #[prost(sint64, tag = "4")]
    ends_at: i64,
    #[prost(sint64, tag = "5")]
    updated_at: i64,
    #[prost(string, tag = "6")]
    created_by: String,
    #[prost(string, tag = "7")]
    comment: String,
    #[prost(message, optional, tag = "8")]
    annotations: Option<LabelsWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MatchersWire {
    #[prost(message, repeated, tag = "1")]
    matchers: Vec<MatcherWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MatcherWire {
    #[prost(string, tag = "1")]
    name: String,
    /// 1 `=`, 2 `!=`, 3 `=~`, 4 `!~`.
    #[prost(uint32, tag = "2")]
    op: u32,
    #[prost(string, tag = "3")]
    value: String,
}

const OPERATORS: [(u32, MatchOp); 4] =
    [(1, MatchOp::Equal), (2, MatchOp::NotEqual), (3, MatchOp::Regex), (4, MatchOp::NotRegex)];

/// Writes what [`SilenceWire`] reads.
pub(super) fn write(silence: &Silence, message: &mut Message<'_>) {
    message.text(1, &silence.id);
    for set in &silence.matcher_sets {
        message.message(2, |message| {
            set.iter().for_each(|matcher| message.message(1, |message| put(matcher, message)));
        });
    }
    message.time(3, silence.starts_at);
    message.time(4, silence.ends_at);
    message.time(5, silence.updated_at);
    message.text(6, &silence.created_by);
    message.text(7, &silence.comment);
    message.labels(8, &silence.annotations);
}

fn put(matcher: &Matcher, message: &mut Message<'_>) {
    let operator = OPERATORS.iter().find(|(_, op)| *op == matcher.op);
    message.text(1, &matcher.name);
    message.number(2, operator.map_or(0, |(code, _)| *code).into());
    message.text(3, &matcher.value);
}

impl SilenceWire {
    pub(super) fn silence(self) -> Result<Arc<Silence>, CodecError> {
        let sets = self.matcher_sets.iter().map(MatchersWire::matchers);
        Ok(Arc::new(Silence {
            matcher_sets: sets.collect::<Result<_, _>>()?,
            id: self.id.into(),
            starts_at: time(self.starts_at),
            ends_at: time(self.ends_at),
            updated_at: time(self.updated_at),
            created_by: self.created_by.into(),
            comment: self.comment.into(),
            annotations: texts(self.annotations.as_ref(), "silence")?,
        }))
    }
}

impl MatchersWire {
    fn matchers(&self) -> Result<Matchers, CodecError> {
        let bad = || CodecError::Field { what: "silence", field: "matcher" };
        let matchers = self.matchers.iter().map(|matcher| {
            let op = OPERATORS.iter().find(|(code, _)| *code == matcher.op).ok_or_else(bad)?.1;
            Matcher::new(&matcher.name, op, &matcher.value, Dialect::Alertmanager)
                .map_err(|_| bad())
        });
        Ok(Matchers(matchers.collect::<Result<_, _>>()?))
    }
}
