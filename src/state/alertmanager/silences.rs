//! Silences. (Source: `silence/silencepb/silence.proto`.)

use std::collections::BTreeMap;

use crate::label::pattern::Dialect;
use crate::label::{Labels, MatchOp, Matcher, Matchers};
use crate::silence::Silence;
use crate::time::Timestamp;

use super::stream::{Moment, time};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MeshSilence {
    #[prost(message, optional, tag = "1")]
    silence: Option<Wire>,
    #[prost(message, optional, tag = "2")]
    expires_at: Option<Moment>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Wire {
    #[prost(string, tag = "1")]
    id: String,
    /// What versions read that know no sets; the same as the first set.
    #[prost(message, repeated, tag = "2")]
    matchers: Vec<MatcherWire>,
    #[prost(message, optional, tag = "3")]
    starts_at: Option<Moment>,
    #[prost(message, optional, tag = "4")]
    ends_at: Option<Moment>,
    #[prost(message, optional, tag = "5")]
    updated_at: Option<Moment>,
    /// What versions before 0.5 wrote.
    #[prost(message, repeated, tag = "7")]
    comments: Vec<Comment>,
    #[prost(string, tag = "8")]
    created_by: String,
    #[prost(string, tag = "9")]
    comment: String,
    #[prost(btree_map = "string, string", tag = "10")]
    annotations: BTreeMap<String, String>,
    #[prost(message, repeated, tag = "11")]
    matcher_sets: Vec<SetWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SetWire {
    #[prost(message, repeated, tag = "1")]
    matchers: Vec<MatcherWire>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MatcherWire {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, tag = "3")]
    pattern: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Comment {
    #[prost(string, tag = "1")]
    author: String,
    #[prost(string, tag = "2")]
    comment: String,
}

const OPERATORS: [MatchOp; 4] =
    [MatchOp::Equal, MatchOp::Regex, MatchOp::NotEqual, MatchOp::NotRegex];

impl MeshSilence {
    pub(super) fn new(silence: &Silence, expires_at: Timestamp) -> MeshSilence {
        let sets: Vec<SetWire> = silence.matcher_sets.iter().map(SetWire::from).collect();
        let pairs = silence.annotations.iter();
        let wire = Wire {
            id: silence.id.to_string(),
            matchers: sets.first().map(|set| set.matchers.clone()).unwrap_or_default(),
            starts_at: Some(silence.starts_at.into()),
            ends_at: Some(silence.ends_at.into()),
            updated_at: Some(silence.updated_at.into()),
            comments: Vec::new(),
            created_by: silence.created_by.to_string(),
            comment: silence.comment.to_string(),
            annotations: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            matcher_sets: sets,
        };
        MeshSilence { silence: Some(wire), expires_at: Some(expires_at.into()) }
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        time(self.expires_at.as_ref())
    }

    /// The silence, or why it can never match anything.
    pub(super) fn silence(self) -> Result<Silence, String> {
        let mut wire = self.silence.unwrap_or_default();
        if let Some(first) = wire.comments.drain(..).next()
            && wire.comment.is_empty()
        {
            (wire.created_by, wire.comment) = (first.author, first.comment);
        }
        if wire.matcher_sets.is_empty() {
            wire.matcher_sets = vec![SetWire { matchers: wire.matchers }];
        }
        let sets = wire.matcher_sets.iter().map(SetWire::matchers);
        let sets: Result<Vec<_>, _> = sets.collect();
        let left_out = |why: String| format!("silence {} is left out: {why}", wire.id);
        let silence = Silence {
            matcher_sets: sets.map_err(left_out)?,
            starts_at: time(wire.starts_at.as_ref()),
            ends_at: time(wire.ends_at.as_ref()),
            updated_at: time(wire.updated_at.as_ref()),
            created_by: wire.created_by.as_str().into(),
            comment: wire.comment.as_str().into(),
            annotations: Labels::from_pairs(
                wire.annotations.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            ),
            id: wire.id.as_str().into(),
        };
        silence.validate().map_err(|error| left_out(error.to_string()))?;
        Ok(silence)
    }
}

impl From<&Matchers> for SetWire {
    fn from(matchers: &Matchers) -> SetWire {
        let matchers = matchers.iter().map(|matcher| MatcherWire {
            kind: OPERATORS.iter().zip(0..).find(|(op, _)| **op == matcher.op).map_or(0, |it| it.1),
            name: matcher.name.to_string(),
            pattern: matcher.value.to_string(),
        });
        SetWire { matchers: matchers.collect() }
    }
}

impl SetWire {
    fn matchers(&self) -> Result<Matchers, String> {
        let matchers = self.matchers.iter().map(|wire| {
            let op = usize::try_from(wire.kind).ok().and_then(|kind| OPERATORS.get(kind));
            let op = op.ok_or_else(|| format!("no matcher is of type {}", wire.kind))?;
            Matcher::new(&wire.name, *op, &wire.pattern, Dialect::Alertmanager)
                .map_err(|error| error.to_string())
        });
        Ok(Matchers(matchers.collect::<Result<_, String>>()?))
    }
}
