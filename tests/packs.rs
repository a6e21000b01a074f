//! The packs of rules that are shipped: their tests pass, say something of every alert, and
//! notice every limit that is moved.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use firebell::config::Expansion;
use firebell::config::rules::{RuleOptions, parse};
use firebell::config::ruletest;
use firebell::drivers::ruletest::rules::{Conduct, run_file};
use firebell::label::Pattern;
use firebell::rules::RuleKind;

/// Alerts that always fire.
const WATCHDOGS: [&str; 2] = ["Watchdog", "FirebellWatchdog"];

fn files(ending: &str) -> Vec<PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let packs = std::fs::read_dir(rules).unwrap().map(|entry| entry.unwrap().path());
    let packs = packs.filter(|path| path.is_dir());
    let entries = packs.flat_map(|pack| std::fs::read_dir(pack).unwrap());
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    files
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// `x.rules.yml` is tested by `x.test.yml`.
fn test_of(rules: &Path) -> PathBuf {
    PathBuf::from(rules.to_string_lossy().replace(".rules.yml", ".test.yml"))
}

#[test]
fn the_tests_of_all_packs_pass() {
    let firebell = env!("CARGO_BIN_EXE_firebell");
    let output = Command::new(firebell).args(["test", "rules"]).args(files(".test.yml")).output();
    let output = output.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{complaints}");
    assert!(told.trim_end().ends_with(" passed, 0 failed"), "{told}");
}

