//! The grammar against real texts: Prometheus' own test expressions, rule files from the wild,
//! and the crate `promql-parser` as the oracle where it claims support.

use std::path::{Path, PathBuf};

use firebell::promql::syntax::{Features, parse, prettify};

fn conformance() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let folder = std::env::var_os("FIREBELL_CONFORMANCE").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no conformance data at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// The expressions of `eval` lines in promqltest scripts.
fn test_expressions(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    files(&folder.join("promql"), &mut found);
    let texts = found.iter().map(|path| std::fs::read_to_string(path).expect("a readable file"));
    texts.flat_map(|text| text.lines().filter_map(evaluated).collect::<Vec<_>>()).collect()
}

fn evaluated(line: &str) -> Option<String> {
    let mut words = line.trim().splitn(2, char::is_whitespace);
    let first = words.next()?.to_ascii_lowercase();
    let rest = words.next().unwrap_or("").trim();
    if first != "eval" && !first.starts_with("eval_") {
        return None;
    }
    // `instant [at T] EXPR` or `range from T to T step T EXPR`
    let skipped = match rest.split_whitespace().take(2).collect::<Vec<_>>()[..] {
        ["instant", "at"] => 3,
        ["instant", _] => 1,
        _ => 7,
    };
    let after = (0..skipped).fold(rest, |text, _| {
        text.split_once(char::is_whitespace).map_or("", |(_, after)| after.trim_start())
    });
    Some(after.to_owned())
}

/// Every `expr` in the rule files.
fn rule_expressions(folder: &Path) -> Vec<String> {
    let (mut found, mut exprs) = (Vec::new(), Vec::new());
    files(&folder.join("corpus"), &mut found);
    let is_yaml =
        |path: &&PathBuf| path.extension().is_some_and(|ext| ext == "yml" || ext == "yaml");
    for path in found.iter().filter(is_yaml) {
        let text = std::fs::read_to_string(path).expect("a readable file");
        for document in serde_yaml::Deserializer::from_str(&text) {
            let value = serde::Deserialize::deserialize(document).expect("a YAML document");
            collect(&value, &mut exprs);
        }
    }
    exprs
}

fn collect(value: &serde_yaml::Value, exprs: &mut Vec<String>) {
    match value {
        serde_yaml::Value::Mapping(mapping) => {
            if let Some(serde_yaml::Value::String(expr)) = mapping.get("expr") {
                exprs.push(expr.clone());
            }
            mapping.values().for_each(|value| collect(value, exprs));
        }
        serde_yaml::Value::Sequence(items) => items.iter().for_each(|item| collect(item, exprs)),
        _ => {}
    }
}

/// Label names and values with bytes that are not UTF-8: Prometheus parses these two and
/// refuses them when it evaluates; here they are refused at once.
const NOT_UTF8: [&str; 2] = [r"a\xc5z", r"\xff"];

fn round_trips(exprs: &[String]) {
    for text in exprs.iter().filter(|text| !NOT_UTF8.iter().any(|bytes| text.contains(bytes))) {
        let expr = parse(text, &Features::ALL).unwrap_or_else(|error| panic!("{text}: {error}"));
        for again in [expr.to_string(), prettify(&expr)] {
            let printed = parse(&again, &Features::ALL).map(|expr| expr.to_string());
            assert_eq!(printed, Ok(expr.to_string()), "{text}");
        }
    }
}

#[test]
fn every_expression_of_prometheus_tests_round_trips() {
    let Some(folder) = conformance() else { return };
    let exprs = test_expressions(&folder);
    assert!(exprs.len() > 1700, "{} expressions", exprs.len());
    round_trips(&exprs);
    println!("{} expressions", exprs.len());
}

#[test]
fn every_expression_of_real_rules_round_trips_and_needs_no_flag() {
    let Some(folder) = conformance() else { return };
    let exprs = rule_expressions(&folder);
    assert!(exprs.len() > 700, "{} expressions", exprs.len());
    for text in &exprs {
        assert!(parse(text, &Features::default()).is_ok(), "{text}");
    }
    round_trips(&exprs);
    println!("{} expressions", exprs.len());
}

