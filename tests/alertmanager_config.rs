//! Configurations of Alertmanager: which are taken, which refused and with which words, by
//! `firebell check config` and by the server; the same as a genuine amtool says, where one is
//! (0.33 or newer; `FIREBELL_AMTOOL`, `target/peers` or the search path).
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "alertmanager_config/genuine.rs"]
mod genuine;
#[path = "alertmanager_config/verdicts.rs"]
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use genuine::{Amtool, Verdict};

/// What stands in a refusal of an integration that later work brings.
const NOT_YET: &str = "_configs is not supported yet";

/// Names of good files, though they have a word of the bad ones.
const GOOD_ALL_THE_SAME: [&str; 1] = ["conf.smtp-no-username-or-password.yml"];

/// The conformance files: path, and whether the name says that the file is good.
fn conformance() -> Option<Vec<(PathBuf, bool)>> {
    let root = std::env::var_os("FIREBELL_CONFORMANCE").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let root = root.unwrap_or(beside);
    let mut files = Vec::new();
    for folder in ["alertmanager-config", "alertmanager-routes"] {
        for entry in std::fs::read_dir(root.join(folder)).ok()? {
            let path = entry.unwrap().path();
            let good = says_good(path.file_name()?.to_str()?);
            files.push((path, good));
        }
    }
    files.sort();
    Some(files)
}

fn says_good(name: &str) -> bool {
    let bad = ["-no-", "-both-", ".nil-", "bad", "old-team"].iter().any(|word| name.contains(word));
    !bad || GOOD_ALL_THE_SAME.contains(&name)
}

/// What `firebell check config` says of a file.
fn checked(path: &Path) -> Verdict {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firebell"));
    let output = command.args(["check", "config"]).arg(path).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let verdict = genuine::verdicts(&said).into_values().next().unwrap();
    assert_eq!(output.status.success(), verdict == Verdict::Good, "{path:?}: {said}");
    verdict
}

/// Whether a server runs with a file. It is told to stop as soon as it listens.
fn serves(path: &Path) -> bool {
    let storage = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_firebell"))
        .args(["serve", "--dry-run", "--web.listen-address=127.0.0.1:0", "--config.file"])
        .arg(path)
        .arg(format!("--storage.path={}", storage.path().join("data").display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let listens = lines.map_while(Result::ok).any(|line| line.contains("Listening on"));
    if listens {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    assert!(listens || status.code() == Some(1), "{path:?}: {status}");
    listens
}

#[test]
fn conformance_files_are_taken_or_refused_as_their_names_say() {
    let Some(files) = conformance() else {
        println!("skipped: no conformance files");
        return;
    };
    let amtool = Amtool::find();
    let theirs = amtool.map(|amtool| amtool.check(files.iter().map(|(path, _)| path.as_path())));
    let (mut checks, mut awaiting) = (0, 0);
    for (path, good) in &files {
        let ours = checked(path);
        assert_eq!(serves(path), ours == Verdict::Good, "{path:?}");
        if ours.says(NOT_YET) {
            awaiting += 1;
            continue;
        }
        checks += 1;
        assert_eq!(ours == Verdict::Good, *good, "{path:?}: {ours:?}");
        if let Some(theirs) = theirs.as_ref().map(|theirs| &theirs[path.to_str().unwrap()]) {
            assert!(ours.agrees(theirs), "{path:?}: {theirs:?}, ours {ours:?}");
        }
    }
    assert!(theirs.is_some_and(|theirs| theirs.len() == files.len()) || Amtool::find().is_none());
    println!("{checks} files as named, {awaiting} need integrations that are not there yet");
}

#[test]
fn a_genuine_amtool_says_what_the_table_of_verdicts_says() {
    let Some(amtool) = Amtool::find() else {
        println!("skipped: no amtool of 0.33 or newer");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let cases: Vec<_> = verdicts::all().collect();
    let mut paths = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let path = folder.path().join(format!("{index}.yml"));
        std::fs::write(&path, &case.text).unwrap();
        paths.push(path);
    }
    let said = amtool.check(paths.iter().map(PathBuf::as_path));
    let wrong: Vec<String> = cases
        .iter()
        .zip(&paths)
        .filter_map(|(case, path)| {
            let theirs = &said[path.to_str().unwrap()];
            (!case.holds(theirs)).then(|| format!("{}{theirs:?}\n    {case:?}", case.text))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} verdicts are a genuine amtool's", cases.len());
}
