//! A small server evaluates, and counts how often it is asked.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::RawForm;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::*;
use crate::notify::integration::{Authorization, HttpOptions, SecretSource};
use crate::sample::Value;
use crate::secret::Secret;
use crate::source::Source;
use crate::source::prometheus::{ATTEMPTS, Manner, tests::serve};
use crate::time::Timestamp;

/// What a small server answers to its n-th request (from 0) with a form.
type Conduct = fn(usize, &str) -> Response;

async fn server(conduct: Conduct, manner: Manner) -> (Server, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let answer = post(async move |RawForm(form): RawForm| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        conduct(number, std::str::from_utf8(&form).expect("a form is text"))
    });
    let url = serve(Router::new().route("/api/v1/query", answer)).await;
    let manner = Manner { pause: Duration::from_millis(1), ..manner };
    (Server::with(&url, manner).expect("a good address"), asked)
}

fn question(expr: &str, millis: i64) -> Question {
    Question { expr: expr.into(), at: Timestamp::from_millis(millis) }
}

fn vector(elements: &str) -> String {
    format!(
        r#"{{"status":"success","warnings":["careful"],"infos":["so"],
        "data":{{"resultType":"vector","result":[{elements}]}}}}"#
    )
}

fn shown(reply: &Result<Arc<Reply>, String>) -> String {
    let reply = match reply {
        Ok(reply) => reply,
        // without the address
        Err(error) => return error.split_once(": ").map_or(error.clone(), |(_, it)| it.to_owned()),
    };
    let element = |(labels, value): &(crate::label::Labels, Value)| match value {
        Value::Float(value) => format!("{labels} {value}"),
        Value::Histogram(histogram) => format!("{labels} {histogram}"),
    };
    let elements: Vec<_> = reply.elements.iter().map(element).collect();
    format!("{}{}", elements.join("; "), reply.warnings.join("!"))
}

