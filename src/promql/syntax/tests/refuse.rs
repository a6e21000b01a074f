use super::refused;
use crate::promql::syntax::{Features, parse};

fn check(cases: &[(&str, &str)]) {
    for (text, error) in cases {
        assert_eq!(refused(text, &Features::ALL), *error, "{text}");
    }
}

#[test]
fn nothing_is_no_expression() {
    check(&[
        ("", "unknown position: parse error: no expression found in input"),
        (" # nothing\n", "1:1: parse error: no expression found in input"),
    ]);
}

#[test]
fn unexpected_tokens_are_called_as_prometheus_calls_them() {
    check(&[
        ("1+", "1:3: parse error: unexpected end of input"),
        ("*1", "1:1: parse error: unexpected <op:*>"),
        ("1 1", "1:3: parse error: unexpected number \"1\""),
        ("foo bar", "1:5: parse error: unexpected identifier \"bar\""),
        ("foo\n  \"a long text\"", "2:3: parse error: unexpected string \"\\\"a long te\"..."),
        ("foo 5m", "1:5: parse error: unexpected duration \"5m\""),
        ("foo by (a)", "1:5: parse error: unexpected <by>"),
        ("foo + bool", "1:11: parse error: unexpected end of input"),
        ("foo a:b", "1:5: parse error: unexpected metric identifier \"a:b\""),
        ("(1", "1:3: parse error: unclosed left parenthesis"),
        ("(1))", "1:5: parse error: unexpected right parenthesis ')'"),
        ("a:b(x)", "1:4: parse error: unexpected \"(\""),
        ("foo group_left bar", "1:5: parse error: unexpected <group_left>"),
        ("$", "1:1: parse error: unexpected character: '$'"),
        ("foo\u{c}", "1:4: parse error: unexpected character: '\\f'"),
    ]);
}

#[test]
fn selectors_say_what_they_expect() {
    check(&[
        ("{", "1:2: parse error: unexpected end of input inside braces"),
        (
            "foo{a}",
            "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator",
        ),
        (
            "foo{a=b}",
            "1:7: parse error: unexpected identifier \"b\" in label matching, expected string",
        ),
        ("foo{1=\"b\"}", "1:5: parse error: unexpected character inside braces: '1'"),
        (
            "foo{a=\"b\" c=\"d\"}",
            "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\"",
        ),
        (
            "foo{a=\"b\" or c=\"d\"}",
            "1:11: parse error: unexpected identifier \"or\" in label matching, expected \",\" or \"}\"",
        ),
        (
            "foo{,}",
            "1:5: parse error: unexpected \",\" in label matching, expected identifier or \"}\"",
        ),
        (
            "{\"a\" \"b\"}",
            "1:6: parse error: unexpected string \"\\\"b\\\"\" in label matching, expected \",\" or \"}\"",
        ),
        ("{a==\"b\"}", "1:4: parse error: unexpected \"=\" in label matching, expected string"),
        (
            "foo{__name__=\"bar\"}",
            "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\"",
        ),
        (
            "{a=\"\"}",
            "1:1: parse error: vector selector must contain at least one non-empty matcher",
        ),
        (
            "{a=~\".*\"}[5m]",
            "1:1: parse error: vector selector must contain at least one non-empty matcher",
        ),
        ("{a=\"\\xff\"}", "1:4: parse error: string is not valid UTF-8: \"\\xff\""),
    ]);
    let error = refused("{a=~\"(\"}", &Features::ALL);
    assert!(error.starts_with("1:2: parse error: error parsing regexp: "), "{error}");
}

#[test]
fn groupings_say_what_they_expect() {
    check(&[
        (
            "sum by a (x)",
            "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\"",
        ),
        (
            "sum by (1) (x)",
            "1:9: parse error: unexpected number \"1\" in grouping opts, expected label",
        ),
        (
            "sum by (a b) (x)",
            "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\"",
        ),
        (
            "sum by (without) (x)",
            "1:9: parse error: unexpected <without> in grouping opts, expected label",
        ),
        ("sum by (\"\") (x)", "1:9: parse error: invalid label name for grouping: \"\""),
        ("sum by (\"\\xff\") (x)", "1:9: parse error: invalid label name for grouping: \"\\xff\""),
    ]);
}

