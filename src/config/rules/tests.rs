use super::*;

use crate::config::conformance;
use crate::rules::RuleKind;

const GUIDE: &str = include_str!("../../../rules/airflow.yml");

fn load(text: &str) -> Result<(Vec<Group>, Vec<String>), ConfigErrors> {
    parse("r.yml", text, &RuleOptions::default(), Expansion::Off)
}

fn loaded(text: &str) -> Vec<Group> {
    load(text).unwrap_or_else(|errors| panic!("{errors}\n{text}")).0
}

fn check(text: &str, expect: &[&str]) {
    let said: Vec<String> = match load(text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(said, expect, "{text}");
}

#[test]
fn every_field_of_a_group_and_a_rule_is_read() {
    let groups = loaded(
        "groups:\n- name: g\n  interval: 30s\n  query_offset: 1m\n  limit: 5\n  \
         labels: {team: a, x: group}\n  rules:\n  - alert: A\n    expr: up   ==  0\n    \
         for: 5m\n    keep_firing_for: 1h30m\n    labels: {x: rule, b: \"{{ $value }}\", n: 5}\n    \
         annotations: {z: last, a: ~}\n  - record: a:b\n    expr: sum(up)\n    labels: {y: \"{{\"}\n",
    );
    let [group] = &groups[..] else { panic!("{} groups", groups.len()) };
    assert_eq!(group.id.to_string(), "r.yml;g");
    assert_eq!((group.interval, group.query_offset), (Span::from_secs(30), Span::from_mins(1)));
    assert_eq!((group.limit, group.rules.len()), (5, 2));
    let RuleKind::Alerting(alert) = &group.rules[0].kind else { panic!("not an alert") };
    assert_eq!((alert.hold, alert.keep_firing_for), (Span::from_mins(5), Span::from_mins(90)));
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(alert.annotations, pairs(&[("a", ""), ("z", "last")]));
    let labels = [("b", "{{ $value }}"), ("n", "5"), ("team", "a"), ("x", "rule")];
    assert_eq!(group.rules[0].labels, pairs(&labels));
    assert_eq!(&*group.rules[0].expr_text, "up == 0");
    assert_eq!(group.rules[1].name(), "a:b");
    assert_eq!(group.rules[1].labels, pairs(&[("team", "a"), ("x", "group"), ("y", "{{")]));
}

#[test]
fn what_a_group_does_not_say_comes_from_the_options() {
    let options = RuleOptions {
        interval: Span::from_secs(7),
        query_offset: Span::from_secs(3),
        ..RuleOptions::default()
    };
    let text = "groups: [{name: a}, {name: b, interval: 0, query_offset: 0, limit: -1}, null]\n";
    let (groups, _) = parse("r.yml", text, &options, Expansion::Off).unwrap();
    let seen: Vec<_> = groups
        .iter()
        .map(|group| (group.interval.millis(), group.query_offset.millis(), group.limit))
        .collect();
    assert_eq!(seen, [(7000, 3000, 0), (7000, 0, 0)]);
}

#[test]
fn every_document_counts_and_names_are_unique_across_them() {
    let names = |groups: Vec<Group>| groups.iter().map(|group| group.id.name.to_string()).collect();
    let text = "groups: [{name: a}]\n---\n---\ngroups: [{name: b}]\n";
    let seen: Vec<String> = names(loaded(text));
    assert_eq!(seen, ["a", "b"]);
    let repeated = r#"r.yml:3:17: groupname: "a" is repeated in the same file"#;
    check("groups: [{name: a}]\n---\ngroups: [{name: a}]\n", &[repeated]);
    check("", &[]);
    check("groups: ~\n", &[]);
}

#[test]
fn mistakes_in_the_shape_have_a_place_and_a_hint() {
    check(
        "groups:\n- name: g\n  rules:\n  - alert: a\n    expr: up\n    annotation: {a: b}\n    \
         foo: 1\n    for: 5\n  interval: [1]\n  limit: x\n",
        &[
            "r.yml:6:5: field annotation not found in type rulefmt.Rule: did you mean annotations?",
            "r.yml:7:5: field foo not found in type rulefmt.Rule: did you mean for?",
            "r.yml:8:10: not a valid duration string: \"5\"",
            "r.yml:9:13: cannot unmarshal !!seq into string",
            "r.yml:10:10: cannot unmarshal !!str `x` into int",
        ],
    );
    check("foo: 1\n", &["r.yml:1:1: field foo not found in type rulefmt.RuleGroups"]);
    check("groups: {a: b}\n", &["r.yml:1:9: cannot unmarshal !!map into a list"]);
    check("groups: [{name: a, name: b}]", &["r.yml:1:20: key \"name\" already set in map"]);
    check("groups: [{}]", &["r.yml:1:10: Groupname must not be empty"]);
}

#[test]
fn every_check_of_rules_says_group_number_and_name() {
    check(
        "groups:\n- name: a\n  labels: {__name__: x, '': y}\n  rules:\n  - alert: x\n    \
         record: y\n    expr: 1\n  - expr: up\n  - record: y\n    for: 5m\n    \
         keep_firing_for: 1m\n    annotations: {a: b}\n    expr: up\n  - record: z\n  \
         - record: 'x{a=b}'\n    expr: up\n  - record: é\n    labels: {a b: c, __name__: d}\n    \
         expr: up\n  - alert: x\n    annotations: {'': x}\n    expr: ''\n",
        &[
            r#"r.yml:3:12: group "a": invalid label name: __name__"#,
            r#"r.yml:3:25: group "a": invalid label name: "#,
            r#"r.yml:6:13: group "a", rule 1, "x": only one of 'record' and 'alert' must be set"#,
            r#"r.yml:8:5: group "a", rule 2, "": one of 'record' or 'alert' must be set"#,
            r#"r.yml:10:10: group "a", rule 3, "y": invalid field 'for' in recording rule"#,
            r#"r.yml:11:22: group "a", rule 3, "y": invalid field 'keep_firing_for' in recording rule"#,
            r#"r.yml:12:19: group "a", rule 3, "y": invalid field 'annotations' in recording rule"#,
            r#"r.yml:14:13: group "a", rule 4, "z": field 'expr' must be set in rule"#,
            r#"r.yml:15:13: group "a", rule 5, "x{a=b}": braces present in the recording rule name; should it be in expr?: x{a=b}"#,
            r#"r.yml:18:22: group "a", rule 6, "é": invalid label name: __name__"#,
            r#"r.yml:20:12: group "a", rule 7, "x": field 'expr' must be set in rule"#,
            r#"r.yml:21:19: group "a", rule 7, "x": invalid annotation name: "#,
        ],
    );
}

#[test]
fn legacy_names_are_checked_where_they_are_wanted() {
    let options = RuleOptions { names: NameScheme::Legacy, ..RuleOptions::default() };
    let text = "groups:\n- name: a\n  rules:\n  - record: a:b\n    expr: up\n  - record: é\n    \
                expr: up\n    labels: {a-b: c}\n";
    let errors = parse("r.yml", text, &options, Expansion::Off).unwrap_err();
    let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    let about = r#"group "a", rule 2, "é": "#;
    assert_eq!(
        lines,
        [
            format!("r.yml:6:13: {about}invalid recording rule name: é"),
            format!("r.yml:8:14: {about}invalid label name: a-b"),
        ]
    );
}

#[test]
fn a_bad_expression_is_blamed_at_the_character_in_the_file() {
    for (expr, place) in [
        ("expr: sum(rate(x[5m))", "5:24"),
        ("expr: \"sum(\\\"a\\\") + rate(x[5m))\"", "5:34"),
        ("expr: |\n      sum(\n        rate(x[5m))\n", "7:18"),
        ("expr: >-\n      sum(\n        rate(x[5m))\n", "7:18"),
        ("expr: up and\n      sum(\n      rate(x[5m))", "7:16"),
    ] {
        let text = format!("groups:\n- name: a\n  rules:\n  - alert: x\n    {expr}\n");
        let said = load(&text).unwrap_err().to_string();
        let expect =
            format!("r.yml:{place}: group \"a\", rule 1, \"x\": could not parse expression");
        assert!(said.starts_with(&expect), "{text}\n{said}\nexpected {expect}");
    }
}

#[test]
fn unknown_fields_can_be_warnings() {
    let options = RuleOptions { unknown_fields: UnknownFields::Ignore, ..RuleOptions::default() };
    let text = "groups: [{name: a, source_tenants: [x]}]\n";
    let (groups, warnings) = parse("r.yml", text, &options, Expansion::Off).unwrap();
    assert_eq!(groups.len(), 1);
    let warning = "r.yml:1:20: field source_tenants not found in type rulefmt.RuleGroup";
    assert_eq!(warnings, [warning]);
}

#[test]
fn variables_are_expanded_where_the_driver_wants_it() {
    struct World;
    impl crate::config::Surroundings for World {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "LIMIT").then(|| "7".to_owned())
        }
        fn file(&self, _: &str) -> Result<String, String> {
            Err("there are no files here".to_owned())
        }
    }
    let text = "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: up > ${LIMIT}\n    \
                annotations: {a: 'costs ${{ $value }}'}\n";
    let expand = |expansion| parse("r.yml", text, &RuleOptions::default(), expansion);
    let (groups, _) = expand(Expansion::On(&World)).unwrap();
    assert_eq!(&*groups[0].rules[0].expr_text, "up > 7");
    let RuleKind::Alerting(alert) = &groups[0].rules[0].kind else { panic!("not an alert") };
    assert_eq!(alert.annotations[0].1, "costs ${{ $value }}");
    assert!(expand(Expansion::Off).is_err());
}

