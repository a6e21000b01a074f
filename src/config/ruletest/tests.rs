use super::*;

fn refuse(text: &str, expected: &[&str]) {
    let said: Vec<String> = match parse("t.yml", text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(said, expected, "{text}");
}

#[test]
fn every_field_is_read_and_the_rest_has_promtools_defaults() {
    let file = parse(
        "t.yml",
        "rule_files: [a.yml]\nevaluation_interval: 30s\ngroup_eval_order: [b, a]\n\
         fuzzy_compare: true\ntests:\n- name: n\n  interval: 15s\n  start_timestamp: 1.5\n  \
         external_labels: {r: eu}\n  external_url: http://x\n  input_series:\n  - series: up\n    \
         values: 0x10\n  alert_rule_test:\n  - eval_time: 1m\n    alertname: A\n    exp_alerts:\n    \
         - exp_labels: {a: b}\n      exp_annotations: {c: d}\n  promql_expr_test:\n  - expr: up\n    \
         eval_time: 2m\n    exp_samples: [{labels: up, value: 1e3}, {value: .inf}]\n- {}\n",
    )
    .unwrap();
    assert_eq!(file.evaluation_interval, Span::from_secs(30));
    assert_eq!((file.comparison, file.group_eval_order.len()), (FloatComparison::Fuzzy, 2));
    let [first, second] = &file.tests[..] else { panic!("{file:?}") };
    assert_eq!((first.interval, second.interval), (Span::from_secs(15), Span::from_secs(30)));
    assert_eq!((first.line, first.start), (6, Timestamp::from_millis(1500)));
    assert_eq!(first.input_series[0].values, "0x10");
    assert_eq!(
        first.alerts[0].expected[0].labels,
        Labels::from_pairs([("a", "b"), ("alertname", "A")])
    );
    assert_eq!(first.queries[0].expected[0].value, 1000.0);
    assert_eq!(first.queries[0].expected[1].value, f64::INFINITY);
    assert_eq!(parse("t.yml", "").unwrap().evaluation_interval, Span::from_mins(1));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    refuse(
        "tests:\n- inteval: 1m\n",
        &["t.yml:2:3: field inteval not found in type main.testGroup: did you mean interval?"],
    );
    refuse(
        "group_eval_order: [a, b, a]",
        &["t.yml:1:26: group name repeated in evaluation order: a"],
    );
    refuse(
        "tests:\n- name: n\n  alert_rule_test:\n  - eval_time: 90s\n",
        &["t.yml:4:5: an item under alert_rule_test misses required attribute alertname at \
           eval_time 1m30s (in TestGroup n)"],
    );
    refuse(
        "tests: [{start_timestamp: soon}]",
        &["t.yml:1:27: start_timestamp \"soon\" is neither RFC 3339 nor seconds since 1970"],
    );
    refuse(
        "tests: [{promql_expr_test: [{exp_samples: [{value: many}]}]}]",
        &["t.yml:1:52: cannot unmarshal !!str `many` into float64"],
    );
    refuse(
        "tests: [{promql_expr_test: [{eval_time: -5m}]}]",
        &["t.yml:1:41: not a valid duration string: \"-5m\""],
    );
}
