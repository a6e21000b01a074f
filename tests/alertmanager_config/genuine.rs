//! A genuine amtool, and what `check-config` says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Good,
    /// The program crashes.
    Died,
    /// It is refused, for these reasons: each without its place.
    Bad(Vec<String>),
}

/// The program.
pub struct Amtool(PathBuf);

impl Amtool {
    /// The amtool, if one is there that is new enough.
    pub fn find() -> Option<Amtool> {
        let named = std::env::var_os("FIREBELL_AMTOOL").map(PathBuf::from);
        let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/usr/bin/amtool");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let installed = std::env::split_paths(&path).map(|directory| directory.join("amtool"));
        let found =
            named.into_iter().chain([fetched]).chain(installed).find(|path| path.is_file())?;
        let told = Command::new(&found).arg("--version").output().ok()?;
        let told = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
        let mut numbers = told.split_once("version ")?.1.split('.');
        let version: (u32, u32) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        (version >= (0, 33)).then_some(Amtool(found))
    }

    /// What it says of files, by their paths.
    pub fn check<'a>(&self, paths: impl Iterator<Item = &'a Path>) -> BTreeMap<String, Verdict> {
        let mut left: Vec<&Path> = paths.collect();
        let mut all = BTreeMap::new();
        while !left.is_empty() {
            let output = Command::new(&self.0).arg("check-config").args(&left).output().unwrap();
            let found = verdicts(&String::from_utf8(output.stdout).unwrap());
            let seen = found.len();
            all.extend(found);
            if seen < left.len() {
                // it died of the last one that it began with
                let last = left[seen - 1].to_str().unwrap();
                all.insert(last.to_owned(), Verdict::Died);
            }
            left.drain(..seen);
        }
        all
    }
}

/// What the text says of each file.
pub fn verdicts(said: &str) -> BTreeMap<String, Verdict> {
    let mut verdicts = BTreeMap::new();
    for part in said.split("Checking '").skip(1) {
        let (path, rest) = part.split_once('\'').unwrap();
        let verdict = match rest.trim_start().strip_prefix("FAILED: ") {
            Some(reasons) => Verdict::Bad(reasons.trim().lines().filter_map(reason).collect()),
            None => Verdict::Good,
        };
        verdicts.insert(path.to_owned(), verdict);
    }
    verdicts
}

/// A reason without its place, if the line is one.
fn reason(line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() || line == "yaml: unmarshal errors:" {
        return None;
    }
    let line = match line.strip_prefix("line ").and_then(|rest| rest.split_once(": ")) {
        Some((_, reason)) => reason,
        None => line,
    };
    let line = line.split(" (line ").next().unwrap_or(line);
    Some(line.split(": did you mean").next().unwrap_or(line).to_owned())
}

impl Verdict {
    /// Whether one of the reasons has this text.
    pub fn says(&self, text: &str) -> bool {
        matches!(self, Verdict::Bad(reasons) if reasons.iter().any(|reason| reason.contains(text)))
    }

    /// Whether the other one, which may give only its first reason, says the same.
    pub fn agrees(&self, other: &Verdict) -> bool {
        match (self, other) {
            (Verdict::Good, Verdict::Good) => true,
            (Verdict::Bad(ours), Verdict::Bad(theirs)) => {
                theirs.iter().all(|reason| ours.iter().any(|our| our == reason))
            }
            _ => false,
        }
    }
}
