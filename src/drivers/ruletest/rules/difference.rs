//! Alerts side by side, as coloured JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::ruletest::ExpectedAlert;
use crate::label::Labels;

const RED: &str = "\u{1b}[0;31m";
const GREEN: &str = "\u{1b}[0;32m";
const YELLOW: &str = "\u{1b}[0;33m";
const PLAIN: &str = "\u{1b}[0m";

/// Both lists as one: what is missing is red, what is too much is green, what differs is yellow.
pub(super) fn alerts(expected: &[ExpectedAlert], got: &[ExpectedAlert]) -> String {
    let none = ExpectedAlert { labels: Labels::empty(), annotations: Labels::empty() };
    let count = expected.len().max(got.len());
    let entries: Vec<String> = (0..count)
        .map(|index| {
            let (expected, got) = (expected.get(index), got.get(index));
            let (expected, got) = (expected.unwrap_or(&none), got.unwrap_or(&none));
            let annotations = pairs(&expected.annotations, &got.annotations);
            let labels = pairs(&expected.labels, &got.labels);
            format!(
                "    {{\n        \"Annotations\": {annotations},\n        \"Labels\": {labels}\n    }}"
            )
        })
        .collect();
    format!("[\n{}\n]", entries.join(",\n"))
}

fn pairs(expected: &Labels, got: &Labels) -> String {
    let names: BTreeSet<&str> = expected.iter().chain(got.iter()).map(|(name, _)| name).collect();
    if names.is_empty() {
        return "{}".to_owned();
    }
    let mut text = String::from("{");
    for (index, name) in names.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // writing to a string does not fail
        let _ = write!(text, "{comma}\n            {}", pair(name, expected, got));
    }
    text.push_str("\n        }");
    text
}

fn pair(name: &str, expected: &Labels, got: &Labels) -> String {
    let name_text = json(name);
    match (expected.get(name).map(json), got.get(name).map(json)) {
        (Some(expected), Some(got)) if expected == got => format!("{name_text}: {expected}"),
        (Some(expected), Some(got)) => {
            format!("{YELLOW}{name_text}: {expected} => {got}{PLAIN}")
        }
        (Some(expected), None) => format!("{RED}{name_text}: {expected}{PLAIN}"),
        (None, got) => format!("{GREEN}{name_text}: {}{PLAIN}", got.unwrap_or_default()),
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_too_much_or_different_is_coloured() {
        let alert = |pairs: &[(&str, &str)]| ExpectedAlert {
            labels: Labels::from_pairs(pairs.iter().copied()),
            annotations: Labels::empty(),
        };
        let expected = alert(&[("a", "1"), ("b", "2"), ("same", "x")]);
        let got = alert(&[("b", "3"), ("c", "\""), ("same", "x")]);
        let text = alerts(&[expected], &[got]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "        \"Annotations\": {},");
        assert_eq!(lines[4], format!("            {RED}\"a\": \"1\"{PLAIN},"));
        assert_eq!(lines[5], format!("            {YELLOW}\"b\": \"2\" => \"3\"{PLAIN},"));
        assert_eq!(lines[6], format!("            {GREEN}\"c\": \"\\\"\"{PLAIN},"));
        assert_eq!(lines[7], "            \"same\": \"x\"");
    }
}
