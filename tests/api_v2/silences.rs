//! `/api/v2/silences` and `/api/v2/silence/{id}`.

use axum::http::Method;
use firebell::label::matcher::Mode;
use firebell::time::{Span, Timestamp, rfc3339};
use serde_json::{Value, json};

use super::api::Server;
use super::{CONFIG, server};

fn silence(value: &str, starts_at: &str, ends_at: &str) -> Value {
    json!({"matchers": [{"name": "a", "value": value, "isRegex": false}], "startsAt": starts_at,
        "endsAt": ends_at, "createdBy": "me", "comment": "why"})
}

/// Makes or changes a silence and returns the id it has then.
async fn set(server: &Server, silence: &Value) -> String {
    let answer = server.post("/api/v2/silences", silence.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["silenceID"].as_str().unwrap().to_owned()
}

fn hours_from(now: Timestamp, hours: i64) -> String {
    rfc3339::millis(now + Span::from_mins(60).times(hours))
}

#[tokio::test]
async fn a_silence_is_made_shown_and_ended() {
    let server = server().await;
    let mut wanted = silence("b", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    wanted["matchers"] = json!([
        {"name": "a", "value": "b.*", "isRegex": true, "isEqual": false},
        {"name": "c", "value": "d", "isRegex": false},
    ]);
    wanted["annotations"] = json!({"ticket": "OPS-1"});
    let id = set(&server, &wanted).await;
    let path = format!("/api/v2/silence/{id}");
    let shown = server.get(&path).await;
    let updated_at = shown.json()["updatedAt"].as_str().unwrap().to_owned();
    let expect = format!(
        concat!(
            r#"{{"id":"{id}","status":{{"state":"active"}},"updatedAt":"{at}","#,
            r#""annotations":{{"ticket":"OPS-1"}},"comment":"why","createdBy":"me","#,
            r#""endsAt":"2999-01-01T00:00:00.000Z","matchers":["#,
            r#"{{"isEqual":false,"isRegex":true,"name":"a","value":"b.*"}},"#,
            r#"{{"isEqual":true,"isRegex":false,"name":"c","value":"d"}}],"startsAt":"{at}"}}"#,
            "\n"
        ),
        id = id,
        at = updated_at
    );
    assert_eq!(shown.body, expect, "a start that is past is now");
    assert_eq!(server.ask(Method::DELETE, &path).await.line(), "200");
    assert_eq!(server.get(&path).await.json()["status"]["state"], "expired");
    assert_eq!(server.ask(Method::DELETE, &path).await.line(), "200", "again changes nothing");
}

#[tokio::test]
async fn a_change_keeps_the_id_when_the_matchers_stay() {
    let server = server().await;
    let now = server.state.handle.now();
    let mut wanted = silence("b", &hours_from(now, 1), &hours_from(now, 2));
    let id = set(&server, &wanted).await;
    wanted["id"] = json!(id);
    wanted["comment"] = json!("another");
    assert_eq!(set(&server, &wanted).await, id);
    wanted["matchers"][0]["value"] = json!("c");
    let new = set(&server, &wanted).await;
    assert_ne!(new, id);
    let old = server.get(&format!("/api/v2/silence/{id}")).await.json();
    assert_eq!((&old["status"]["state"], &old["comment"]), (&json!("expired"), &json!("another")));
    wanted["id"] = json!("3f1a1c2e-1111-4111-8111-000000000000");
    let unknown = server.post("/api/v2/silences", wanted.to_string()).await;
    assert_eq!(unknown.line(), "404 \"silence not found\"");
    wanted["id"] = json!("");
    assert_eq!(set(&server, &wanted).await.len(), 36);
}

#[tokio::test]
async fn silences_are_listed_by_what_comes_first() {
    let server = server().await;
    let now = server.state.handle.now();
    for (name, starts, ends) in [
        ("active-3", -1, 3),
        ("pending-5", 5, 9),
        ("active-2", -1, 2),
        ("pending-4", 4, 9),
        ("ended-first", -1, 7),
        ("ended-last", -1, 8),
    ] {
        let id =
            set(&server, &silence(name, &hours_from(now, starts), &hours_from(now, ends))).await;
        if name.starts_with("ended") {
            let path = format!("/api/v2/silence/{id}");
            assert_eq!(server.ask(Method::DELETE, &path).await.line(), "200");
            let ended = server.state.handle.now();
            while server.state.handle.now() == ended {
                tokio::task::yield_now().await;
            }
        }
    }
    let active = ["active-2", "active-3"];
    let pending = ["pending-4", "pending-5"];
    let ended = ["ended-last", "ended-first"];
    for (query, expect) in [
        ("", [active, pending, ended].concat()),
        ("active=false", [pending, ended].concat()),
        ("expired=false&pending=false", active.to_vec()),
        ("active=0&expired=0&pending=0", Vec::new()),
        ("filter=a%3D%22active-2%22", vec!["active-2"]),
        ("filter=a%3D~%22active-2%22", Vec::new()),
        ("filter=a%3D%22active-2%22&filter=b%3Dc", Vec::new()),
    ] {
        let answer = server.get(&format!("/api/v2/silences?{query}")).await.json();
        let value = |silence: &Value| silence["matchers"][0]["value"].as_str().unwrap().to_owned();
        let values: Vec<_> = answer.as_array().unwrap().iter().map(value).collect();
        assert_eq!(values, expect, "{query}");
    }
    let answer = server.get("/api/v2/silences?filter=%7B").await;
    assert_eq!(answer.line(), "400 \"unexpected open or close brace: {\"");
}

#[tokio::test]
async fn what_a_silence_lacks_is_said() {
    let server = server().await;
    let whole = silence("b", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    let without = |member: &str| {
        let mut silence = whole.clone();
        silence.as_object_mut().unwrap().remove(member);
        silence.to_string()
    };
    let matchers = |matchers: Value| {
        let mut silence = whole.clone();
        silence["matchers"] = matchers;
        silence.to_string()
    };
    for (body, code, message) in [
        (String::new(), 602, "silence in body is required"),
        ("null".to_owned(), 602, "comment in body is required"),
        ("{}".to_owned(), 602, "comment in body is required"),
        (without("createdBy"), 602, "createdBy in body is required"),
        (without("endsAt"), 602, "endsAt in body is required"),
        (without("matchers"), 602, "matchers in body is required"),
        (without("startsAt"), 602, "startsAt in body is required"),
        (matchers(json!([])), 612, "matchers in body should have at least 1 items"),
        (matchers(json!([null])), 602, "matchers.0 in body is required"),
        (matchers(json!([{"name": "a"}])), 602, "matchers.0.isRegex in body is required"),
        (
            matchers(json!([{"name": "a", "value": "b", "isRegex": false}, {"isRegex": true}])),
            602,
            "matchers.1.name in body is required",
        ),
        (
            matchers(json!([{"name": "a", "isRegex": true}])),
            602,
            "matchers.0.value in body is required",
        ),
    ] {
        let answer = server.post("/api/v2/silences", body.clone()).await;
        let expect = format!("422 {}", json!({"code": code, "message": message}));
        assert_eq!(answer.line(), expect, "{body}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_said() {
    let server = Server::in_mode(CONFIG, Vec::new(), Mode::Classic).await;
    let matcher = |name: &str, value: &str, is_regex: bool| {
        let mut silence = silence("b", "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
        silence["matchers"] = json!([{"name": name, "value": value, "isRegex": is_regex}]);
        silence
    };
    let (past, future) = ("2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    for (body, expect) in [
        (
            silence("b", future, "2998-01-01T00:00:00Z"),
            "Failed to create silence: start time must be before end time",
        ),
        (
            silence("b", past, "2020-01-01T00:00:00Z"),
            "Failed to create silence: start time must be before end time",
        ),
        (
            silence("b", "2019-01-01T00:00:00Z", past),
            "Failed to create silence: end time can't be in the past",
        ),
        (
            silence("b", past, "0001-01-01T00:00:00Z"),
            "Failed to create silence: start time must be before end time",
        ),
        (
            matcher("a", "", false),
            "invalid silence: matcher set 0: at least one matcher must not match the empty string",
        ),
        (
            matcher("a", "(", true),
            "invalid silence: invalid label matcher 0 in set 0: invalid regular expression \"(\": \
             error parsing regexp: missing closing ): `(`",
        ),
        (
            matcher("a.b", "c", false),
            "invalid silence: invalid label matcher 0 in set 0: invalid label name \"a.b\"",
        ),
    ] {
        let answer = server.post("/api/v2/silences", body.to_string()).await;
        assert_eq!(answer.line(), format!("400 {}", json!(expect)), "{body}");
    }
    let answer = server.post("/api/v2/silences", silence("b", "x", future).to_string()).await;
    assert_eq!(answer.status, 400);
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("parsing silence body from \"\" failed, because parsing time \"x\"")
    );
    assert_eq!(server.get("/api/v2/silences").await.body, "[]\n");
}

#[tokio::test]
async fn a_start_in_the_year_1_means_now() {
    let server = server().await;
    let before = rfc3339::millis(server.state.handle.now());
    let wanted = silence("b", "0001-01-01T00:00:00.000Z", "2999-01-01T00:00:00Z");
    let id = set(&server, &wanted).await;
    let shown = server.get(&format!("/api/v2/silence/{id}")).await.json();
    assert!(shown["startsAt"].as_str().unwrap() >= before.as_str());
}

#[tokio::test]
async fn ids_are_uuids_and_unknown_ones_are_not_there() {
    let server = server().await;
    for method in [Method::GET, Method::DELETE] {
        let ask = |id: &'static str| server.ask(method.clone(), id);
        let unknown = ask("/api/v2/silence/3f1a1c2e-1111-4111-8111-000000000000").await;
        assert_eq!((unknown.line().as_str(), unknown.header("content-type")), ("404", ""));
        let message = "silenceID in path must be of type uuid: \"nope\"";
        let expect = format!("422 {}", json!({"code": 601, "message": message}));
        assert_eq!(ask("/api/v2/silence/nope").await.line(), expect);
    }
}
