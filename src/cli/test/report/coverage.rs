//! What the tests have exercised, as text, for tools that read lcov, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::json;

use crate::drivers::ruletest::rules::Coverage;
use crate::drivers::ruletest::rules::coverage::{Hits, Item, Kind};

/// How coverage is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Lines for people.
    Text,
    /// The trace files of lcov, which genhtml and code hosters read.
    Lcov,
    /// One JSON object.
    Json,
}

impl Format {
    /// The coverage as it is written.
    pub(in crate::cli) fn write(self, coverage: &Coverage) -> String {
        match self {
            Format::Text => text(coverage),
            Format::Lcov => lcov(coverage),
            Format::Json => format!("{:#}\n", json(coverage)),
        }
    }
}

/// The items of each file, by line.
fn by_file(coverage: &Coverage) -> BTreeMap<&str, Vec<(&Item, &Hits)>> {
    let mut files = BTreeMap::<_, Vec<_>>::new();
    for (item, hits) in &coverage.items {
        files.entry(item.file.as_str()).or_default().push((item, hits));
    }
    files
}

/// The states that were seen of an alerting rule, in the order of an alert's life.
fn states(item: &Item, hits: &Hits) -> Vec<(&'static str, u64)> {
    match item.kind {
        Kind::Alert => {
            vec![("pending", hits.pending), ("firing", hits.tests), ("resolved", hits.resolved)]
        }
        _ => Vec::new(),
    }
}

fn text(coverage: &Coverage) -> String {
    let (hit, all) = coverage.share();
    let mut text = String::new();
    for (file, items) in by_file(coverage) {
        let width = items.iter().map(|(item, _)| item.name.chars().count()).max().unwrap_or(0);
        let hit = items.iter().filter(|(_, hits)| hits.tests > 0).count();
        // writing to a string does not fail
        let _ = writeln!(text, "{file}: {hit} of {}", items.len());
        for (item, hits) in items {
            let (mark, said) = (if hits.tests > 0 { ' ' } else { '!' }, said(item.kind, hits));
            let (line, kind, name) = (item.line, item.kind.text(), &item.name);
            let _ = writeln!(text, "{mark} {line:>5}  {kind:<10}  {name:<width$}  {said}");
        }
    }
    let _ = writeln!(text, "coverage: {hit} of {all} exercised, {:.1} %", coverage.percent());
    text
}

fn said(kind: Kind, hits: &Hits) -> &'static str {
    match (kind, hits.tests > 0) {
        (Kind::Alert, true) if hits.resolved > 0 => "fired, resolved",
        (Kind::Alert, true) => "fired",
        (Kind::Alert, false) if hits.pending > 0 => "only pending",
        (Kind::Alert, false) => "never pending",
        (Kind::Recording, true) => "gave series",
        (Kind::Recording, false) => "gave nothing",
        (Kind::Route, true) => "took alerts",
        (Kind::Route, false) => "took none",
        (Kind::Inhibition | Kind::Silence, true) => "kept alerts back",
        (Kind::Inhibition | Kind::Silence, false) => "kept none back",
        (Kind::Receiver, true) => "got messages",
        (Kind::Receiver, false) => "got none",
    }
}

/// A line for each item; several that begin on one line are one line, exercised when all are.
/// The states of alerts are branches. (Source: lcov, `geninfo(1)`.)
fn lcov(coverage: &Coverage) -> String {
    let mut text = String::new();
    for (file, items) in by_file(coverage) {
        let _ = writeln!(text, "TN:\nSF:{file}");
        let (mut lines, mut branches) = (BTreeMap::<usize, u64>::new(), [0, 0]);
        for (block, (item, hits)) in items.iter().enumerate() {
            let count = lines.entry(item.line).or_insert(hits.tests);
            *count = (*count).min(hits.tests);
            for (branch, (_, taken)) in states(item, hits).iter().enumerate() {
                let _ = writeln!(text, "BRDA:{},{block},{branch},{taken}", item.line);
                branches[0] += 1;
                branches[1] += u64::from(*taken > 0);
            }
        }
        if branches[0] > 0 {
            let _ = writeln!(text, "BRF:{}\nBRH:{}", branches[0], branches[1]);
        }
        for (line, count) in &lines {
            let _ = writeln!(text, "DA:{line},{count}");
        }
        let hit = lines.values().filter(|count| **count > 0).count();
        let _ = writeln!(text, "LF:{}\nLH:{hit}\nend_of_record", lines.len());
    }
    text
}

fn json(coverage: &Coverage) -> serde_json::Value {
    let item = |(item, hits): (&Item, &Hits)| {
        let mut value = json!({
            "line": item.line,
            "kind": item.kind.text(),
            "name": item.name,
            "exercised": hits.tests > 0,
            "tests": hits.tests,
        });
        let states: serde_json::Map<_, _> = states(item, hits)
            .into_iter()
            .map(|(state, tests)| (state.to_owned(), tests.into()))
            .collect();
        if !states.is_empty() {
            value["states"] = states.into();
        }
        value
    };
    let files = by_file(coverage).into_iter().map(|(file, items)| {
        let items: Vec<_> = items.into_iter().map(item).collect();
        json!({"file": file, "items": items})
    });
    let files: Vec<_> = files.collect();
    let (hit, all) = coverage.share();
    json!({"exercised": hit, "total": all, "percent": coverage.percent(), "files": files})
}
