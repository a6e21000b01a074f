//! The requests that both servers are asked, in this order.

/// A request; a path with `^` in front is not below the prefix.
#[derive(Debug)]
pub struct Request {
    pub method: &'static str,
    pub path: &'static str,
    /// Without any, a body is said to be JSON.
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
    pub words: Words,
}

/// Whether bodies are compared.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Words {
    Same,
    /// Each says it in its own words.
    Own,
}

pub const fn get(path: &'static str) -> Request {
    ask("GET", path)
}

const fn ask(method: &'static str, path: &'static str) -> Request {
    Request { method, path, headers: &[], body: "", words: Words::Same }
}

pub const fn post(path: &'static str, body: &'static str) -> Request {
    Request { method: "POST", path, headers: &[], body, words: Words::Same }
}

const fn own(request: Request) -> Request {
    Request { words: Words::Own, ..request }
}

const fn with(request: Request, headers: &'static [(&'static str, &'static str)]) -> Request {
    Request { headers, ..request }
}

const ALERTS: &str = r#"[
 {"labels":{"alertname":"One","team":"a","severity":"critical"},"annotations":{"e":"","s":"x"},
  "startsAt":"2026-01-01T10:00:00Z","endsAt":"2126-01-01T00:00:00Z","generatorURL":"http://p/g?x=1"},
 {"labels":{"alertname":"Two","team":"a","severity":"info","x":""},"startsAt":"2026-01-01T10:00:00Z",
  "endsAt":"2126-01-01T00:00:00Z"},
 {"labels":{"alertname":"Three","team":"b"},"startsAt":"2026-01-01T10:00:00.25Z",
  "endsAt":"2126-01-01T00:00:00Z"},
 {"labels":{"alertname":"Four"},"startsAt":"2026-01-01T10:00:00Z","endsAt":"2026-01-02T00:00:00Z"}]"#;
const SILENCE: &str = r#"{"matchers":[{"name":"team","value":"b","isRegex":false}],
 "startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"me","comment":"c"}"#;
const LATER: &str = r#"{"matchers":[{"name":"a","value":"b|c","isRegex":true,"isEqual":false}],
 "startsAt":"2125-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"","comment":"",
 "annotations":{"k":"v"}}"#;

