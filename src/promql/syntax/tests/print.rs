use super::parsed;
use crate::promql::syntax::{parse_metric, parse_metric_selector};

/// Every text prints as told, and what is printed prints the same again.
fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let printed = parsed(text).to_string();
        assert_eq!(printed, *expected, "{text}");
        assert_eq!(parsed(&printed).to_string(), printed, "{text}");
    }
}

#[test]
fn literals_print_as_prometheus_prints_them() {
    check(&[
        ("1", "1"),
        ("+1", "1"),
        ("- -1", "1"),
        ("-1", "-1"),
        ("0x1F", "31"),
        ("0755", "493"),
        ("1_000", "1000"),
        ("1e22", "10000000000000000000000"),
        ("1e-7", "0.0000001"),
        ("inf", "+Inf"),
        ("-Inf", "-Inf"),
        ("nAn", "NaN"),
        ("1h30m", "1h30m"),
        ("-90m", "-1h30m"),
        ("0s", "0s"),
        ("1d", "1d"),
        ("14d", "2w"),
        ("1500ms", "1s500ms"),
        ("'a\"b'", r#""a\"b""#),
        (r"`a\d`", r#""a\\d""#),
        (r#""\u00e9\n\x01""#, r#""é\n\x01""#),
    ]);
}

#[test]
fn selectors_print_name_then_sorted_matchers_then_modifiers() {
    check(&[
        ("foo", "foo"),
        ("a:b", "a:b"),
        ("foo{}", "foo"),
        (r#"foo{b="1",a!="2",}"#, r#"foo{a!="2",b="1"}"#),
        (r#"{"foo.bar",b="1"}"#, r#"{__name__="foo.bar",b="1"}"#),
        (r#"{__name__="foo"}"#, r#"{__name__="foo"}"#),
        (r#"{"a b"="c", "x"=~"y"}"#, r#"{"a b"="c",x=~"y"}"#),
        ("foo{a=~`b\\.c`}", r#"foo{a=~"b\\.c"}"#),
        (r#"{or ="x"}"#, r#"{or="x"}"#),
        ("foo offset 5m", "foo offset 5m"),
        ("foo offset -5m @ 3", "foo @ 3.000 offset -5m"),
        ("foo offset 0s", "foo"),
        ("foo offset 0 offset 1m", "foo offset 1m"),
        ("foo @ -1.5", "foo @ -1.500"),
        ("foo @ start()", "foo @ start()"),
        ("foo[1.5] @ end() offset 1w", "foo[1s500ms] @ end() offset 1w"),
        ("foo anchored @ 1", "foo @ 1.000 anchored"),
        ("foo[5m] @ 1 smoothed", "foo[5m] smoothed @ 1.000"),
        ("foo[5m # five\n]", "foo[5m]"),
        ("foo[5m:]", "foo[5m:]"),
        ("sum(foo)[1h:90s] offset 1m @ 0", "sum(foo)[1h:1m30s] @ 0.000 offset 1m"),
        ("foo[.5]", "foo[500ms]"),
        ("foo[5000000000ms]", "foo[57d20h53m20s]"),
    ]);
}

#[test]
fn words_with_a_meaning_may_be_names() {
    for name in [
        "sum",
        "count_values",
        "by",
        "without",
        "offset",
        "and",
        "or",
        "unless",
        "start",
        "end",
        "step",
        "range",
        "min_of",
        "anchored",
        "smoothed",
        "fill",
        "limitk",
        "SUM",
    ] {
        check(&[(name, name), (&format!("{name} + {name}"), &format!("{name} + {name}"))]);
    }
    for label in [
        "sum",
        "by",
        "on",
        "bool",
        "atan2",
        "ignoring",
        "group_left",
        "offset",
        "and",
        "start",
        "range",
        "min_of",
        "anchored",
        "smoothed",
        "fill",
    ] {
        let text = format!("sum by ({label}) (foo{{{label}=\"x\"}})");
        check(&[(&text, &text)]);
    }
    check(&[("sum by (a:b) (x)", r#"sum by ("a:b") (x)"#)]);
}

#[test]
fn operators_print_with_all_that_stands_between() {
    check(&[
        ("a+b", "a + b"),
        ("a == bool b", "a == bool b"),
        ("a == bool 1", "a == bool 1"),
        ("a AND b UNLESS c", "a and b unless c"),
        ("a atan2 b", "a atan2 b"),
        ("a </ 5", "a </ 5"),
        ("a >/ b", "a >/ b"),
        ("a + on() b", "a + on () b"),
        ("a + ignoring() b", "a + b"),
        ("a + ignoring() group_left b", "a + ignoring () group_left () b"),
        ("a / on(x,'y z') group_right(z) b", r#"a / on (x, "y z") group_right (z) b"#),
        ("a + on(x) group_left() b", "a + on (x) group_left () b"),
        ("a + fill(1m) b", "a + fill (60) b"),
        ("a + fill_left(-2) fill_right(1e30) b", "a + fill_left (-2) fill_right (1e+30) b"),
        ("a + fill_right(1e-5) b", "a + fill_right (1e-05) b"),
        ("a + fill(1000000) b", "a + fill (1e+06) b"),
        ("a + fill (Inf) b", "a + fill (+Inf) b"),
        ("a == bool on(x) group_left fill(NaN) b", "a == bool on (x) group_left () fill (NaN) b"),
    ]);
}

#[test]
fn operators_hold_as_tightly_as_they_should() {
    check(&[
        ("-1^2", "-1 ^ 2"),
        ("-a*b", "-a * b"),
        ("--a", "--a"),
        ("+a", "+a"),
        ("2^-a^b", "2 ^ -a ^ b"),
        ("(a)", "(a)"),
    ]);
    for (text, grouped) in [
        ("a or b and c", "a or (b and c)"),
        ("a and b or c", "(a and b) or c"),
        ("a == b + c", "a == (b + c)"),
        ("a - b - c", "(a - b) - c"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a * b ^ c", "a * (b ^ c)"),
        ("-a ^ b", "-(a ^ b)"),
        ("-a * b", "(-a) * b"),
        ("2 ^ -a * b", "(2 ^ -a) * b"),
        ("a </ b + c", "a </ (b + c)"),
        ("foo offset 2 ^ 2", "(foo offset 2s) ^ 2"),
        ("foo offset -2 ^ 2", "(foo offset -2s) ^ 2"),
        ("foo offset step() * 0", "(foo offset step()) * 0"),
        ("foo offset -(step()) + 1", "(foo offset -(step())) + 1"),
        ("foo offset min_of(1, 2) + 1", "(foo offset min_of(1, 2)) + 1"),
    ] {
        let without = |text: &str| text.replace(['(', ')'], "");
        let tree = |text: &str| format!("{:?}", strip(&parsed(text)));
        assert_eq!(tree(text), tree(grouped), "{text}");
        assert_eq!(without(&parsed(text).to_string()), without(grouped), "{text}");
    }
}

/// The shape of a tree: operators only, parentheses left out.
fn strip(expr: &crate::promql::syntax::ast::Expr) -> String {
    use crate::promql::syntax::ast::ExprKind;
    match &expr.kind {
        ExprKind::Paren(expr) => strip(expr),
        ExprKind::Unary { expr, .. } => format!("[- {}]", strip(expr)),
        ExprKind::Binary { op, lhs, rhs, .. } => {
            format!("[{} {} {}]", strip(lhs), op.text(), strip(rhs))
        }
        _ => expr.to_string(),
    }
}

#[test]
fn calls_and_aggregations_print_their_grouping_first() {
    check(&[
        ("sum(x) by (a,b)", "sum by (a, b) (x)"),
        ("SUM BY (a,) (x)", "sum by (a) (x)"),
        ("sum by () (x)", "sum(x)"),
        ("sum(x) without ()", "sum without () (x)"),
        ("topk(3, x) by (a)", "topk by (a) (3, x)"),
        ("count_values('v', x)", r#"count_values("v", x)"#),
        ("limit_ratio(-0.5, x)", "limit_ratio(-0.5, x)"),
        ("rate(x[5m])", "rate(x[5m])"),
        ("time()", "time()"),
        ("start() + end() + step() + range()", "start() + end() + step() + range()"),
        ("max_of(1, min_of(2, 3))", "max_of(1, min_of(2, 3))"),
        ("label_join(x, 'a', ',')", r#"label_join(x, "a", ",")"#),
        ("round(x)", "round(x)"),
        ("info(x, {})", "info(x, {})"),
        ("info(x, {a=~'.*'})", r#"info(x, {a=~".*"})"#),
    ]);
}

#[test]
fn computed_lengths_print_as_they_were_written() {
    check(&[
        ("x[5m*2]", "x[5m * 2]"),
        ("x[(5m)]", "x[(5m)]"),
        ("x[((1h)+1)]", "x[((1h) + 1)]"),
        ("x[-5m+35m]", "x[-5m + 35m]"),
        ("x[2^-1]", "x[2 ^ -1]"),
        ("x[STEP()+1ms]", "x[step() + 1ms]"),
        ("x[range():step()]", "x[range():step()]"),
        ("x[max_of(step(), 1h):5s+5s]", "x[max_of(step(), 1h):5s + 5s]"),
        ("x offset (5m)", "x offset (5m)"),
        ("x offset -(5)", "x offset -(5)"),
        ("x offset --5", "x offset 5s"),
        ("x offset +step()", "x offset step()"),
        ("x offset (1 + 2) * 3", "x offset (1 + 2) * 3"),
        ("x[5m] offset -(2*step())", "x[5m] offset -(2 * step())"),
    ]);
}

#[test]
fn selectors_are_parsed_alone_too() {
    let names = |text: &str| {
        let matchers = parse_metric_selector(text).unwrap();
        matchers.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names("up"), [r#"__name__="up""#]);
    assert_eq!(names(r#"up{job=~"a|b"}"#), [r#"job=~"a|b""#, r#"__name__="up""#]);
    assert!(names("{}").is_empty());
    for (text, error) in [
        ("", "unknown position: parse error: unexpected end of input"),
        ("up[5m]", "1:3: parse error: unexpected \"[\""),
        ("1", "1:1: parse error: unexpected number \"1\""),
        ("up{", "1:4: parse error: unexpected end of input inside braces"),
    ] {
        assert_eq!(parse_metric_selector(text).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn labels_of_series_end_where_another_language_begins() {
    for (text, labels, rest) in [
        ("up 1+2x3 $", r#"{__name__="up"}"#, " 1+2x3 $"),
        ("up{a='b',} 1", r#"{__name__="up", a="b"}"#, " 1"),
        ("{} _x5", "{}", " _x5"),
        (r#"{"a.b", "l.x"="y"}"#, r#"{__name__="a.b", "l.x"="y"}"#, ""),
        ("sum{by=`\\\\`}", r#"{__name__="sum", by="\\\\"}"#, ""),
        ("a:b {", r#"{__name__="a:b"}"#, " {"),
    ] {
        let (parsed, end) = parse_metric(text).unwrap();
        assert_eq!((parsed.to_string().as_str(), &text[end..]), (labels, rest), "{text}");
    }
    for (text, error) in [
        ("", "unknown position: parse error: unexpected end of input"),
        ("5", "1:1: parse error: unexpected number \"5\""),
        ("{a}", "1:3: parse error: unexpected \"}\" in label set, expected \"=\""),
        ("{a=1}", "1:4: parse error: unexpected character inside braces: '1'"),
        ("{a=b}", "1:4: parse error: unexpected identifier \"b\" in label set, expected string"),
        ("{=}", "1:2: parse error: unexpected \"=\" in label set, expected identifier or \"}\""),
    ] {
        assert_eq!(parse_metric(text).unwrap_err().to_string(), error, "{text}");
    }
}
