//! Which rules are asked for, and which page of them.

use std::collections::BTreeSet;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::engine::view::RuleGroupView;
use crate::label::{Labels, Matchers};
use crate::rules::{GroupId, Rule, RuleKind};
use crate::template::quote;

use super::dto::{GroupDto, RuleDto, RuleGroups, ShowAlerts};
use super::parameters::{Parameters, parse_integer};
use super::refusal::Refusal;

/// What is asked for; empty sets mean all.
pub(super) struct Filter {
    kind: Option<Kind>,
    rules: BTreeSet<String>,
    groups: BTreeSet<String>,
    files: BTreeSet<String>,
    any_of: Vec<Matchers>,
    alerts: ShowAlerts,
    page: Option<Page>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Alerting,
    Recording,
}

struct Page {
    groups: usize,
    /// Names the first group of the page.
    token: Option<String>,
}

impl Filter {
    pub(super) fn new(parameters: &Parameters) -> Result<Filter, Refusal> {
        let set = |name| parameters.all(name).map(str::to_owned).collect();
        Ok(Filter {
            any_of: parameters.selectors()?,
            rules: set("rule_name[]"),
            groups: set("rule_group[]"),
            files: set("file[]"),
            kind: kind(parameters)?,
            alerts: show_alerts(parameters)?,
            page: page(parameters)?,
        })
    }

    /// The groups that are asked for; those without such rules are left out.
    pub(super) fn page<'a>(&self, views: &'a [RuleGroupView]) -> Result<RuleGroups<'a>, Refusal> {
        let most = self.page.as_ref().map_or(usize::MAX, |page| page.groups);
        let mut groups = Vec::new();
        for view in &views[self.first(views)?..] {
            let Some(group) = self.group(view) else { continue };
            if groups.len() == most {
                let group_next_token = Some(token(&view.group.id));
                return Ok(RuleGroups { groups, group_next_token });
            }
            groups.push(group);
        }
        Ok(RuleGroups { groups, group_next_token: None })
    }

    /// Where the page begins.
    fn first(&self, views: &[RuleGroupView]) -> Result<usize, Refusal> {
        let wanted = self.page.as_ref().and_then(|page| page.token.as_ref());
        let Some(wanted) = wanted else { return Ok(0) };
        let found = views.iter().position(|view| token(&view.group.id) == *wanted);
        found.ok_or_else(|| {
            let problem = format!("invalid group_next_token '{wanted}'. were rule groups changed?");
            Refusal::parameter("group_next_token", problem)
        })
    }

    fn group<'a>(&self, view: &'a RuleGroupView) -> Option<GroupDto<'a>> {
        let id = &view.group.id;
        let allows = |set: &BTreeSet<String>, name: &str| set.is_empty() || set.contains(name);
        if !allows(&self.groups, &id.name) || !allows(&self.files, &id.file) {
            return None;
        }
        let mut group = GroupDto::new(view);
        let rules = view.group.rules.iter().zip(&view.state.rules);
        let rules = rules.filter(|(rule, _)| allows(&self.rules, rule.name()) && self.wants(rule));
        group.rules = rules.map(|(rule, state)| RuleDto::new(rule, state, self.alerts)).collect();
        (!group.rules.is_empty()).then_some(group)
    }

    fn wants(&self, rule: &Rule) -> bool {
        let kind = match rule.kind {
            RuleKind::Alerting(_) => Kind::Alerting,
            RuleKind::Recording(_) => Kind::Recording,
        };
        if self.kind.is_some_and(|wanted| wanted != kind) {
            return false;
        }
        if self.any_of.is_empty() {
            return true;
        }
        let labels = Labels::from_pairs(rule.labels.iter().map(|(name, value)| (name, value)));
        self.any_of.iter().any(|matchers| matchers.matches(&labels))
    }
}

fn kind(parameters: &Parameters) -> Result<Option<Kind>, Refusal> {
    let text = parameters.text("type").to_lowercase();
    match &*text {
        "" => Ok(None),
        "alert" => Ok(Some(Kind::Alerting)),
        "record" => Ok(Some(Kind::Recording)),
        _ => Err(Refusal::parameter("type", format!("not supported value {}", quote(&text)))),
    }
}

/// Go's booleans.
fn show_alerts(parameters: &Parameters) -> Result<ShowAlerts, Refusal> {
    let text = parameters.text("exclude_alerts").to_lowercase();
    match &*text {
        "" | "0" | "f" | "false" => Ok(ShowAlerts::Yes),
        "1" | "t" | "true" => Ok(ShowAlerts::No),
        _ => {
            let problem = format!(
                "error converting exclude_alerts: strconv.ParseBool: parsing {}: invalid syntax",
                quote(&text)
            );
            Err(Refusal::parameter("exclude_alerts", problem))
        }
    }
}

fn page(parameters: &Parameters) -> Result<Option<Page>, Refusal> {
    let limit = parameters.text("group_limit");
    let token = Some(parameters.text("group_next_token")).filter(|token| !token.is_empty());
    if limit.is_empty() {
        return match token {
            None => Ok(None),
            Some(_) => Err(Refusal::parameter(
                "group_next_token",
                "group_limit needs to be present in order to paginate over the groups",
            )),
        };
    }
    let number = parse_integer(limit).map_err(|error| {
        let error = error.replace("Atoi", "ParseInt");
        Refusal::parameter(
            "group_limit",
            format!("group_limit needs to be a valid number: {error}"),
        )
    })?;
    match usize::try_from(number) {
        Ok(groups) if groups > 0 => Ok(Some(Page { groups, token: token.map(str::to_owned) })),
        _ => Err(Refusal::parameter("group_limit", "group_limit needs to be greater than 0")),
    }
}

/// Names a group: the hash of its file and its name.
fn token(id: &GroupId) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(id.to_string()) {
        // writing to a text cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
