//! Relabelling rules.

use crate::config::read::{At, Reader, section};
use crate::label::pattern::{Dialect, Pattern};
use crate::label::relabel::{Action, Rule};

/// Actions that write a label, which must be named.
const WRITING: [Action; 6] = [
    Action::Replace,
    Action::HashMod,
    Action::Lowercase,
    Action::Uppercase,
    Action::KeepEqual,
    Action::DropEqual,
];

/// What stands between the values of several labels, unless the file says otherwise.
const SEPARATOR: &str = ";";
/// What is matched, unless the file says otherwise.
const REGEX: &str = "(.*)";
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

/// The rules, compiled; of rules that have been checked, all.
pub(super) fn compile(rules: &[RawRelabel]) -> Vec<Rule> {
    rules.iter().filter_map(RawRelabel::compile).collect()
}

impl RawRelabel {
    fn check(&self, reader: &mut Reader) {
        let Some(action) = Action::named(&self.action) else {
            let message = format!("unknown relabel action {:?}", self.action.value);
            return reader.problem(self.action.at, message);
        };
        if let Some(regex) = &self.regex
            && let Err(error) = Pattern::anchored(regex, Dialect::PromQl)
        {
            reader.problem(regex.at, error.to_string());
        }
        if !self.whole {
            return;
        }
        let name = self.name();
        if matches!(action, Action::LabelDrop | Action::LabelKeep) && !self.is_regex_only() {
            let message = format!("{name} action requires only 'regex', and no other fields");
            reader.problem(self.at, message);
        }
        if action == Action::HashMod && self.modulus == 0 {
            reader.problem(self.at, "relabel configuration for hashmod requires non-zero modulus");
        }
        if WRITING.contains(&action) && self.target_label.is_empty() {
            let message =
                format!("relabel configuration for {name} action requires 'target_label' value");
            reader.problem(self.at, message);
        }
    }

    /// The action's name.
    fn name(&self) -> String {
        if self.action.is_empty() { "replace".to_owned() } else { self.action.to_lowercase() }
    }

    fn compile(&self) -> Option<Rule> {
        let regex = self.regex.as_ref().map_or(REGEX, |regex| regex.as_str());
        Some(Rule {
            source_labels: self.source_labels.clone(),
            separator: self.separator.clone(),
            target_label: self.target_label.clone(),
            pattern: Pattern::anchored(regex, Dialect::PromQl).ok()?,
            modulus: self.modulus,
            replacement: self.replacement.clone(),
            action: Action::named(&self.action)?,
        })
    }

    fn is_regex_only(&self) -> bool {
        self.source_labels.is_empty()
            && self.target_label.is_empty()
            && self.modulus == 0
            && self.separator == SEPARATOR
            && self.replacement == REPLACEMENT
    }
}
