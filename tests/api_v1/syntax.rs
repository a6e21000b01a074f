//! `format_query`, `parse_query`.

use super::{check, get, server};

#[tokio::test]
async fn expressions_are_laid_out() {
    check(
        &server(&[]).await,
        &[
            ("format_query", "query=sum by(a)(up)/2", r#"200 "sum by (a) (up) / 2""#),
            ("format_query", "", r#"400 bad_data: invalid parameter "query": unknown position: parse error: no expression found in input"#),
            ("parse_query", "query=up{", r#"400 bad_data: invalid parameter "query": 1:4: parse error: unexpected end of input inside braces"#),
        ],
    )
    .await;
}

fn selector(name: &str, more: serde_json::Value) -> serde_json::Value {
    let mut selector = serde_json::json!({
        "type": "vectorSelector", "name": name, "offset": 0, "timestamp": null,
        "startOrEnd": null, "anchored": false, "smoothed": false,
        "matchers": [{"name": "__name__", "type": "=", "value": name}],
    });
    for (key, value) in more.as_object().unwrap() {
        selector[key] = value.clone();
    }
    selector
}

#[tokio::test]
async fn trees_have_a_shape_for_every_kind_of_expression() {
    use serde_json::json;
    let server = server(&[]).await;
    let up = || selector("up", json!({}));
    for (query, tree) in [
        ("1e3", json!({"type": "numberLiteral", "val": "1000"})),
        ("-Inf", json!({"type": "numberLiteral", "val": "-Inf"})),
        ("-up", json!({"type": "unaryExpr", "op": "-", "expr": up()})),
        ("\"a\"", json!({"type": "stringLiteral", "val": "a"})),
        ("(up)", json!({"type": "parenExpr", "expr": up()})),
        ("up @ 12.5", selector("up", json!({"timestamp": 12500}))),
        (
            "up[5m] @ end() offset -1m",
            selector(
                "up",
                json!({"type": "matrixSelector", "range": 300_000, "offset": -60_000, "startOrEnd": "end"}),
            ),
        ),
        (
            "up[1h:5m] @ start()",
            json!({"type": "subquery", "expr": up(), "range": 3_600_000, "step": 300_000, "offset": 0, "timestamp": null, "startOrEnd": "start"}),
        ),
        (
            "quantile without (x) (.5, up)",
            json!({"type": "aggregation", "op": "quantile", "without": true, "grouping": ["x"], "param": {"type": "numberLiteral", "val": "0.5"}, "expr": up()}),
        ),
        (
            "sum(up)",
            json!({"type": "aggregation", "op": "sum", "without": false, "grouping": [], "param": null, "expr": up()}),
        ),
        (
            "time()",
            json!({"type": "call", "args": [], "func": {"name": "time", "argTypes": [], "variadic": 0, "returnType": "scalar"}}),
        ),
        (
            "round(up)",
            json!({"type": "call", "args": [up()], "func": {"name": "round", "argTypes": ["vector", "scalar"], "variadic": 1, "returnType": "vector"}}),
        ),
        (
            "up > bool 1",
            json!({"type": "binaryExpr", "op": ">", "bool": true, "matching": null, "lhs": up(), "rhs": {"type": "numberLiteral", "val": "1"}}),
        ),
        (
            "up * on (a) group_left (b) up",
            json!({"type": "binaryExpr", "op": "*", "bool": false, "lhs": up(), "rhs": up(), "matching": {"card": "many-to-one", "on": true, "labels": ["a"], "include": ["b"], "fillValues": {"lhs": null, "rhs": null}}}),
        ),
        (
            "up unless up",
            json!({"type": "binaryExpr", "op": "unless", "bool": false, "lhs": up(), "rhs": up(), "matching": {"card": "many-to-many", "on": false, "labels": [], "include": [], "fillValues": {"lhs": null, "rhs": null}}}),
        ),
    ] {
        let answer = get(&server, "parse_query", &format!("query={query}")).await;
        assert_eq!(answer.json()["data"], tree, "{query}");
    }
}
