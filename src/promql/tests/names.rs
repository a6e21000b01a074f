//! Metric names under immediate removal, the default of servers.

use super::*;

const TWO: &str = r#"
    a{x="1"} 1 2 3 4
    b{x="1"} 5 6 7 8
"#;

#[test]
fn what_computes_loses_its_name_and_what_filters_keeps_it() {
    check(1, "a{x=\"1\"} 1 2", "a + 1", r#"{x="1"} 3"#);
    check(1, "a{x=\"1\"} 1 2", "a > 1", r#"{__name__="a", x="1"} 2"#);
    check(1, "a{x=\"1\"} 1 2", "a > bool 1", r#"{x="1"} 1"#);
    check(1, "a{x=\"1\"} 1 2", "abs(a)", r#"{x="1"} 2"#);
    check(1, "a{x=\"1\"} 1 2", "-a", r#"{x="1"} -2"#);
    check(1, "a{x=\"1\"} 1 2", "+a", r#"{__name__="a", x="1"} 2"#);
    check(1, "a{x=\"1\"} 1 2", "last_over_time(a[5m])", r#"{__name__="a", x="1"} 2"#);
    check(1, "a{x=\"1\"} 1 2", "max_over_time(a[5m])", r#"{x="1"} 2"#);
    check(1, "a{x=\"1\"} 1 2", "timestamp(a)", r#"{x="1"} 60"#);
    check(1, "a{x=\"1\"} 1 2", "sort(a)", r#"{__name__="a", x="1"} 2"#);
}

#[test]
fn types_and_units_go_with_the_name() {
    let series = r#"a{__type__="gauge",__unit__="s",x="1"} 1"#;
    check(0, series, "a * 2", r#"{x="1"} 2"#);
    check(0, series, "a == 1", r#"{__name__="a", __type__="gauge", __unit__="s", x="1"} 1"#);
}

#[test]
fn series_that_only_differ_by_name_collide_when_it_goes() {
    let same = "error: vector cannot contain metrics with the same labelset";
    for query in [
        r#"{__name__=~"a|b"} * 2"#,
        r#"abs({__name__=~"a|b"})"#,
        r#"-{__name__=~"a|b"}"#,
        r#"rate({__name__=~"a|b"}[5m])"#,
        r#"timestamp({__name__=~"a|b"})"#,
        r#"label_replace({__name__=~"a|b"}, "__name__", "c", "", "")"#,
        r#"a + 1 or {__name__=~"a|b"} * 2"#,
    ] {
        check(2, TWO, query, same);
    }
    check(2, TWO, r#"sum({__name__=~"a|b"})"#, "{} 10");
    check(
        2,
        TWO,
        r#"count by (__name__) ({__name__=~"a|b"})"#,
        "{__name__=\"a\"} 1\n{__name__=\"b\"} 1",
    );
}

#[test]
fn series_that_never_meet_become_one() {
    let apart = "a{x=\"1\"} 1 2 stale\nb{x=\"1\"} _ _ _ 7 8";
    check_on(&range(0, 4), apart, r#"-{__name__=~"a|b"}"#, r#"{x="1"} -1@0 -2@1 -7@3 -8@4"#);
    let failed = "error: vector cannot contain metrics with the same labelset";
    check_on(&range(0, 4), apart, r#"max_over_time({__name__=~"a|b"}[1m])"#, failed);
}

#[test]
fn a_name_can_be_given() {
    check(
        0,
        "a{x=\"1\"} 1",
        r#"label_replace(a, "__name__", "${1}_b", "x", "(.)")"#,
        r#"{__name__="1_b", x="1"} 1"#,
    );
    check(
        0,
        "a{x=\"1\"} 1",
        r#"label_join(a, "y", "-", "x", "__name__", "no")"#,
        r#"{__name__="a", x="1", y="1-a-"} 1"#,
    );
}
