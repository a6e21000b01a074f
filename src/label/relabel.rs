//! Relabelling: rules that rewrite a label set, or drop what carries it.
//! (Source: Prometheus docs, "relabel_config"; corners of `model/relabel`.)

use md5::{Digest, Md5};

use super::{Labels, LabelsBuilder, Pattern};

/// One rule, checked and compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The labels whose values, joined, are looked at.
    pub source_labels: Vec<String>,
    /// What stands between the values.
    pub separator: String,
    /// The label that is written; for [`Action::Replace`] a template of the pattern's groups.
    pub target_label: String,
    /// What the joined values, or the labels' names, are matched with; anchored.
    pub pattern: Pattern,
    /// Of [`Action::HashMod`], not zero: there a zero stands for 1.
    pub modulus: u64,
    /// What is written: a template of the pattern's groups, as Go's `regexp.Expand` has it.
    pub replacement: String,
    /// What is done.
    pub action: Action,
}

/// What a rule does; [`Action::NAMES`] has the names that configurations use.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Writes the replacement to the target when the pattern matches; an empty one removes it.
    Replace,
    /// Drops unless the pattern matches.
    Keep,
    /// Drops when the pattern matches.
    Drop,
    /// Drops unless the target's value is the joined values.
    KeepEqual,
    /// Drops when the target's value is the joined values.
    DropEqual,
    /// Writes the joined values' hash modulo the modulus.
    HashMod,
    /// Copies labels whose name matches to the name that the replacement makes.
    LabelMap,
    /// Removes labels whose name matches.
    LabelDrop,
    /// Removes labels whose name does not match.
    LabelKeep,
    /// Writes the joined values in lower case.
    Lowercase,
    /// Writes the joined values in upper case.
    Uppercase,
}

impl Action {
    /// Every action by its name in a configuration, lower case.
    pub const NAMES: [(&'static str, Action); 11] = [
        ("replace", Action::Replace),
        ("keep", Action::Keep),
        ("drop", Action::Drop),
        ("keepequal", Action::KeepEqual),
        ("dropequal", Action::DropEqual),
        ("hashmod", Action::HashMod),
        ("labelmap", Action::LabelMap),
        ("labeldrop", Action::LabelDrop),
        ("labelkeep", Action::LabelKeep),
        ("lowercase", Action::Lowercase),
        ("uppercase", Action::Uppercase),
    ];

    /// The action of a name, in any case; the empty name is `replace`.
    pub fn named(name: &str) -> Option<Action> {
        if name.is_empty() {
            return Some(Action::Replace);
        }
        let name = name.to_lowercase();
        Action::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, action)| action)
    }
}

/// The labels after all rules, in order; `None` when one of them drops their carrier.
pub fn relabel(labels: &Labels, rules: &[Rule]) -> Option<Labels> {
    if rules.is_empty() {
        return Some(labels.clone());
    }
    let mut builder = labels.edit();
    let kept = rules.iter().all(|rule| rule.apply(&mut builder) == Fate::Kept);
    kept.then(|| builder.build())
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Fate {
    Kept,
    Dropped,
}

impl Fate {
    fn dropped_if(condition: bool) -> Fate {
        if condition { Fate::Dropped } else { Fate::Kept }
    }
}

impl Rule {
    fn apply(&self, labels: &mut LabelsBuilder) -> Fate {
        let joined = self.joined(labels);
        let target = labels.get(&self.target_label).unwrap_or("");
        match self.action {
            Action::Drop => return Fate::dropped_if(self.pattern.is_match(&joined)),
            Action::Keep => return Fate::dropped_if(!self.pattern.is_match(&joined)),
            Action::DropEqual => return Fate::dropped_if(target == joined),
            Action::KeepEqual => return Fate::dropped_if(target != joined),
            Action::Replace => self.replace(&joined, labels),
            Action::Lowercase => drop(labels.set(&self.target_label, &lower(&joined))),
            Action::Uppercase => drop(labels.set(&self.target_label, &upper(&joined))),
            Action::HashMod => {
                let remainder = hash(&joined) % self.modulus.max(1);
                labels.set(&self.target_label, &remainder.to_string());
            }
            Action::LabelMap => self.copy_names(labels),
            Action::LabelDrop | Action::LabelKeep => self.remove_names(labels),
        }
        Fate::Kept
    }

    fn joined(&self, labels: &LabelsBuilder) -> String {
        let mut joined = String::new();
        for (index, name) in self.source_labels.iter().enumerate() {
            if index > 0 {
                joined.push_str(&self.separator);
            }
            joined.push_str(labels.get(name).unwrap_or(""));
        }
        joined
    }

    fn replace(&self, joined: &str, labels: &mut LabelsBuilder) {
        let Some(target) = self.pattern.expand_full_match(joined, &self.target_label) else {
            return;
        };
        if target.is_empty() {
            // a name that is none: the rule does nothing
            return;
        }
        if let Some(value) = self.pattern.expand_full_match(joined, &self.replacement) {
            labels.set(&target, &value);
        }
    }

    fn copy_names(&self, labels: &mut LabelsBuilder) {
        for (name, value) in &labels.build() {
            if let Some(to) = self.pattern.expand_full_match(name, &self.replacement)
                && !to.is_empty()
            {
                labels.set(&to, value);
            }
        }
    }

    fn remove_names(&self, labels: &mut LabelsBuilder) {
        let removes = self.action == Action::LabelDrop;
        for (name, _) in &labels.build() {
            if self.pattern.is_match(name) == removes {
                labels.remove(name);
            }
        }
    }
}

/// Letter by letter, as Go does it: a letter that would become several stays.
fn lower(text: &str) -> String {
    text.chars().map(|letter| single(letter, letter.to_lowercase())).collect()
}

/// As [`lower`].
fn upper(text: &str) -> String {
    text.chars().map(|letter| single(letter, letter.to_uppercase())).collect()
}

fn single(letter: char, mut changed: impl ExactSizeIterator<Item = char>) -> char {
    if changed.len() == 1 { changed.next().unwrap_or(letter) } else { letter }
}

/// The last eight bytes of the MD5 sum, big endian.
fn hash(text: &str) -> u64 {
    let digest: [u8; 16] = Md5::digest(text).into();
    digest[8..].iter().fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