/// See the module.
pub const REQUESTS: &[Request] = &[
    // around the API
    get("/-/healthy"),
    ask("HEAD", "/-/healthy"),
    ask("OPTIONS", "/-/ready"),
    ask("POST", "/-/ready"),
    get("/-/reload"),
    ask("DELETE", "/metrics"),
    get("/nope"),
    get("^/nope"),
    get("/api/v1/nope"),
    own(get("/api/v1/alerts")),
    own(get("/api/v1/status")),
    own(get("/api/v1/silence/x")),
    get("/api/v2"),
    get("/api/v2/"),
    get("/api/v2/nope"),
    post("/-/reload", ""),
    // methods, types, origins
    ask("HEAD", "/api/v2/alerts"),
    ask("HEAD", "/api/v2/nope"),
    own(ask("PUT", "/api/v2/alerts")),
    own(ask("OPTIONS", "/api/v2/silences")),
    own(ask("POST", "/api/v2/status")),
    with(get("/api/v2/alerts"), &[("origin", "http://elsewhere")]),
    with(get("/api/v2/alerts"), &[("accept", "text/html")]),
    with(get("/api/v2/alerts"), &[("accept", "text/html, */*;q=0.1")]),
    with(
        ask("OPTIONS", "/api/v2/silences"),
        &[("origin", "http://x"), ("access-control-request-method", "POST")],
    ),
    with(
        ask("OPTIONS", "/api/v2/silences"),
        &[("origin", "http://x"), ("access-control-request-method", "DELETE")],
    ),
    with(
        ask("OPTIONS", "/api/v2/silences"),
        &[
            ("origin", "http://x"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type"),
        ],
    ),
    with(post("/api/v2/alerts", "[]"), &[("content-type", "text/plain")]),
    // nothing yet
    get("/api/v2/receivers"),
    get("/api/v2/alerts"),
    get("/api/v2/alerts/groups"),
    get("/api/v2/silences"),
    // alerts
    post("/api/v2/alerts", "[]"),
    own(post("/api/v2/alerts", "")),
    own(post("/api/v2/alerts", "{")),
    own(post("/api/v2/alerts", "{}")),
    post("/api/v2/alerts", "[{}]"),
    post("/api/v2/alerts", r#"[{"labels":{}}]"#),
    post("/api/v2/alerts", r#"[{"labels":{"a":""}},{"labels":{"":"x"}}]"#),
    post("/api/v2/alerts", r#"[{"labels":{"a":"1"},"generatorURL":"not a url"}]"#),
    post(
        "/api/v2/alerts",
        r#"[{"labels":{"a":"1"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    own(post("/api/v2/alerts", r#"[{"labels":{"a":1}}]"#)),
    own(post("/api/v2/alerts", r#"[{"labels":{"a":"1"},"startsAt":"yesterday"}]"#)),
    post("/api/v2/alerts", ALERTS),
    get("/api/v2/alerts"),
    get("/api/v2/alerts?active=false"),
    get("/api/v2/alerts?inhibited=false"),
    get("/api/v2/alerts?filter=team%3Da"),
    get("/api/v2/alerts?filter=team%3D%22a%22&filter=severity%3D~%22c.*%22"),
    get("/api/v2/alerts?filter=team%3D%22%22"),
    get("/api/v2/alerts?filter=team!%3D%22%22"),
    get("/api/v2/alerts?filter=nonsense"),
    get("/api/v2/alerts?filter=a%3D~%22(%22"),
    get("/api/v2/alerts?receiver=mid"),
    get("/api/v2/alerts?receiver=m.*"),
    own(get("/api/v2/alerts?receiver=(")),
    get("/api/v2/alerts?active=banana&silenced=YES"),
    get("/api/v2/alerts/groups"),
    get("/api/v2/alerts/groups?receiver=alpha"),
    get("/api/v2/alerts/groups?filter=alertname%3DTwo"),
    get("/api/v2/alerts/groups?inhibited=false&active=false"),
    // silences
    own(post("/api/v2/silences", "")),
    post("/api/v2/silences", "{}"),
    post("/api/v2/silences", r#"{"matchers":[]}"#),
    post(
        "/api/v2/silences",
        r#"{"matchers":[],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    post(
        "/api/v2/silences",
        r#"{"matchers":[{"name":"a"}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    post(
        "/api/v2/silences",
        r#"{"matchers":[{"name":"a","value":"","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    post(
        "/api/v2/silences",
        r#"{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    post(
        "/api/v2/silences",
        r#"{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-02T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    own(post(
        "/api/v2/silences",
        r#"{"matchers":[{"name":"a","value":"(","isRegex":true}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-02T00:00:00Z","createdBy":"","comment":""}"#,
    )),
    post(
        "/api/v2/silences",
        r#"{"id":"3f1a1c2e-1111-4111-8111-000000000000","matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-01T00:00:00Z","endsAt":"2126-01-02T00:00:00Z","createdBy":"","comment":""}"#,
    ),
    post("/api/v2/silences", LATER),
    get("/api/v2/silence/{id}"),
    get("/api/v2/silences?pending=true&active=false"),
    post("/api/v2/silences", SILENCE),
    get("/api/v2/alerts?silenced=false"),
    get("/api/v2/alerts?filter=team%3Db"),
    // 0.33 does not know these parameters
    own(get("/api/v2/silences?filter=team%3Db&pending=false&expired=false&active=false")),
    get("/api/v2/silences?filter=team%3Dc"),
    own(ask("PUT", "/api/v2/silence/{id}")),
    get("/api/v2/silence/nope"),
    get("/api/v2/silence/3f1a1c2e-1111-4111-8111-000000000000"),
    ask("DELETE", "/api/v2/silence/3f1a1c2e-1111-4111-8111-000000000000"),
    ask("DELETE", "/api/v2/silence/{id}"),
    ask("DELETE", "/api/v2/silence/{id}"),
    get("/api/v2/alerts?silenced=false"),
];