/// The README's commands on rule files, pasted into a shell, say that all is well.
#[test]
fn what_the_readme_says_of_these_rules_can_be_run() {
    let readme = include_str!("../README.md");
    let run = |line: &str| {
        let bin = Path::new(env!("CARGO_BIN_EXE_firebell")).parent().unwrap();
        let path = std::env::join_paths([bin, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        let mut shell = Command::new("sh");
        shell.current_dir(env!("CARGO_MANIFEST_DIR")).env("PATH", path).args(["-c", line]);
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let commands = readme.lines().filter_map(|line| line.strip_prefix("    "));
    let commands: Vec<&str> =
        commands.filter(|line| line.starts_with("firebell check rules ")).collect();
    assert!(!commands.is_empty());
    commands.into_iter().for_each(run);
}

#[test]
fn the_rules_of_all_packs_have_nothing_to_complain_of() {
    let check = |program: &Path, name: &str| {
        let lints = ["check", "rules", "--lint=all", "--lint-fatal"];
        let output = Command::new(program).args(lints).args(files(".rules.yml")).output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {complaints}");
    };
    check(Path::new(env!("CARGO_BIN_EXE_firebell")), "firebell");
    match std::env::var_os("FIREBELL_PROMTOOL") {
        Some(promtool) => check(Path::new(&promtool), "promtool"),
        None => println!("skipped: FIREBELL_PROMTOOL names no promtool"),
    }
}

/// The alerts of a rule file: their names, and what they lack.
fn alerts(path: &Path) -> Vec<(String, Vec<String>)> {
    let file = path.to_string_lossy();
    let parsed = parse(&file, &text(path), &RuleOptions::default(), Expansion::Off);
    let (groups, _) = parsed.unwrap();
    let rules = groups.into_iter().flat_map(|group| group.rules);
    let alert = |rule: firebell::rules::Rule| {
        let RuleKind::Alerting(alerting) = rule.kind else { return None };
        let has = |pairs: &[(String, String)], name: &str| pairs.iter().any(|(key, _)| key == name);
        let annotations = ["summary", "description", "runbook"].map(String::from).into_iter();
        let mut lacks: Vec<String> =
            annotations.filter(|name| !has(&alerting.annotations, name)).collect();
        if !has(&rule.labels, "severity") {
            lacks.push("severity".to_owned());
        }
        Some((alerting.name.to_string(), lacks))
    };
    rules.filter_map(alert).collect()
}

#[test]
fn every_alert_says_what_where_how_bad_and_what_to_do() {
    for path in files(".rules.yml") {
        for (name, lacks) in alerts(&path) {
            assert!(lacks.is_empty(), "{}: {name} lacks {lacks:?}", path.display());
        }
    }
}

#[test]
fn every_alert_is_tested_to_stay_silent_to_fire_and_to_end() {
    for path in files(".rules.yml") {
        let test = test_of(&path);
        let tests = ruletest::parse(&test.to_string_lossy(), &text(&test)).unwrap().tests;
        let mut seen: BTreeMap<&str, [bool; 3]> = BTreeMap::new();
        for test in &tests {
            let mut fired: BTreeMap<&str, bool> = BTreeMap::new();
            let mut asked: Vec<_> = test.alerts.iter().collect();
            asked.sort_by_key(|one| one.at);
            for one in asked {
                let [silent, fires, ends] = seen.entry(&*one.name).or_default();
                let before = fired.entry(&*one.name).or_default();
                match one.expected.is_empty() {
                    true if *before => *ends = true,
                    true => *silent = true,
                    false => *fires = true,
                }
                *before |= !one.expected.is_empty();
            }
        }
        for (name, _) in alerts(&path) {
            let seen = seen.get(&*name).copied().unwrap_or_default();
            let expected =
                if WATCHDOGS.contains(&&*name) { [false, true, false] } else { [true; 3] };
            assert_eq!(seen, expected, "{}: {name} silent, fires, ends", test.display());
        }
    }
}

/// Rules with one limit or one waiting time changed.
struct Mutant {
    text: String,
    /// The alert, if it is not a recording rule that was changed.
    alert: Option<String>,
}

impl Mutant {
    fn new(text: String, at: usize) -> Mutant {
        let before = text[..at].lines().rev();
        let mut rule = before.map(|line| line.trim().trim_start_matches("- "));
        let head = |line: &&str| line.starts_with("alert: ") || line.starts_with("record: ");
        let alert = rule.find(head).and_then(|line| line.strip_prefix("alert: "));
        Mutant { alert: alert.map(str::to_owned), text }
    }

    /// The names of the tests that look at the alert, or of all.
    fn tests(&self, path: &Path) -> Pattern {
        let tests = ruletest::parse("", &text(path)).unwrap().tests.into_iter();
        let asks = |test: &ruletest::Test| {
            let alert = self.alert.as_deref();
            test.alerts.iter().any(|one| alert.is_none_or(|alert| alert == one.name))
        };
        let names: Vec<String> = tests.filter(asks).map(|test| regex::escape(&test.name)).collect();
        Pattern::unanchored(&names.join("|")).unwrap()
    }
}

/// All rules with one change, each with what was changed.
fn mutants(text: &str) -> Vec<(String, Mutant)> {
    // a guard against division by zero is no limit
    let places =
        Regex::new(r" (?P<than>>=?|<=?) (?P<limit>[^\n]*)|(?P<wait>\n +for: \w+)").unwrap();
    let mut mutants = Vec::new();
    for found in places.captures_iter(text) {
        let whole = found.get(0).unwrap();
        if found.name("limit").is_some_and(|limit| limit.as_str().starts_with("0)")) {
            continue;
        }
        let by = match found.name("than").map(|than| than.as_str()) {
            Some(">") => whole.as_str().replacen(" > ", " >= ", 1),
            Some(">=") => whole.as_str().replacen(" >= ", " > ", 1),
            Some("<") => whole.as_str().replacen(" < ", " <= ", 1),
            Some(_) => whole.as_str().replacen(" <= ", " < ", 1),
            None => String::new(),
        };
        let line = text[..whole.start()].lines().count();
        let mutant = [&text[..whole.start()], &by, &text[whole.end()..]].concat();
        let change = format!("{line}: {} -> {by}", whole.as_str().trim());
        mutants.push((change, Mutant::new(mutant, whole.start())));
    }
    mutants
}

#[test]
fn every_limit_that_is_moved_fails_a_test() {
    let mut survivors = Vec::new();
    for rules in files(".rules.yml") {
        let home = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(rules.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, home.path().join(path.file_name().unwrap())).unwrap();
        }
        let copy = home.path().join(rules.file_name().unwrap());
        for (change, mutant) in mutants(&text(&rules)) {
            std::fs::write(&copy, &mutant.text).unwrap();
            let run = Some(mutant.tests(&test_of(&rules)));
            if run_file(&test_of(&copy), &Conduct { run, ..Conduct::default() }).passed() {
                survivors.push(format!("{}:{change}", rules.display()));
            }
        }
    }
    assert!(survivors.is_empty(), "not noticed:\n{}", survivors.join("\n"));
}
