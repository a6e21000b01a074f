//! A process that commits is killed at any moment: everything it acknowledged is there again.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use firebell::engine::{GroupKey, GroupTimer, Record, RecordKey, RecordValue};
use firebell::label::Labels;
use firebell::state::{Committer, Outlives};
use firebell::time::Timestamp;

const DIRECTORY: &str = "FIREBELL_TEST_STATE_DIRECTORY";
const FIRST: &str = "FIREBELL_TEST_STATE_FIRST";
/// How many commits the child keeps in flight.
const IN_FLIGHT: u32 = 8;
const ROUNDS: u64 = 18;

/// Both records of a commit: they must come and go together.
fn pair(number: u32) -> Vec<Record> {
    let record = |half: &str| {
        let key = GroupKey { route: format!("{number}/{half}").into(), labels: Labels::empty() };
        let next_flush = Timestamp::from_millis(number.into());
        let timer = GroupTimer { next_flush, unfinished: half == "b" };
        Record::Put(RecordKey::Group(key), RecordValue::Group(timer))
    };
    vec![record("a"), record("b")]
}

/// Not a test of its own: what the killed process does.
#[test]
fn child() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let opened = Committer::open(Path::new(&directory)).unwrap();
    assert_eq!(opened.notices, []);
    let committer = Arc::new(opened.committer);
    runtime.block_on(async {
        let workers = (0..IN_FLIGHT).map(|worker| {
            let committer = Arc::clone(&committer);
            tokio::spawn(async move {
                for number in (first + worker..).step_by(IN_FLIGHT as usize) {
                    committer.commit(&pair(number), Outlives::Process).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "\nacknowledged {number}").unwrap();
                    out.flush().unwrap();
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            worker.await.unwrap();
        }
    });
}

fn start(directory: &Path, first: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// Lets a child commit until it has acknowledged so many, kills it, and says which it did.
fn kill_after(directory: &Path, first: u32, count: usize) -> Vec<u32> {
    let mut child = start(directory, first);
    let mut acknowledged = Vec::new();
    let numbers = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
    for number in numbers {
        acknowledged.push(number);
        // The rest of the lines were written before it died.
        if acknowledged.len() == count {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_batches_are_whole() {
    let directory = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for round in 0..ROUNDS {
        let first = round as u32 * 100_000;
        let count = 1 + (round * round * 7 % 150) as usize;
        let acknowledged = kill_after(directory.path(), first, count);
        assert!(acknowledged.len() >= count);
        expected.extend(acknowledged);

        let opened = Committer::open(directory.path()).unwrap();
        assert_eq!(opened.notices, []);
        let records: BTreeMap<_, _> =
            opened.records.iter().map(|record| (record.key().clone(), record)).collect();
        for number in &expected {
            for record in pair(*number) {
                assert_eq!(records.get(record.key()), Some(&&record), "round {round}");
            }
        }
        let numbers = records.values().filter_map(|record| match record {
            Record::Put(_, RecordValue::Group(timer)) => Some(timer.next_flush.millis()),
            _ => None,
        });
        for number in numbers {
            for record in pair(number as u32) {
                assert!(records.contains_key(record.key()), "half a batch: {number}");
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(opened.committer.close()).unwrap();
    }
}
