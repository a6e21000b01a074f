use super::*;

fn report(text: &str) -> Report {
    run("case.test", text)
}

/// The script must pass whole: that many evaluations, no failure.
fn passes(text: &str, evaluations: usize) {
    let report = report(text);
    assert!(report.failures.is_empty(), "{report}");
    assert_eq!(report.passed, evaluations, "{report}");
}

/// The script must fail once, at a line, with a message that begins so.
fn fails(text: &str, line: usize, message: &str) {
    let report = report(text);
    let [failure] = &report.failures[..] else { panic!("{report}") };
    assert_eq!(failure.line, line, "{report}");
    assert!(failure.message.starts_with(message), "{report}");
}

#[test]
fn values_series_and_order_are_compared() {
    passes(
        "load 1m
           m{a=\"1\"} 1 2 3
           m{a=\"2\"} 4 _ stale

         eval instant at 1m m
           m{a=\"1\"} 2
           m{a=\"2\"} 4

         eval range from 0 to 2m step 1m m
           m{a=\"1\"} 1 2 3
           m{a=\"2\"} 4 4 _

         eval instant at 1m sort_desc(m)
           expect ordered
           m{a=\"2\"} 4
           m{a=\"1\"} 2

         eval instant at 0 1 + 1
           2

         eval instant at 0 \"a\\\"b\"
           expect string \"a\\\"b\"

         eval instant at 2m m{a=\"1\"}[2m]
           expect range vector from 1m to 2m step 1m
           m{a=\"1\"} 2 3",
        6,
    );
}

#[test]
fn what_differs_is_told_side_by_side_with_its_line() {
    let text = "load 1m\n  m{a=\"1\"} 1\n  m{a=\"2\"} 2\n\n\
                eval instant at 0 m\n  m{a=\"1\"} 1.1\n  m{a=\"3\"} 3\n";
    let expected = "\
case.test:5: the result is not as expected
    m
      expected                    got
    ! {__name__=\"m\", a=\"1\"} 1.1   {__name__=\"m\", a=\"1\"} 1
    ! (nothing)                   {__name__=\"m\", a=\"2\"} 2
    ! {__name__=\"m\", a=\"3\"} 3     (nothing)
case.test: 0 passed, 1 failed
";
    assert_eq!(report(text).to_string(), expected);
}

#[test]
fn differences_in_kind_order_and_values_fail() {
    let load = "load 1m\n m{a=\"1\"} 1 2\n m{a=\"2\"} 2 1\n\n";
    for (eval, message) in [
        ("eval instant at 0 m\n m{a=\"1\"} 1", "the result is not as expected"),
        ("eval instant at 0 1\n {} 1", "expected series, got a scalar, 1"),
        ("eval instant at 0 m\n 1", "expected a scalar, got a vector of 2 elements"),
        ("eval instant at 0 2\n 3", "the value is not as expected"),
        ("eval instant at 0 'a'\n expect string 'b'", "the value is not as expected"),
        (
            "eval_ordered instant at 0 sort(m)\n m{a=\"2\"} 2\n m{a=\"1\"} 1",
            "the order is not as expected",
        ),
        (
            "eval range from 0 to 1m step 1m m\n m{a=\"1\"} 1 2 3\n m{a=\"2\"} 2 1",
            "{__name__=\"m\", a=\"1\"}: 3 values expected at 2 moments",
        ),
        (
            "eval range from 0 to 1m step 1m m\n m{a=\"1\"} 1 2\n m{a=\"2\"} 2 _",
            "the result is not as expected",
        ),
        ("eval instant at 0 m +", "failed: 1:4: parse error: unexpected end of input"),
    ] {
        fails(&format!("{load}{eval}"), 5, message);
    }
}

#[test]
fn failures_and_annotations_are_expected_in_all_forms() {
    let load = "load 1m\n g 1 2 3\n x{a=\"1\"} 1\n x{a=\"2\"} 1\n\n";
    let duplicate = "vector cannot contain metrics with the same labelset";
    for eval in [
        "eval_fail instant at 0 topk(NaN, x)".to_owned(),
        format!("eval instant at 0 label_replace(x, 'a', '', '', '')\n expect fail msg: {duplicate}"),
        "eval instant at 0 label_replace(x, 'a', '', '', '')\n expect fail regex: same .*set$".to_owned(),
        format!("eval_fail instant at 0 label_replace(x, 'a', '', '', '')\n expected_fail_message {duplicate}"),
        "eval_fail instant at 0 label_replace(x, 'a', '', '', '')\n expected_fail_regexp labelset".to_owned(),
        "eval instant at 0 x +\n expect fail regex: unexpected end".to_owned(),
        "eval_info instant at 2m rate(g[5m])\n {} 0.008333333".to_owned(),
        "eval instant at 2m rate(g[5m])\n expect info\n expect no_warn\n {} 0.008333333".to_owned(),
        "eval instant at 2m rate(g[5m])\n expect info regex: might not be a counter.*\\(1:6\\)\n {} 0.008333333".to_owned(),
        "eval_warn instant at 0 quantile(2, g)\n {} Inf".to_owned(),
        "eval instant at 0 g\n expect no_info\n expect no_warn\n g 1".to_owned(),
    ] {
        passes(&format!("{load}{eval}"), 1);
    }
    for (eval, message) in [
        ("eval_fail instant at 0 x", "expected a failure, got none"),
        (
            "eval instant at 0 x +\n expect fail msg: other",
            "expected to fail with other, failed with 1:4: ",
        ),
        ("eval instant at 2m rate(g[5m])\n expect no_info", "expected no info, got: PromQL info: "),
        ("eval_warn instant at 0 g\n g 1", "expected some warning, got none"),
        ("eval instant at 0 g\n expect warn msg: a\n g 1", "expected warning a, got: none"),
    ] {
        fails(&format!("{load}{eval}"), 6, message);
    }
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_goes_on() {
    for (block, line, message) in [
        ("laod 1m\n m 1", 1, "unknown command \"laod\""),
        ("load\n m 1", 1, "empty duration string"),
        ("load 1x\n m 1", 1, "unknown unit \"x\""),
        ("load 1m\n m 1 y", 2, "1:5: parse error: unexpected \"y\""),
        ("load 1m\n m@st 1s", 2, "a line of start times must be followed"),
        ("load 1m\n m@st 1s\n n 1", 3, "the line before has start times of"),
        ("load 1m\n m@st 1s\n m 1 2", 3, "1 start times but 2 values"),
        ("eval", 1, "expected \"instant\" or \"range\""),
        ("eval instant at 1m", 1, "an expression is missing"),
        ("eval range from 1m to 0 step 1m m", 1, "the end is before the start"),
        ("eval range from 0 to 1m step 0 m", 1, "the step must be positive"),
        ("eval instant at 0 m\n m 1 2", 2, "an instant vector has one value a series"),
        ("eval instant at 0 m\n expect nothing", 2, "nothing called \"nothing\" can be expected"),
        ("eval instant at 0 m\n expect warn text", 2, "expected \"msg:\" or \"regex:\""),
        ("eval instant at 0 m\n expect string a", 2, "expected a quoted text"),
        ("eval instant at 0 m\n expect warn\n expect no_warn", 3, "warn and no_warn cannot"),
        ("eval instant at 0 m\n expect fail\n expect fail", 3, "only one failure can be expected"),
        ("eval_never instant at 0 m", 1, "unknown command \"eval_never\""),
    ] {
        let text = format!("{block}\n\nclear\n\neval instant at 0 1\n 1\n");
        fails(&text, line, message);
        assert_eq!(report(&text).passed, 1, "{text}");
    }
}

#[test]
fn loads_add_up_until_they_are_cleared() {
    passes(
        "load 1m\n a 1\n\nload 30s\n b 1 2\n a _ 5\n
         # a comment ends a block, as a blank line does
         eval instant at 30s {__name__=~\"a|b\"}\n a 5\n b 2\n
         clear\n
         eval instant at 30s {__name__=~\"a|b\"}",
        2,
    );
}

#[test]
fn classic_histograms_are_loaded_as_native_ones_too() {
    passes(
        "load_with_nhcb 1m
           h_bucket{le=\"1\"} 2
           h_bucket{le=\"2.5\"} 5
           h_bucket{le=\"+Inf\"} 6
           h_count 6
           h_sum 11.5

         eval instant at 0 h
           h {{schema:-53 count:6 sum:11.5 custom_values:[1 2.5] buckets:[2 3 1]}}",
        1,
    );
    let falling = "load_with_nhcb 1m\n h_bucket{le=\"1\"} 2\n h_bucket{le=\"2\"} 1\n";
    fails(falling, 1, "{__name__=\"h\"}: bucket counts must not decrease");
}

#[test]
fn histograms_come_back_with_the_hints_of_a_store() {
    passes(
        "load 1m
           h {{count:1 buckets:[1]}} {{count:2 buckets:[2]}} {{count:1 buckets:[1]}}
           g {{count:1 counter_reset_hint:gauge}}

         eval range from 0 to 2m step 1m h
           h {{count:1 buckets:[1] counter_reset_hint:unknown}} \
             {{count:2 buckets:[2] counter_reset_hint:not_reset}} \
             {{count:1 buckets:[1] counter_reset_hint:unknown}}

         eval instant at 0 g
           g {{count:1 counter_reset_hint:gauge}}",
        2,
    );
    fails(
        "load 1m\n h {{count:1}}\n\neval instant at 0 h\n h {{count:1 counter_reset_hint:gauge}}",
        4,
        "the result",
    );
}

#[test]
fn numbers_may_differ_a_little() {
    for (value, written, same) in [
        ("1", "1.0000001", true),
        ("1", "1.00001", false),
        ("0", "1e-300", false),
        ("NaN", "NaN", true),
        ("NaN", "stale", false),
        ("Inf", "-Inf", false),
        ("0x10", "16", true),
        ("-1", "-0x1", true),
    ] {
        let report = report(&format!("eval instant at 0 vector({value})\n {{}} {written}\n"));
        let report = match written.contains('x') {
            true => super::run("case.test", &format!("eval instant at 0 {value}\n {written}\n")),
            false => report,
        };
        assert_eq!(report.failures.is_empty(), same, "{value} {written}: {report}");
    }
}

#[test]
fn what_a_script_loads_is_limited() {
    let series: String = (0..3).map(|index| format!("  up{{i=\"{index}\"}} _x999999\n")).collect();
    let report = super::run("a.test", &format!("load 1m\n{series}"));
    let messages: Vec<_> = report.failures.iter().map(|failure| &*failure.message).collect();
    assert_eq!(messages, ["a script may load at most 2000000 values"]);
}
