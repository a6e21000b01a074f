//! Plays every script under `tests/scenarios`, and plays it again with the process dying at
//! every record boundary.

use std::path::{Path, PathBuf};

use firebell::drivers::scenario::{Report, parse, play};
use firebell::drivers::world::Fate;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

fn scripts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).expect("the scripts are there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "test"));
    paths.sort();
    paths
}

fn run(path: &Path, fate: Fate) -> Report {
    let text = std::fs::read_to_string(path).expect("a script");
    let script = parse(&text).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
    let files = |name: &str| {
        let file = folder().join(name);
        std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    play(&script, &files, fate).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn describe(path: &Path, report: &Report) -> String {
    let failures = report.failures.iter();
    let failures = failures.map(|(line, text)| format!("{}:{line}: {text}", path.display()));
    let text = failures.collect::<Vec<_>>().join("\n");
    format!("{text}\nwhat was told:\n  {}", report.timeline.join("\n  "))
}

#[test]
fn every_script_holds() {
    let (mut passed, mut failed) = (0, Vec::new());
    for path in scripts() {
        let report = run(&path, Fate::Lives);
        if !report.failures.is_empty() {
            failed.push(describe(&path, &report));
        }
        passed += report.passed;
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    println!("{passed} expectations held in {} scripts", scripts().len());
    assert!(passed > 30);
}

/// A process that dies when a batch of records is durable, before anything of it is done, comes
/// back and tells everything it should have. A message may be told twice then, never not at all.
#[test]
fn dying_at_any_record_boundary_loses_nothing() {
    let mut deaths = 0;
    for path in scripts() {
        let batches = run(&path, Fate::Lives).batches;
        for batch in 0..batches {
            let report = run(&path, Fate::DiesAfter(batch));
            let lost: Vec<_> = report.failures.iter().filter(|(line, _)| *line > 0).collect();
            assert!(lost.is_empty(), "died after batch {batch}\n{}", describe(&path, &report));
            deaths += 1;
        }
    }
    println!("{deaths} deaths survived");
    assert!(deaths > 100);
}
