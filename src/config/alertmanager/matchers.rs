//! `matchers`, `match` and `match_re`.

use crate::config::read::{At, Field, Pairs, Reader, Yaml};
use crate::config::yaml::{Node, Position};
use crate::label::matcher::{self, is_legacy_name};
use crate::label::pattern::Dialect;
use crate::label::{MatchOp, Matcher, Matchers};
use crate::template::quote;

/// A list of texts, each one or several matchers with commas between them; kept sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::config) struct MatcherList(pub Matchers);

impl Field for MatcherList {
    fn read(node: &Node, reader: &mut Reader) -> Option<MatcherList> {
        let texts: Vec<At<String>> = Field::read(node, reader)?;
        let mut list = Matchers::default();
        for At { at, value: text } in texts {
            match matcher::parse_list(&text, reader.mode) {
                Ok(parsed) => {
                    list.0.extend(parsed.value.0);
                    if let Some(warning) = parsed.warning {
                        reader.warning(at, warning.to_string());
                    }
                }
                Err(error) => reader.problem(at, error.to_string()),
            }
        }
        list.0.sort();
        Some(MatcherList(list))
    }

    fn null(_: Position, _: &mut Reader) -> Option<MatcherList> {
        Some(MatcherList::default())
    }

    fn write(&self) -> Yaml {
        Yaml::Sequence(self.0.iter().map(|matcher| matcher.to_string().into()).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.0.is_empty()
    }
}

/// `match`: a label's name and its value.
pub(in crate::config) type EqualMap = Pairs<String>;
/// `match_re`: a label's name and a regular expression for its value.
pub(in crate::config) type RegexMap = Pairs<Option<String>>;

/// Checks the old forms. `fields` are their names in the section, for the hint.
pub(super) fn check_old(
    equal: &EqualMap,
    regex: &RegexMap,
    fields: [&str; 3],
    reader: &mut Reader,
) {
    let [equal_field, regex_field, new_field] = fields;
    let names = equal.0.iter().map(|(name, _)| name).chain(regex.0.iter().map(|(name, _)| name));
    for name in names {
        if !is_legacy_name(name) {
            reader.problem(name.at, format!("invalid label name {}", quote(name)));
        }
    }
    for (name, value) in &regex.0 {
        match &value.value {
            None => {
                reader.problem(name.at, format!("invalid regexp value for {}", quote(name)));
            }
            Some(text) => {
                if let Err(error) = regex_matcher(name, text) {
                    reader.problem(value.at, error.to_string());
                }
            }
        }
    }
    let mut deprecate = |field: &str, first: Option<Position>| {
        if let Some(at) = first {
            let message = format!("{field} is deprecated: write {new_field}");
            reader.warning(at, message);
        }
    };
    deprecate(equal_field, equal.0.first().map(|(name, _)| name.at));
    deprecate(regex_field, regex.0.first().map(|(name, _)| name.at));
}

fn regex_matcher(name: &str, text: &str) -> Result<Matcher, crate::label::pattern::PatternError> {
    Matcher::new(name, MatchOp::Regex, text, Dialect::Alertmanager)
}

/// All three forms together, sorted by name, value and operator, which is their order in keys.
/// The expressions of `match_re` are anchored in their text too, which group keys show.
pub(super) fn all(equal: &EqualMap, regex: &RegexMap, list: &MatcherList) -> Matchers {
    let equal = equal.iter().map(|(name, value)| Matcher::equal(name, value));
    let regex = regex
        .iter()
        .filter_map(|(name, value)| Some((name, format!("^(?:{})$", value.as_ref()?))))
        .filter_map(|(name, text)| regex_matcher(name, &text).ok());
    let mut matchers = Matchers(equal.chain(regex).chain(list.0.iter().cloned()).collect());
    matchers.sort();
    matchers
}
