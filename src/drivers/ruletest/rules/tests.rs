use std::path::{Path, PathBuf};

use super::*;

const RULES: &str = "groups:\n- name: g\n  interval: 7h\n  rules:\n  - alert: Down\n    \
    expr: up == 0\n    for: 2m\n    labels: {severity: page}\n    annotations:\n      \
    summary: '{{ $labels.job }} in {{ $externalLabels.region }}'\n  - record: ups\n    \
    expr: sum(up)\n";

/// Runs one file beside the rules above.
fn ran(tests: &str, conduct: &Conduct) -> Report {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("r.yml"), RULES).unwrap();
    let path = directory.path().join("t.yml");
    std::fs::write(&path, tests).unwrap();
    run_file(&path, conduct)
}

fn texts(report: &Report) -> Vec<String> {
    assert_eq!(report.aborted, None);
    report.cases.iter().flat_map(|case| &case.faults).map(|fault| fault.text.clone()).collect()
}

fn check(tests: &str, expected: &[&str]) {
    assert_eq!(texts(&ran(tests, &Conduct::default())), expected, "{tests}");
}

#[test]
fn alerts_are_those_that_fire_after_the_evaluation_before() {
    let test = |at: &str, alerts: &str| {
        format!(
            "rule_files: [r.yml]\ntests:\n- external_labels: {{region: eu}}\n  input_series: \
             [{{series: 'up{{job=\"a\"}}', values: '1 0x9'}}]\n  alert_rule_test: [{{eval_time: \
             {at}, alertname: Down, exp_alerts: {alerts}}}]\n"
        )
    };
    let fires = "[{exp_labels: {job: a, severity: page}, exp_annotations: {summary: a in eu}}]";
    check(&test("2m59s", "[]"), &[]);
    check(&test("3m", fires), &[]);
    check(&test("3m59s", fires), &[]);
    check(
        &test("5m", "[]"),
        &[
            "    alertname: Down, time: 5m, \n        exp:[], \n        got:[\n            0:\n              \
           Labels:{alertname=\"Down\", job=\"a\", severity=\"page\"}\n              \
           Annotations:{summary=\"a in eu\"}\n            ]",
        ],
    );
}

#[test]
fn expressions_see_what_the_last_evaluation_saw() {
    check(
        "rule_files: [r.yml]\nevaluation_interval: 1m\ntests:\n- interval: 10s\n  input_series: \
         [{series: up, values: 1x30}]\n  promql_expr_test:\n  - {expr: ups, eval_time: 90s, \
         exp_samples: [{labels: ups, value: 1}]}\n  - {expr: timestamp(up), eval_time: 90s, \
         exp_samples: [{value: 60}]}\n",
        &[],
    );
}

#[test]
fn values_must_be_equal_to_the_last_bit() {
    check(
        "tests:\n- input_series: [{series: a, values: 0.1}, {series: b, values: 0.2}]\n  \
         promql_expr_test:\n  - {expr: a + b, exp_samples: [{value: 0.3}]}\n  \
         - {expr: c, exp_samples: [{labels: c, value: 1}]}\n  - {expr: a +}\n  \
         - {expr: a, exp_samples: [{labels: 'a{'}]}\n",
        &[
            "    expr: \"a + b\", time: 0s,\n        exp: {} 3E-01\n        got: {} \
             3.0000000000000004E-01",
            "    expr: \"c\", time: 0s,\n        exp: {__name__=\"c\"} 1E+00\n        got: nil",
            "    expr: \"a +\", time: 0s, err: 1:4: parse error: unexpected end of input",
            "    expr: \"a\", time: 0s, err: labels \"a{\": 1:3: parse error: unexpected end of \
             input inside braces",
        ],
    );
}

#[test]
fn only_tests_whose_name_matches_run() {
    let text = "tests:\n- {name: one}\n- {name: two}\n- {}\n";
    let conduct = Conduct { run: Pattern::unanchored("tw|x").ok(), ..Conduct::default() };
    let names = |conduct| -> Vec<String> {
        ran(text, conduct).cases.into_iter().map(|case| case.name).collect()
    };
    assert_eq!(names(&conduct), ["two"]);
    assert_eq!(names(&Conduct::default()), ["one", "two", "unnamed#2"]);
}

