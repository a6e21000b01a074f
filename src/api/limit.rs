//! How many requests are answered at a time, and how long one may take.
//! (Source: Alertmanager, `--web.get-concurrency` and `--web.timeout`.)

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{self, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;

use crate::time::Span;
use crate::time::duration::format_go;

use super::State;
use super::counters::Counters;
use super::elsewhere::plain;
use super::ending::at_end;

/// The limits of a server.
#[derive(Clone)]
pub(super) struct Limit {
    permits: Option<Arc<Semaphore>>,
    most: usize,
    timeout: Option<Duration>,
    counters: Arc<Counters>,
}

/// GET requests under way, and those that were too many.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    in_flight: AtomicI64,
    refused: AtomicU64,
}

impl Crowd {
    /// How many GET requests are under way.
    pub(super) fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How many were refused because too many were under way.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

/// One more request, until it is dropped: answered, or given up by who asked.
struct UnderWay(Arc<Counters>);

impl UnderWay {
    fn new(counters: &Arc<Counters>) -> UnderWay {
        counters.crowd().in_flight.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(counters))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.crowd().in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Limit {
    /// What the surface says.
    pub(super) fn new(state: &State) -> Limit {
        let most = state.surface.get_concurrency;
        Limit {
            permits: most.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))),
            most: most.unwrap_or(0),
            timeout: state.surface.timeout,
            counters: Arc::clone(&state.counters),
        }
    }
}

/// Wraps every request.
pub(super) async fn limit(
    extract::State(limit): extract::State<Limit>,
    request: Request,
    next: Next,
) -> Response {
    if *request.method() != Method::GET {
        return in_time(&limit, request, next).await;
    }
    let permit = match &limit.permits {
        Some(permits) => match Arc::clone(permits).try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) => return too_many(&limit),
        },
        None => None,
    };
    let under_way = UnderWay::new(&limit.counters);
    let response = in_time(&limit, request, next).await;
    at_end(response, |_| drop((under_way, permit)))
}

async fn in_time(limit: &Limit, request: Request, next: Next) -> Response {
    let Some(timeout) = limit.timeout else { return next.run(request).await };
    tokio::time::timeout(timeout, next.run(request)).await.unwrap_or_else(|_| {
        let span = Span::from_millis(i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX));
        let text = format!("Exceeded configured timeout of {}.\n", format_go(span));
        plain(StatusCode::SERVICE_UNAVAILABLE, text)
    })
}

fn too_many(limit: &Limit) -> Response {
    limit.counters.crowd().refused.fetch_add(1, Ordering::Relaxed);
    let most = limit.most;
    // Go's servers end every refusal with a line of its own
    let text = format!("Limit of concurrent GET requests reached ({most}), try again later.\n\n");
    plain(StatusCode::SERVICE_UNAVAILABLE, text)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn ask(limit: Limit) -> (StatusCode, String) {
        let never = get(async || std::future::pending::<()>().await);
        let router = Router::new()
            .route("/", never)
            .layer(axum::middleware::from_fn_with_state(limit, super::limit));
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn slow_requests_are_given_up_and_those_beyond_the_limit_refused() {
        let counters = Arc::new(Counters::default());
        let permits = Arc::new(Semaphore::new(1));
        let limit = Limit {
            permits: Some(Arc::clone(&permits)),
            most: 1,
            timeout: Some(Duration::from_millis(1500)),
            counters: Arc::clone(&counters),
        };
        let hasty = Limit { timeout: Some(Duration::from_millis(2)), ..limit.clone() };
        let text = "Exceeded configured timeout of 2ms.\n".to_owned();
        assert_eq!(ask(hasty).await, (StatusCode::SERVICE_UNAVAILABLE, text));
        assert_eq!(counters.crowd().in_flight(), 0);
        let _taken = permits.try_acquire().unwrap();
        let text = "Limit of concurrent GET requests reached (1), try again later.\n\n".to_owned();
        assert_eq!(ask(limit).await, (StatusCode::SERVICE_UNAVAILABLE, text));
        assert_eq!(counters.crowd().refused(), 1);
    }
}
