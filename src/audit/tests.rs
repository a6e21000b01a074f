use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::*;

/// A trail in a folder of its own.
struct Trail(TempDir);

impl Trail {
    fn new() -> Trail {
        Trail(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self) -> Opened {
        Audit::open(&self.path("a.log"), Timestamp::from_millis(0)).unwrap()
    }

    /// With a first line and so many silences.
    fn with(silences: usize) -> Trail {
        let trail = Trail::new();
        let audit = trail.open().audit;
        (0..silences).for_each(|number| audit.add(&entry(&number.to_string())).unwrap());
        trail
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("a.log")).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.path("a.log"), text).unwrap();
    }

    /// What is found, without the folder.
    fn findings(&self) -> Vec<String> {
        let verdict = verify(&[self.path("a.log")]).unwrap();
        let folder = format!("{}/", self.0.path().display());
        verdict.findings.iter().map(|finding| finding.replace(&folder, "")).collect()
    }
}

fn entry(object: &str) -> Entry {
    Entry {
        at: Timestamp::from_millis(1_000),
        action: Action::SilenceCreate,
        object: object.to_owned(),
        by: By { user: Some("ann".into()), address: Some("10.0.0.1:5".into()), agent: None },
        outcome: Outcome::Refused("no\n\"reason\"".into()),
        detail: json!({"a": 1}),
    }
}

#[test]
fn lines_have_these_members_and_their_hash_is_that_of_their_text() {
    let trail = Trail::with(1);
    let lines = trail.lines();
    let (body, rest) = lines[1].split_once(",\"hash\":\"").unwrap();
    let expect = "{\"sequence\":2,\"time\":\"1970-01-01T00:00:01.000Z\",\
                  \"action\":\"silence.create\",\"object\":\"0\",\"user\":\"ann\",\
                  \"address\":\"10.0.0.1:5\",\"user_agent\":null,\"outcome\":\"refused\",\
                  \"reason\":\"no\\n\\\"reason\\\"\",\"detail\":{\"a\":1},\"previous\":\"";
    assert_eq!(&body[..expect.len()], expect);
    use sha2::Digest;
    let hash = sha2::Sha256::digest(body);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(rest, format!("{hash}\"}}"));
    let head = std::fs::read_to_string(trail.path("a.log.head")).unwrap();
    assert_eq!(head, format!("00000000000000000002 {hash}\n"));
}

#[test]
fn what_was_done_to_a_trail_is_found() {
    let check = |change: fn(&mut Vec<String>), expect: &[&str]| {
        let trail = Trail::with(4);
        let mut lines = trail.lines();
        change(&mut lines);
        trail.write(&lines);
        assert_eq!(trail.findings(), expect);
    };
    check(|_| {}, &[]);
    let changed = "a.log:3: the line was changed: its hash is another";
    check(|lines| lines[2] = lines[2].replace("ann", "bob"), &[changed]);
    check(|lines| lines[2] = "{}".into(), &["a.log:3: the line has no hash at its end"]);
    check(|lines| drop(lines.remove(2)), &["a.log:3: line 3 is missing before line 4"]);
    check(|lines| drop(lines.drain(1..3)), &["a.log:2: lines 2 to 3 are missing"]);
    check(|lines| drop(lines.remove(0)), &["a.log:1: lines are missing before line 2"]);
    check(|lines| drop(lines.pop()), &["line 5 is missing at the end"]);
    check(|lines| lines.truncate(2), &["lines 3 to 5 are missing at the end"]);
    check(Vec::clear, &["lines 1 to 5 are missing at the end"]);
    let order = [
        "a.log:2: line 2 is missing before line 3",
        "a.log:3: line 2 is out of order, or there twice",
        "a.log:4: line 4 is missing before line 4",
    ];
    check(
        |lines| lines.swap(1, 2),
        &[order[0], order[1], "a.log:4: line 3 is missing before line 4"],
    );
    check(
        |lines| lines.insert(2, lines[1].clone()),
        &["a.log:3: line 2 is out of order, or there twice"],
    );
    check(|lines| lines[4].truncate(40), &["a.log:5: the line has no hash at its end"]);
}

#[test]
fn lines_of_another_chain_do_not_follow() {
    let (trail, other) = (Trail::with(3), Trail::with(3));
    let mut lines = trail.lines();
    lines[2..].clone_from_slice(&other.lines()[2..]);
    trail.write(&lines);
    let expect = [
        "a.log:3: line 3 does not follow on the one before it",
        "a.log:4: line 4 is not the one that was written",
    ];
    assert_eq!(trail.findings(), expect, "each is whole by itself");
}

