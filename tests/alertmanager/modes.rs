//! Requests whose answers depend on how matchers and label names are read.

use super::requests::{Request, get, post};

/// The features that choose, the default first.
pub const MODES: [&str; 3] = ["", "classic-mode", "utf8-strict-mode"];

const fn alert(body: &'static str) -> Request {
    post("/api/v2/alerts", body)
}

const fn silence(body: &'static str) -> Request {
    post("/api/v2/silences", body)
}

/// See the module.
pub const REQUESTS: &[Request] = &[
    alert(
        r#"[{"labels":{"alertname":"A","a.b":"c"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"B","🙂":"x"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"C","foo":"bar[baz"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"D","foo":"\\xf0\\x9f\\x99\\x82"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"E","foo":"🙂"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"F"},"annotations":{"a b":"c"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(
        r#"[{"labels":{"alertname":"G","1a":"c"},"endsAt":"2126-01-01T00:00:00Z","startsAt":"2026-01-01T00:00:00Z"}]"#,
    ),
    alert(r#"[{"labels":{"alertname":"H","":"c"}}]"#),
    silence(
        r#"{"matchers":[{"name":"a.b","value":"x","isRegex":false}],"startsAt":"2125-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"a","comment":"b"}"#,
    ),
    silence(
        r#"{"matchers":[{"name":"🙂","value":"x","isRegex":false}],"startsAt":"2125-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"a","comment":"c"}"#,
    ),
    silence(
        r#"{"matchers":[{"name":"","value":"x","isRegex":false}],"startsAt":"2125-01-01T00:00:00Z","endsAt":"2126-01-01T00:00:00Z","createdBy":"a","comment":"d"}"#,
    ),
    get("/api/v2/alerts"),
    get("/api/v2/alerts/groups"),
    // only the UTF-8 syntax takes these
    get("/api/v2/alerts?filter=a.b%3Dc"),
    get("/api/v2/alerts?filter=%F0%9F%99%82%3Dx"),
    get("/api/v2/alerts?filter=%22a.b%22%3Dc"),
    get("/api/v2/silences?filter=a.b%3Dx"),
    // both take this, and mean two alerts: foo="\xf0\x9f\x99\x82"
    get("/api/v2/alerts?filter=foo%3D%22%5Cxf0%5Cx9f%5Cx99%5Cx82%22"),
    get("/api/v2/alerts/groups?filter=foo%3D%22%5Cxf0%5Cx9f%5Cx99%5Cx82%22"),
    // only the classic one takes these
    get("/api/v2/alerts?filter=foo%3D"),
    get("/api/v2/alerts?filter=foo%3Dbar%2Cb%3Dc"),
    get("/api/v2/alerts?filter=foo%3D~%22%5Cd%2B%22"),
    // both, alike
    get("/api/v2/alerts?filter=foo%3Dbar%5Bbaz"),
    // none
    get("/api/v2/alerts?filter=foo"),
    get("/api/v2/alerts?filter=%7Bfoo%3Dbar%7D"),
    get("/api/v2/alerts?filter=foo%3D~%22(%22"),
];
