//! Pushes as a Pushgateway takes them.
//!
//! A Pushgateway keeps what was pushed last and Prometheus scrapes it; here the two are one, so
//! pushed series are stored when they are pushed and again at every scrape, until the group is
//! replaced or removed. Series that vanish get a stale marker.

mod group;
mod groups;
mod key;
mod saved;
#[cfg(test)]
mod tests;

pub use groups::{Change, Groups};
pub use key::GroupKey;
pub use saved::{SavedFamily, SavedGroup, SavedSeries};

use crate::ingest::encoding::EncodingError;
use crate::ingest::exposition::ExpositionError;
use crate::ingest::protobuf::ProtobufError;

/// The largest body of a push after its content encoding is undone, in bytes.
pub const MAX_BODY: usize = 16 << 20;
/// The most groups at one time, unless told otherwise.
pub const MAX_GROUPS: usize = 100_000;
/// The most series of one group, unless told otherwise.
pub const MAX_GROUP_SERIES: usize = 500_000;
/// The most jobs that are remembered as having been warned about an empty push.
pub const MAX_WARNED: usize = 10_000;

/// How much is kept.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Groups at one time.
    pub groups: usize,
    /// Series of one group.
    pub group_series: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { groups: MAX_GROUPS, group_series: MAX_GROUP_SERIES }
    }
}

/// What a request does to its group.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Replaces the whole group.
    Put,
    /// Replaces the families that it names.
    Post,
    /// Removes the group.
    Delete,
}

/// Something about a push that its sender would want to know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// The first push of a job without a single sample.
    #[error(
        "job {job:?} pushed no samples: its registry is empty, or no metric in it was set (said \
         once a job); check that the metrics are registered with the registry that is pushed"
    )]
    EmptyPush {
        /// Whose push.
        job: String,
    },
}

/// Why a push was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The path is none of a Pushgateway.
    #[error("no such path: groups are /metrics/job/NAME{{/LABEL/VALUE}}")]
    NoSuchPath,
    /// The path names no group.
    #[error("{0}")]
    Path(String),
    /// The body is too large, or not in the content encoding that it claims.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// The body is in a format that is not understood.
    #[error(
        "content type {0:?} is not supported: push the text format (text/plain; version=0.0.4) or \
         delimited protobuf"
    )]
    Format(String),
    /// The body is not what its protobuf format says.
    #[error("protobuf parsing error: {0}")]
    Protobuf(#[from] ProtobufError),
    /// The body breaks the grammar of its format.
    #[error("text format parsing error: {0}")]
    Malformed(#[from] ExpositionError),
    /// Scrapes give pushed samples their time.
    #[error("pushed metrics must not have timestamps: metric {metric:?} has one")]
    Timestamp {
        /// The first metric that has one.
        metric: String,
    },
    /// A metric is of another kind in another group.
    #[error("pushed metric {metric:?} has type {pushed}, but type {kept} in other groups")]
    Kind {
        /// The metric.
        metric: String,
        /// What the push says.
        pushed: &'static str,
        /// What the others say.
        kept: &'static str,
    },
    /// A series came twice, once the labels of the group are laid over.
    #[error("pushed series {series} {whose} (the labels in the path replace those of the body)")]
    Duplicate {
        /// The series.
        series: String,
        /// Where else it is.
        whose: String,
    },
    /// A limit was exceeded.
    #[error("{what}: more than {limit}")]
    Limit {
        /// Of what there are too many.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
}

impl PushError {
    /// The HTTP status to answer.
    pub fn status(&self) -> u16 {
        match self {
            PushError::NoSuchPath => 404,
            PushError::Encoding(error) => error.status(),
            PushError::Format(_) => 415,
            _ => 400,
        }
    }
}