#[test]
fn a_line_that_is_cut_off_is_found_and_taken_away_at_the_next_start() {
    let trail = Trail::with(2);
    let lines = trail.lines();
    let text = std::fs::read_to_string(trail.path("a.log")).unwrap();
    std::fs::write(trail.path("a.log"), format!("{text}{{\"sequence\":4,\"ti")).unwrap();
    assert_eq!(trail.findings(), ["a.log:4: the line is cut off"]);
    let opened = trail.open();
    assert_eq!(opened.notices, ["audit file: the last line was cut off; nobody was answered"]);
    opened.audit.add(&entry("after")).unwrap();
    assert_eq!(trail.findings(), [""; 0]);
    let after = trail.lines();
    assert_eq!(after[..3], lines);
    assert!(after[3].contains("\"action\":\"audit.continue\""), "{}", after[3]);
    assert!(after[3].contains("\"torn\":\"{\\\"sequence\\\":4,\\\"ti\""), "{}", after[3]);
}

#[test]
fn lines_that_were_acknowledged_stay_missing_after_a_start() {
    let trail = Trail::with(3);
    trail.write(&trail.lines()[..2]);
    let notices = trail.open().notices;
    assert_eq!(notices, ["audit file: lines 3 to 4 were acknowledged and are missing"]);
    assert_eq!(trail.findings(), ["a.log:3: lines 3 to 4 are missing"]);
}

#[test]
fn a_changed_last_line_moves_the_file_aside() {
    let trail = Trail::with(2);
    let mut lines = trail.lines();
    lines[2] = lines[2].replace("ann", "bob");
    trail.write(&lines);
    let opened = trail.open();
    assert!(opened.notices[0].contains("was changed"), "{:?}", opened.notices);
    assert!(trail.path("a.log.damaged-1").exists());
    assert_eq!(trail.findings(), [""; 0]);
    let both = verify(&[trail.path("a.log.damaged-1"), trail.path("a.log")]).unwrap();
    assert_eq!(both.findings.len(), 1, "{:?}", both.findings);
}

#[test]
fn the_chain_goes_on_over_restarts_and_rotations() {
    let trail = Trail::with(1);
    let audit = trail.open().audit;
    audit.add(&entry("two")).unwrap();
    audit.reopen(Timestamp::from_millis(0)).unwrap();
    assert_eq!(trail.lines().len(), 4, "nothing was rotated");
    std::fs::rename(trail.path("a.log"), trail.path("a.log.1")).unwrap();
    audit.add(&entry("three")).unwrap();
    audit.reopen(Timestamp::from_millis(0)).unwrap();
    audit.add(&entry("four")).unwrap();
    let verdict = verify(&[trail.path("a.log.1"), trail.path("a.log")]).unwrap();
    assert_eq!((verdict.findings, verdict.notes, verdict.lines), (vec![], vec![], 7));
    assert_eq!(verdict.last.map(|(sequence, _)| sequence), Some(7));
    assert_eq!(trail.findings(), [""; 0], "the newer one alone");
    let old = verify(&[trail.path("a.log.1")]).unwrap();
    assert_eq!((old.findings.len(), old.notes.len()), (0, 1), "its end is not known");
    let swapped = verify(&[trail.path("a.log"), trail.path("a.log.1")]).unwrap();
    assert!(!swapped.findings.is_empty());

    // emptied in its place, as some rotate
    std::fs::write(trail.path("a.log"), "").unwrap();
    audit.reopen(Timestamp::from_millis(0)).unwrap();
    audit.add(&entry("five")).unwrap();
    assert_eq!((trail.findings(), trail.lines().len()), (vec![], 2));
    drop(audit);
    std::fs::remove_file(trail.path("a.log")).unwrap();
    assert_eq!(trail.open().notices, [""; 0], "rotated while nothing ran");
    assert_eq!(trail.findings(), [""; 0]);
}

#[test]
fn lines_have_limits() {
    let trail = Trail::new();
    let audit = trail.open().audit;
    let long = "ä".repeat(TEXT_LIMIT + 5);
    let detail = json!({"long": "x".repeat(LINE_LIMIT)});
    audit.add(&Entry { object: long.clone(), detail, ..entry("") }).unwrap();
    let line = trail.lines()[1].clone();
    assert!(line.contains(&format!("\"{}\"", "ä".repeat(TEXT_LIMIT))));
    assert!(line.contains("{\"left_out\":\"too long for a line\"}") && line.len() < 4096);
    assert_eq!(trail.findings(), [""; 0]);
    std::fs::write(trail.path("a.log"), "x".repeat(2 * LINE_LIMIT)).unwrap();
    assert_eq!(trail.findings()[0], "a.log:1: the line is too long to be one of ours");
    assert!(verify(&[trail.path("nothing.log")]).is_err());
}