#[test]
fn the_guides_rules_load() {
    let groups = loaded(GUIDE);
    let seen: Vec<_> = groups
        .iter()
        .map(|group| (&*group.id.name, group.interval.millis(), group.rules.len()))
        .collect();
    assert_eq!(seen, [("airflow_alerts", 30_000, 4), ("data_quality_alerts", 60_000, 2)]);
    let expr = &*groups[0].rules[0].expr_text;
    assert_eq!(expr, "rate(airflow_dag_failure_total[5m]) > 0.1");
}

#[test]
fn more_rules_than_the_limits_are_refused() {
    let rules = "null,".repeat(MAX_RULES + 1);
    check(
        &format!("groups: [{{name: a, rules: [{rules}]}}]"),
        &["r.yml:1:17: more than 100000 rules in one group"],
    );
    let groups = "{name: a},".repeat(MAX_GROUPS + 1);
    let errors = load(&format!("groups: [{groups}]")).unwrap_err();
    let limit = "more than 100000 groups in one file";
    assert!(errors.0.iter().any(|error| error.message == limit));
}

#[test]
fn conformance_rule_files_get_the_verdicts_their_names_promise() {
    let Some(directory) = conformance() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(directory.join("rulefmt")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let legacy = name.starts_with("legacy");
        let names = if legacy { NameScheme::Legacy } else { NameScheme::Utf8 };
        let options = RuleOptions { names, ..RuleOptions::default() };
        let text = std::fs::read_to_string(&path).unwrap();
        let result = parse(&name, &text, &options, Expansion::Off);
        assert_eq!(result.is_ok(), name.contains(".good."), "{name}: {result:?}");
        count += 1;
    }
    assert!(count >= 13, "{count} files");
    for (name, expect) in [
        ("rules.yml", ""),
        ("rules_large.yml", ""),
        ("prometheus-rules.lint.yml", ""),
        ("rules-bad.yml", r#"undefined variable "$label""#),
        ("bad-rules-syntax.yml", "7:22: group \"bad-syntax\", rule 1, \"x\": could not parse"),
        ("rules_extrafields.yml", "field namespace not found in type rulefmt.RuleGroup"),
    ] {
        let text = std::fs::read_to_string(directory.join("promtool").join(name)).unwrap();
        let said = load(&text).err().map(|errors| errors.to_string()).unwrap_or_default();
        assert!(said.contains(expect) && said.is_empty() == expect.is_empty(), "{name}: {said}");
    }
}

#[test]
fn conformance_rules_and_the_corpus_load() {
    let Some(directory) = conformance() else { return };
    let mut files = Vec::new();
    for folder in ["rules", "corpus"] {
        walk(&directory.join(folder), &mut files);
    }
    let mut rules = 0;
    for path in &files {
        let name = path.to_string_lossy();
        let text = unwrapped(&std::fs::read_to_string(path).unwrap());
        match parse(&name, &text, &RuleOptions::default(), Expansion::Off) {
            Ok((groups, _)) => rules += groups.iter().map(|group| group.rules.len()).sum::<usize>(),
            Err(errors) => assert!(name.ends_with("invalid_rules.yaml"), "{errors}"),
        }
    }
    assert!(files.len() >= 88 && rules > 500, "{} files, {rules} rules", files.len());
}

fn walk(directory: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            files.push(path);
        }
    }
}

