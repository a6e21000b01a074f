//! Origins, compression, methods.

use std::io::Read;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use firebell::api;
use tower::ServiceExt;

use super::server;

#[tokio::test]
async fn pages_of_other_origins_may_read() {
    let server = server(&[]).await;
    for (method, status) in [(Method::GET, 200), (Method::OPTIONS, 204)] {
        let request = Request::builder().method(method).uri("/api/v1/query?query=1");
        let request = request.header("origin", "http://a.example").body(Body::empty()).unwrap();
        let answer = server.send(request).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    assert_eq!(server.get("/api/v1/query?query=1").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn other_methods_are_refused() {
    let server = server(&[]).await;
    for (method, path) in [(Method::DELETE, "query"), (Method::POST, "rules")] {
        let answer = server.ask(method, &format!("/api/v1/{path}")).await;
        assert_eq!(answer.line(), "405 Method Not Allowed");
    }
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_reads_that() {
    let server = server(&[]).await;
    let router = api::router(server.state.clone());
    let ask = async |query: &str| {
        let request = Request::builder().uri(format!("/api/v1/query_range?{query}"));
        let request = request.header("accept-encoding", "deflate, gzip");
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let short = ask("query=1&start=0&end=1&step=1").await;
    assert!(!short.headers().contains_key("content-encoding"));
    let long = ask("query=1&start=0&end=1000&step=1").await;
    assert_eq!(long.headers()["content-encoding"], "gzip");
    let packed = to_bytes(long.into_body(), usize::MAX).await.unwrap();
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut plain).unwrap();
    assert!(plain.starts_with(r#"{"status":"success""#) && plain.ends_with("]}]}}"), "{plain}");
}
