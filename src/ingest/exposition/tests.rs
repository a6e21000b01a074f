//! Expositions and what becomes of them.

use super::*;
use crate::ingest::limits;

/// The families as text: name, kind, help, unit, then a line for each sample.
fn shown(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let (name, kind) = (&family.name, family.kind.text());
        text += &format!("{name} {kind} {:?} {:?}\n", family.help, family.unit);
        for point in &family.points {
            let at = point.at.map(|at| format!(" @{}", at.millis())).unwrap_or_default();
            text += &format!("  {} {}{at}\n", point.labels, point.value);
        }
    }
    text
}

fn check(format: Format, text: &str, expected: &str) {
    let got = match parse(text.as_bytes(), format) {
        Ok(families) => shown(&families),
        Err(error) => error.to_string(),
    };
    assert_eq!(got, expected, "{text}");
}

#[test]
fn samples_gather_in_families() {
    check(
        Format::Text,
        "# HELP h What\\nis \\\\n it\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\n\
         h_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n\n# a comment\n#\n# TYPE\n\
         # TYPE s summary\ns{quantile=\"0.50\"} 4\ns_sum 5\nx_sum 6\n",
        "h histogram \"What\\nis \\\\n it\" \"\"\n  \
         {__name__=\"h_bucket\", le=\"1.0\"} 1\n  {__name__=\"h_bucket\", le=\"+Inf\"} 2\n  \
         {__name__=\"h_sum\"} 3\n  {__name__=\"h_count\"} 2\n\
         s summary \"\" \"\"\n  {__name__=\"s\", quantile=\"0.5\"} 4\n  {__name__=\"s_sum\"} 5\n\
         x_sum unknown \"\" \"\"\n  {__name__=\"x_sum\"} 6\n",
    );
}

#[test]
fn the_text_format_is_generous_with_blanks_and_strict_with_the_rest() {
    let cases = [
        ("", ""),
        ("\n  \n", ""),
        ("# EOF\n", ""),
        ("# TYPE x\n# comment\n", ""),
        (
            " \t x { a = \"1\" , b=\"\\\"\\\\\\n\" , }\t1 5 \r\n",
            "x unknown \"\" \"\"\n  {__name__=\"x\", a=\"1\", b=\"\\\"\\\\\\n\"} 1 @5\n",
        ),
        (
            "{\"my.name\",\"a b\"=\"é\"} -Inf\n",
            "my.name unknown \"\" \"\"\n  {__name__=\"my.name\", \"a b\"=\"é\"} -inf\n",
        ),
        ("x{a=\"\"} 1\n", "x unknown \"\" \"\"\n  {__name__=\"x\"} 1\n"),
        (
            "x 1",
            "line 1, column 4: unexpected end of input: the last line does not end in a \
                 newline (curl keeps it with --data-binary, not with --data)",
        ),
        ("y 1\nx abc\n", "line 2, column 3: expected a number as value, got \"abc\""),
        ("x\n", "line 1, column 2: expected a value"),
        ("x 1 now\n", "line 1, column 5: expected a timestamp, got \"now\""),
        ("x 1 1.5\n", "line 1, column 5: expected a timestamp, got \"1.5\""),
        ("x 1 2 3\n", "line 1, column 7: unexpected text after the sample"),
        ("9x 1\n", "line 1, column 1: expected a metric name"),
        ("é{ 1\n", "line 1, column 1: expected a metric name"),
        ("x{ 1\n", "line 1, column 4: expected a label name or \"}\""),
        ("x{a} 1\n", "line 1, column 4: expected \"=\" after the label name"),
        ("x{a=1} 1\n", "line 1, column 5: expected a label value in double quotes"),
        ("x{é=\"1\"} 1\n", "line 1, column 3: expected a label name or \"}\""),
        ("x{a=\"é} 1\n", "line 1, column 5: the double quote is never closed"),
        (
            "x{a=\"é\\t\"} 1\n",
            "line 1, column 7: unknown escape: only \\\\, \\\" and \\n are known",
        ),
        ("x{a=\"1\" b=\"2\"} 1\n", "line 1, column 9: expected \",\" or \"}\" after the label"),
        ("x{a=\"1\",a=\"2\"} 1\n", "line 1, column 1: label \"a\" of metric \"x\" is given twice"),
        (
            "x{__name__=\"y\"} 1\n",
            "line 1, column 3: label names that begin with \"__\" are reserved",
        ),
        ("# TYPE x gauge\n# TYPE x gauge\n", "line 2, column 1: second TYPE line for metric \"x\""),
        ("x 1\n# TYPE x gauge\n", "line 2, column 1: TYPE line after samples of metric \"x\""),
        ("# HELP x a\n# HELP x b\n", "line 2, column 1: second HELP line for metric \"x\""),
        (
            "# TYPE x thing\n",
            "line 1, column 10: expected a metric type: counter, gauge, \
                              histogram, summary, untyped",
        ),
        (
            "# TYPE s summary\ns{quantile=\"x\"} 1\n",
            "line 2, column 1: expected a number as \"quantile\" label, got \"x\"",
        ),
    ];
    for (text, expected) in cases {
        check(Format::Text, text, expected);
    }
}

#[test]
fn text_that_is_not_unicode_is_refused_where_it_is_not() {
    let error = parse(b"x 1\ny{a=\"\xff\"} 1\n", Format::Text).expect_err("not UTF-8");
    assert_eq!(error.to_string(), "line 2, column 6: not valid UTF-8");
}

#[test]
fn openmetrics_ends_in_eof_and_its_extras_are_understood() {
    let cases = [
        ("x 1\n# EOF\n", "x unknown \"\" \"\"\n  {__name__=\"x\"} 1\n"),
        ("x 1 1.5\n# EOF", "x unknown \"\" \"\"\n  {__name__=\"x\"} 1 @1500\n"),
        (
            "# TYPE c counter\n# UNIT c seconds\nc_total 1 # {trace=\"7\"} 0.5 1\nc_created 9\n# EOF\n",
            "c counter \"\" \"seconds\"\n  {__name__=\"c_total\"} 1\n",
        ),
        ("x 1\n", "line 2, column 1: the exposition does not end with \"# EOF\""),
        ("# EOF\nx 1\n", "line 2, column 1: text after \"# EOF\""),
    ];
    for (text, expected) in cases {
        check(Format::OpenMetrics, text, expected);
    }
}

#[test]
fn the_number_of_samples_is_limited() {
    assert!(parse_at_most(2, b"x 1\nx 1\n", Format::Text).is_ok());
    let error = parse_at_most(2, b"x 1\nx 1\ny 1\n", Format::Text).expect_err("one too many");
    assert_eq!(error.to_string(), "line 3, column 1: more than 2 samples");
}

#[test]
fn long_help_is_cut_and_too_many_labels_are_refused() {
    let text = format!("# HELP x {}\nx 1\n", "é".repeat(MAX_HELP));
    let families = parse(text.as_bytes(), Format::Text).expect("a good exposition");
    assert_eq!(families[0].help.len(), MAX_HELP);
    let labels: String = (0..limits::MAX_LABELS).map(|n| format!("l{n}=\"1\",")).collect();
    check(
        Format::Text,
        &format!("x{{{labels}}} 1\n"),
        "line 1, column 1: series with 129 labels, limit 128",
    );
}