#[tokio::test]
async fn an_expression_at_a_moment_is_asked_once() {
    let conduct: Conduct = |_, form| {
        assert!(form.starts_with("query=up+%3E+0&time=12.345") || form.ends_with("time=13.000"));
        vector(r#"{"metric":{"__name__":"up","a":"x"},"value":[12.345,"1"]}"#).into_response()
    };
    let (server, asked) = server(conduct, Manner::default()).await;
    let same = question("up > 0", 12_345);
    let pair = [same.clone(), same.clone()];
    let (first, second) = tokio::join!(server.reply(&pair), server.reply(&pair));
    let later = server.reply(std::slice::from_ref(&same)).await;
    for reply in first.iter().chain(&second).chain(&later) {
        assert_eq!(shown(reply), r#"{__name__="up", a="x"} 1careful"#);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    server.reply(&[question("up > 0", 13_000)]).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2, "another moment is another question");
}

#[tokio::test]
async fn every_kind_of_result_is_read() {
    let conduct: Conduct = |_, form| {
        let data = match form.split('&').next().unwrap_or_default() {
            "query=scalar" => r#"{"resultType":"scalar","result":[1,"NaN"]}"#,
            "query=text" => r#"{"resultType":"string","result":[1,"x"]}"#,
            "query=matrix" => r#"{"resultType":"matrix","result":[]}"#,
            "query=nothing" => r#"{"resultType":"vector","result":[]}"#,
            "query=odd" => r#"{"resultType":"vector","result":[{"metric":{"a":"b"}}]}"#,
            _ => {
                r#"{"resultType":"vector","result":[{"metric":{"h":"1"},"histogram":[1,
                {"count":"7","sum":"-Inf","buckets":[[1,"-2","-1.414213562373095","1"],[3,"-0.001","0.001","2"],
                [0,"1","1.414213562373095","4"]]}]}]}"#
            }
        };
        format!(r#"{{"status":"success","data":{data}}}"#).into_response()
    };
    let (server, _) = server(conduct, Manner::default()).await;
    let cases = [
        ("scalar", "{} NaN"),
        ("text", "rule result is not a vector or scalar"),
        ("matrix", "rule result is not a vector or scalar"),
        ("nothing", ""),
        ("odd", "{a=\"b\"} has no value that can be read"),
    ];
    for (expr, expected) in cases {
        assert_eq!(shown(&server.reply(&[question(expr, 0)]).await[0]), expected, "{expr}");
    }
    let reply = server.reply(&[question("histogram", 0)]).await;
    let Ok(reply) = &reply[0] else { panic!("{reply:?}") };
    let Value::Histogram(histogram) = &reply.elements[0].1 else { panic!("{reply:?}") };
    assert_eq!((histogram.schema, histogram.count, histogram.zero_count), (1, 7.0, 2.0));
    assert_eq!(
        (&*histogram.positive_spans, &*histogram.negative_spans),
        (&[(1, 1)][..], &[(2, 1)][..])
    );
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_what_will_not_is_not() {
    let conduct: Conduct = |number, form| {
        let status = form.strip_prefix("query=s").and_then(|rest| rest.get(..3));
        let status = status.and_then(|status| status.parse().ok()).expect("a status");
        let status = StatusCode::from_u16(status).expect("a status");
        match number {
            0 | 1 => (status, "no").into_response(),
            _ => vector("").into_response(),
        }
    };
    for (status, requests, expected) in [
        (503, 3, "careful"),
        (500, 3, "careful"),
        (429, 3, "careful"),
        (400, 1, "400 Bad Request: no"),
        (422, 1, "422 Unprocessable Entity: no"),
    ] {
        let (server, asked) = server(conduct, Manner::default()).await;
        let reply = server.reply(&[question(&format!("s{status}"), 0)]).await;
        assert!(shown(&reply[0]).ends_with(expected), "{reply:?}");
        assert_eq!(asked.load(Ordering::SeqCst), requests, "{status}");
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_a_failure_is_not_kept() {
    let conduct: Conduct = |number, _| match number {
        0..3 => StatusCode::BAD_GATEWAY.into_response(),
        _ => vector("").into_response(),
    };
    let (server, asked) = server(conduct, Manner::default()).await;
    let question = [question("up", 0)];
    assert_eq!(shown(&server.reply(&question).await[0]), "502 Bad Gateway");
    assert_eq!(asked.load(Ordering::SeqCst), ATTEMPTS);
    assert_eq!(shown(&server.reply(&question).await[0]), "careful");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let silent = Router::new().fallback(async || std::future::pending::<String>().await);
    let manner = Manner { timeout: Duration::from_millis(20), ..Manner::default() };
    let server = Server::with(&serve(silent).await, manner).expect("a good address");
    let reply = server.reply(&[question("up", 0)]).await;
    assert!(matches!(&reply[0], Err(error) if error.ends_with("no answer within 0.02 seconds")));
}

#[tokio::test]
async fn login_and_headers_go_along() {
    let seen = post(async |request: axum::extract::Request| {
        let header = |name: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        assert_eq!(header("authorization"), "Bearer t0ken");
        assert_eq!(header("x-scope-orgid"), "team");
        assert!(header("user-agent").starts_with("firebell/"));
        vector("")
    });
    let url = serve(Router::new().route("/api/v1/query", seen)).await;
    let inline = |text: &str| SecretSource::Inline(Secret::new(text));
    let http = HttpOptions {
        authorization: Some(Authorization::Scheme {
            scheme: "Bearer".into(),
            credentials: inline("t0ken"),
        }),
        headers: vec![("X-Scope-OrgID".into(), inline("team"))],
        ..HttpOptions::default()
    };
    let server = Server::with(&url, Manner { http, ..Manner::default() }).expect("an address");
    assert_eq!(shown(&server.reply(&[question("up", 0)]).await[0]), "careful");
    assert!(server.evaluates().is_some());
}
