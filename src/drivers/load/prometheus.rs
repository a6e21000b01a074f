//! What a `prometheus.yml` and the flags of its kind add to a configuration: where alerts and
//! samples are sent on to, rule files, defaults.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Expansion;
use crate::config::prometheus::{self, Prometheus};
use crate::forward::{Address, Alertmanager, Forwarding, Recipients, RemoteWrite, Waiting};
use crate::label::{Labels, LabelsBuilder};

use super::{LoadError, Plan, read};

/// What the command line says of other servers.
#[derive(Clone, Debug, Default)]
pub struct Outward {
    /// A `prometheus.yml`.
    pub config: Option<PathBuf>,
    /// External Alertmanagers, beside those of the file.
    pub alertmanagers: Vec<Address>,
    /// Remote write endpoints, beside those of the file.
    pub remote_writes: Vec<Address>,
    /// How alerts wait for an Alertmanager.
    pub waiting: Waiting,
    /// Whether anything is sent on at all.
    pub sending: Sending,
}

/// Whether anything is sent on.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// It is.
    #[default]
    On,
    /// Nothing leaves the process: a dry run.
    Off,
}

/// Reads the file, if there is one, and says in one line what of it has no effect.
pub(super) fn load(
    plan: &Plan,
    warnings: &mut Vec<String>,
) -> Result<Option<Prometheus>, LoadError> {
    let Some(path) = &plan.outward.config else { return Ok(None) };
    let name = path.display().to_string();
    let mut parsed =
        prometheus::parse(&name, &read(path)?, Expansion::Off).map_err(LoadError::Content)?;
    for (label, value) in &mut parsed.external_labels {
        let (expanded, unset) = expand(value, |name| std::env::var(name).ok());
        let warning = |unset| format!("{name}: external label {label}: no variable {unset} is set");
        warnings.extend(unset.into_iter().map(warning));
        *value = expanded;
    }
    if !parsed.unused.is_empty() {
        let parts = parsed.unused.iter().map(|part| {
            let what = part.message.strip_suffix(" is not used").unwrap_or(&part.message);
            format!("{what} ({}:{})", part.line, part.column)
        });
        let parts: Vec<_> = parts.collect();
        warnings.push(format!("{name}: has no effect here: {}", parts.join(", ")));
    }
    Ok(Some(parsed))
}

/// The file's external labels, overlaid with the command line's.
pub(super) fn external_labels(plan: &Plan, file: Option<&Prometheus>) -> Labels {
    let mut labels = LabelsBuilder::new();
    for (name, value) in file.iter().flat_map(|file| &file.external_labels) {
        labels.set(name, value);
    }
    for (name, value) in &plan.external_labels {
        labels.set(name, value);
    }
    labels.build()
}

/// What is sent on, by the command line and the file.
pub(super) fn forwarding(
    plan: &Plan,
    file: Option<&Prometheus>,
    external_labels: &Labels,
    warnings: &mut Vec<String>,
) -> Forwarding {
    let outward = &plan.outward;
    let given =
        outward.alertmanagers.iter().map(|address| Arc::new(Alertmanager::at(address.clone())));
    let mut alertmanagers: Vec<Arc<Alertmanager>> = Vec::new();
    for one in given.chain(file.iter().flat_map(|file| &file.alertmanagers).cloned()) {
        if alertmanagers.iter().all(|known| known.url != one.url) {
            alertmanagers.push(one);
        }
    }
    let given = outward.remote_writes.iter().map(|address| RemoteWrite::at(address.clone()));
    let mut remote_writes: Vec<Arc<RemoteWrite>> = Vec::new();
    for one in given.chain(file.iter().flat_map(|file| &file.remote_write).cloned()) {
        if remote_writes.iter().all(|known| known.name != one.name) {
            remote_writes.push(Arc::new(one));
        } else {
            warnings.push(format!("remote write to {} is configured twice: once is used", one.url));
        }
    }
    if outward.sending == Sending::Off {
        if !alertmanagers.is_empty() || !remote_writes.is_empty() {
            warnings.push("dry run: nothing is sent on to other servers".to_owned());
        }
        return Forwarding::default();
    }
    let recipients = match (plan.config_file.is_some(), alertmanagers.is_empty()) {
        (_, true) => Recipients::Pipeline,
        (true, false) => Recipients::Both,
        (false, false) => Recipients::Alertmanagers,
    };
    Forwarding {
        recipients,
        alert_relabel: file.map(|file| file.alert_relabel.clone()).unwrap_or_default(),
        alertmanagers,
        dropped_alertmanagers: file
            .map(|file| file.dropped_alertmanagers.clone())
            .unwrap_or_default(),
        waiting: outward.waiting,
        remote_writes,
        external_labels: external_labels.clone(),
    }
}

/// Fills `$NAME` and `${NAME}` as Go's `os.Expand` does; `$$` is a dollar sign. Gives the names
/// that have no value too.
fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> (String, Vec<String>) {
    let (mut expanded, mut unset) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        let (name, after) = reference(&rest[dollar + 1..]);
        rest = after;
        match name {
            Name::None | Name::Some("$") => expanded.push('$'),
            Name::Broken => {}
            Name::Some(name) => match variable(name).filter(|value| !value.is_empty()) {
                Some(value) => expanded.push_str(&value),
                None => unset.push(name.to_owned()),
            },
        }
    }
    expanded.push_str(rest);
    (expanded, unset)
}

/// What stands behind a dollar sign.
enum Name<'a> {
    Some(&'a str),
    /// No name: the dollar sign stands for itself.
    None,
    /// Braces that are empty or do not end: they vanish with the dollar sign.
    Broken,
}

/// The name behind a dollar sign, and what follows it. (Source: Go, `os.getShellName`.)
fn reference(text: &str) -> (Name<'_>, &str) {
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.split_once('}') {
            Some((name, after)) if !name.is_empty() => (Name::Some(name), after),
            Some((_, after)) => (Name::Broken, after),
            None => (Name::Broken, inner),
        };
    }
    let special = |character: char| "$*#@!?-0123456789".contains(character);
    if text.starts_with(special) {
        let (name, after) = text.split_at(1);
        return (Name::Some(name), after);
    }
    let in_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let end = text.find(|character| !in_name(character)).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (if name.is_empty() { Name::None } else { Name::Some(name) }, after)
}

#[cfg(test)]
mod tests;
