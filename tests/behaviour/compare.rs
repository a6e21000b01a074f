//! What differs between two transcripts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::scenario::Version;
use super::sink::Message;
use super::transcript::{TIME_MEMBER, Transcript};

/// How far apart two messages may be, in seconds: a good deal less than any interval of the
/// scenarios.
const APART: f64 = 0.9;

/// How far apart two moments in texts may be, in seconds: one of the servers may be slow.
const MOMENTS_APART: f64 = 0.9;

/// Members of objects that older Alertmanagers do not write, where they stand, since when they
/// are there.
const NEWER: &[(&str, &str, Version)] = &[
    ("", "notification_reason", Version(0, 32)),
    ("", "routeLabels", Version(0, 34)),
    ("", "mutedBy", Version(0, 28)),
    ("/api/v2/receivers", "labels", Version(0, 33)),
];

/// What stands between a refusal's class and what the parser of the day says of it.
const DETAIL: &str = ", because ";

/// Everything that differs, a line each.
pub fn differences(theirs: &Transcript, ours: &Transcript, version: Version) -> Vec<String> {
    let mut found = Vec::new();
    compare_messages(theirs, ours, version, &mut found);
    for ((line, theirs), (_, ours)) in theirs.answers.iter().zip(&ours.answers) {
        compare(line, theirs, ours, version, &mut found);
    }
    found
}

/// Messages about one group to one address, in order.
fn streams(transcript: &Transcript) -> BTreeMap<String, Vec<&Message>> {
    let mut streams: BTreeMap<String, Vec<&Message>> = BTreeMap::new();
    for message in &transcript.messages {
        let group = message.body["groupKey"].as_str().unwrap_or_default();
        streams.entry(format!("{} {group}", message.request)).or_default().push(message);
    }
    streams
}

fn compare_messages(
    theirs: &Transcript,
    ours: &Transcript,
    version: Version,
    found: &mut Vec<String>,
) {
    let (theirs, ours) = (streams(theirs), streams(ours));
    let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for name in names {
        let of = |streams: &BTreeMap<String, Vec<&Message>>| {
            streams.get(name).cloned().unwrap_or_default().into_iter().cloned().collect::<Vec<_>>()
        };
        let (theirs, ours) = (of(&theirs), of(&ours));
        let times = |messages: &[Message]| {
            let times = messages.iter().map(|one| format!("{:.1}", one.at.as_secs_f64()));
            times.collect::<Vec<_>>().join(" ")
        };
        let together = theirs.len() == ours.len()
            && theirs.iter().zip(&ours).all(|(theirs, ours)| {
                (theirs.at.as_secs_f64() - ours.at.as_secs_f64()).abs() < APART
            });
        if !together {
            found.push(format!("{name}: at {}, ours at {}", times(&theirs), times(&ours)));
        }
        for (index, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
            let place = format!("{name} message {}", index + 1);
            compare(&place, &theirs.body, &ours.body, version, found);
        }
    }
}

fn compare(place: &str, theirs: &Value, ours: &Value, version: Version, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            if let (Some(theirs), Some(ours)) = (theirs.get(TIME_MEMBER), ours.get(TIME_MEMBER)) {
                let apart = theirs.as_f64().unwrap() - ours.as_f64().unwrap();
                if apart.abs() > MOMENTS_APART {
                    found.push(format!("{place}: {theirs} s, ours {ours} s"));
                }
                return;
            }
            let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                let newer = NEWER.iter().any(|(at, newer, since)| {
                    place.contains(at) && newer == name && *since > version
                });
                if !newer {
                    let of = |object: &serde_json::Map<String, Value>| {
                        object.get(name).cloned().unwrap_or_else(|| "(nothing)".into())
                    };
                    compare(&format!("{place} .{name}"), &of(theirs), &of(ours), version, found);
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (index, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                compare(&format!("{place} [{index}]"), theirs, ours, version, found);
            }
        }
        (Value::String(theirs), Value::String(ours)) if class(theirs) == class(ours) => {}
        (theirs, ours) if theirs != ours => {
            found.push(format!("{place}: {theirs}, ours {ours}"));
        }
        _ => {}
    }
}

/// A refusal without the words of a parser.
fn class(text: &str) -> &str {
    text.split_once(DETAIL).map_or(text, |(class, _)| class)
}
