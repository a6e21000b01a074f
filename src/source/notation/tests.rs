use super::*;
use crate::sample::CounterReset;
use crate::time::Span;

fn values(text: &str) -> Vec<Option<f64>> {
    let series = parse_series(&format!("m {text}")).unwrap_or_else(|error| panic!("{error}"));
    let float = |noted: NotedValue| match noted.value {
        Value::Float(value) => value,
        Value::Histogram(histogram) => panic!("{histogram}"),
    };
    series.values.into_iter().map(|value| value.map(float)).collect()
}

fn histograms(text: &str) -> Vec<(Histogram, bool)> {
    let series = parse_series(&format!("m {text}")).unwrap_or_else(|error| panic!("{error}"));
    let histogram = |noted: NotedValue| match noted.value {
        Value::Histogram(histogram) => ((*histogram).clone(), noted.hint_written),
        Value::Float(value) => panic!("{value}"),
    };
    series.values.into_iter().flatten().map(histogram).collect()
}

#[test]
fn values_are_written_once_repeated_or_stepped() {
    for (text, expected) in [
        ("", &[][..]),
        ("1 2\t3 ", &[Some(1.0), Some(2.0), Some(3.0)]),
        ("_ 1 _x2", &[None, Some(1.0), None, None]),
        ("_x0 5", &[Some(5.0)]),
        ("1x2", &[Some(1.0), Some(1.0), Some(1.0)]),
        ("0x1", &[Some(0.0), Some(0.0)]),
        ("1+2x2", &[Some(1.0), Some(3.0), Some(5.0)]),
        ("-1-2x1", &[Some(-1.0), Some(-3.0)]),
        ("+1.5e+2-1e-1x1", &[Some(150.0), Some(149.9)]),
        ("Inf -inf +Inf", &[Some(f64::INFINITY), Some(f64::NEG_INFINITY), Some(f64::INFINITY)]),
        ("010 .5 5.", &[Some(8.0), Some(0.5), Some(5.0)]),
    ] {
        assert_eq!(values(text), expected, "{text}");
    }
}

#[test]
fn steps_are_added_one_after_the_other() {
    let mut expected = vec![0.0];
    for _ in 0..9 {
        expected.push(expected[expected.len() - 1] + 0.1);
    }
    let found: Vec<f64> = values("0+0.1x9").into_iter().flatten().collect();
    assert_eq!(found, expected);
    assert_ne!(found[9], 0.9);
}

#[test]
fn stale_and_not_a_number_are_told_apart() {
    let found = values("stale NaN");
    assert_eq!(found[0].map(f64::to_bits), Some(crate::sample::STALE_BITS));
    assert!(found[1].is_some_and(|value| value.is_nan() && !crate::sample::is_stale(value)));
}

#[test]
fn histograms_have_all_their_settings() {
    let text = "{{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] \
                offset:-3 n_buckets:[4 Inf] n_offset:5 counter_reset_hint:gauge}}";
    let expected = Histogram {
        counter_reset: CounterReset::Gauge,
        schema: 1,
        count: 3.1,
        sum: -0.3,
        zero_threshold: 0.05,
        zero_count: 7.1,
        positive_spans: vec![(-3, 3)],
        positive_buckets: vec![5.1, 10.0, 7.0],
        negative_spans: vec![(5, 2)],
        negative_buckets: vec![4.0, f64::INFINITY],
        custom_bounds: Vec::new(),
    };
    assert_eq!(histograms(text), [(expected, true)]);
    assert_eq!(
        histograms("{{}} {{ }}"),
        [(Histogram::default(), false), (Histogram::default(), false)]
    );
    let custom = &histograms("{{schema:-53 custom_values:[1 2.5] buckets:[1 0 2 ]}}")[0].0;
    assert_eq!((custom.schema, custom.custom_bounds.as_slice()), (-53, &[1.0, 2.5][..]));
}

