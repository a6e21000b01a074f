//! A server that speaks Prometheus' HTTP API, as a source.

use crate::label::{Labels, Matchers};
use crate::sample::{Selection, Series, SeriesSet};
use crate::time::Timestamp;

use super::{Answer, Metadata, Source, SourceError};

/// A server that is asked over HTTP.
#[derive(Debug)]
pub struct Server {}

impl Server {
    /// A server at this address (`http://user:password@host:9090/prefix`); fails on an address
    /// that is none.
    pub fn new(_url: &str) -> Result<Server, SourceError> {
        todo!()
    }
}

impl Source for Server {
    fn select<'a>(&'a self, _selections: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>> {
        todo!()
    }

    fn series<'a>(
        &'a self,
        _any_of: &'a [Matchers],
        _from: Timestamp,
        _until: Timestamp,
    ) -> Answer<'a, Vec<Labels>> {
        todo!()
    }

    fn label_names<'a>(
        &'a self,
        _any_of: &'a [Matchers],
        _from: Timestamp,
        _until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        todo!()
    }

    fn label_values<'a>(
        &'a self,
        _name: &'a str,
        _any_of: &'a [Matchers],
        _from: Timestamp,
        _until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        todo!()
    }

    fn metadata<'a>(&'a self, _metric: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        todo!()
    }

    fn append<'a>(&'a self, _series: Vec<Series>) -> Answer<'a, ()> {
        todo!()
    }
}
