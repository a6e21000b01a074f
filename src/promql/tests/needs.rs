//! What a query asks the driver for.

use super::*;
use crate::promql::Reach;

fn query(text: &str) -> Query {
    Query::new(&parse(text, &Features::ALL).unwrap(), &Options::default()).unwrap()
}

/// The selections as `matchers (after, until]` in minutes.
fn check_needs(text: &str, expect: &[&str]) {
    let needs = query(text).needs(&instant(100)).unwrap();
    let minutes = |at: Timestamp| at.millis() / MINUTE;
    let shown: Vec<String> = needs
        .iter()
        .map(|it| format!("{} ({}, {}]", it.matchers, minutes(it.after), minutes(it.until)))
        .collect();
    assert_eq!(shown, expect, "{text}");
}

#[test]
fn equal_selectors_are_fetched_once_with_the_widest_window() {
    check_needs("x", &[r#"{__name__="x"} (95, 100]"#]);
    check_needs("rate(x[5m]) / rate(x[1h])", &[r#"{__name__="x"} (40, 100]"#]);
    check_needs(
        "x{a=\"1\",b=\"2\"} + x{b=\"2\",a=\"1\"}",
        &[r#"{__name__="x",a="1",b="2"} (95, 100]"#],
    );
    check_needs("x - x offset 1h", &[r#"{__name__="x"} (35, 40]"#, r#"{__name__="x"} (95, 100]"#]);
}

#[test]
fn windows_reach_through_subqueries_and_fixed_times() {
    check_needs("max_over_time(rate(x[5m])[30m:1m] offset 10m)", &[r#"{__name__="x"} (56, 90]"#]);
    check_needs("x @ 60", &[r#"{__name__="x"} (-4, 1]"#]);
    check_needs("time()", &[]);
    check_needs("rate(x[10m] smoothed)", &[r#"{__name__="x"} (85, 105]"#]);
    check_needs(
        "info(x offset 10m)",
        &[r#"{__name__="x"} (85, 90]"#, r#"{__name__="target_info"} (85, 90]"#],
    );
}

#[test]
fn reach_is_how_far_back_a_rule_looks() {
    let cases = [
        ("x", Reach::Back(Span::from_mins(5))),
        ("rate(x[10m])", Reach::Back(Span::from_mins(10))),
        ("x offset 1h", Reach::Back(Span::from_mins(65))),
        ("x offset -1h", Reach::Back(Span::ZERO)),
        ("max_over_time(rate(x[5m])[30m:1m])", Reach::Back(Span::from_mins(35))),
        ("x @ end()", Reach::Back(Span::from_mins(5))),
        ("x @ 60 + y", Reach::Fixed),
        ("1 + 1", Reach::Back(Span::ZERO)),
    ];
    for (text, reach) in cases {
        assert_eq!(query(text).reach(), reach, "{text}");
    }
}

#[test]
fn a_shared_part_is_computed_once_and_gives_the_same() {
    check(1, "x 1 2", "(x + 1) * (x + 1)", "{} 9");
    check_on(&range(0, 1), "x 1 2", "max_over_time((x + 1)[1m:1m]) + (x + 1)", "{} 4@0 6@1");
}
