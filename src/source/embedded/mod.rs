//! The embedded store: what the rules can see, in memory.

use crate::label::{Labels, Matchers};
use crate::sample::{Selection, Series, SeriesSet};
use crate::time::{Span, Timestamp};

use super::{Answer, Batch, Metadata, Source};

/// How much a store takes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Series at one time.
    pub series: usize,
    /// Metrics with metadata.
    pub metadata: usize,
}

/// Why a sample was not taken.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its series has a later sample.
    OutOfOrder,
    /// Its series has another value at that time.
    Conflict,
    /// One more series would be too many.
    SeriesLimit,
}

/// A sample that was not taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Its series.
    pub labels: Labels,
    /// Its time.
    pub at: Timestamp,
    /// Why.
    pub why: Refusal,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appended {
    /// Samples taken.
    pub samples: usize,
    /// Samples that were there already, with the same value.
    pub repeated: usize,
    /// Samples older than the retention: no rule could see them.
    pub expired: usize,
    /// Samples refused because their series has a later one.
    pub out_of_order: usize,
    /// Samples refused because their series has another value at that time.
    pub conflicting: usize,
    /// Samples refused because of the limit on series.
    pub over_limit: usize,
    /// The first sample refused.
    pub first_refused: Option<Refused>,
}

/// How much a store holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Series.
    pub series: usize,
    /// Samples.
    pub samples: usize,
    /// Bytes of memory, estimated.
    pub bytes: usize,
}

/// Series in memory; every method takes a short lock and none waits.
#[derive(Debug, Default)]
pub struct Store {}

impl Store {
    /// An empty store with the default limits, which keeps everything until told otherwise.
    pub fn new() -> Store {
        Store::default()
    }

    /// An empty store with these limits.
    pub fn with_limits(_limits: Limits) -> Store {
        todo!()
    }

    /// Adds samples. Within a series time only goes forward; a sample that is there already is
    /// no error, another value at the same time is one; what is valid is kept.
    pub fn append(&self, _batch: &Batch) -> Appended {
        todo!()
    }

    /// The samples of each selection, in the order asked; each set sorted by labels.
    pub fn select(&self, _selections: &[Selection]) -> Vec<SeriesSet> {
        todo!()
    }

    /// See [`Source::series`].
    pub fn series(&self, _any_of: &[Matchers], _from: Timestamp, _until: Timestamp) -> Vec<Labels> {
        todo!()
    }

    /// See [`Source::label_names`].
    pub fn label_names(
        &self,
        _any_of: &[Matchers],
        _from: Timestamp,
        _until: Timestamp,
    ) -> Vec<String> {
        todo!()
    }

    /// See [`Source::label_values`].
    pub fn label_values(
        &self,
        _name: &str,
        _any_of: &[Matchers],
        _from: Timestamp,
        _until: Timestamp,
    ) -> Vec<String> {
        todo!()
    }

    /// See [`Source::metadata`].
    pub fn metadata(&self, _metric: Option<&str>) -> Vec<Metadata> {
        todo!()
    }

    /// Keeps what is known of metrics; the last word on a metric counts.
    pub fn describe(&self, _metadata: Vec<Metadata>) {
        todo!()
    }

    /// Sets how far back samples are kept: the longest look-back of any rule.
    pub fn set_retention(&self, _retention: Span) {
        todo!()
    }

    /// Drops samples older than the retention and series without samples.
    pub fn evict(&self, _now: Timestamp) {
        todo!()
    }

    /// How much the store holds.
    pub fn counts(&self) -> Counts {
        todo!()
    }
}

impl Source for Store {
    fn select<'a>(&'a self, selections: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>> {
        Box::pin(async move { Ok(Store::select(self, selections)) })
    }

    fn series<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move { Ok(Store::series(self, any_of, from, until)) })
    }

    fn label_names<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(Store::label_names(self, any_of, from, until)) })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move { Ok(Store::label_values(self, name, any_of, from, until)) })
    }

    fn metadata<'a>(&'a self, metric: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async move { Ok(Store::metadata(self, metric)) })
    }

    fn append<'a>(&'a self, series: Vec<Series>) -> Answer<'a, ()> {
        Box::pin(async move {
            Store::append(self, &series.iter().collect());
            Ok(())
        })
    }
}
