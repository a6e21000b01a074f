//! Where and to how many the API is served; the answers around it; limits of alerts and silences.

use axum::http::Method;
use firebell::api::{Apis, MetricLabels, Presence, Surface};
use firebell::engine::Upkeep;
use firebell::label::matcher::Mode;
use firebell::silence::Limits;
use serde_json::json;

use super::api::Server;
use super::{CONFIG, fire, names};

async fn shaped(surface: Surface, upkeep: Upkeep) -> Server {
    Server::shaped(CONFIG, Vec::new(), Mode::default(), surface, upkeep).await
}

fn as_alertmanager(prefix: &str) -> Surface {
    Surface { apis: Apis::Alertmanager, prefix: prefix.into(), ..Surface::default() }
}

#[tokio::test]
async fn everything_is_below_the_prefix_and_the_root_leads_there() {
    let server = shaped(as_alertmanager("/pre/fix"), Upkeep::default()).await;
    for (path, expect, location) in [
        ("/", "302 <a href=\"/pre/fix\">Found</a>.", "/pre/fix"),
        ("/pre/fix", "301 <a href=\"/pre/fix/\">Moved Permanently</a>.", "/pre/fix/"),
        (
            "/pre/fix/api/v2",
            "301 <a href=\"/pre/fix/api/v2/\">Moved Permanently</a>.",
            "/pre/fix/api/v2/",
        ),
        ("/pre/fix/api/v2/silences?active=true", "200 []", ""),
        ("/pre/fix/-/ready", "200 OK", ""),
        ("/pre/fixed/-/ready", "404 404 page not found", ""),
        ("/-/ready", "404 404 page not found", ""),
        ("/api/v2/silences", "404 404 page not found", ""),
    ] {
        let answer = server.get(path).await;
        assert_eq!((&*answer.line(), answer.header("location")), (expect, location), "{path}");
    }
    let metrics = server.get("/pre/fix/metrics").await.body;
    assert!(metrics.contains("handler=\"/api/v2/silences\"") && !metrics.contains("/pre/fix"));
}

