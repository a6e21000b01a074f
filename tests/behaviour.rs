//! The same behaviour as a genuine Alertmanager: both run the same configuration side by side
//! and are told the same at the same moments; what they send, answer and print is compared.
//! Scenarios are data, in `behaviour/scenarios`; each has a pair of servers of its own.
//!
//! `FIREBELL_ALERTMANAGER` names the binary; else it is looked for in `target/peers/usr/bin` and
//! in the search path. `FIREBELL_BEHAVIOUR=words` plays only scenarios whose names have them and
//! tells what was seen.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "behaviour/compare.rs"]
mod compare;
#[path = "behaviour/play.rs"]
mod play;
#[path = "behaviour/scenario.rs"]
mod scenario;
#[path = "behaviour/server.rs"]
mod server;
#[path = "behaviour/sink.rs"]
mod sink;
#[path = "behaviour/transcript.rs"]
mod transcript;

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use compare::differences;
use scenario::{Scenario, Version};
use server::Genuine;
use transcript::Transcript;

/// How many scenarios are played at once.
const AT_ONCE: usize = 14;

/// How often a scenario is played before its differences are believed: a machine that is busy
/// delays one of two servers, and does so again only by chance.
const ATTEMPTS: usize = 3;

/// How a scenario went.
struct Outcome {
    name: String,
    seen: String,
    messages: usize,
    attempts: usize,
    differences: Vec<String>,
    /// Why ours does otherwise, where it does on purpose.
    intended: Option<String>,
}

/// Plays a scenario on both until there is no difference, or too often.
async fn judge(scenario: Arc<Scenario>, genuine: Arc<Genuine>) -> Outcome {
    let mut outcome = Outcome {
        name: scenario.name.clone(),
        seen: String::new(),
        messages: 0,
        attempts: 0,
        differences: Vec::new(),
        intended: scenario.differs.clone(),
    };
    while outcome.attempts < ATTEMPTS {
        outcome.attempts += 1;
        let (theirs, ours) = play::both(&scenario, &genuine).await;
        outcome.differences = differences(&theirs, &ours, genuine.version);
        outcome.differences.extend(unexpected(&scenario, &theirs));
        outcome.seen = theirs.to_string();
        outcome.messages = theirs.messages.len();
        if outcome.differences.is_empty() != outcome.intended.is_some() {
            break;
        }
    }
    outcome
}

/// Whether the genuine one did not do what the scenario is about.
fn unexpected(scenario: &Scenario, theirs: &Transcript) -> Option<String> {
    let count = theirs.messages.len();
    let expected = scenario.messages.is_none_or(|messages| messages == count);
    (!expected).then(|| format!("the genuine one sent {count} messages:\n{theirs}"))
}

async fn play_all(scenarios: Vec<Scenario>, genuine: Genuine) -> Vec<Outcome> {
    let (places, genuine) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(genuine));
    let mut playing = JoinSet::new();
    for scenario in scenarios {
        let (places, genuine) = (Arc::clone(&places), Arc::clone(&genuine));
        playing.spawn(async move {
            let _place = places.acquire().await;
            judge(Arc::new(scenario), genuine).await
        });
    }
    let mut outcomes = playing.join_all().await;
    outcomes.sort_by(|one, other| one.name.cmp(&other.name));
    outcomes
}

/// Whether a scenario went as it should.
#[derive(PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
}

fn tell(outcome: &Outcome) -> Verdict {
    let Outcome { name, differences, intended, .. } = outcome;
    match (intended, differences.as_slice()) {
        (None, []) => return Verdict::Passed,
        (Some(why), []) => println!("no longer differs: {name}, which was to: {why}"),
        (Some(why), _) => {
            println!("differs on purpose: {name}: {why}");
            return Verdict::Passed;
        }
        (None, found) => println!("differs: {name}\n    {}", found.join("\n    ")),
    }
    Verdict::Failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_genuine_alertmanager_does_firebell_does() {
    let Some(genuine) = server::genuine() else {
        println!("skipped: no alertmanager in $FIREBELL_ALERTMANAGER, target/peers or $PATH");
        return;
    };
    let asked = std::env::var("FIREBELL_BEHAVIOUR").unwrap_or_default();
    let version = genuine.version;
    let wanted = |scenario: &Scenario| scenario.name.contains(&asked);
    let (fitting, others): (Vec<_>, Vec<_>) = scenario::all()
        .into_iter()
        .filter(wanted)
        .partition(|scenario| scenario.fits(version) && genuine.has_what_it_needs(scenario));
    for other in &others {
        println!("skipped: {}: needs more than {version}", other.name);
    }
    let outcomes = play_all(fitting, genuine).await;
    let mut failed = 0;
    for outcome in &outcomes {
        if !asked.is_empty() {
            println!("== {}\n{}", outcome.name, outcome.seen);
        } else if outcome.attempts > 1 {
            println!("{}: {} attempts", outcome.name, outcome.attempts);
        }
        failed += usize::from(tell(outcome) == Verdict::Failed);
    }
    let messages: usize = outcomes.iter().map(|outcome| outcome.messages).sum();
    println!(
        "Alertmanager {version}: {} scenarios, {messages} messages, {failed} differ, {} skipped",
        outcomes.len(),
        others.len()
    );
    assert_eq!(failed, 0, "scenarios that differ");
}

#[test]
fn every_scenario_can_be_read_and_has_a_name_of_its_own() {
    let scenarios = scenario::all();
    let names: std::collections::BTreeSet<_> =
        scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names.len(), scenarios.len());
    assert!(scenarios.len() >= 80, "{} scenarios", scenarios.len());
    let newest = Version::parse("99.0").unwrap();
    assert!(scenarios.iter().all(|scenario| scenario.fits(newest)));
}
