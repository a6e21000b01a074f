//! A small server answers as Prometheus does, or misbehaves.

use axum::Router;
use axum::extract::{RawForm, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};

use super::*;
use crate::label::Matcher;
use crate::sample::{Value, is_stale};

/// Serves on a free port until the test ends; the address is that of a server.
pub(super) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn selection(after: i64, until: i64) -> Selection {
    Selection {
        matchers: Matchers(vec![Matcher::equal("__name__", "up")]),
        after: Timestamp::from_millis(after),
        until: Timestamp::from_millis(until),
        narrowing: None,
    }
}

fn shown(set: &SeriesSet) -> Vec<String> {
    let line = |index: usize| {
        let series = set.series(index);
        let samples = (0..series.times.len()).map(|index| match series.sample(index).value {
            Value::Float(value) if is_stale(value) => format!(" stale@{}", series.times[index]),
            Value::Float(value) => format!(" {value}@{}", series.times[index]),
            Value::Histogram(_) => " histogram".to_owned(),
        });
        format!("{}{}", series.labels, samples.collect::<String>())
    };
    (0..set.len()).map(line).collect()
}

/// Answers queries: the series `job="b"` is missing from instant vectors.
async fn query(RawForm(form): RawForm) -> &'static str {
    match std::str::from_utf8(&form).expect("a form is text") {
        "query=%7B__name__%3D%22up%22%7D%5B300000ms%5D&time=1000.500" => {
            r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"up","job":"b"},"values":[[990,"1"],[1000,"2"]]},
            {"metric":{"__name__":"up","job":"a"},"values":[[700.5,"0"],[1000.5,"+Inf"]]},
            {"metric":{"__name__":"up","job":"old"},"values":[[700.5,"0"]]},
            {"metric":{"__name__":"up","job":"h"},"histograms":[[1000,{"count":"1","sum":"2",
            "buckets":[[0,"1","2","1"]]}]]}]}}"#
        }
        "query=%7B__name__%3D%22up%22%7D&time=1000.500" => {
            r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"up","job":"a"},"value":[1000.5,"+Inf"]}]}}"#
        }
        other => panic!("unexpected form {other}"),
    }
}

#[tokio::test]
async fn a_selection_is_left_open_sorted_and_knows_what_went_stale() {
    let url = serve(Router::new().route("/prefix/api/v1/query", post(query))).await;
    let server = Server::new(&format!("{url}/prefix/")).expect("a good address");
    let selections = [selection(700_500, 1_000_500), selection(5, 5)];
    let sets = Source::select(&server, &selections).await.expect("an answer");
    assert_eq!(
        shown(&sets[0]),
        [
            "{__name__=\"up\", job=\"a\"} inf@1000500",
            "{__name__=\"up\", job=\"b\"} 1@990000 2@1000000 stale@1000001",
            "{__name__=\"up\", job=\"h\"} histogram stale@1000001",
        ]
    );
    assert!(sets[1].is_empty(), "an empty window needs no question");
}