/// Constructs that the crate does not know.
fn unknown_to_the_oracle(text: &str) -> bool {
    let printed = parse(text, &Features::ALL).map(|expr| expr.to_string()).unwrap_or_default();
    let computed =
        ["step()", "range()", "min_of(", "max_of("].iter().any(|call| printed.contains(call));
    ["anchored", "smoothed", "</", ">/"].iter().any(|word| text.contains(word))
        || computed
        || has_computed_length(&printed)
        || text.starts_with("info(")
}

/// Whether a bracket holds more than lengths, or an offset a parenthesis.
fn has_computed_length(printed: &str) -> bool {
    let in_brackets = printed.split('[').skip(1).filter_map(|rest| rest.split(']').next());
    let computed = |length: &str| length.contains([' ', '(', '-', '+', '*']);
    in_brackets.into_iter().any(computed)
        || ["offset (", "offset -("].iter().any(|offset| printed.contains(offset))
}

/// Where both parsers take a text they must mean the same: what is printed here is, to the
/// oracle, the same expression.
#[test]
fn the_oracle_agrees_wherever_it_claims_support() {
    let Some(folder) = conformance() else { return };
    let mut exprs = test_expressions(&folder);
    exprs.extend(rule_expressions(&folder));
    exprs.retain(|text| !NOT_UTF8.iter().any(|bytes| text.contains(bytes)));
    let (mut agreed, mut unknown) = (0, 0);
    for text in &exprs {
        let ours = parse(text, &Features::ALL).unwrap_or_else(|error| panic!("{text}: {error}"));
        match promql_parser::parser::parse(text) {
            Err(_) if unknown_to_the_oracle(text) => unknown += 1,
            Err(error) => panic!("{text}: the oracle refuses it: {error}"),
            Ok(theirs) => {
                let again = promql_parser::parser::parse(&ours.to_string());
                let again = again.unwrap_or_else(|error| panic!("{text} as {ours}: {error}"));
                assert_eq!(again.to_string(), theirs.to_string(), "{text}");
                agreed += 1;
            }
        }
    }
    println!("{agreed} agreed, {unknown} unknown to the oracle");
    assert!(agreed > 2000 && unknown < 300, "{agreed} agreed, {unknown} unknown");
}

/// What the crate takes although Prometheus refuses it; each line is a difference by intent.
#[test]
fn the_oracle_is_more_lenient_in_known_places_only() {
    for (text, why) in [
        (r#"foo{a="b" or c="d"}"#, "VictoriaMetrics' alternatives inside braces"),
        ("+\"str\"", "signs are not type-checked"),
        ("+foo[5m]", "signs are not type-checked"),
        ("foo[0]", "lengths need not be positive"),
        (r#"sum by ("") (foo)"#, "quoted label names may be empty"),
        ("limitk(\"a\", foo)", "the parameter is not type-checked"),
        ("ln(0)", "scalars with a special value pass as vectors"),
        ("foo @ 1e20", "moments saturate"),
        ("1e309", "numbers overflow to infinity"),
        ("foo\u{c}", "form feeds are blanks"),
        ("integral(foo[5m])", "a function that 3.14 does not have"),
    ] {
        assert!(parse(text, &Features::ALL).is_err(), "{text}: {why}");
        assert!(promql_parser::parser::parse(text).is_ok(), "{text}: no longer a difference");
    }
}

/// What the crate refuses although Prometheus takes it.
#[test]
fn the_oracle_is_stricter_in_known_places_only() {
    for (text, why) in [
        ("foo anchored", "window modifiers"),
        ("foo </ 5", "trim operators"),
        ("rate(foo[5m*2])", "arithmetic on lengths"),
        ("foo offset step()", "arithmetic on lengths"),
        (r"foo{a=~`\d+`}", "raw texts have no escapes"),
        ("1_000", "separators"),
        ("foo[.5]", "fractions without a leading digit"),
        ("foo[5000000000ms]", "more than 32 bits of a unit"),
        ("foo[5m # five\n]", "comments inside brackets"),
        ("info(foo, {})", "info may match anything"),
        ("foo + fill(1m) bar", "lengths as fill values"),
        ("sum by (a:b) (foo)", "colons in label names"),
    ] {
        assert!(parse(text, &Features::ALL).is_ok(), "{text}: {why}");
        assert!(promql_parser::parser::parse(text).is_err(), "{text}: no longer a difference");
    }
}
