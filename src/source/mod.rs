//! Where series come from: the embedded store, or a server that speaks Prometheus' HTTP API.

mod batch;
pub mod embedded;
mod metadata;
pub mod notation;
pub mod prometheus;
mod sources;

pub use batch::{Batch, BatchSeries};
pub use metadata::{Metadata, MetricKind};
pub use sources::{DEFAULT, EMBEDDED, Named, Sources, is_source_name};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::label::{Labels, Matchers};
use crate::sample::{Question, Reply, Selection, Series, SeriesSet};
use crate::time::Timestamp;

/// A future that a source answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 'a>>;

/// A future of what a source that evaluates expressions replies, question for question.
pub type Replies<'a> = Pin<Box<dyn Future<Output = Vec<Result<Arc<Reply>, String>>> + Send + 'a>>;

/// Why a source gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The server could not be asked or failed; trying again may help.
    #[error("source {url}: {message}")]
    Unavailable {
        /// Which server.
        url: Arc<str>,
        /// What went wrong.
        message: String,
    },
    /// The server refused; trying again does not help.
    #[error("source {url}: {message}")]
    Refused {
        /// Which server.
        url: Arc<str>,
        /// What it said.
        message: String,
    },
    /// The source takes no samples.
    #[error("source {url} is read-only: start firebell with --source=embedded to push samples")]
    ReadOnly {
        /// Which source.
        url: Arc<str>,
    },
    /// A limit was exceeded.
    #[error("{0}")]
    Limit(String),
    /// The selections hold more samples than one query may load.
    #[error("query processing would load too many samples into memory in query execution")]
    TooManySamples,
}

/// A time-series source. The rest of the house sees nothing else of it.
pub trait Source: Send + Sync {
    /// The samples of each selection, in the order asked; each set sorted by labels.
    fn select<'a>(&'a self, selections: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>>;

    /// The label sets of series with a sample in `[from, until]` that any matcher set matches,
    /// sorted; no matcher sets means all.
    fn series<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<Labels>>;

    /// The names of the labels of those series, sorted.
    fn label_names<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>>;

    /// The values that one label has in those series, sorted.
    fn label_values<'a>(
        &'a self,
        name: &'a str,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>>;

    /// What is known of one metric, or of all, sorted by name.
    fn metadata<'a>(&'a self, metric: Option<&'a str>) -> Answer<'a, Vec<Metadata>>;

    /// Stores samples (recorded series, ALERTS, stale markers).
    fn append<'a>(&'a self, series: Vec<Series>) -> Answer<'a, ()>;

    /// The source as one that evaluates expressions itself, if it is one: then rules leave that
    /// to it.
    fn evaluates(&self) -> Option<&dyn Evaluates> {
        None
    }

    /// How many series these selections have, of a source that has them at hand: then
    /// [`Source::select`] does not wait.
    fn at_hand(&self, _selections: &[Selection]) -> Option<usize> {
        None
    }
}

/// A source that evaluates expressions itself.
pub trait Evaluates: Send + Sync {
    /// The values of expressions, each at its moment.
    fn reply<'a>(&'a self, questions: &'a [Question]) -> Replies<'a>;
}
