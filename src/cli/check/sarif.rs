//! Findings as SARIF. (Source: OASIS, "Static Analysis Results Interchange Format 2.1.0".)

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::{Finding, Subject};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log of one run.
pub(super) fn log(subjects: &[Subject]) -> Value {
    let found = subjects.iter().flat_map(|subject| {
        subject.findings.iter().map(|finding| (subject.file.as_str(), finding))
    });
    let classes: BTreeSet<&str> = found.clone().map(|(_, finding)| finding.class).collect();
    let rules: Vec<Value> = classes.iter().map(|class| json!({ "id": class })).collect();
    let results: Vec<Value> = found.map(|(file, finding)| result(file, finding)).collect();
    let driver = json!({
        "name": "firebell",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(file: &str, finding: &Finding) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
    if let Some((line, column)) = finding.place {
        place["region"] = json!({ "startLine": line, "startColumn": column });
    }
    json!({
        "ruleId": finding.class,
        "level": finding.severity.text(),
        "message": { "text": finding.message },
        "locations": [{ "physicalLocation": place }],
    })
}

/// A path as a relative reference.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
