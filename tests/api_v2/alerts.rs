//! `/api/v2/alerts`.

use std::time::Duration;

use firebell::alerts::PostedAlert;
use firebell::api::BODY_LIMIT;
use firebell::drivers::live::Gone;
use firebell::label::Labels;
use firebell::label::matcher::Mode;
use serde_json::json;

use super::api::Server;
use super::{CONFIG, escaped, fire, names, server};

#[tokio::test]
async fn an_alert_is_shown_as_the_peer_shows_it() {
    let server = server().await;
    let body = r#"[{"labels":{"alertname":"A","severity":"warning","team":"x","empty":""},
        "annotations":{"summary":"<it> & \"that\""},"generatorURL":"http://a/b",
        "startsAt":"2026-01-01T01:00:00.5+01:00","endsAt":"2999-01-01 00:00:00","more":[1,{}]}]"#;
    assert_eq!(server.post("/api/v2/alerts", body).await.line(), "200");
    let answer = server.get("/api/v2/alerts").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let updated_at = answer.json()[0]["updatedAt"].as_str().unwrap().to_owned();
    let expect = format!(
        concat!(
            r#"[{{"annotations":{{"summary":"<it> & \"that\""}},"endsAt":"2999-01-01T00:00:00.000Z","#,
            r#""fingerprint":"90e4a31b5693a8a3","receivers":[{{"name":"team-x"}},{{"name":"team-xy"}}],"#,
            r#""startsAt":"2026-01-01T01:00:00.500+01:00","status":{{"inhibitedBy":[],"mutedBy":[],"#,
            r#""silencedBy":[],"state":"active"}},"updatedAt":"{}","generatorURL":"http://a/b","#,
            r#""labels":{{"alertname":"A","severity":"warning","team":"x"}}}}]"#,
            "\n"
        ),
        updated_at
    );
    assert_eq!(answer.body, expect);
    let minimal =
        r#"[{"labels":{"alertname":"B"},"startsAt":"0001-01-01T00:00:00.000Z","endsAt":null}]"#;
    assert_eq!(server.post("/api/v2/alerts", minimal).await.line(), "200");
    let answer = server.get("/api/v2/alerts?filter=alertname%3DB").await.json();
    assert_eq!(answer[0]["generatorURL"], json!(null), "left out when empty");
    assert_eq!(answer[0]["annotations"], json!({}));
    assert!(answer[0]["startsAt"].as_str().unwrap() >= updated_at.as_str(), "unset means now");
}

