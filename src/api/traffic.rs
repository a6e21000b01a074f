//! Requests that were answered: how many, how, and how long they took.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{self, MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use super::State;
use super::ending::at_end;

/// Upper bounds of the buckets of [`Durations`], in seconds.
/// (Source: the default buckets of Prometheus' client libraries.)
pub(super) const BUCKETS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// The handler of requests for what is not there; their paths are anybody's.
const NOWHERE: &str = "none";

/// Which requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The route, `/api/v2/silence/{id}`.
    pub(super) handler: String,
    /// The method in lower case; `other` for those that no route knows.
    pub(super) method: &'static str,
    /// The answer's status.
    pub(super) code: u16,
}

/// How long answers took.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(super) struct Durations {
    /// How many took at most as long as each of [`BUCKETS`].
    pub(super) at_most: [u64; BUCKETS.len()],
    /// How many there are.
    pub(super) count: u64,
    /// All of them together, in seconds.
    pub(super) sum: f64,
}

/// Upper bounds of the buckets of [`Sizes`], in bytes.
/// (Source: Alertmanager, `alertmanager_http_response_size_bytes`.)
pub(super) const SIZE_BUCKETS: [f64; 7] = [100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// How large answers were; the same as [`Durations`], in bytes.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub(super) struct Sizes {
    pub(super) at_most: [u64; SIZE_BUCKETS.len()],
    pub(super) count: u64,
    pub(super) sum: f64,
}

/// A route and a method.
pub(super) type Place = (String, &'static str);

/// All requests since the start.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    kinds: Mutex<BTreeMap<Kind, Durations>>,
    sizes: Mutex<BTreeMap<Place, Sizes>>,
}

impl Traffic {
    /// A copy of the counts.
    pub(super) fn counts(&self) -> BTreeMap<Kind, Durations> {
        self.lock().clone()
    }

    /// How large answers were.
    pub(super) fn sizes(&self) -> BTreeMap<Place, Sizes> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, kind: Kind, took: Duration, bytes: u64) {
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.entry((kind.handler.clone(), kind.method)).or_default().add(bytes as f64);
        drop(sizes);
        self.lock().entry(kind).or_default().add(took.as_secs_f64());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Kind, Durations>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Durations {
    fn add(&mut self, seconds: f64) {
        for (count, bound) in self.at_most.iter_mut().zip(BUCKETS) {
            *count += u64::from(seconds <= bound);
        }
        self.count += 1;
        self.sum += seconds;
    }
}

impl Sizes {
    fn add(&mut self, bytes: f64) {
        for (count, bound) in self.at_most.iter_mut().zip(SIZE_BUCKETS) {
            *count += u64::from(bytes <= bound);
        }
        self.count += 1;
        self.sum += bytes;
    }
}

/// Wraps every request.
pub(super) async fn count(
    extract::State(state): extract::State<State>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let handler = path.map_or(NOWHERE.to_owned(), |path| path.as_str().to_owned());
    let method = lower_case(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let code = response.status().as_u16();
    at_end(response, move |bytes| {
        let kind = Kind { handler, method, code };
        state.counters.traffic().add(kind, begun.elapsed(), bytes);
    })
}

fn lower_case(method: &Method) -> &'static str {
    match *method {
        Method::GET => "get",
        Method::HEAD => "head",
        Method::POST => "post",
        Method::PUT => "put",
        Method::DELETE => "delete",
        Method::OPTIONS => "options",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_all_buckets_that_hold_them() {
        let mut durations = Durations::default();
        for seconds in [0.005, 0.3, 11.0] {
            durations.add(seconds);
        }
        assert_eq!(durations.at_most, [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        assert_eq!((durations.count, durations.sum), (3, 11.305));
    }
}
