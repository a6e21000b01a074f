//! A server that speaks Prometheus' HTTP API, as a source.
//!
//! A selection becomes `selector[window]`, asked at the window's end. Range answers leave stale
//! markers out, so each selection is asked a second time as an instant vector: a series that
//! has fresh samples but is missing there has gone stale, and gets its marker back.
//! Native histograms come as lists of their buckets and are rebuilt from them.
//!
//! Rules do not select: they ask for the values of whole expressions, see [`Evaluates`].

mod answer;
mod evaluate;
mod http;
mod selector;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::label::{Labels, Matchers};
use crate::sample::{Selection, Series, SeriesSet};
use crate::time::{Span, Timestamp};

use super::{Answer, Evaluates, Metadata, Source, SourceError};
use crate::notify::integration::HttpOptions;
use answer::{Described, Found};
use evaluate::Asked;
use http::{Http, Verb};

/// The largest answer, in bytes.
pub const MAX_ANSWER: usize = 256 << 20;
/// How long an answer may take, all attempts together, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);
/// How many requests are under way at one time, unless told otherwise.
pub const MAX_REQUESTS: usize = 8;
/// How often a question is asked when the server cannot answer.
pub const ATTEMPTS: usize = 3;
/// How long is waited before the second attempt; before the third four times as long.
pub const PAUSE: Duration = Duration::from_millis(250);
/// The longest window that is asked for: ten years.
pub const MAX_WINDOW: Span = Span::from_mins(10 * 365 * 24 * 60);
/// How far back an instant vector looks, unless the server was told otherwise.
const LOOK_BACK: Span = Span::from_mins(5);

/// How a server is asked.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Login, TLS, proxy, headers.
    pub http: HttpOptions,
    /// How long an answer may take, all attempts together.
    pub timeout: Duration,
    /// How many requests are under way at one time.
    pub requests: usize,
    /// How long is waited before the second attempt.
    pub pause: Duration,
    /// The largest answer, in bytes.
    pub max_answer: usize,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            http: HttpOptions::default(),
            timeout: TIMEOUT,
            requests: MAX_REQUESTS,
            pause: PAUSE,
            max_answer: MAX_ANSWER,
        }
    }
}

/// A server that is asked over HTTP.
#[derive(Debug)]
pub struct Server {
    http: Arc<Http>,
    turns: Arc<Semaphore>,
    asked: Arc<Asked>,
}

impl Server {
    /// A server at this address (`http://user:password@host:9090/prefix`); fails on an address
    /// that is none.
    pub fn new(url: &str) -> Result<Server, SourceError> {
        Server::with(url, Manner::default())
    }

    /// A server that is asked in this manner. A login of the address yields to one of the manner.
    pub fn with(url: &str, manner: Manner) -> Result<Server, SourceError> {
        let turns = Arc::new(Semaphore::new(manner.requests.max(1)));
        Ok(Server { http: Arc::new(Http::new(url, manner)?), turns, asked: Arc::default() })
    }

    async fn select_all(&self, selections: &[Selection]) -> Result<Vec<SeriesSet>, SourceError> {
        let mut under_way = JoinSet::new();
        for (index, selection) in selections.iter().cloned().enumerate() {
            let (http, turns) = (Arc::clone(&self.http), Arc::clone(&self.turns));
            under_way.spawn(async move {
                let _turn = turns.acquire().await;
                (index, select(&http, &selection).await)
            });
        }
        let mut sets = vec![SeriesSet::new(); selections.len()];
        while let Some(finished) = under_way.join_next().await {
            let (index, set) = finished.map_err(|error| self.http.unavailable(&error))?;
            sets[index] = set?;
        }
        Ok(sets)
    }
}

async fn select(http: &Http, selection: &Selection) -> Result<SeriesSet, SourceError> {
    let window = (selection.until - selection.after).min(MAX_WINDOW).millis();
    if window <= 0 {
        return Ok(SeriesSet::new());
    }
    let selector = selector::text(&selection.matchers);
    let at = seconds(selection.until);
    let ask = async |query: String| {
        let form = [("query", query.as_str()), ("time", at.as_str())];
        http.ask::<Found>(Verb::Post, &["query"], &form).await
    };
    let (range, instant) = tokio::join!(ask(format!("{selector}[{window}ms]")), ask(selector));
    let (mut series, present) = (range?.series(), instant?.present());
    for one in &mut series {
        one.samples.retain(|sample| sample.at > selection.after && sample.at <= selection.until);
        if !present.contains(&one.labels) {
            mark_stale(one, selection.until);
        }
    }
    series.retain(|one| !one.samples.is_empty());
    Ok(SeriesSet::from_series(series))
}

/// Puts the stale marker behind the last sample of a series that an instant vector should have
/// shown.
fn mark_stale(series: &mut Series, until: Timestamp) {
    let Some(last) = series.samples.last() else { return };
    let at = last.at + Span::from_millis(1);
    if last.at > until - LOOK_BACK && at <= until {
        let value = crate::sample::Value::Float(crate::sample::stale_marker());
        series.samples.push(crate::sample::Sample { at, value });
    }
}

impl Source for Server {
    fn select<'a>(&'a self, selections: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>> {
        Box::pin(self.select_all(selections))
    }

    fn series<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async move {
            let selectors = match any_of {
                [] => vec![selector::text(&Matchers::default())],
                _ => any_of.iter().map(selector::text).collect(),
            };
            let form = lookup(&selectors, from, until);
            let found: Vec<answer::Metric> =
                self.http.ask(Verb::Post, &["series"], &borrowed(&form)).await?;
            let mut labels: Vec<_> = found.into_iter().map(Labels::from_pairs).collect();
            labels.sort_unstable();
            labels.dedup();
            Ok(labels)
        })
    }

    fn label_names<'a>(
        &'a self,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let selectors: Vec<_> = any_of.iter().map(selector::text).collect();
            let form = lookup(&selectors, from, until);
            self.http.ask(Verb::Post, &["labels"], &borrowed(&form)).await.map(sorted)
        })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        any_of: &'a [Matchers],
        from: Timestamp,
        until: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let selectors: Vec<_> = any_of.iter().map(selector::text).collect();
            let form = lookup(&selectors, from, until);
            let path = ["label", name, "values"];
            self.http.ask(Verb::Get, &path, &borrowed(&form)).await.map(sorted)
        })
    }

    fn metadata<'a>(&'a self, metric: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async move {
            let form: Vec<_> = metric.into_iter().map(|metric| ("metric", metric)).collect();
            let described: Described = self.http.ask(Verb::Get, &["metadata"], &form).await?;
            Ok(described.metadata())
        })
    }

    fn append<'a>(&'a self, _: Vec<Series>) -> Answer<'a, ()> {
        Box::pin(async move { Err(SourceError::ReadOnly { url: Arc::clone(self.http.shown()) }) })
    }

    fn evaluates(&self) -> Option<&dyn Evaluates> {
        Some(self)
    }
}

fn lookup(selectors: &[String], from: Timestamp, until: Timestamp) -> Vec<(&'static str, String)> {
    let selectors = selectors.iter().map(|selector| ("match[]", selector.clone()));
    let mut form: Vec<_> = selectors.collect();
    // Times at either end of the scale are those that nobody asked for.
    form.extend((from > Timestamp::MIN).then(|| ("start", seconds(from))));
    form.extend((until < Timestamp::MAX).then(|| ("end", seconds(until))));
    form
}

fn borrowed<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort_unstable();
    texts
}

fn seconds(at: Timestamp) -> String {
    format!("{:.3}", at.seconds())
}
