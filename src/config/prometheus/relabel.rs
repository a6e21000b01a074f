//! Relabelling rules.

use crate::config::read::{At, Reader, section};
use crate::label::pattern::{Dialect, Pattern};

/// What a relabelling rule may do.
const ACTIONS: [&str; 11] = [
    "replace",
    "keep",
    "drop",
    "keepequal",
    "dropequal",
    "hashmod",
    "labelmap",
    "labeldrop",
    "labelkeep",
    "lowercase",
    "uppercase",
];
/// Actions that write a label, which must be named.
const WRITING: [&str; 6] =
    ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"];

/// What stands between the values of several labels, unless the file says otherwise.
const SEPARATOR: &str = ";";
/// What is written, unless the file says otherwise.
const REPLACEMENT: &str = "$1";

section! {
    /// A relabelling rule.
    struct RawRelabel("relabel.plain", null: "empty or null relabeling rule") {
        nonempty source_labels: Vec<String>,
        nonempty separator: String = SEPARATOR.to_owned(),
        nonempty target_label: String,
        nonempty regex: Option<At<String>>,
        nonempty modulus: u64,
        nonempty replacement: String = REPLACEMENT.to_owned(),
        nonempty action: At<String>,
    }
}

pub(super) fn check(rules: &[RawRelabel], reader: &mut Reader) {
    for rule in rules {
        rule.check(reader);
    }
}

impl RawRelabel {
    fn check(&self, reader: &mut Reader) {
        let written = self.action.to_lowercase();
        let action = if written.is_empty() { "replace" } else { &written };
        if !ACTIONS.contains(&action) {
            let message = format!("unknown relabel action {:?}", self.action.value);
            return reader.problem(self.action.at, message);
        }
        if let Some(regex) = &self.regex
            && let Err(error) = Pattern::anchored(regex, Dialect::PromQl)
        {
            reader.problem(regex.at, error.to_string());
        }
        if !self.whole {
            return;
        }
        if matches!(action, "labeldrop" | "labelkeep") && !self.is_regex_only() {
            let message = format!("{action} action requires only 'regex', and no other fields");
            reader.problem(self.at, message);
        }
        if action == "hashmod" && self.modulus == 0 {
            reader.problem(self.at, "relabel configuration for hashmod requires non-zero modulus");
        }
        if WRITING.contains(&action) && self.target_label.is_empty() {
            let message =
                format!("relabel configuration for {action} action requires 'target_label' value");
            reader.problem(self.at, message);
        }
    }

    fn is_regex_only(&self) -> bool {
        self.source_labels.is_empty()
            && self.target_label.is_empty()
            && self.modulus == 0
            && self.separator == SEPARATOR
            && self.replacement == REPLACEMENT
    }
}
