use std::iter::repeat_n;

use super::{parsed, refused};
use crate::promql::syntax::parser::{MAX_DEPTH, MAX_TEXT_BYTES};
use crate::promql::syntax::{Features, parse, prettify};

fn repeated(before: &str, middle: &str, after: &str, times: usize) -> String {
    let text: String =
        repeat_n(before, times).chain([middle]).chain(repeat_n(after, times)).collect();
    text
}

#[test]
fn depth_ends_where_it_should() {
    let deep = repeated("(", "x", ")", MAX_DEPTH - 1);
    assert_eq!(parsed(&deep).to_string(), deep);
    assert_eq!(prettify(&parsed(&deep)).lines().count(), 2 * (MAX_DEPTH - 50) + 1);
    let expected = format!("parse error: expression is nested more than {MAX_DEPTH} levels deep");
    for (before, middle, after) in [
        ("(", "x", ")"),
        ("-", "x", ""),
        ("abs(", "x", ")"),
        ("sum(", "x", ")"),
        ("sum by (a) (", "x", ")"),
        ("1 ^ ", "x", ""),
        ("x + ", "x", ""),
        ("x or ", "x", ""),
        ("", "x", "[5m:]"),
        ("", "x", " offset 5m "),
    ] {
        let text = repeated(before, middle, after, 50_000);
        let error = refused(&text, &Features::ALL);
        let is_expected = error.ends_with(&expected) || error.contains("multiple times");
        assert!(is_expected, "{before}: {error}");
    }
}

#[test]
fn lengths_of_time_have_the_same_depth() {
    for (before, after) in
        [("(", ")"), ("-(", ")"), ("-", ""), ("1 + ", ""), ("1 ^ ", ""), ("min_of(1, ", ")")]
    {
        let text = format!("x[{}]", repeated(before, "step()", after, 50_000));
        let error = refused(&text, &Features::ALL);
        let collapsed = before == "-" || error.contains("levels deep");
        assert!(collapsed, "{before}: {error}");
    }
}

#[test]
fn a_text_may_be_long_but_not_too_long() {
    let values = "a|".repeat(MAX_TEXT_BYTES / 4);
    assert!(parse(&format!("x{{a=\"{values}\"}}"), &Features::ALL).is_ok());
    let matchers = "a=\"b\",".repeat(MAX_TEXT_BYTES / 12);
    assert!(parse(&format!("x{{{matchers}}}"), &Features::ALL).is_ok());
    let too_long = " ".repeat(MAX_TEXT_BYTES + 1);
    let expected = format!("1:1: parse error: expression is longer than {MAX_TEXT_BYTES} bytes");
    assert_eq!(refused(&too_long, &Features::ALL), expected);
}

#[test]
fn any_beginning_of_an_expression_is_taken_or_refused_with_a_place() {
    let text = "sum by (a, \"b c\") (rate(x{a=~\"b\\\\d\", 'c'!='é'}[5m:-(1m*2)] offset -5m @ start())) \
        == bool on(x) group_left(y) fill(0) label_replace(`ü`, 1e5, 0x1F) # end";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        for start in (0..end).filter(|start| text.is_char_boundary(*start)) {
            if let Err(error) = parse(&text[start..end], &Features::ALL) {
                assert!(error.range.start as usize <= end - start, "{error}");
            }
        }
    }
}
