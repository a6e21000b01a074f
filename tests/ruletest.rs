//! `firebell test rules` as its users see it: the whole outcome of test files against goldens,
//! bad files, coverage, and genuine promtool's verdicts.
//!
//! `UPDATE=1 cargo test --test ruletest` writes the goldens anew.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the binary in the folder of the test files.
fn firebell(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
    command.args(arguments).env("NO_COLOR", "1").current_dir(folder());
    command.output().unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ruletest")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Compares what a command line writes with a golden.
fn golden(name: &str, code: i32, arguments: &[&str]) {
    let output = firebell(arguments);
    let written = text(&output.stdout);
    let path = folder().join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, expected, "{name}: {}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{name}");
}

#[test]
fn messages_are_tested_with_everything_that_keeps_them_back() {
    golden("messages.out", 0, &["test", "rules", "messages.yml"]);
}

#[test]
fn failures_say_where_and_what_differs() {
    golden("failing.out", 1, &["test", "rules", "failing.yml"]);
    golden("failing.github.out", 1, &["test", "rules", "failing.yml", "--output", "github"]);
    golden("failing.tap.out", 1, &["test", "rules", "failing.yml", "--output", "tap"]);
}

#[test]
fn coverage_names_what_was_exercised() {
    let rules = ["test", "rules", "messages.yml", "--run", "outage|template"];
    golden("coverage.out", 0, &[&rules[..], &["--coverage"]].concat());
    golden("coverage.lcov.out", 0, &[&rules[..], &["--coverage=lcov"]].concat());
    golden("coverage.json.out", 0, &[&rules[..], &["--coverage=json"]].concat());
}

#[test]
fn too_little_coverage_fails() {
    let run = |least: &str| firebell(&["test", "rules", "messages.yml", "--coverage-min", least]);
    assert_eq!(run("90").status.code(), Some(0));
    let output =
        firebell(&["test", "rules", "failing.yml", "--run", "nothing", "--coverage-min", "99"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("less than 99 %"), "{}", text(&output.stderr));
}

#[test]
fn coverage_goes_to_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lcov.info");
    let arguments = ["test", "rules", "messages.yml", "--coverage-output", path.to_str().unwrap()];
    assert_eq!(firebell(&arguments).status.code(), Some(0));
    assert!(std::fs::read_to_string(path).unwrap().starts_with("TN:\nSF:"));
}

/// A genuine promtool, when there is one.
fn promtool() -> Option<PathBuf> {
    let given = std::env::var_os("FIREBELL_PROMTOOL").map(PathBuf::from);
    if given.is_none() {
        eprintln!("skipped: FIREBELL_PROMTOOL does not name a promtool");
    }
    given
}

/// What is said of a file that is bad, and genuine promtool's verdict on it.
fn refuse(name: &str, content: &str, said: &str) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(directory.path().join("broken.yml"), "groups:\n- name: g\n  ruels: []\n")
        .unwrap();
    std::fs::write(&path, content).unwrap();
    let file = path.to_str().unwrap();
    let output = firebell(&["test", "rules", file]);
    let written = text(&output.stdout).replace(directory.path().to_str().unwrap(), "");
    assert_eq!(output.status.code(), Some(1), "{written}");
    assert!(written.contains(said), "{said:?} is not in\n{written}");
    if let Some(promtool) = promtool() {
        let theirs = Command::new(promtool).args(["test", "rules", file]).output().unwrap();
        assert_eq!(theirs.status.code(), Some(1), "{name}: {}", text(&theirs.stderr));
    }
}

#[test]
fn bad_files_are_refused_with_their_place() {
    refuse(
        "field.yml",
        "tests:\n  - intervall: 1m\n",
        "/field.yml:2:5: field intervall not found in type main.testGroup: did you mean interval?",
    );
    refuse(
        "notation.yml",
        "tests:\n- input_series:\n  - series: up\n    values: 1 two\n  promql_expr_test: [{expr: up}]\n",
        "/notation.yml:3: 2:6: parse error",
    );
    refuse(
        "time.yml",
        "tests:\n- promql_expr_test: [{expr: '1', eval_time: soon}]\n",
        "/time.yml:2:45: not a valid duration string: \"soon\"",
    );
    refuse(
        "negative.yml",
        "tests:\n- alert_rule_test: [{eval_time: -1m, alertname: A}]\n",
        "/negative.yml:2:33: not a valid duration string: \"-1m\"",
    );
    refuse(
        "rules.yml",
        "rule_files: [broken.yml]\ntests: [{promql_expr_test: [{expr: '1', exp_samples: [{value: 1}]}]}]\n",
        "/broken.yml: 3:3: field ruels not found in type rulefmt.RuleGroup: did you mean rules?",
    );
    refuse("no.yml", "tests: [", "/no.yml:1:");
    refuse("list.yml", "- a\n", "/list.yml:1:1: cannot unmarshal !!seq into main.unitTestFile");
}

#[test]
fn a_rule_file_that_is_missing_is_a_warning_as_in_promtool() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.yml");
    std::fs::write(&path, "rule_files: [none.yml]\ntests: []\n").unwrap();
    let output = firebell(&["test", "rules", path.to_str().unwrap()]);
    let written = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{written}");
    assert!(written.contains("warning: no file match pattern"), "{written}");
}

#[test]
fn a_test_file_that_is_missing_fails() {
    let output = firebell(&["test", "rules", "nowhere.yml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("nowhere.yml: No such file or directory"));
}

/// The test files of the conformance data: those with `tests`.
fn conformance() -> Vec<PathBuf> {
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let given = std::env::var_os("FIREBELL_CONFORMANCE").map(PathBuf::from);
    let mut folders = vec![given.unwrap_or(fallback)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if text.lines().any(|line| line.starts_with("tests:")) {
                    files.push(path);
                }
            }
        }
    }
    files.sort();
    files
}

#[test]
fn verdicts_are_those_of_a_genuine_promtool() {
    let Some(promtool) = promtool() else { return };
    let files = conformance();
    if files.is_empty() {
        eprintln!("skipped: no conformance data");
    }
    // promtool before 3.14 does not know start_timestamp
    let known = |path: &&PathBuf| !path.ends_with("start-time-test.yml");
    for path in files.iter().filter(known) {
        for more in [&[][..], &["--ignore-unknown-fields"][..], &["--run", "a"][..]] {
            let arguments = [&["test", "rules"], more, &[path.to_str().unwrap()]].concat();
            let theirs = Command::new(&promtool).args(&arguments).output().unwrap();
            let ours = firebell(&[&["promtool"], &arguments[..]].concat());
            let shown = format!("{arguments:?}\n{}\n{}", text(&theirs.stderr), text(&ours.stderr));
            assert_eq!(ours.status.code(), theirs.status.code(), "{shown}");
        }
    }
}
