//! Matching, set operators, aggregations.

use super::*;

const SERIES: &str = r#"
    hits{job="a",code="200"} 8
    hits{job="a",code="500"} 2
    hits{job="b",code="200"} 6
    total{job="a"} 10
    total{job="b"} 6
    total{job="c"} 1
"#;

#[test]
fn many_elements_divide_by_one() {
    check(
        0,
        SERIES,
        "hits / on(job) group_left total",
        r#"
        {code="200", job="a"} 0.8
        {code="200", job="b"} 1
        {code="500", job="a"} 0.2
    "#,
    );
    check(0, SERIES, "total < on(job) group_right hits", "");
    check(
        0,
        SERIES,
        r#"total - on(job) hits{code="200"}"#,
        r#"
        {job="a"} 2
        {job="b"} 0
    "#,
    );
}

#[test]
fn comparisons_keep_the_left_value_unless_the_left_is_a_scalar() {
    check(0, "x 3", "x > 2", r#"{__name__="x"} 3"#);
    check(0, "x 3", "2 < x", r#"{__name__="x"} 3"#);
    check(0, "x 3\ny 2", "x > on() y", "{} 3");
    check(0, "x 3\ny 2", "x > ignoring() y", r#"{__name__="x"} 3"#);
    check(0, "x 3", "1 < bool 2", "1");
}

#[test]
fn ambiguous_matches_fail_with_both_series() {
    check(
        0,
        SERIES,
        "total * on() group_left hits",
        r#"
        error: found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="hits", code="200", job="a"}, {__name__="hits", code="200", job="b"}];many-to-many matching not allowed: matching labels must be unique on one side
    "#,
    );
    check(
        0,
        SERIES,
        "hits * on(job) total",
        r#"
        error: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)
    "#,
    );
    check(0, SERIES, "nothing * on() hits", "");
}

#[test]
fn a_group_may_change_its_member_over_time() {
    let moving = "x{pod=\"1\"} 1 2 stale\nx{pod=\"2\"} _ _ _ 3 4\ny 10 10 10 10 10";
    check_on(&range(0, 4), moving, "y + on() x", "{} 11@0 12@1 13@3 14@4");
    check_on(
        &range(0, 4),
        moving,
        "x + on() group_left y",
        r#"
        {pod="1"} 11@0 12@1
        {pod="2"} 13@3 14@4
    "#,
    );
}

#[test]
fn set_operators_look_at_labels_without_the_name() {
    check(0, SERIES, r#"total and hits{code="200"}"#, "");
    check(
        0,
        SERIES,
        r#"total and on(job) hits"#,
        r#"
        {__name__="total", job="a"} 10
        {__name__="total", job="b"} 6
    "#,
    );
    check(0, SERIES, r#"total unless on(job) hits"#, r#"{__name__="total", job="c"} 1"#);
    check(
        0,
        "x{a=\"1\"} 1\ny{a=\"1\"} 2\ny{a=\"2\"} 3",
        "x or y",
        r#"
        {__name__="x", a="1"} 1
        {__name__="y", a="2"} 3
    "#,
    );
    check_on(
        &range(0, 3),
        "x 1 stale\ny 5 6 7 8",
        "x or y",
        r#"
        {__name__="x"} 1@0
        {__name__="y"} 6@1 7@2 8@3
    "#,
    );
}

#[test]
fn aggregations_group_by_what_is_listed() {
    check(0, SERIES, "sum by (job) (hits)", "{job=\"a\"} 10\n{job=\"b\"} 6");
    check(0, SERIES, "sum without (code) (hits)", "{job=\"a\"} 10\n{job=\"b\"} 6");
    check(0, SERIES, "sum by (nope) (hits)", "{} 16");
    check(0, SERIES, "max(hits)", "{} 8");
    check(0, SERIES, "quantile(0.5, hits)", "{} 6");
    check(0, SERIES, "count_values(\"n\", total)", "{n=\"10\"} 1\n{n=\"6\"} 1\n{n=\"1\"} 1");
    check(
        0,
        SERIES,
        "topk(1, hits) by (job)",
        r#"
        {__name__="hits", code="200", job="a"} 8
        {__name__="hits", code="200", job="b"} 6
    "#,
    );
    check(
        0,
        SERIES,
        "bottomk(2, hits)",
        r#"
        {__name__="hits", code="500", job="a"} 2
        {__name__="hits", code="200", job="b"} 6
    "#,
    );
    check(0, "", "sum(hits)", "");
}

#[test]
fn not_a_number_is_last_and_least() {
    let series = "x{i=\"1\"} NaN\nx{i=\"2\"} 1\nx{i=\"3\"} 2";
    check(
        0,
        series,
        "sort_desc(x)",
        r#"
        {__name__="x", i="3"} 2
        {__name__="x", i="2"} 1
        {__name__="x", i="1"} NaN
    "#,
    );
    check(0, series, "max(x)", "{} 2");
    check(0, series, "topk(1, x)", r#"{__name__="x", i="3"} 2"#);
    check(0, series, "x == x", "{__name__=\"x\", i=\"2\"} 1\n{__name__=\"x\", i=\"3\"} 2");
}

#[test]
fn absence_has_the_labels_that_were_asked_for() {
    check(0, "", r#"absent(x{a="1", b=~"2", c="3", c="4"})"#, r#"{a="1"} 1"#);
    check(0, "x{a=\"1\"} 1", r#"absent(x{a="1"})"#, "");
    check_on(&range(0, 3), "x 1 stale _ 4", "absent(x)", "{} 1@1 1@2");
    check_on(&range(0, 3), "x _ _ 4", "absent_over_time(x[1m])", "{} 1@0 1@1 1@3");
}
