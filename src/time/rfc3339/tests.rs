use super::*;

/// Texts and what the genuine Alertmanager makes of them.
const READ: &[(&str, Result<&str, &str>)] = &[
    ("", Ok("1970-01-01T00:00:00.000Z")),
    ("2006-01-02T15:04:05Z", Ok("2006-01-02T15:04:05.000Z")),
    ("2006-01-02T15:04:05.1Z", Ok("2006-01-02T15:04:05.100Z")),
    ("2006-01-02T15:04:05.123456789Z", Ok("2006-01-02T15:04:05.123Z")),
    ("2006-01-02T15:04:05,5Z", Ok("2006-01-02T15:04:05.500Z")),
    ("2006-01-02T15:04:05+01:00", Ok("2006-01-02T14:04:05.000Z")),
    ("2006-01-02T15:04:05.123+0100", Ok("2006-01-02T14:04:05.123Z")),
    ("2006-01-02T15:04:05.123456+0100", Ok("2006-01-02T14:04:05.123Z")),
    ("2006-01-02T15:04:05+0100", Err(r#": extra text: "T15:04:05+0100""#)),
    ("2006-01-02T15:04:05.12+0100", Err(r#": extra text: "T15:04:05.12+0100""#)),
    ("2006-01-02T15:04:05", Ok("2006-01-02T15:04:05.000Z")),
    ("2006-01-02T15:04:05.5", Ok("2006-01-02T15:04:05.500Z")),
    ("2006-01-02T15:04Z", Ok("2006-01-02T15:04:00.000Z")),
    ("2006-01-02T15:04", Ok("2006-01-02T15:04:00.000Z")),
    ("2006-01-02T15:04+01:00", Err(r#": extra text: "T15:04+01:00""#)),
    ("2006-01-02 15:04:05.25", Ok("2006-01-02T15:04:05.250Z")),
    ("2006-01-02 15:04", Err(r#": extra text: " 15:04""#)),
    ("2006-01-02 15:04:05Z", Err(r#": extra text: " 15:04:05Z""#)),
    ("2006-01-02", Ok("2006-01-02T00:00:00.000Z")),
    ("2006-01-02T5:04:05Z", Ok("2006-01-02T05:04:05.000Z")),
    ("2006-01-02T15:04:05+24:00", Ok("2006-01-01T15:04:05.000Z")),
    ("2006-01-02T15:04:05+23:60", Ok("2006-01-01T15:04:05.000Z")),
    ("2006-01-02T15:04:05-00:30", Ok("2006-01-02T15:34:05.000Z")),
    ("2006-01-02T15:04:05+25:00", Err(r#": extra text: "T15:04:05+25:00""#)),
    ("0000-01-01T00:00:00Z", Ok("0000-01-01T00:00:00.000Z")),
    ("1969-12-31T23:59:59.999Z", Ok("1969-12-31T23:59:59.999Z")),
    ("9999-12-31T23:59:59.999999999Z", Ok("9999-12-31T23:59:59.999Z")),
    ("2006-1-2", Err(r#" as "2006-01-02": cannot parse "1-2" as "01""#)),
    ("x", Err(r#" as "2006-01-02": cannot parse "x" as "2006""#)),
    ("é", Err(r#" as "2006-01-02": cannot parse "\xc3\xa9" as "2006""#)),
    ("2006", Err(r#" as "2006-01-02": cannot parse "" as "-""#)),
    ("2006/01/02", Err(r#" as "2006-01-02": cannot parse "/01/02" as "-""#)),
    ("1136214245", Err(r#" as "2006-01-02": cannot parse "214245" as "-""#)),
    ("2006-13-01", Err(": month out of range")),
    ("2006-00-01", Err(": month out of range")),
    ("2006-02-30", Err(": day out of range")),
    ("2006-01-00", Err(": day out of range")),
    ("2006-01-02x", Err(r#": extra text: "x""#)),
    ("2006-01-02T24:00:00Z", Err(r#": extra text: "T24:00:00Z""#)),
    ("2006-01-02T15:04:60Z", Err(r#": extra text: "T15:04:60Z""#)),
    ("2006-01-02t15:04:05z", Err(r#": extra text: "t15:04:05z""#)),
    ("2006-01-02T15:04:05.Z", Err(r#": extra text: "T15:04:05.Z""#)),
    ("2006-01-02T15:04:05+01", Err(r#": extra text: "T15:04:05+01""#)),
];

#[test]
fn every_layout_is_read_that_alertmanager_reads() {
    for (text, expect) in READ {
        let read = parse(text).map(millis).map_err(|error| error.to_string());
        let expect = expect
            .map(str::to_owned)
            .map_err(|problem| format!("parsing time {}{problem}", quoted_bytes(text)));
        assert_eq!(read, expect, "{text:?}");
    }
}

#[test]
fn year_one_means_not_set() {
    for text in ["0001-01-01T00:00:00.000Z", "0001-01-01", "0001-01-01T01:00:00+01:00"] {
        assert_eq!(parse_optional(text), Ok(None), "{text}");
    }
    assert_eq!(parse_optional(""), Ok(Some((Timestamp::from_millis(0), Detail::default()))));
    assert_eq!(millis(GO_ZERO), "0001-01-01T00:00:00.000Z");
    assert_eq!(nano(GO_ZERO), "0001-01-01T00:00:00Z");
}

#[test]
fn nanoseconds_and_the_zone_are_kept_beside_the_milliseconds() {
    for (text, at, nanos, shown) in [
        (
            "2026-01-01T00:00:00.123456789+02:00",
            1_767_218_400_123,
            456_789,
            "2026-01-01T00:00:00.123+02:00",
        ),
        (
            "2026-01-01T00:00:00.1234567899-03:30",
            1_767_238_200_123,
            456_789,
            "2026-01-01T00:00:00.123-03:30",
        ),
        ("2026-01-01T00:00:00.0000001Z", 1_767_225_600_000, 100, "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00+00:00", 1_767_225_600_000, 0, "2026-01-01T00:00:00.000Z"),
        ("1969-12-31T23:59:59.999999999Z", -1, 999_999, "1969-12-31T23:59:59.999Z"),
        ("2026-01-01", 1_767_225_600_000, 0, "2026-01-01T00:00:00.000Z"),
    ] {
        let (read, detail) = parse_detailed(text).unwrap();
        assert_eq!((read.millis(), detail.nanos()), (at, nanos), "{text}");
        assert_eq!(millis_in_zone(read, detail), shown, "{text}");
    }
    let first = parse_optional("0001-01-01T00:00:00.000000001Z").unwrap();
    assert_eq!(first, Some((GO_ZERO, Detail::new(1, 0))), "a nanosecond later is a time");
}

#[test]
fn the_strict_reading_needs_seconds_and_a_zone() {
    for (text, takes) in [
        ("2006-01-02T15:04:05Z", true),
        ("2006-01-02T15:04:05.5-07:00", true),
        ("2006-01-02T15:04:05", false),
        ("2006-01-02T15:04Z", false),
        ("2006-01-02", false),
        ("2006-01-02T15:04:05.123+0100", false),
        ("2006-01-02T15:04:05Zx", false),
        ("", false),
    ] {
        assert_eq!(parse_strict(text).is_some(), takes, "{text:?}");
    }
}

#[test]
fn times_are_written_as_go_writes_them() {
    for (at, api, nanos, text) in [
        (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z", "1970-01-01 00:00:00 +0000 UTC"),
        (
            1_643_114_203_500,
            "2022-01-25T12:36:43.500Z",
            "2022-01-25T12:36:43.5Z",
            "2022-01-25 12:36:43.5 +0000 UTC",
        ),
        (
            1_643_114_203_007,
            "2022-01-25T12:36:43.007Z",
            "2022-01-25T12:36:43.007Z",
            "2022-01-25 12:36:43.007 +0000 UTC",
        ),
    ] {
        let at = Timestamp::from_millis(at);
        assert_eq!((millis(at).as_str(), nano(at).as_str()), (api, nanos));
        assert_eq!(go_text(at), text);
    }
    assert_eq!(millis(Timestamp::MAX), "292278994-08-17T07:12:55.807Z");
    assert_eq!(millis(Timestamp::MIN), "-292275055-05-16T16:47:04.192Z");
}