#[tokio::test]
async fn methods_that_are_not_there_are_refused_as_the_peer_does() {
    let server = shaped(as_alertmanager(""), Upkeep::default()).await;
    let refused = "405 Method Not Allowed";
    for (method, path, expect, allow) in [
        (Method::POST, "/-/healthy", refused, "GET, HEAD, OPTIONS"),
        (Method::OPTIONS, "/-/ready", "200", "GET, HEAD, OPTIONS"),
        (Method::GET, "/-/reload", refused, "OPTIONS, POST"),
        (Method::PUT, "/-/reload", refused, "OPTIONS, POST"),
        (Method::DELETE, "/metrics", refused, "GET, OPTIONS"),
        (Method::HEAD, "/metrics", "405", "GET, OPTIONS"),
    ] {
        let answer = server.ask(method.clone(), path).await;
        let got = (answer.line(), answer.header("allow"));
        assert_eq!(got, (expect.to_owned(), allow), "{method} {path}");
    }
    for path in ["/api/v2/alerts", "/api/v2/status", "/api/v2/silences"] {
        assert_eq!(server.ask(Method::HEAD, path).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn an_alertmanager_has_no_other_apis() {
    let server = shaped(as_alertmanager(""), Upkeep::default()).await;
    for (path, expect) in [
        ("/api/v1/alerts", 410),
        ("/api/v1/silence/x", 410),
        ("/api/v1/query", 404),
        ("/api/v1/rules", 404),
        ("/metrics/job/x", 404),
        ("/debug/pprof/heap", 404),
    ] {
        assert_eq!(server.get(path).await.status, expect, "{path}");
    }
    let all = shaped(Surface::default(), Upkeep::default()).await;
    assert_eq!(all.get("/api/v1/rules").await.status, 200);
}

#[tokio::test]
async fn too_many_requests_are_refused() {
    let none = Surface { get_concurrency: Some(0), ..Surface::default() };
    let server = shaped(none, Upkeep::default()).await;
    let answer = server.get("/api/v2/alerts").await;
    let text = "Limit of concurrent GET requests reached (0), try again later.\n\n";
    assert_eq!((answer.status.as_u16(), &*answer.body), (503, text));
    fire(&server, &["alertname=A"]).await;
}

#[tokio::test]
async fn the_description_of_the_api_has_every_route() {
    let server = super::server().await;
    let answer = server.get("/api/v2/openapi.yaml").await;
    let document: serde_yaml::Value = serde_yaml::from_str(&answer.body).unwrap();
    let paths = document["paths"].as_mapping().unwrap();
    assert_eq!(paths.len(), 6);
    for (path, methods) in paths {
        let path =
            path.as_str().unwrap().replace("{silenceID}", "3f1a1c2e-1111-4111-8111-000000000000");
        for method in ["get", "post", "delete"] {
            let asked = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = server.ask(asked, &format!("/api/v2{path}")).await;
            let there = methods.get(method).is_some();
            assert_eq!(answer.status != 405, there, "{method} {path}");
        }
    }
    // every reference leads somewhere
    for reference in answer.body.split("$ref: '#/").skip(1) {
        let target = reference.split('\'').next().unwrap();
        let found = target.split('/').try_fold(&document, |value, key| value.get(key));
        assert!(found.is_some(), "{target}");
    }
}

#[tokio::test]
async fn empty_annotations_stay_and_receivers_keep_their_order() {
    let server = super::server().await;
    let body = r#"[{"labels":{"alertname":"A","x":""},"annotations":{"e":"","f":"1","n":null}}]"#;
    server.post("/api/v2/alerts", body).await;
    let alert = &server.get("/api/v2/alerts").await.json()[0];
    assert_eq!(alert["annotations"], json!({"e": "", "f": "1", "n": ""}));
    assert_eq!(alert["labels"], json!({"alertname": "A"}));
    let config = "route: {receiver: z}\nreceivers: [{name: z}, {name: a}, {name: m}]\n";
    let server = Server::start(config, Vec::new()).await;
    let receivers = server.get("/api/v2/receivers").await.json();
    let names: Vec<_> = receivers.as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[tokio::test]
async fn alerts_and_silences_are_limited() {
    let limits = Limits { count: Some(1), bytes: Some(150) };
    let upkeep = Upkeep { alerts_per_name: Some(2), silences: limits, ..Upkeep::default() };
    let labels = MetricLabels { alert_name: Presence::Present, ..MetricLabels::default() };
    let server = shaped(Surface { labels, ..Surface::default() }, upkeep).await;
    fire(&server, &["alertname=A i=1", "alertname=A i=2", "alertname=A i=3", "alertname=B"]).await;
    let mut kept = names(&server.get("/api/v2/alerts").await);
    kept.sort();
    assert_eq!(kept, ["A", "A", "B"]);
    let metrics = server.get("/metrics").await.body;
    assert!(metrics.contains("alertmanager_alerts_limited_total{alertname=\"A\"} 1\n"));
    assert!(metrics.contains("alertmanager_alerts_per_alert_limit 2\n"));
    let silence = |value: &str| {
        json!({
            "matchers": [{"name": "a", "value": value, "isRegex": false}],
            "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2120-01-01T00:00:00Z",
            "createdBy": "me", "comment": "c",
        })
    };
    let post =
        async |value: &str| server.post("/api/v2/silences", silence(value).to_string()).await;
    let long = post(&"b".repeat(200)).await;
    assert!(long.line().starts_with("400 \"silence exceeded maximum size: "), "{long:?}");
    assert!(long.line().ends_with(" bytes (limit: 150 bytes)\""), "{long:?}");
    assert_eq!(post("b").await.status, 200);
    let second = post("c").await.line();
    assert_eq!(second, "400 \"exceeded maximum number of silences: 1 (limit: 1)\"");
}