#[tokio::test]
async fn queries_choose_alerts() {
    let server = server().await;
    let alerts = [
        "alertname=calm team=y",
        "alertname=loud severity=critical",
        "alertname=loud severity=warning team=x",
        "alertname=hushed job=api",
    ];
    fire(&server, &alerts).await;
    let silence = json!({"matchers": [{"name": "alertname", "value": "hushed", "isRegex": false}],
        "startsAt": "2020-01-01T00:00:00Z", "endsAt": "2999-01-01T00:00:00Z",
        "createdBy": "", "comment": ""});
    assert_eq!(server.post("/api/v2/silences", silence.to_string()).await.status, 200);
    for (query, expect) in [
        ("", &["calm", "hushed", "loud", "loud"][..]),
        ("active=false", &["hushed", "loud"]),
        ("silenced=false", &["calm", "loud", "loud"]),
        ("inhibited=no", &["calm", "hushed", "loud"]),
        ("active=false&silenced=false", &["loud"]),
        ("unprocessed=false", &["calm", "hushed", "loud", "loud"]),
        ("active=&silenced=false&silenced=true", &["calm", "hushed", "loud", "loud"]),
        ("receiver=team-x", &["loud"]),
        ("receiver=team-.*", &["calm", "loud"]),
        ("receiver=team", &[]),
        ("receiver_matchers=kind%3Dpager", &["loud"]),
        ("receiver_matchers=name%3Ddefault", &["hushed", "loud"]),
        ("receiver_matchers=kind%3D%22%22&receiver=team-.*", &["calm", "loud"]),
        ("filter=alertname%3D~%22l.*%22&filter=severity!%3Dcritical", &["loud"]),
        ("filter=job%3D%22%22", &["calm", "loud", "loud"]),
        ("filter=job!%3D%22%22", &["hushed"]),
    ] {
        let answer = server.get(&format!("/api/v2/alerts?{query}")).await;
        let mut names = names(&answer);
        names.sort();
        assert_eq!(names, expect, "{query}");
    }
    let answer = server.get("/api/v2/alerts").await.json();
    let prints: Vec<_> = answer.as_array().unwrap().iter().map(|one| &one["fingerprint"]).collect();
    assert!(prints.is_sorted_by_key(|print| print.as_str()), "by fingerprint: {prints:?}");
    let suppressed = server.get("/api/v2/alerts?active=false&silenced=false").await.json();
    assert_eq!(suppressed[0]["status"]["state"], "suppressed");
    assert_eq!(suppressed[0]["status"]["inhibitedBy"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_said_to_be() {
    let server = server().await;
    for (query, expect) in [
        ("filter", "a", "bad matcher format: a"),
        ("filter", "", "bad matcher format: "),
        ("filter", "{a=\"b\"}", "unexpected open or close brace: {a=\"b\"}"),
        ("filter", "a=~\"(\"", "error parsing regexp: missing closing ): `^(?:()$`"),
        (
            "receiver",
            "(",
            "failed to parse receiver param: error parsing regexp: missing closing ): `^(?:()$`",
        ),
        (
            "receiver_matchers",
            "x",
            "failed to parse receiver_matchers param: bad matcher format: x",
        ),
    ]
    .map(|(name, value, expect)| (format!("{name}={}", escaped(value)), expect))
    {
        for path in ["/api/v2/alerts", "/api/v2/alerts/groups"] {
            let answer = server.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 400, "{query}");
            assert_eq!(answer.json(), json!(expect), "{query}");
        }
    }
}

#[tokio::test]
async fn the_valid_part_of_a_batch_is_kept() {
    let server = server().await;
    let body = r#"[{"labels":{"alertname":"good"}},{"labels":{}},{"labels":{"a":"","b":null}},
        {"labels":{"a":"1"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"},
        {"labels":{"alertname":"late"},"annotations":{"":"x"}},{"labels":{"alertname":"too"}}]"#;
    let answer = server.post("/api/v2/alerts", body).await;
    let expect = r#"400 "at least one label pair required\nat least one label pair required\n"#
        .to_owned()
        + r#"start time must be before end time\ninvalid annotations: invalid name \"\"""#;
    assert_eq!(answer.line(), expect);
    let mut kept = names(&server.get("/api/v2/alerts").await);
    kept.sort();
    assert_eq!(kept, ["good", "too"]);
    assert_eq!(server.state.counters.invalid_alerts(), (3, 1), "firing, resolved");
}

#[tokio::test]
async fn a_resolved_alert_is_not_shown() {
    let server = server().await;
    let body = r#"[{"labels":{"alertname":"over"},"endsAt":"2020-01-01T00:00:00Z"}]"#;
    assert_eq!(server.post("/api/v2/alerts", body).await.line(), "200");
    assert_eq!(server.get("/api/v2/alerts").await.body, "[]\n");
    assert_eq!(server.get("/api/v2/alerts/groups").await.body, "[]\n");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_as_a_whole() {
    let server = server().await;
    let parse = |reason: &str| {
        let message = format!("parsing alerts body from \"\" failed, because {reason}");
        format!("400 {}", json!({"code": 400, "message": message}))
    };
    let missing = |place: &str| {
        format!("422 {}", json!({"code": 602, "message": format!("{place} is required")}))
    };
    for (body, expect) in [
        ("", missing("alerts in body")),
        ("null", "200".to_owned()),
        ("[]", "200".to_owned()),
        ("{", parse("invalid type: map, expected a sequence at line 1 column 0")),
        ("[{\"labels\"", parse("EOF while parsing an object at line 1 column 10")),
        ("[] and more", "200".to_owned()),
        (" \n", missing("alerts in body")),
        (
            "[{\"labels\":{\"a\":\"1\"}},\n{\"labels\":{\"a\":1}}]",
            parse("invalid type: integer `1`, expected a string at line 2 column 16"),
        ),
        (
            "[{\"labels\":{\"a\":\"1\"},\"startsAt\":\"yesterday\"}]",
            parse(
                "parsing time \"yesterday\" as \"2006-01-02\": cannot parse \"yesterday\" as \
                 \"2006\" at line 1 column 44",
            ),
        ),
        ("[{\"labels\":{\"a\":\"1\"}},{}]", missing("1.labels in body")),
        ("[null]", missing("0 in body")),
        (
            "[{\"labels\":{\"a\":\"1\"},\"generatorURL\":\"not a url\"}]",
            format!(
                "422 {}",
                json!({"code": 601, "message": "0.generatorURL in body must be of type uri: \"not a url\""})
            ),
        ),
    ] {
        assert_eq!(server.post("/api/v2/alerts", body).await.line(), expect, "{body}");
    }
    assert_eq!(server.get("/api/v2/alerts").await.body, "[]\n", "nothing of them was kept");
    let deep = "[".repeat(100_000);
    let answer = server.post("/api/v2/alerts", format!("[{{\"x\":{deep}")).await;
    assert_eq!(answer.status, 400, "depth is no danger");
    let answer = server.post("/api/v2/alerts", vec![0xff, 0xfe]).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_of_many_alerts_is_not() {
    let server = server().await;
    let large = server.post("/api/v2/alerts", vec![b' '; BODY_LIMIT + 1]).await;
    assert_eq!(large.status, 413);
    assert_eq!(large.json()["code"], 413);
    let alert = |index| format!(r#"{{"labels":{{"alertname":"n{index}"}}}}"#);
    let many: Vec<String> = (0..20_000).map(alert).collect();
    let answer = server.post("/api/v2/alerts", format!("[{}]", many.join(","))).await;
    assert_eq!(answer.line(), "200");
    assert_eq!(names(&server.get("/api/v2/alerts").await).len(), 20_000);
    let label = |index| format!(r#""l{index}":"x""#);
    let wide: Vec<String> = (0..100_000).rev().map(label).collect();
    let answer =
        server.post("/api/v2/alerts", format!(r#"[{{"labels":{{{}}}}}]"#, wide.join(","))).await;
    assert_eq!(answer.line(), "200", "many labels are many, not a problem");
}

#[tokio::test]
async fn label_names_are_those_of_the_mode() {
    let body = r#"[{"labels":{"alertname":"A","dotted.name":"1"}}]"#;
    let strict = Server::in_mode(CONFIG, Vec::new(), Mode::Classic).await;
    let answer = strict.post("/api/v2/alerts", body).await;
    assert_eq!(answer.line(), r#"400 "invalid label set: invalid name \"dotted.name\"""#);
    assert_eq!(server().await.post("/api/v2/alerts", body).await.line(), "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn posts_that_come_together_are_all_answered_over_a_stop_too() {
    let mut server = server().await;
    let handle = server.state.handle.clone();
    let post = |number: usize| {
        let handle = handle.clone();
        tokio::spawn(async move {
            let alert = PostedAlert {
                labels: Labels::from_pairs([("alertname", number.to_string())]),
                annotations: Labels::empty(),
                starts_at: None,
                ends_at: None,
                generator_url: "".into(),
                details: Default::default(),
            };
            handle.post_alerts(vec![alert]).await
        })
    };
    let early: Vec<_> = (0..500).map(post).collect();
    for answer in early {
        assert_eq!(answer.await.unwrap(), Ok(()));
    }
    assert_eq!(names(&server.get("/api/v2/alerts").await).len(), 500);
    let late: Vec<_> = (500..1000).map(post).collect();
    server.stop().await;
    for answer in late {
        // taken or told that nobody takes it; what counts is that nobody waits for ever
        let answer = tokio::time::timeout(Duration::from_secs(10), answer).await.unwrap();
        assert!(matches!(answer.unwrap(), Ok(()) | Err(Gone::Stopped)));
    }
    assert_eq!(post(0).await.unwrap(), Err(Gone::Stopped));
}
