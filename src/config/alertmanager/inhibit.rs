//! `inhibit_rules`.

use crate::config::read::{At, Reader, section};
use crate::inhibit::InhibitRule;
use crate::label::matcher::is_valid_name;
use crate::template::quote;

use super::matchers::{self, EqualMap, MatcherList, RegexMap};

section! {
    /// One of `inhibit_rules`.
    struct RawInhibit("common.plain") {
        nonempty name: String,
        nonempty source_match: EqualMap,
        nonempty source_match_re: RegexMap,
        nonempty source_matchers: MatcherList,
        nonempty target_match: EqualMap,
        nonempty target_match_re: RegexMap,
        nonempty target_matchers: MatcherList,
        nonempty equal: Vec<At<String>>,
    }
}

impl RawInhibit {
    /// Checks names and regular expressions.
    pub(super) fn check(&self, reader: &mut Reader) {
        let fields = ["source_match", "source_match_re", "source_matchers"];
        matchers::check_old(&self.source_match, &self.source_match_re, fields, reader);
        let fields = ["target_match", "target_match_re", "target_matchers"];
        matchers::check_old(&self.target_match, &self.target_match_re, fields, reader);
        for name in &self.equal {
            if !is_valid_name(name, reader.mode) {
                let message = format!("invalid label name {} in equal list", quote(name));
                reader.problem(name.at, message);
            }
        }
    }

    /// The rule as the pipeline has it.
    pub(super) fn compile(&self) -> InhibitRule {
        InhibitRule {
            name: self.name.clone(),
            source: matchers::all(&self.source_match, &self.source_match_re, &self.source_matchers),
            target: matchers::all(&self.target_match, &self.target_match_re, &self.target_matchers),
            equal: self.equal.iter().map(|name| name.value.clone()).collect(),
        }
    }
}