#[tokio::test]
async fn labels_series_and_metadata_are_looked_up() {
    let router = Router::new()
        .route(
            "/api/v1/series",
            post(async |RawForm(form): RawForm| {
                assert_eq!(form, "match%5B%5D=%7B__name__%21%3D%22%22%7D&start=1.000&end=2.500");
                r#"{"status":"success","data":[{"a":"2"},{"a":"1"},{"a":"2"}]}"#
            }),
        )
        .route(
            "/api/v1/labels",
            post(async |RawForm(form): RawForm| {
                assert_eq!(form, "");
                r#"{"status":"success","data":["b","a"]}"#
            }),
        )
        .route(
            "/api/v1/label/a.b%2Fc/values",
            get(async |request: Request| {
                let query = request.uri().query().expect("parameters");
                assert_eq!(query, "match%5B%5D=%7B__name__%3D%22up%22%7D&start=1.000&end=2.500");
                r#"{"status":"success","data":["y","x"]}"#
            }),
        )
        .route(
            "/api/v1/metadata",
            get(async |request: Request| {
                assert_eq!(request.uri().query(), Some("metric=up"));
                r#"{"status":"success","data":{"up":[{"type":"gauge","help":"h","unit":""}]}}"#
            }),
        );
    let server = Server::new(&serve(router).await).expect("a good address");
    let (from, until) = (Timestamp::from_millis(1000), Timestamp::from_millis(2500));
    let series = server.series(&[], from, until).await.expect("an answer");
    assert_eq!(series, [("a", "1"), ("a", "2")].map(|pair| Labels::from_pairs([pair])));
    let names = server.label_names(&[], Timestamp::MIN, Timestamp::MAX).await;
    assert_eq!(names.expect("an answer"), ["a", "b"]);
    let up = [Matchers(vec![Matcher::equal("__name__", "up")])];
    let values = server.label_values("a.b/c", &up, from, until).await;
    assert_eq!(values.expect("an answer"), ["x", "y"]);
    let metadata = server.metadata(Some("up")).await.expect("an answer");
    assert_eq!((&*metadata[0].metric, metadata[0].kind.text()), ("up", "gauge"));
}

#[tokio::test]
async fn failures_say_whether_trying_again_may_help() {
    let bad_data = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    let cases = [
        (400, bad_data, "400 Bad Request: bad_data: parse error", false),
        (422, "", "422 Unprocessable Entity", false),
        (401, "who are you?\n", "401 Unauthorized: who are you?", false),
        (429, "", "429 Too Many Requests", true),
        (500, "oops", "500 Internal Server Error: oops", true),
        (503, "", "503 Service Unavailable", true),
        (200, "<html>", "no answer of a Prometheus API: expected value at line 1 column 1", false),
        (200, r#"{"status":"success"}"#, "an answer without data", false),
    ];
    for (status, body, expected, again) in cases {
        let status = StatusCode::from_u16(status).expect("a status");
        let answer = any(async move || (status, body).into_response());
        let url = serve(Router::new().fallback_service(answer)).await;
        let server = Server::new(&url).expect("a good address");
        let error = server.metadata(None).await.expect_err(expected);
        assert_eq!(error.to_string(), format!("source {url}: {expected}"));
        assert_eq!(matches!(error, SourceError::Unavailable { .. }), again, "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let server = Server::new("http://127.0.0.1:1").expect("a good address");
    let error = server.metadata(None).await.expect_err("nobody listens");
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn the_size_of_an_answer_is_limited() {
    let router = Router::new().fallback(async || "x".repeat(101));
    let url = serve(router).await;
    let manner = Manner { max_answer: 100, ..Manner::default() };
    let http = Http::new(&url, manner).expect("a good address");
    let asked = http.ask::<Found>(Verb::Get, &["query"], &[]).await;
    let Err(error) = asked else { panic!("the answer is too large") };
    assert_eq!(error.to_string(), format!("source {url}: answer of more than 100 bytes"));
}

#[tokio::test]
async fn the_password_goes_to_the_server_and_nowhere_else() {
    let router = Router::new().fallback(async |request: Request| {
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        assert_eq!(header, Some("Basic YW5uOnMzY3JldC8="));
        StatusCode::FORBIDDEN
    });
    let url = serve(router).await.replace("http://", "http://ann:s3cret%2F@");
    let server = Server::new(&url).expect("a good address");
    let error = server.metadata(None).await.expect_err("forbidden");
    assert!(error.to_string().ends_with("403 Forbidden"), "{error}");
    assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
}

#[tokio::test]
async fn samples_cannot_be_pushed_to_a_server() {
    let server = Server::new("http://h:9090").expect("a good address");
    let error = Source::append(&server, vec![]).await.expect_err("read-only");
    assert!(error.to_string().starts_with("source http://h:9090 is read-only"), "{error}");
    for url in ["h:9090", "ftp://h", "", "http://"] {
        assert!(Server::new(url).is_err(), "{url}");
    }
}