/// A Kubernetes resource without its wrapping: what stands below `spec`.
fn unwrapped(text: &str) -> String {
    match text.split_once("\nspec:\n") {
        Some((_, spec)) if text.starts_with("apiVersion") => spec.to_owned(),
        _ => text.to_owned(),
    }
}

#[test]
fn templates_of_alerts_are_checked_and_blamed_where_they_are_wrong() {
    let text = "groups:\n- name: a\n  rules:\n  - alert: x\n    expr: up\n    labels:\n      \
                a: '{{ foo }}'\n      b: \"{{ .Foo }}\"\n    annotations:\n      c: '{{ $x }}'\n      \
                d: |\n        one\n        two {{ $labels.a | nope }}\n      e: '{{'\n";
    let errors = load(text).unwrap_err();
    let said: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    let about = r#"group "a", rule 1, "x": "#;
    let expect = [
        r#"7:14: ABOUTlabel "a": template: __alert_x:1:4: function "foo" not defined"#,
        r#"10:14: ABOUTannotation "c": template: __alert_x:1:4: undefined variable "$x""#,
        r#"13:28: ABOUTannotation "d": template: __alert_x:2:20: function "nope" not defined"#,
        r#"14:13: ABOUTannotation "e": template: __alert_x:1:3: unclosed action"#,
    ];
    assert_eq!(said, expect.map(|line| format!("r.yml:{}", line.replace("ABOUT", about))));
}

