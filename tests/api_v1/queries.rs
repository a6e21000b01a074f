//! `query`, `query_range`, `query_exemplars`.

use firebell::sample::Histogram;

use super::{check, floats, get, histogram, post_form, server, shown};
use crate::api::Server;

async fn filled() -> Server {
    server(&[
        ("up{job=\"a\"}", &[1.0, 1.0, 0.0, 1.0, 1.0]),
        ("up{job=\"b\"}", &[0.0, 0.0, 0.0, 0.0, 0.5]),
        ("odd{kind=\"nan\"}", &[f64::NAN]),
        ("odd{kind=\"inf\"}", &[f64::INFINITY]),
        ("odd{kind=\"neg\"}", &[f64::NEG_INFINITY]),
        ("odd{kind=\"tiny\"}", &[1.5e-9]),
        ("odd{kind=\"huge\"}", &[1.25e22]),
        ("odd{kind=\"\\\"<\\\\\"}", &[0.1]),
    ])
    .await
}

#[tokio::test]
async fn instant_queries_answer_in_every_shape() {
    check(
        &filled().await,
        &[
            ("query", "query=1+1&time=5", r#"200 {"resultType":"scalar","result":[5,"2"]}"#),
            ("query", "query=1e21&time=5", r#"200 {"resultType":"scalar","result":[5,"1000000000000000000000"]}"#),
            ("query", "query=vector(1e21)&time=5", r#"200 {"resultType":"vector","result":[{"metric":{},"value":[5,"1e+21"]}]}"#),
            ("query", "query=\"a\\n\"&time=1.5", r#"200 {"resultType":"string","result":[1.500,"a\n"]}"#),
            ("query", "query=up&time=60", r#"200 {"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[60,"1"]},{"metric":{"__name__":"up","job":"b"},"value":[60,"0.5"]}]}"#),
            ("query", "query=up{job=\"a\"}[30s]&time=1970-01-01T00:00:31Z", r#"200 {"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[15,"1"],[30,"0"]]}]}"#),
            ("query", "query=nothing&time=60", r#"200 {"resultType":"vector","result":[]}"#),
            ("query", "query=nothing[1m]&time=60", r#"200 {"resultType":"matrix","result":[]}"#),
            ("query", "query=sum without (kind) (odd{kind=~\"inf|neg\"})&time=0", r#"200 {"resultType":"vector","result":[{"metric":{},"value":[0,"NaN"]}]}"#),
            ("query", "query=odd{kind!=\"nan\"}&time=0", r#"200 {"resultType":"vector","result":[{"metric":{"__name__":"odd","kind":"\"<\\"},"value":[0,"0.1"]},{"metric":{"__name__":"odd","kind":"huge"},"value":[0,"1.25e+22"]},{"metric":{"__name__":"odd","kind":"inf"},"value":[0,"+Inf"]},{"metric":{"__name__":"odd","kind":"neg"},"value":[0,"-Inf"]},{"metric":{"__name__":"odd","kind":"tiny"},"value":[0,"1.5e-09"]}]}"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn parameters_change_the_answer() {
    check(
        &filled().await,
        &[
            ("query", "query=up&time=60&limit=1", r#"200 {"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[60,"1"]}]},"warnings":["results truncated due to limit"]"#),
            ("query", "query=count(up)&time=60&limit=1", r#"200 {"resultType":"vector","result":[{"metric":{},"value":[60,"2"]}]}"#),
            ("query", "query=count(up)&time=61&limit=0&lookback_delta=10s", r#"200 {"resultType":"vector","result":[{"metric":{},"value":[61,"2"]}]}"#),
            ("query", "query=count(up)&time=71&lookback_delta=10", r#"200 {"resultType":"vector","result":[]}"#),
            ("query", "query=up&limit=x", r#"400 bad_data: invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax"#),
            ("query", "query=up&limit=-1", r#"400 bad_data: invalid parameter "limit": limit must be non-negative"#),
            ("query", "query=up&time=x", r#"400 bad_data: invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp"#),
            ("query", "query=up&timeout=x", r#"400 bad_data: invalid parameter "timeout": cannot parse "x" to a valid duration"#),
            ("query", "query=up&lookback_delta=x", r#"400 bad_data: error parsing lookback delta duration: cannot parse "x" to a valid duration"#),
            ("query", "query=up&timeout=0", "503 timeout: query timed out in query execution"),
        ],
    )
    .await;
}

#[tokio::test]
async fn errors_say_where_and_whose_fault() {
    check(
        &filled().await,
        &[
            ("query", "", r#"400 bad_data: invalid parameter "query": unknown position: parse error: no expression found in input"#),
            ("query", "query=up{", r#"400 bad_data: invalid parameter "query": 1:4: parse error: unexpected end of input inside braces"#),
            ("query", "query=rate(up)", r#"400 bad_data: invalid parameter "query": 1:6: parse error: expected type range vector in call to function "rate", got instant vector"#),
            ("query", "query=label_replace(up,\"a\",\"$1\",\"job\",\"(\")&time=60", "422 execution: invalid regular expression in label_replace(): ("),
            ("query_range", "query=up[5m]&start=0&end=60&step=15", r#"400 bad_data: invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector"#),
            ("query_range", "query=\"a\"&start=0&end=60&step=15", r#"400 bad_data: invalid parameter "query": invalid expression type "string" for range query, must be Scalar or instant Vector"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn range_queries_answer_matrices() {
    check(
        &filled().await,
        &[
            ("query_range", "query=up&start=0&end=60&step=30", r#"200 {"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[0,"1"],[30,"0"],[60,"1"]]},{"metric":{"__name__":"up","job":"b"},"values":[[0,"0"],[30,"0"],[60,"0.5"]]}]}"#),
            ("query_range", "query=up&start=0&end=60&step=1m&limit=1", r#"200 {"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[0,"1"],[60,"1"]]}]},"warnings":["results truncated due to limit"]"#),
            ("query_range", "query=7&start=0.5&end=1&step=0.25", r#"200 {"resultType":"matrix","result":[{"metric":{},"values":[[0.500,"7"],[0.750,"7"],[1,"7"]]}]}"#),
            ("query_range", "query=nothing&start=0&end=60&step=15", r#"200 {"resultType":"matrix","result":[]}"#),
            ("query_range", "query=up&start=x&end=60&step=15", r#"400 bad_data: invalid parameter "start": cannot parse "x" to a valid timestamp"#),
            ("query_range", "query=up&start=0&step=15", r#"400 bad_data: invalid parameter "end": cannot parse "" to a valid timestamp"#),
            ("query_range", "query=up&start=1&end=0&step=15", r#"400 bad_data: invalid parameter "end": end timestamp must not be before start time"#),
            ("query_range", "query=up&start=0&end=1&step=x", r#"400 bad_data: invalid parameter "step": cannot parse "x" to a valid duration"#),
            ("query_range", "query=up&start=0&end=1&step=0", r#"400 bad_data: invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer"#),
            ("query_range", "query=up&start=0&end=11001&step=1", "400 bad_data: exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"),
            ("query_range", "query=nothing&start=0&end=11000&step=1", r#"200 {"resultType":"matrix","result":[]}"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn native_histograms_show_their_buckets_and_floats_stand_beside_them() {
    let server = server(&[]).await;
    let native = Histogram {
        count: 3.0,
        sum: 2.5,
        positive_spans: vec![(0, 2)],
        positive_buckets: vec![1.0, 2.0],
        ..Histogram::default()
    };
    let mut mixed = histogram("latency", native);
    mixed.samples.extend(floats("latency", [0.0, 7.0]).samples.pop());
    server.store.append(&[mixed].iter().collect());
    check(
        &server,
        &[
            ("query", "query=latency&time=1", r#"200 {"resultType":"vector","result":[{"metric":{"__name__":"latency"},"histogram":[1,{"count":"3","sum":"2.5","buckets":[[0,"0.5","1","1"],[0,"1","2","2"]]}]}]}"#),
            ("query", "query=latency[1m]&time=15", r#"200 {"resultType":"matrix","result":[{"metric":{"__name__":"latency"},"values":[[15,"7"]],"histograms":[[0,{"count":"3","sum":"2.5","buckets":[[0,"0.5","1","1"],[0,"1","2","2"]]}]]}]}"#),
        ],
    )
    .await;
}

#[tokio::test]
async fn annotations_stand_in_the_envelope_with_their_place() {
    let answer = get(&filled().await, "query", "query=rate(up[1m])&time=60").await;
    let body = answer.json();
    let info = "PromQL info: metric might not be a counter, name does not end in \
                _total/_sum/_count/_bucket: \"up\" (1:6)";
    assert_eq!(body["infos"], serde_json::json!([info]));
    assert!(body.get("warnings").is_none());
    let answer = get(&filled().await, "query", "query=quantile(7, up)&time=60").await;
    let warning = "PromQL warning: quantile value should be between 0 and 1, got 7 (1:10)";
    assert_eq!(answer.json()["warnings"], serde_json::json!([warning]));
}

#[tokio::test]
async fn forms_count_before_the_address() {
    let server = filled().await;
    let scalar = r#"200 {"resultType":"scalar","result":[5,"1"]}"#;
    for (path, form) in [
        ("query", "query=1&time=5"),
        ("query?query=2&time=5", "query=1"),
        ("query?query=1&time=5", ""),
    ] {
        assert_eq!(shown(&post_form(&server, path, form).await), scalar, "{path} {form}");
    }
}

#[tokio::test]
async fn statistics_are_told_when_they_are_asked_for() {
    let server = filled().await;
    let plain = get(&server, "query", "query=up&time=60").await.json();
    assert!(plain["data"].get("stats").is_none());
    let told = get(&server, "query", "query=up&time=60&stats=all").await.json();
    let (timings, samples) = (&told["data"]["stats"]["timings"], &told["data"]["stats"]["samples"]);
    for timing in [
        "evalTotalTime",
        "resultSortTime",
        "queryPreparationTime",
        "innerEvalTime",
        "execQueueTime",
        "execTotalTime",
    ] {
        assert!(timings[timing].is_number(), "{timing}: {told}");
    }
    assert_eq!(samples["totalQueryableSamples"], 10);
}

#[tokio::test]
async fn there_are_no_exemplars() {
    check(
        &server(&[]).await,
        &[
            ("query_exemplars", "query=up&start=1&end=2", "200 []"),
            (
                "query_exemplars",
                "query=up&start=2&end=1",
                "400 bad_data: end timestamp must not be before start timestamp",
            ),
            (
                "query_exemplars",
                "query=up{",
                "400 bad_data: 1:4: parse error: unexpected end of input inside braces",
            ),
        ],
    )
    .await;
}