#[test]
fn histograms_repeat_and_step_too() {
    let counts = |text: &str| {
        histograms(text).iter().map(|(histogram, _)| histogram.count).collect::<Vec<_>>()
    };
    assert_eq!(counts("{{count:2}}x2"), [2.0, 2.0, 2.0]);
    assert_eq!(counts("{{count:2 buckets:[2]}}+{{count:3 buckets:[1 2]}}x2"), [2.0, 5.0, 8.0]);
    assert_eq!(counts("{{count:9}}-{{count:3}}x1 {{}}"), [9.0, 6.0, 0.0]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, error) in [
        (
            "m 1 y",
            "1:5: parse error: unexpected \"y\" in series values, expected number or \"stale\"",
        ),
        (
            "m Stale",
            "1:3: parse error: unexpected \"Stale\" in series values, expected number or \"stale\"",
        ),
        (
            "m NaNx2",
            "1:3: parse error: unexpected \"NaNx2\" in series values, expected number or \"stale\"",
        ),
        ("m 1x", "1:5: parse error: invalid repetition in series values: \"\" is no whole number"),
        (
            "m 1x1.5",
            "1:5: parse error: invalid repetition in series values: \"1.5\" is no whole number",
        ),
        (
            "m 1x-1",
            "1:5: parse error: invalid repetition in series values: \"\" is no whole number",
        ),
        ("m 1+2", "1:6: parse error: unexpected end of input in series values"),
        ("m 1y", "1:4: parse error: unexpected \"y\" in series values"),
        ("m 0x1F", "1:6: parse error: unexpected \"F\" in series values"),
        (
            "m 1e999",
            "1:3: parse error: error parsing number: strconv.ParseFloat: parsing \"1e999\": value out of range",
        ),
        ("{}1", "1:3: parse error: unexpected \"1\" in series values"),
        (
            "m {} 1",
            "1:3: parse error: unexpected \"{}\" in series values, expected number or \"stale\"",
        ),
        (
            "m {{",
            "1:5: parse error: unexpected end of input in histogram description, expected a key, e.g. buckets:[5 10 7]",
        ),
        (
            "m {{count}}",
            "1:5: parse error: unexpected \"count}}\" in histogram description, expected a key, e.g. buckets:[5 10 7]",
        ),
        ("m {{sum:1 sum:2}}", "1:15: parse error: duplicate key \"sum\" in histogram"),
        ("m {{schema:1.5}}", "1:15: parse error: 1.5 is no whole number of 32 bits"),
        (
            "m {{buckets:1}}",
            "1:13: parse error: unexpected \"1}}\" in histogram description, expected \"[\"",
        ),
        (
            "m {{counter_reset_hint:no}}",
            "1:26: parse error: \"no\" is no counter reset hint: unknown, reset, not_reset, gauge",
        ),
        (
            "m {{schema:2}}+{{schema:1}}x1",
            "1:30: parse error: error combining histograms: cannot merge from schema 1 to 2",
        ),
        ("m {{}}+1x1", "1:8: parse error: unexpected \"1x1\" in series values"),
    ] {
        let message = parse_series(text).map_err(|error| error.to_string());
        assert_eq!(message.unwrap_err(), error, "{text}");
    }
}

#[test]
fn a_series_is_only_so_long() {
    let most = MAX_VALUES - 1;
    assert_eq!(values(&format!("1x{most}")).len(), MAX_VALUES);
    let expected = format!("parse error: a series may have at most {MAX_VALUES} values");
    for text in [
        format!("m 1 1x{most}"),
        format!("m _x{MAX_VALUES}0"),
        format!("m {{{{}}}}x{MAX_VALUES}"),
        format!("m 1x{}", usize::MAX),
        format!("m 1x999999999x {}", u64::MAX),
    ] {
        let error = parse_series(&text).unwrap_err().to_string();
        assert!(error.ends_with(&expected), "{error}");
    }
    assert!(parse_start_offsets(&format!("1sx{MAX_VALUES}")).is_err());
}

#[test]
fn start_times_are_durations_before_their_samples() {
    let seconds = |text: &str| -> Vec<Option<f64>> {
        let offsets = parse_start_offsets(text).unwrap_or_else(|error| panic!("{error}"));
        offsets.into_iter().map(|offset| offset.map(Span::seconds)).collect()
    };
    assert_eq!(seconds("_ -30s-1mx2"), [None, Some(-30.0), Some(-90.0), Some(-150.0)]);
    assert_eq!(seconds("_x2 -1mx1 0"), [None, None, Some(-60.0), Some(-60.0), Some(0.0)]);
    assert_eq!(seconds("1ms+1mx1"), [Some(0.001), Some(60.001)]);
    assert_eq!(seconds("-0msx1"), [Some(0.0), Some(0.0)]);
    assert_eq!(seconds("-5s _ * *x1"), [Some(-5.0), None, Some(-5.0), Some(-5.0), Some(-5.0)]);
    for text in ["x", "5", "-", "1mx", "1y1y"] {
        assert!(parse_start_offsets(text).is_err(), "{text}");
    }
}

#[test]
fn histograms_are_written_as_they_are_read() {
    for text in [
        "{{}}",
        "{{schema:1 count:3.5 sum:-0.3 z_bucket:7 z_bucket_w:0.05 counter_reset_hint:gauge \
         offset:-3 buckets:[5.1 10 7] n_offset:5 n_buckets:[4 1e+06]}}",
        "{{schema:-53 custom_values:[1 2.5] buckets:[1 0 2]}}",
    ] {
        assert_eq!(format_histogram(&histograms(text)[0].0), text);
    }
    let gaps = Histogram {
        positive_spans: vec![(1, 1), (2, 1)],
        positive_buckets: vec![1.0, 3.0],
        ..Histogram::default()
    };
    assert_eq!(format_histogram(&gaps), "{{offset:1 buckets:[1 0 0 3]}}");
}

#[test]
fn the_buckets_that_are_added_up_are_limited() {
    let series = |more: usize| {
        parse_series(&format!("h {{{{buckets:[1 1]}}}}+{{{{buckets:[1 1]}}}}x{more}"))
    };
    assert!(series(1000).is_ok());
    let error = series(MAX_BUCKETS / 4 + 1).unwrap_err().to_string();
    let beyond_values = series(MAX_VALUES).is_err();
    assert!(error.contains("at most") && beyond_values, "{error}");
    let error = parse_series("h {{buckets:[1 1 1 1]}}+{{buckets:[1 1 1 1]}}x600000").unwrap_err();
    assert!(error.to_string().contains(&format!("at most {MAX_BUCKETS} buckets")), "{error}");
}