#[test]
fn a_group_may_name_a_source_where_sources_are_known() {
    let text = "groups:\n- name: a\n  source: eu\n  rules: [{record: x, expr: up}]\n- name: b\n";
    let read = |sources: GroupSources| {
        let options = RuleOptions { sources, ..RuleOptions::default() };
        parse("r.yml", text, &options, Expansion::Off)
    };
    let known =
        |names: &[&str]| GroupSources::Known(names.iter().map(|it| it.to_string()).collect());
    for sources in [GroupSources::Any, known(&["eu", "us"])] {
        let (groups, _) = read(sources).unwrap();
        let named: Vec<_> = groups.iter().map(|group| group.source.as_deref()).collect();
        assert_eq!(named, [Some("eu"), None]);
    }
    let errors = read(known(&["embedded", "us"])).unwrap_err().to_string();
    let expected = "r.yml:3:11: group \"a\": unknown source \"eu\": there are embedded, us";
    assert_eq!(errors, expected);
    let errors = read(GroupSources::None).unwrap_err().to_string();
    assert_eq!(errors, "r.yml:3:3: field source not found in type rulefmt.RuleGroup");
    let lenient = RuleOptions { unknown_fields: UnknownFields::Ignore, ..RuleOptions::default() };
    let (groups, warnings) = parse("r.yml", text, &lenient, Expansion::Off).unwrap();
    assert_eq!((groups[0].source.as_deref(), warnings.len()), (None, 1));
}
