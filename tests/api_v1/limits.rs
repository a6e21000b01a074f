//! What one request may cost.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use firebell::api::{self, FORM_LIMIT, Queueing};
use firebell::label::{Labels, Matchers};
use firebell::sample::{Selection, Series, SeriesSet};
use firebell::source::{Answer, Metadata, Source, SourceError};
use firebell::time::Timestamp;
use tokio::sync::Semaphore;
use tower::ServiceExt;

use super::{check, post_form, server, shown};

#[tokio::test]
async fn the_deepest_expression_is_evaluated() {
    let server = server(&[]).await;
    let deep = |depth: usize| format!("query={}1{}&time=0", "(".repeat(depth), ")".repeat(depth));
    let answer = super::get(&server, "query", &deep(240)).await;
    assert_eq!(shown(&answer), r#"200 {"resultType":"scalar","result":[0,"1"]}"#);
    let minus = format!("query={}up&time=0", "-".repeat(240));
    assert_eq!(super::get(&server, "query", &minus).await.status, StatusCode::OK);
    assert_eq!(super::get(&server, "query", &deep(5000)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn samples_are_limited() {
    let mut server = server(&[("up", &[1.0, 1.0, 1.0])]).await;
    server.state.limits.samples = 2;
    let router = api::router(server.state.clone());
    let answer = ask(&router, "/api/v1/query_range?query=up&start=0&end=30&step=15").await;
    let message = "query processing would load too many samples into memory in query execution";
    let error = format!(r#"{{"status":"error","errorType":"execution","error":"{message}"}}"#);
    assert_eq!(answer, format!("422 {error}"));
}

#[tokio::test]
async fn a_request_may_ask_for_less_time_than_queries_have_but_not_for_more() {
    let server = server(&[]).await;
    let source: Arc<dyn Source> = Arc::new(Stuck::default());
    let queueing = Queueing { timeout: Duration::from_millis(5), ..Queueing::default() };
    let router = api::router(api::State { source, queueing, ..server.state.clone() });
    let answer = ask(&router, "/api/v1/query?query=up&timeout=1h").await;
    let message = "query timed out in expression evaluation";
    let error = format!(r#"{{"status":"error","errorType":"timeout","error":"{message}"}}"#);
    assert_eq!(answer, format!("503 {error}"));
}

#[tokio::test]
async fn forms_are_limited() {
    let server = server(&[]).await;
    let form = format!("query=1&time=0&pad={}", "x".repeat(FORM_LIMIT));
    let answer = post_form(&server, "query", form).await;
    assert!(shown(&answer).starts_with("400 bad_data: error parsing form values: "), "{answer:?}");
}

#[tokio::test]
async fn refused_sources_are_told() {
    let server = server(&[]).await;
    check(
        &server,
        &[("query", "query=1&time=0", r#"200 {"resultType":"scalar","result":[0,"1"]}"#)],
    )
    .await;
    let source: Arc<dyn Source> = Arc::new(Stuck::default());
    let router = api::router(api::State { source, ..server.state.clone() });
    let answer = ask(&router, "/api/v1/labels").await;
    assert_eq!(
        answer,
        r#"422 {"status":"error","errorType":"execution","error":"no labels here"}"#
    );
}

#[tokio::test]
async fn queries_wait_for_their_turn_and_are_given_up_when_nobody_waits() {
    let stuck = Arc::new(Stuck::default());
    let source = Arc::clone(&stuck) as Arc<dyn Source>;
    let server = server(&[]).await;
    let router = api::router(api::State { source, ..server.state.clone() });
    let at_once = Queueing::default().concurrency;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let router = router.clone();
        asked.spawn(async move { ask(&router, "/api/v1/query?query=up").await });
    }
    let all = u32::try_from(at_once).unwrap();
    stuck.entered.acquire_many(all).await.unwrap().forget();
    let late = ask(&router, "/api/v1/query?query=up&timeout=1ms").await;
    let queue =
        r#"503 {"status":"error","errorType":"timeout","error":"query timed out in query queue"}"#;
    assert_eq!(late, queue);
    asked.abort_all();
    stuck.left.acquire_many(all).await.unwrap().forget();
    let slow = ask(&router, "/api/v1/query?query=up&timeout=20ms").await;
    let evaluation = r#"503 {"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
    assert_eq!(slow, evaluation);
    stuck.left.acquire().await.unwrap().forget();
}

async fn ask(router: &Router, uri: &str) -> String {
    let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    format!("{status} {}", String::from_utf8_lossy(&body))
}

/// A source that never answers with samples, and counts who waits and who gave up.
struct Stuck {
    entered: Semaphore,
    left: Semaphore,
}

impl Default for Stuck {
    fn default() -> Stuck {
        Stuck { entered: Semaphore::new(0), left: Semaphore::new(0) }
    }
}

/// Notes when somebody gives up.
struct Leaving<'a>(&'a Semaphore);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

impl Source for Stuck {
    fn select<'a>(&'a self, _: &'a [Selection]) -> Answer<'a, Vec<SeriesSet>> {
        Box::pin(async {
            let _leaving = Leaving(&self.left);
            self.entered.add_permits(1);
            std::future::pending().await
        })
    }

    fn series<'a>(
        &'a self,
        _: &'a [Matchers],
        _: Timestamp,
        _: Timestamp,
    ) -> Answer<'a, Vec<Labels>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn label_names<'a>(
        &'a self,
        _: &'a [Matchers],
        _: Timestamp,
        _: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async { Err(SourceError::Limit("no labels here".to_owned())) })
    }

    fn label_values<'a>(
        &'a self,
        _: &'a str,
        _: &'a [Matchers],
        _: Timestamp,
        _: Timestamp,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn metadata<'a>(&'a self, _: Option<&'a str>) -> Answer<'a, Vec<Metadata>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn append<'a>(&'a self, _: Vec<Series>) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
