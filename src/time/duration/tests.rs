use super::*;

const DAY_MILLIS: i64 = 86_400_000;

fn check<E: ToString>(result: Result<Span, E>, expect: Result<i64, &str>, text: &str) {
    let shown = result.map(Span::millis).map_err(|error| error.to_string());
    assert_eq!(shown, expect.map_err(str::to_owned), "{text:?}");
}

#[test]
fn prometheus_durations_are_whole_numbers_in_descending_units() {
    let cases: &[(&str, Result<i64, &str>)] = &[
        ("0", Ok(0)),
        ("0s", Ok(0)),
        ("0w", Ok(0)),
        ("324ms", Ok(324)),
        ("3s", Ok(3000)),
        ("5m", Ok(300_000)),
        ("1h", Ok(3_600_000)),
        ("4d", Ok(4 * DAY_MILLIS)),
        ("4d1h", Ok(4 * DAY_MILLIS + 3_600_000)),
        ("14d", Ok(14 * DAY_MILLIS)),
        ("3w", Ok(21 * DAY_MILLIS)),
        ("3w2d1h", Ok(23 * DAY_MILLIS + 3_600_000)),
        ("10y", Ok(3650 * DAY_MILLIS)),
        ("1h30m", Ok(5_400_000)),
        ("1s1ms", Ok(1001)),
        ("292y", Ok(292 * 365 * DAY_MILLIS)),
        ("", Err("empty duration string")),
        ("1", Err("not a valid duration string: \"1\"")),
        ("5m1h", Err("not a valid duration string: \"5m1h\"")),
        ("1m1m", Err("not a valid duration string: \"1m1m\"")),
        ("-1w", Err("not a valid duration string: \"-1w\"")),
        ("1.5d", Err("unknown unit \".\" in duration \"1.5d\"")),
        (" 1d", Err("not a valid duration string: \" 1d\"")),
        ("1d ", Err("unknown unit \"d \" in duration \"1d \"")),
        ("1µs", Err("unknown unit \"µs\" in duration \"1µs\"")),
        ("d", Err("not a valid duration string: \"d\"")),
        ("294y", Err("duration out of range")),
        ("200y10400w", Err("duration out of range")),
        ("107675d", Err("duration out of range")),
        ("2584200h", Err("duration out of range")),
        ("99999999999999999999s", Err("not a valid duration string: \"99999999999999999999s\"")),
    ];
    for (text, expect) in cases {
        check(parse_prometheus(text), *expect, text);
    }
}

#[test]
fn prometheus_durations_are_printed_largest_unit_first() {
    let cases: &[(&str, &str)] = &[
        ("0", "0s"),
        ("324ms", "324ms"),
        ("90d", "90d"),
        ("3w2d1h", "23d1h"),
        ("14d", "2w"),
        ("52w1d", "1y"),
        ("1y1d", "366d"),
        ("1h30m", "1h30m"),
        ("3600s", "1h"),
        ("90s500ms", "1m30s500ms"),
    ];
    for (text, expect) in cases {
        let span = parse_prometheus(text).unwrap();
        assert_eq!(format_prometheus(span), *expect, "{text:?}");
        assert_eq!(parse_prometheus(expect), Ok(span));
    }
    assert_eq!(format_prometheus(Span::from_mins(-5)), "-5m");
}

#[test]
fn go_durations_are_decimal_and_signed() {
    let cases: &[(&str, Result<i64, &str>)] = &[
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("5s", Ok(5000)),
        ("1h2m3.5s", Ok(3_723_500)),
        ("-1.5h", Ok(-5_400_000)),
        (".5s", Ok(500)),
        ("5.s", Ok(5000)),
        ("1us", Ok(1)),
        ("-1ns", Ok(-1)),
        ("1500µs", Ok(1)),
        ("3m2m", Ok(300_000)),
        ("0.3333333333333333333h", Ok(1_200_000)),
        ("9223372036854775807ns", Ok(9_223_372_036_854)),
        ("-9223372036854775808ns", Ok(-9_223_372_036_854)),
        ("9223372036854775808ns", Err("time: invalid duration \"9223372036854775808ns\"")),
        ("9223372036854775.808us", Err("time: invalid duration \"9223372036854775.808us\"")),
        ("3000000h", Err("time: invalid duration \"3000000h\"")),
        ("", Err("time: invalid duration \"\"")),
        ("-", Err("time: invalid duration \"-\"")),
        (".s", Err("time: invalid duration \".s\"")),
        ("3", Err("time: missing unit in duration \"3\"")),
        ("1d", Err("time: unknown unit \"d\" in duration \"1d\"")),
        ("1é", Err(r#"time: unknown unit "\xc3\xa9" in duration "1\xc3\xa9""#)),
        ("1 s", Err("time: unknown unit \" s\" in duration \"1 s\"")),
    ];
    for (text, expect) in cases {
        check(parse_go(text), *expect, text);
    }
}

#[test]
fn flags_take_days_and_weeks_too() {
    check(parse_flag("1w2d"), Ok(9 * DAY_MILLIS), "1w2d");
    check(parse_flag("0.5d"), Ok(DAY_MILLIS / 2), "0.5d");
    check(parse_flag("120h"), Ok(5 * DAY_MILLIS), "120h");
    check(parse_flag("1M"), Err("time: unknown unit \"M\" in duration \"1M\""), "1M");
}

#[test]
fn lengths_are_printed_as_go_prints_them() {
    let cases: &[(i64, &str)] = &[
        (0, "0s"),
        (500, "500ms"),
        (1000, "1s"),
        (1500, "1.5s"),
        (90_000, "1m30s"),
        (60_000, "1m0s"),
        (3_600_000, "1h0m0s"),
        (-5_400_010, "-1h30m0.01s"),
        (432_000_000, "120h0m0s"),
    ];
    for (millis, expect) in cases {
        assert_eq!(format_go(Span::from_millis(*millis)), *expect);
    }
}
