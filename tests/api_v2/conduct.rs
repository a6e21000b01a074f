//! What holds for every answer; the status; what is not there.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

use super::server;

#[tokio::test]
async fn answers_are_not_cached_and_may_be_read_from_other_origins() {
    let server = server().await;
    let own = server.get("/api/v2/status").await;
    let headers = ["cache-control", "vary", "access-control-allow-origin"];
    assert_eq!(headers.map(|name| own.header(name)), ["no-store", "Origin", ""]);
    for path in ["/api/v2/status", "/api/v2/nothing", "/api/v2/silence/x"] {
        let request = Request::builder().uri(path).header("origin", "http://elsewhere");
        let foreign = server.send(request.body(Body::empty()).unwrap()).await;
        let expect = ["no-store", "Origin", "*"];
        assert_eq!(headers.map(|name| foreign.header(name)), expect, "{path}");
    }
}

#[tokio::test]
async fn preflights_are_answered_by_headers() {
    let server = server().await;
    for (method, headers, expect) in [
        ("POST", Some("Content-Type, accept"), ["*", "POST", "Content-Type, accept"]),
        ("GET", None, ["*", "GET", ""]),
        ("GET", Some("authorization"), ["", "", ""]),
        ("DELETE", None, ["", "", ""]),
    ] {
        let mut request = Request::builder().method(Method::OPTIONS).uri("/api/v2/silences");
        request = request.header("origin", "http://elsewhere");
        request = request.header("access-control-request-method", method);
        if let Some(headers) = headers {
            request = request.header("access-control-request-headers", headers);
        }
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 204, "{method}");
        let names = ["origin", "methods", "headers"];
        let shown =
            names.map(|name| answer.header(&format!("access-control-allow-{name}")).to_owned());
        assert_eq!(shown, expect, "{method} {headers:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_peers_words() {
    let server = server().await;
    let code =
        |code: u16, message: &str| format!("{code} {}", json!({"code": code, "message": message}));
    for (method, path, allow, expect) in [
        (Method::GET, "/api/v2/nope", "", code(404, "path /api/v2/nope was not found")),
        (
            Method::PUT,
            "/api/v2/alerts",
            "POST,GET",
            code(405, "method PUT is not allowed, but [POST,GET] are"),
        ),
        (
            Method::OPTIONS,
            "/api/v2/status",
            "GET",
            code(405, "method OPTIONS is not allowed, but [GET] are"),
        ),
        (
            Method::POST,
            "/api/v2/silence/3f1a1c2e-1111-4111-8111-000000000000",
            "DELETE,GET",
            code(405, "method POST is not allowed, but [DELETE,GET] are"),
        ),
    ] {
        let answer = server.ask(method, path).await;
        assert_eq!((answer.line(), answer.header("allow")), (expect, allow), "{path}");
    }
}

#[tokio::test]
async fn types_of_bodies_and_answers_are_negotiated() {
    let server = server().await;
    for (given, expect) in [
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("text/plain"), 415),
        (None, 415),
    ] {
        let mut request = Request::builder().method(Method::POST).uri("/api/v2/alerts");
        if let Some(given) = given {
            request = request.header("content-type", given);
        }
        let answer = server.send(request.body(Body::from("[]")).unwrap()).await;
        assert_eq!(answer.status, expect, "{given:?}");
    }
    for (accept, expect) in [
        ("application/json", 200),
        ("text/html, */*;q=0.8", 200),
        ("application/*", 200),
        ("text/html", 406),
    ] {
        let request = Request::builder().uri("/api/v2/alerts").header("accept", accept);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, expect, "{accept}");
    }
}

#[tokio::test]
async fn the_status_has_all_that_clients_want() {
    let server = server().await;
    let status = server.get("/api/v2/status").await.json();
    assert_eq!(status["cluster"], json!({"peers": [], "status": "disabled"}));
    assert_eq!(status["versionInfo"]["version"], "0.34.0");
    for member in ["branch", "buildDate", "buildUser", "goVersion", "revision"] {
        assert!(status["versionInfo"][member].is_string(), "{member}");
    }
    assert_eq!(status["uptime"], server.state.started_at.to_string());
    let original = status["config"]["original"].as_str().unwrap();
    assert!(original.contains("url: <secret>") && original.contains("resolve_timeout: 5m"));
}

#[tokio::test]
async fn the_removed_api_says_where_to_go() {
    let server = server().await;
    for (method, path) in [
        (Method::POST, "/api/v1/alerts"),
        (Method::GET, "/api/v1/status"),
        (Method::GET, "/api/v1/receivers"),
        (Method::POST, "/api/v1/silences"),
        (Method::DELETE, "/api/v1/silence/1"),
    ] {
        let answer = server.ask(method, path).await;
        assert_eq!(answer.status, 410, "{path}");
        assert_eq!(answer.json()["status"], "deprecated", "{path}");
    }
}

#[tokio::test]
async fn we_are_well_and_ready() {
    let server = server().await;
    for path in ["/-/healthy", "/-/ready"] {
        assert_eq!(server.get(path).await.line(), "200 OK");
        assert_eq!(server.ask(Method::HEAD, path).await.line(), "200");
    }
}

#[tokio::test]
async fn while_shutting_down_requests_are_refused_and_do_not_hang() {
    let mut server = server().await;
    server.stop().await;
    let expect = "503 \"firebell is shutting down\"";
    for path in ["alerts", "alerts/groups", "silences", "receivers", "status"] {
        assert_eq!(server.get(&format!("/api/v2/{path}")).await.line(), expect, "{path}");
    }
    let body = r#"[{"labels":{"alertname":"A"}}]"#;
    assert_eq!(server.post("/api/v2/alerts", body).await.line(), expect);
    assert_eq!(server.get("/metrics").await.status, 503);
}