#[test]
fn calls_and_aggregations_say_what_they_miss() {
    check(&[
        ("nope(x)", "1:1: parse error: unknown function with name \"nope\""),
        ("integral(x[5m])", "1:1: parse error: unknown function with name \"integral\""),
        ("Step()", "1:1: parse error: unknown function with name \"Step\""),
        ("rate(x[5m],)", "1:11: parse error: trailing commas not allowed in function call args"),
        ("rate(x y)", "1:8: parse error: unexpected identifier \"y\""),
        ("sum(rate(x y))", "1:12: parse error: unexpected identifier \"y\" in aggregation"),
        ("sum by (a) x", "1:12: parse error: unexpected identifier \"x\" in aggregation"),
        ("sum()", "1:1: parse error: no arguments for aggregate expression provided"),
        (
            "sum(1, 2)",
            "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2",
        ),
        (
            "topk(x)",
            "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1",
        ),
        ("count_values(\"a\\xc5z\", x)", "1:14: parse error: invalid label name \"a\\xc5z\""),
        ("floor()", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 0"),
        (
            "round(x, 1, 2)",
            "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3",
        ),
        (
            "label_join(x, 'a')",
            "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 2",
        ),
        (
            "info(x, y)",
            "1:9: parse error: expected label selectors only, got vector selector instead",
        ),
        (
            "info(x, y{a=\"b\"})",
            "1:9: parse error: expected label selectors only, got vector selector instead",
        ),
        ("info(x, sum(y))", "1:9: parse error: expected label selectors only"),
        (
            "info(x, 1)",
            "1:1: parse error: expected type instant vector in call to function \"info\", got scalar",
        ),
    ]);
}

#[test]
fn operators_check_the_types_of_their_sides() {
    check(&[
        ("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"),
        ("1 + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators"),
        ("x </ bool 1", "1:3: parse error: bool modifier can only be used on comparison operators"),
        (
            "1 and 1",
            "1:1: parse error: set operator \"and\" not allowed in binary scalar expression",
        ),
        ("x or 1", "1:1: parse error: set operator \"or\" not allowed in binary scalar expression"),
        ("x + on(a) 1", "1:1: parse error: vector matching only allowed between instant vectors"),
        (
            "x and on(a) group_left(b) y",
            "1:1: parse error: no grouping allowed for \"and\" operation",
        ),
        (
            "x + on(a) group_left(a) y",
            "1:3: parse error: label \"a\" must not occur in ON and GROUP clause at once",
        ),
        (
            "x + fill(0) 1",
            "1:1: parse error: filling in missing series only allowed between instant vectors",
        ),
        (
            "x or fill(0) y",
            "1:1: parse error: filling in missing series not allowed for set operators",
        ),
        (
            "x + y[5m]",
            "1:5: parse error: binary expression must contain only scalar and instant vector types",
        ),
        (
            "\"a\" + 1",
            "1:1: parse error: binary expression must contain only scalar and instant vector types",
        ),
        (
            "-\"a\"",
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"string\"",
        ),
        (
            "+x[5m]",
            "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"",
        ),
    ]);
}

#[test]
fn arguments_are_checked_by_type() {
    check(&[
        (
            "1[5m:]",
            "1:1: parse error: subquery is only allowed on instant vector, got scalar instead",
        ),
        (
            "x[5m][5m:]",
            "1:1: parse error: subquery is only allowed on instant vector, got matrix instead",
        ),
        (
            "sum(1)",
            "1:5: parse error: expected type instant vector in aggregation expression, got scalar",
        ),
        (
            "topk(\"a\", x)",
            "1:6: parse error: expected type scalar in aggregation parameter, got string",
        ),
        (
            "limitk(\"a\", x)",
            "1:8: parse error: expected type scalar in aggregation parameter, got string",
        ),
        (
            "limit_ratio(x, x)",
            "1:13: parse error: expected type scalar in aggregation parameter, got instant vector",
        ),
        (
            "count_values(1, x)",
            "1:14: parse error: expected type string in aggregation parameter, got scalar",
        ),
        (
            "rate(x)",
            "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector",
        ),
        (
            "ln(0)",
            "1:4: parse error: expected type instant vector in call to function \"ln\", got scalar",
        ),
        (
            "exp(Inf)",
            "1:5: parse error: expected type instant vector in call to function \"exp\", got scalar",
        ),
        (
            "label_join(x, 'a', ',', 1)",
            "1:25: parse error: expected type string in call to function \"label_join\", got scalar",
        ),
    ]);
}

#[test]
fn modifiers_stand_where_they_may_and_once() {
    let preceded =
        "must be preceded by an instant vector selector or range vector selector or a subquery";
    check(&[
        ("1 offset 5m", &format!("1:1: parse error: offset modifier {preceded}")),
        ("(x) offset 5m", &format!("1:1: parse error: offset modifier {preceded}")),
        ("sum(x) @ 5", &format!("1:1: parse error: @ modifier {preceded}")),
        ("x offset 5m offset 1m", "1:1: parse error: offset may not be set multiple times"),
        ("x offset step() offset 1m", "1:1: parse error: offset may not be set multiple times"),
        ("x @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"),
        ("x @ start() @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"),
        ("x @", "1:4: parse error: unexpected end of input in @, expected timestamp"),
        ("x @ start", "1:10: parse error: unexpected end of input in @, expected timestamp"),
        ("x @ y", "1:5: parse error: unexpected identifier \"y\" in @, expected timestamp"),
        (
            "x offset",
            "1:9: parse error: unexpected end of input in offset, expected number, duration, step(), or range()",
        ),
        (
            "x offset y",
            "1:10: parse error: unexpected identifier \"y\" in offset, expected number, duration, step(), or range()",
        ),
        ("x offset 5m [5m]", "1:13: parse error: no offset modifiers allowed before range"),
        ("x @ 5 [5m]", "1:7: parse error: no @ modifiers allowed before range"),
        ("sum(x)[5m]", "1:7: parse error: ranges only allowed for vector selectors"),
        ("x[5m][5m]", "1:6: parse error: ranges only allowed for vector selectors"),
        (
            "x anchored smoothed",
            "1:1: parse error: anchored and smoothed modifiers cannot be used together",
        ),
        ("x[5m:] anchored", "1:1: parse error: anchored modifier is not supported for subqueries"),
        ("1 smoothed", "1:1: parse error: smoothed modifier not implemented"),
    ]);
}

#[test]
fn brackets_hold_positive_lengths() {
    let lengths = "number, duration, step(), or range()";
    check(&[
        ("x[", "1:3: parse error: unexpected end of input in duration expression"),
        ("x[5m", "1:5: parse error: unclosed left bracket"),
        (
            "x[]",
            &format!(
                "1:3: parse error: unexpected \"]\" in subquery or range selector, expected {lengths}"
            ),
        ),
        (
            "x[5m+]",
            &format!(
                "1:6: parse error: unexpected \"]\" in subquery or range selector, expected {lengths}"
            ),
        ),
        (
            "x[5m:1m 1]",
            "1:9: parse error: unexpected number \"1\" in subquery selector, expected \"]\"",
        ),
        (
            "x[5m 1]",
            "1:6: parse error: unexpected number \"1\" in subquery or range, expected \":\" or \"]\"",
        ),
        (
            "x[5m:*]",
            "1:6: parse error: unexpected <op:*> in subquery selector, expected number, duration, step(), range(), or \"]\"",
        ),
        ("x[\"5m\"]", "1:3: parse error: unexpected character in duration expression: '\"'"),
        ("x[foo]", "1:3: parse error: unexpected character in duration expression: 'f'"),
        ("x[5mm]", "1:3: parse error: bad number or duration syntax: \"5mm\""),
        ("x[0]", "1:3: parse error: duration must be greater than 0"),
        ("x[-5m]", "1:3: parse error: duration must be greater than 0"),
        ("x[(0)]", "1:3: parse error: duration must be greater than 0"),
        ("x[5m:0]", "1:6: parse error: duration must be greater than 0"),
        ("x[5m/0]", "1:5: parse error: division by zero"),
        ("x[5m%0]", "1:5: parse error: modulo by zero"),
        ("x[1s5m]", "1:3: parse error: not a valid duration string: \"1s5m\""),
        ("x[5hs]", "1:3: parse error: unknown unit \"hs\" in duration \"5hs\""),
    ]);
}

#[test]
fn what_is_too_large_is_refused_as_go_refuses_it() {
    check(&[
        ("300y", "1:1: parse error: duration out of range"),
        ("x[300y]", "1:3: parse error: duration out of range"),
        ("x[9.5e10]", "1:3: parse error: duration out of range"),
        ("x[1e30]", "1:3: parse error: duration out of range"),
        ("x[5999999999999999999999999999]", "1:3: parse error: duration out of range"),
        ("x offset Inf", "1:10: parse error: duration out of range"),
        ("x offset -Inf", "1:11: parse error: duration out of range"),
        ("x offset NaN", "1:10: parse error: duration out of range"),
        (
            "x[5999999999999999999999999999ms]",
            "1:3: parse error: not a valid duration string: \"5999999999999999999999999999ms\"",
        ),
        ("x[18446744073709551615y]", "1:3: parse error: duration out of range"),
        ("x @ Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"),
        ("x @ NaN", "1:1: parse error: timestamp out of bounds for @ modifier: NaN"),
        (
            "x @ -1e20",
            "1:1: parse error: timestamp out of bounds for @ modifier: -100000000000000000000.000000",
        ),
        (
            "1e309",
            "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"1e309\": value out of range",
        ),
        (
            "0x1e+5",
            "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"0x1e+5\": invalid syntax",
        ),
    ]);
}

#[test]
fn what_is_not_enabled_is_refused() {
    let none = Features { duration_expressions: false, ..Features::default() };
    for (text, error) in [
        ("info(x)", "1:1: parse error: function \"info\" is not enabled"),
        (
            "limitk(1, x)",
            "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions",
        ),
        ("x[5m*2]", "1:3: parse error: experimental duration expression is not enabled"),
        ("x[step()]", "1:3: parse error: experimental duration expression is not enabled"),
        ("x offset (5m)", "1:11: parse error: experimental duration expression is not enabled"),
        ("x anchored", "1:1: parse error: anchored modifier is experimental and not enabled"),
        (
            "rate(x[5m] smoothed)",
            "1:6: parse error: smoothed modifier is experimental and not enabled",
        ),
        (
            "x + fill(0) y",
            "1:1: parse error: binop fill modifiers are experimental and not enabled",
        ),
    ] {
        assert_eq!(refused(text, &none), error, "{text}");
    }
    assert!(parse("rate(x[5m*2])", &Features::default()).is_ok());
    assert!(parse("anchored + smoothed + fill + limitk", &none).is_ok());
}