#[test]
fn files_that_are_missing_or_wrong_are_told() {
    let report = run_file(Path::new("/nowhere/t.yml"), &Conduct::default());
    assert!(report.aborted.unwrap().starts_with("/nowhere/t.yml: No such file"));
    let report = ran("rule_files: [none.yml]\n", &Conduct::default());
    assert!(report.passed() && report.warnings[0].starts_with("no file match pattern "));
    assert!(ran("tets: []", &Conduct::default()).aborted.unwrap().contains(":1:1: field tets"));
}

#[test]
fn impossible_times_are_refused() {
    let report = ran(
        "evaluation_interval: 1ms\ntests:\n- promql_expr_test: [{expr: '1', eval_time: 100d}]\n",
        &Conduct::default(),
    );
    assert!(texts(&report)[0].contains("8640000000 evaluation intervals from the start: at most"));
    check(
        "tests: [{input_series: [{series: a, values: '0x1000000 1x1000000'}]}]",
        &["2:12: parse error: a series may have at most 1000000 values"],
    );
}

#[test]
fn the_order_of_groups_can_be_chosen() {
    let rules = "groups:\n- {name: late, rules: [{record: b, expr: a}]}\n\
        - {name: early, rules: [{record: a, expr: '1'}]}\n";
    let tests = |order: &str, expected: &str| {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("r.yml"), rules).unwrap();
        let path = directory.path().join("t.yml");
        let text = format!(
            "rule_files: [r.yml]\ngroup_eval_order: {order}\ntests: [{{promql_expr_test: \
             [{{expr: b, exp_samples: {expected}}}]}}]\n"
        );
        std::fs::write(&path, text).unwrap();
        assert_eq!(texts(&run_file(&path, &Conduct::default())), [""; 0]);
    };
    tests("[early, late]", "[{labels: b, value: 1}]");
    tests("[]", "[]");
}

#[test]
fn the_dump_has_all_series_but_stale_markers() {
    let conduct = Conduct { detail: Detail::Everything, ..Conduct::default() };
    let report = ran(
        "tests: [{input_series: [{series: a, values: 1 2 stale}], promql_expr_test: [{expr: '1', \
         eval_time: 3m, exp_samples: [{value: 1}]}]}]",
        &conduct,
    );
    assert!(report.passed());
    assert_eq!(
        report.cases[0].dump,
        "DEBUG: Dump of all data (input_series and rules) at 3m1s:\n{__name__=\"a\"} =>\n2 @[60000]\n"
    );
}

#[test]
fn conformance_files_get_promtools_verdicts() {
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let given = std::env::var_os("FIREBELL_CONFORMANCE").map(PathBuf::from);
    let directory = given.unwrap_or(fallback).join("promtool");
    if !directory.is_dir() {
        eprintln!("skipped: no conformance data at {}", directory.display());
        return;
    }
    // Verdicts of promtool 3.5, those of files with start_timestamp of 3.14.
    let verdicts = [
        ("unittest", true, 0),
        ("failing", false, 4),
        ("long-period", true, 0),
        ("start-time-test", true, 0),
        ("rules_run", false, 1),
        ("rules_run_extrafields", false, 1),
        ("rules_run_fuzzy", false, 2),
        ("at-modifier-test", true, 0),
        ("bad-input-series", false, 1),
        ("bad-promql", false, 1),
        ("bad-rules-error-test", false, 1),
        ("bad-rules-syntax-test", false, 1),
    ];
    let files: Vec<PathBuf> =
        verdicts.iter().map(|(name, ..)| directory.join(format!("{name}.yml"))).collect();
    for (report, (name, good, faults)) in run(&files, &Conduct::default()).iter().zip(verdicts) {
        assert_eq!((report.passed(), texts(report).len()), (good, faults), "{name}: {report:#?}");
    }
    let lenient = Conduct { unknown_fields: UnknownFields::Ignore, ..Conduct::default() };
    assert!(run_file(&directory.join("rules_run_extrafields.yml"), &lenient).passed());
}
