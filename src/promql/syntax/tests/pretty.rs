use super::parsed;
use crate::promql::syntax::prettify;

fn check(text: &str, expected: &str) {
    let pretty = prettify(&parsed(text));
    assert_eq!(pretty, expected.trim_matches('\n'), "{text}");
    assert_eq!(prettify(&parsed(&pretty)), pretty, "{text}");
}

/// A name of 60 letters: two of them do not fit on a line.
fn long(letter: &str) -> String {
    letter.repeat(60)
}

#[test]
fn what_fits_stays_on_its_line() {
    check("sum(rate(x[5m]))by(a)", "sum by (a) (rate(x[5m]))");
    let exactly = format!("{} + {}", "a".repeat(48), "b".repeat(49));
    check(&exactly, &exactly);
}

#[test]
fn operators_are_split_and_their_sides_indented() {
    let (a, b) = (long("a"), long("b"));
    check(&format!("{a} / on(x) {b}"), &format!("  {a}\n/ on (x)\n  {b}"));
    check(&format!("{a} + {b} > bool 1"), &format!("    {a}\n  +\n    {b}\n> bool\n  1"));
    check(&format!("-({a} + {b})"), &format!("-(\n    {a}\n  +\n    {b}\n)"));
}

#[test]
fn arguments_stand_on_lines_of_their_own() {
    let (a, b) = (long("a"), long("b"));
    check(
        &format!("topk without (x) (3, {a} * {b})"),
        &format!("topk without (x) (\n  3,\n    {a}\n  *\n    {b}\n)"),
    );
    check(
        &format!("label_replace({a}, \"{b}\", '', '', '')"),
        &format!("label_replace(\n  {a},\n  \"{b}\",\n  \"\",\n  \"\",\n  \"\"\n)"),
    );
    check(&format!("({a} + {b})"), &format!("(\n    {a}\n  +\n    {b}\n)"));
}

#[test]
fn subqueries_are_laid_out_as_prometheus_does_even_where_it_forgets_to_indent() {
    let (a, b) = (long("a"), long("b"));
    check(
        &format!("sum_over_time(({a} + {b})[5m:])"),
        &format!("sum_over_time(\n  (\n      {a}\n    +\n      {b}\n  )[5m:]\n)"),
    );
    let long = "a".repeat(80);
    check(
        &format!("quantile_over_time(0.5, {long}[5m:1m])"),
        &format!("quantile_over_time(\n  0.5,\n{long}[5m:1m]\n)"),
    );
}
