use super::*;

/// The matchers in Alertmanager's text, or the error.
fn shown(text: &str, mode: Mode) -> String {
    match parse_list(text, mode) {
        Ok(parsed) => parsed.value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

/// Input, classic reading, UTF-8 reading.
const LISTS: &[(&str, &str, &str)] = &[
    ("", "{}", "{}"),
    ("{}", "{}", "{}"),
    (" { } ", "error: bad matcher format: { }", "{}"),
    ("foo=bar", r#"{foo="bar"}"#, r#"{foo="bar"}"#),
    ("{foo=bar}", r#"{foo="bar"}"#, r#"{foo="bar"}"#),
    ("foo = \"bar\" ,a!=b,", r#"{foo="bar",a!="b"}"#, r#"{foo="bar",a!="b"}"#),
    ("{foo=~\"a.*\",b!~\"c|d\"}", r#"{foo=~"a.*",b!~"c|d"}"#, r#"{foo=~"a.*",b!~"c|d"}"#),
    ("foo=\"a,b\",c=d", r#"{foo="a,b",c="d"}"#, r#"{foo="a,b",c="d"}"#),
    ("foo=", r#"{foo=""}"#, "error: end of input: expected label value"),
    ("foo=\"\"", r#"{foo=""}"#, r#"{foo=""}"#),
    (
        "foo",
        "error: bad matcher format: foo",
        "error: end of input: expected an operator such as '=', '!=', '=~' or '!~'",
    ),
    ("{foo=bar", r#"{foo="bar"}"#, "error: 0:8: end of input: expected close brace"),
    ("foo=bar}", r#"{foo="bar"}"#, "error: 0:8: }: expected opening brace"),
    ("{", "{}", "error: 0:1: end of input: expected close brace"),
    ("}", "{}", "error: 0:1: }: expected opening brace"),
    (",", "error: bad matcher format: ", "error: 0:1: unexpected ,: expected label name"),
    ("{,}", "error: bad matcher format: ", "error: 1:2: unexpected ,: expected label name"),
    (
        "foo!bar",
        "error: bad matcher format: foo!bar",
        "error: 3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'",
    ),
    (
        "foo=!",
        r#"{foo="!"}"#,
        "error: 4:5: unexpected end of input, expected one of '=~': expected label value",
    ),
    ("=bar", "error: bad matcher format: =bar", "error: 0:1: unexpected =: expected label name"),
    ("\"foo=bar", "error: bad matcher format: \"foo=bar", "error: 0:8: \"foo=bar: missing end \""),
    (
        "foo=\"bar",
        "error: matcher value contains unescaped double quote: \"bar",
        "error: 4:8: \"bar: missing end \": expected label value",
    ),
    (
        "foo=bar\"",
        "error: matcher value contains unescaped double quote: bar\"",
        "error: 7:8: \": missing end \": expected a comma or close brace",
    ),
    (
        "foo=\"b\"ar\"",
        "error: matcher value contains unescaped double quote: \"b\"ar\"",
        "error: 7:9: unexpected ar: expected a comma or close brace",
    ),
    (
        "foo=bar baz",
        r#"{foo="bar baz"}"#,
        "error: 8:11: unexpected baz: expected a comma or close brace",
    ),
    (
        "foo=bar,,a=b",
        "error: bad matcher format: ",
        "error: 8:9: unexpected ,: expected a matcher or close brace after comma",
    ),
    ("{foo=bar}x", r#"{foo="bar}x"}"#, "error: 9:10: x: expected end of input"),
    (
        "fo'o=b",
        "error: bad matcher format: fo'o=b",
        "error: 2:3: ': invalid input: expected an operator such as '=', '!=', '=~' or '!~'",
    ),
    (
        "foo\"=\"a",
        "error: bad matcher format: foo\"=\"a",
        "error: 3:6: unexpected \"=\": expected an operator such as '=', '!=', '=~' or '!~'",
    ),
    (
        "foo=~\"a(\"",
        "error: error parsing regexp: missing closing ): `^(?:a()$`",
        "error: failed to create matcher: error parsing regexp: missing closing ): `^(?:a()$`",
    ),
    ("job:rate=a", r#"{job:rate="a"}"#, r#"{job:rate="a"}"#),
    ("a.b-c=d", "error: bad matcher format: a.b-c=d", r#"{a.b-c="d"}"#),
    ("🙂=\"x\"", "error: bad matcher format: 🙂=\"x\"", r#"{🙂="x"}"#),
    ("\"a b\"=\"c\"", "error: bad matcher format: \"a b\"=\"c\"", r#"{"a b"="c"}"#),
    (r#"foo="\xf0\x9f\x99\x82""#, r#"{foo="\\xf0\\x9f\\x99\\x82"}"#, r#"{foo="🙂"}"#),
    (r#"foo="\u00e9\101\t""#, r#"{foo="\\u00e9\\101\\t"}"#, "{foo=\"éA\t\"}"),
    (r#"foo="\xff""#, r#"{foo="\\xff"}"#, r#"error: 4:10: "\xff": invalid input"#),
    (r#"foo="a\qb""#, r#"{foo="a\\qb"}"#, r#"error: 4:10: "a\qb": invalid input"#),
    (r#"foo="say \"hi\"\n\\""#, r#"{foo="say \"hi\"\n\\"}"#, r#"{foo="say \"hi\"\n\\"}"#),
    (
        r"foo=a\nb",
        r#"{foo="a\nb"}"#,
        r"error: 5:6: \: invalid input: expected a comma or close brace",
    ),
    (r"foo=a\", r#"{foo="a\\"}"#, r"error: 5:6: \: invalid input: expected a comma or close brace"),
    ("foo=\"a\nb\"", "{foo=\"a\\nb\"}", "error: 4:9: \"a\nb\": invalid input"),
    ("\"\"=a", "error: bad matcher format: \"\"=a", "error: 0:2: \"\": expected label name"),
    ("foo=!=bar", r#"{foo="!=bar"}"#, "error: 4:6: unexpected !=: expected label value"),
    ("foo==bar", r#"{foo="=bar"}"#, "error: 4:5: unexpected =: expected label value"),
];

#[test]
fn each_syntax_reads_lists_as_its_own_parser_does() {
    for (text, classic, modern) in LISTS {
        assert_eq!(shown(text, Mode::Classic), *classic, "classic {text:?}");
        assert_eq!(shown(text, Mode::Utf8), *modern, "utf-8 {text:?}");
    }
}

#[test]
fn the_fallback_takes_what_either_takes_and_the_classic_reading_in_doubt() {
    for (text, classic, modern) in LISTS {
        let takes = |reading: &str| !reading.starts_with("error: ");
        let expect = if !takes(classic) && takes(modern) { modern } else { classic };
        assert_eq!(shown(text, Mode::Fallback), *expect, "{text:?}");
        let quiet = !takes(classic) || classic == modern;
        if let Ok(parsed) = parse_list(text, Mode::Fallback) {
            assert_eq!(parsed.warning.is_none(), quiet, "{text:?}");
        }
    }
}

#[test]
fn a_warning_says_what_to_write_instead() {
    let warning = |text| parse_list(text, Mode::Fallback).unwrap().warning.unwrap();
    assert_eq!(
        warning("foo="),
        MatcherWarning::ClassicOnly {
            input: "foo=".to_owned(),
            suggestion: "foo=\"\"".to_owned(),
            reason: "end of input: expected label value".to_owned(),
        }
    );
    assert_eq!(
        warning(r#"foo="\u00e9""#),
        MatcherWarning::Disagreement {
            input: r#"foo="\u00e9""#.to_owned(),
            suggestion: r#"foo="\\u00e9""#.to_owned(),
        }
    );
}

#[test]
fn a_single_matcher_has_no_braces_and_no_company() {
    let cases: &[(&str, Mode, &str)] = &[
        ("foo=bar", Mode::Fallback, r#"foo="bar""#),
        ("{foo=bar}", Mode::Fallback, "error: unexpected open or close brace: {foo=bar}"),
        ("foo=bar}", Mode::Utf8, "error: unexpected open or close brace: foo=bar}"),
        ("foo=bar}", Mode::Classic, r#"foo="bar}""#),
        ("foo=bar,baz=a", Mode::Fallback, r#"foo="bar,baz=a""#),
        ("foo=bar,baz=a", Mode::Utf8, "error: expected 1 matcher, found 2"),
        ("", Mode::Utf8, "error: no matchers"),
        ("", Mode::Fallback, "error: bad matcher format: "),
        ("foo.x=bar", Mode::Fallback, r#"foo.x="bar""#),
    ];
    for (text, mode, expect) in cases {
        let shown = match parse_one(text, *mode) {
            Ok(parsed) => parsed.value.to_string(),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown, *expect, "{mode:?} {text:?}");
    }
}

#[test]
fn what_is_printed_is_read_again() {
    for name in ["foo", "a.b", "a b", "é", "\"", "a\nb"] {
        for value in ["", "b", "a\"b\\c\nd", "é\u{a0}"] {
            let matcher = Matcher::equal(name, value);
            let read = parse_one(&matcher.to_string(), Mode::Utf8).unwrap();
            assert_eq!(read.value, matcher);
        }
    }
}

#[test]
fn a_missing_label_is_the_empty_string_for_every_operator() {
    let labels = Labels::from_pairs([("a", "1")]);
    for (text, expect) in [
        ("b=\"\"", true),
        ("b!=\"\"", false),
        ("b=~\".*\"", true),
        ("b=~\".+\"", false),
        ("b!~\".+\"", true),
        ("a=1", true),
        ("a=~\"1|2\"", true),
        ("a!~\"[0-9]\"", false),
        ("a=~\"\"", false),
    ] {
        let matchers = parse_list(text, Mode::Fallback).unwrap().value;
        assert_eq!(matchers.matches(&labels), expect, "{text}");
    }
}

#[test]
fn matchers_sort_by_name_value_and_operator() {
    let mut matchers = parse_list("b=1,a=~2,a=2,a!=1", Mode::Fallback).unwrap().value;
    matchers.sort();
    assert_eq!(matchers.to_string(), r#"{a!="1",a="2",a=~"2",b="1"}"#);
}

#[test]
fn the_mode_decides_which_names_labels_may_have() {
    for (name, classic, modern) in [
        ("", false, false),
        ("a", true, true),
        ("_a1", true, true),
        ("1a", false, true),
        ("a:b", false, true),
        ("a.b", false, true),
        ("é", false, true),
    ] {
        assert_eq!(is_valid_name(name, Mode::Classic), classic, "{name}");
        assert_eq!(is_valid_name(name, Mode::Fallback), modern, "{name}");
        assert_eq!(is_valid_name(name, Mode::Utf8), modern, "{name}");
    }
}

#[test]
fn texts_beyond_the_limit_are_refused() {
    let text = format!("a={}", "b".repeat(MAX_TEXT_BYTES));
    assert_eq!(parse_list(&text, Mode::Fallback), Err(MatcherError::TooLong(text.len())));
}
