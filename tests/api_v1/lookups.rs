//! `labels`, `label/.../values`, `series`, `metadata`.

use firebell::source::{Metadata, MetricKind};

use super::{check, post_form, server, shown};
use crate::api::Server;

async fn filled() -> Server {
    server(&[
        ("up{job=\"a\"}", &[1.0, 1.0]),
        ("up{job=\"b\"}", &[1.0]),
        ("{\"http.requests\", \"my.label\"=\"x\"}", &[1.0]),
    ])
    .await
}

const NO_MATCHER: &str = "match[] must contain at least one non-empty matcher";

#[tokio::test]
async fn names_and_values_are_sorted_and_can_be_narrowed() {
    check(
        &filled().await,
        &[
            ("labels", "", r#"200 ["__name__","job","my.label"]"#),
            ("labels", "match[]=up", r#"200 ["__name__","job"]"#),
            ("labels", "match[]=down", "200 []"),
            ("labels", "limit=1", r#"200 ["__name__"],"warnings":["results truncated due to limit"]"#),
            ("labels", "start=16", "200 []"),
            ("labels", "match[]={}", &format!("400 bad_data: {NO_MATCHER}")),
            ("labels", "match[]=up{", "400 bad_data: 1:4: parse error: unexpected end of input inside braces"),
            ("labels", "start=x", r#"400 bad_data: invalid parameter "start": invalid time value for 'start': cannot parse "x" to a valid timestamp"#),
            ("label/job/values", "", r#"200 ["a","b"]"#),
            ("label/job/values", "start=10&end=15", r#"200 ["a"]"#),
            ("label/job/values", "limit=1", r#"200 ["a"],"warnings":["results truncated due to limit"]"#),
            ("label/job/values", "match[]=x&match[]=up{job=\"b\"}", r#"200 ["b"]"#),
            ("label/none/values", "", "200 []"),
            ("label/my.label/values", "", r#"200 ["x"]"#),
            ("label/U__my_2e_label/values", "", r#"200 ["x"]"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn series_need_a_selector() {
    check(
        &filled().await,
        &[
            ("series", "match[]=up", r#"200 [{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]"#),
            ("series", "match[]={job=\"b\"}&match[]={\"http.requests\"}", r#"200 [{"__name__":"http.requests","my.label":"x"},{"__name__":"up","job":"b"}]"#),
            ("series", "match[]=up&limit=1", r#"200 [{"__name__":"up","job":"a"}],"warnings":["results truncated due to limit"]"#),
            ("series", "match[]=down", "200 []"),
            ("series", "", "400 bad_data: no match[] parameter provided"),
            ("series", "match[]={}", &format!("400 bad_data: invalid parameter \"match[]\": {NO_MATCHER}")),
        ],
    )
    .await;
    let answer = post_form(&filled().await, "series", "match[]=up&limit=1").await;
    assert!(shown(&answer).starts_with(r#"200 [{"__name__":"up","job":"a"}]"#));
}

#[tokio::test]
async fn metadata_is_told_by_metric() {
    let server = server(&[]).await;
    let describe = |metric: &str, kind, help: &str| Metadata {
        metric: metric.into(),
        kind,
        help: help.into(),
        unit: "".into(),
    };
    server.store.describe([
        describe("a_total", MetricKind::Counter, "Say \"a\"."),
        describe("b", MetricKind::Gauge, ""),
    ]);
    let a = r#""a_total":[{"type":"counter","help":"Say \"a\".","unit":""}]"#;
    let b = r#""b":[{"type":"gauge","help":"","unit":""}]"#;
    check(
        &server,
        &[
            ("metadata", "", &format!("200 {{{a},{b}}}")),
            ("metadata", "metric=b", &format!("200 {{{b}}}")),
            ("metadata", "metric=c", "200 {}"),
            ("metadata", "limit=1", &format!("200 {{{a}}}")),
            ("metadata", "limit=-1&limit_per_metric=1", &format!("200 {{{a},{b}}}")),
            ("metadata", "limit=x", "400 bad_data: limit must be a number"),
            ("metadata", "limit_per_metric=x", "400 bad_data: limit_per_metric must be a number"),
        ],
    )
    .await;
}
