//! Prometheus' own acceptance scripts, run by the runner that `firebell test promql` uses.

use std::path::{Path, PathBuf};

use firebell::drivers::promqltest;

fn scripts() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let folder = std::env::var_os("FIREBELL_CONFORMANCE").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(folder.join("promql")) else {
        println!("skipped: no conformance data at {}", folder.display());
        return Vec::new();
    };
    let mut scripts: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    scripts.sort();
    scripts
}

#[test]
fn prometheus_acceptance_scripts_pass() {
    let mut failing = Vec::new();
    let (mut passed, mut failed) = (0, 0);
    for script in scripts() {
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&script).expect("a readable script");
        let report = promqltest::run(&name, &text);
        println!("{name}: {} passed, {} failed", report.passed, report.failures.len());
        passed += report.passed;
        failed += report.failures.len();
        if !report.failures.is_empty() {
            failing.push(report.to_string());
        }
    }
    println!("{passed} passed, {failed} failed");
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}
