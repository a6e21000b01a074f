//! Rule files. (Source: Prometheus docs, "Recording rules" and "Alerting rules"; checks and
//! texts of its `rulefmt` package.)

mod check;
mod compile;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use crate::promql::syntax::Features;
use crate::rules::Group;
use crate::time::Span;

use super::read::{At, Field, Pairs, PromDuration, Reader, errors, section, warnings};
use super::yaml::{self, Documents, Position, Scalar};
use super::{ConfigErrors, Expansion};

pub use places::places;

/// The most groups that one file may have.
pub const MAX_GROUPS: usize = 100_000;
/// The most rules that one group may have.
pub const MAX_RULES: usize = 100_000;

/// What applies to groups that do not say, and how strict the reader is.
#[derive(Clone, Debug)]
pub struct RuleOptions {
    /// The evaluation interval of groups without one.
    pub interval: Span,
    /// The query offset of groups without one.
    pub query_offset: Span,
    /// Which experimental parts of PromQL are understood.
    pub features: Features,
    /// Which names recorded metrics, labels and annotations may have.
    pub names: NameScheme,
    /// What happens with a field that rule files do not have.
    pub unknown_fields: UnknownFields,
    /// Which sources a group may name.
    pub sources: GroupSources,
}

impl Default for RuleOptions {
    /// Prometheus' defaults: every minute, no offset, any UTF-8 name, strict.
    fn default() -> RuleOptions {
        RuleOptions {
            interval: Span::from_mins(1),
            query_offset: Span::ZERO,
            features: Features::default(),
            names: NameScheme::default(),
            unknown_fields: UnknownFields::default(),
            sources: GroupSources::default(),
        }
    }
}

/// Which sources a group may name with `source`, a field that Prometheus does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupSources {
    /// None: the field is unknown, as in Prometheus.
    #[default]
    None,
    /// Any: the sources are not known here.
    Any,
    /// These.
    Known(BTreeSet<String>),
}

/// Which names recorded metrics, labels and annotations may have.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum NameScheme {
    /// Any text that is not empty.
    #[default]
    Utf8,
    /// Letters, digits, `_`, and `:` in metrics; no digit first.
    Legacy,
}

/// What happens with a field that rule files do not have (Thanos, Mimir and Loki have more).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// It is an error, as in Prometheus.
    #[default]
    Refuse,
    /// It is a warning.
    Ignore,
}

section! {
    /// A document of a rule file.
    struct File("rulefmt.RuleGroups") {
        nonempty groups: Vec<Option<RawGroup>>,
    }
}

section! {
    /// A group as it was written.
    struct RawGroup("rulefmt.RuleGroup") {
        nonempty name: At<String>,
        nonempty interval: Option<PromDuration>,
        nonempty query_offset: Option<PromDuration>,
        nonempty limit: i64,
        nonempty labels: Pairs<Scalar>,
        nonempty source: At<String>,
        nonempty rules: Vec<Option<RawRule>>,
    }
}

section! {
    /// A rule as it was written.
    struct RawRule("rulefmt.Rule") {
        nonempty record: At<String>,
        nonempty alert: At<String>,
        nonempty expr: Option<Scalar>,
        nonempty hold("for"): At<PromDuration>,
        nonempty keep_firing_for: At<PromDuration>,
        nonempty labels: Pairs<Scalar>,
        nonempty annotations: Pairs<Scalar>,
    }
}

impl RawRule {
    /// The alert's name or the recorded metric's.
    fn name(&self) -> &At<String> {
        if self.alert.is_empty() { &self.record } else { &self.alert }
    }
}

/// Reads a rule file's text: every document, every group. Returns the groups in the order of
/// the file, and warnings.
///
/// # Errors
/// Everything that is wrong with it, each with its place; of an expression the place of the
/// character that is to blame.
pub fn parse(
    file: &str,
    text: &str,
    options: &RuleOptions,
    expansion: Expansion<'_>,
) -> Result<(Vec<Group>, Vec<String>), ConfigErrors> {
    let documents =
        yaml::parse(text, Documents::All, expansion).map_err(|problems| errors(file, problems))?;
    let mut reader = Reader { unknown_fields: options.unknown_fields, ..Reader::default() };
    let files: Vec<File> =
        documents.iter().filter_map(|document| File::read(document, &mut reader)).collect();
    let raw: Vec<&RawGroup> = files.iter().flat_map(|file| file.groups.iter().flatten()).collect();
    let context = check::Context { text, options };
    if options.sources == GroupSources::None {
        check::refuse_sources(&documents, &mut reader);
    }
    check::unique_names(&raw, &mut reader);
    let groups = compile::groups(file, &raw, &context, &mut reader);
    if reader.problems.is_empty() {
        Ok((groups, warnings(file, reader.warnings)))
    } else {
        Err(reader.errors(file))
    }
}

/// The lines, from 1, at which the rules of a good file begin, by group.
///
/// # Errors
/// The file does not parse.
pub fn lines(
    file: &str,
    text: &str,
    options: &RuleOptions,
) -> Result<BTreeMap<String, Vec<usize>>, ConfigErrors> {
    let documents = yaml::parse(text, Documents::All, Expansion::Off)
        .map_err(|problems| errors(file, problems))?;
    let mut reader = Reader { unknown_fields: options.unknown_fields, ..Reader::default() };
    let files: Vec<File> =
        documents.iter().filter_map(|document| File::read(document, &mut reader)).collect();
    let groups = files.into_iter().flat_map(|file| file.groups).flatten();
    let lines = |group: &RawGroup| group.rules.iter().flatten().map(|rule| rule.at.line).collect();
    Ok(groups.map(|group| (group.name.value.clone(), lines(&group))).collect())
}

/// The group's labels overlaid with the rule's, sorted by name.
fn merged_labels(group: &Pairs<Scalar>, rule: &Pairs<Scalar>) -> Vec<(String, String)> {
    let both = group.iter().chain(rule.iter());
    let merged: BTreeMap<_, _> = both.map(|(name, value)| (name, value.text.as_str())).collect();
    merged.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The beginning of every message about a rule.
fn about(group: &RawGroup, index: usize, rule: &RawRule) -> String {
    format!("group {:?}, rule {}, {:?}: ", group.name.value, index + 1, rule.name().value)
}

/// Where a message about a field belongs: at the field, or at the rule when it is not there.
fn place<T: Field>(field: &At<T>, otherwise: Position) -> Position {
    if field.at == Position::default() { otherwise } else { field.at }
}

#[cfg(test)]
mod tests;
