//! Unit tests of rules: many tests of a big group, many small files, one long test.
//! Run with `cargo bench --bench ruletest`.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

use std::fmt::Write as _;
use std::path::PathBuf;

use divan::Bencher;
use firebell::drivers::ruletest::rules::{Conduct, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A folder with test files.
struct Suite {
    _folder: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Suite {
    /// Rules and tests of each file.
    fn new(files: impl IntoIterator<Item = (String, String)>) -> Suite {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (index, (rules, tests)) in files.into_iter().enumerate() {
            let name = format!("{index}.rules.yml");
            std::fs::write(
                folder.path().join(&name),
                format!("groups:\n- name: g\n  rules:\n{rules}"),
            )
            .unwrap();
            let path = folder.path().join(format!("{index}.test.yml"));
            let head = format!("rule_files: [{name}]\nevaluation_interval: 1m\ntests:\n");
            std::fs::write(&path, head + &tests).unwrap();
            paths.push(path);
        }
        Suite { _folder: folder, files: paths }
    }

    fn run(&self) {
        for report in run(&self.files, &Conduct::default()) {
            assert!(report.passed(), "{report:?}");
        }
    }
}

fn rule(number: usize, expr: &str) -> String {
    format!(
        "  - alert: Alert{number}\n    expr: {expr}\n    for: 1m\n    annotations: {{summary: \
         '{{{{ $labels.instance }}}} is at {{{{ $value }}}}'}}\n"
    )
}

fn series(name: &str, instance: usize, values: &str) -> String {
    format!("  - series: '{name}{{job=\"api\", instance=\"i{instance}\"}}'\n    values: {values}\n")
}

/// 200 rules of which few see anything; tests of half an hour.
#[divan::bench(args = [1, 10])]
fn big_group(bencher: Bencher<'_, '_>, tests: usize) {
    let rules = (0..200).map(|number| match number % 2 {
        0 => rule(number, &format!("metric_{} > 10", number % 50)),
        _ => rule(number, &format!("rate(metric_{}[5m]) * 60 > 1000", number % 50)),
    });
    let mut text = String::new();
    for _ in 0..tests {
        text.push_str("- interval: 1m\n  input_series:\n");
        (0..5).for_each(|instance| text.push_str(&series("metric_0", instance, "0x30")));
        text.push_str("  alert_rule_test: [{eval_time: 30m, alertname: Alert0}]\n");
    }
    let suite = Suite::new([(rules.collect(), text)]);
    bencher.bench(|| suite.run());
}

/// Files of three rules and one test each.
#[divan::bench(args = [10, 100])]
fn small_files(bencher: Bencher<'_, '_>, files: usize) {
    let suite = Suite::new((0..files).map(|file| {
        let rules = (0..3).map(|number| rule(number, &format!("up{file} == {number}")));
        let tests = format!(
            "- input_series:\n{}  alert_rule_test: [{{eval_time: 10m, alertname: Alert2}}]\n",
            series(&format!("up{file}"), 0, "1x20")
        );
        (rules.collect(), tests)
    }));
    bencher.bench(|| suite.run());
}

/// Samples every 15 s of 40 series, rules every minute, for so many hours.
#[divan::bench(args = [1, 6])]
fn long_test(bencher: Bencher<'_, '_>, hours: usize) {
    let mut rules =
        String::from("  - {record: 'job:r:rate5m', expr: 'sum by (job) (rate(r[5m]))'}\n");
    rules.push_str(&rule(0, "avg by (job) (rate(r[5m])) < 0.1"));
    rules.push_str(&rule(1, "job:r:rate5m < 0"));
    let mut text = String::from("- interval: 15s\n  input_series:\n");
    for instance in 0..40 {
        text.push_str(&series("r", instance, &format!("0+15x{}", hours * 240)));
    }
    let _ = writeln!(text, "  alert_rule_test: [{{eval_time: {hours}h, alertname: Alert1}}]");
    let suite = Suite::new([(rules, text)]);
    bencher.bench(|| suite.run());
}
