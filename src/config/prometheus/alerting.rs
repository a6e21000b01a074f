//! `alerting`.

use std::sync::Arc;

use crate::config::alertmanager::Anything;
use crate::config::alertmanager::http::Http;
use crate::config::read::{At, Field, Pairs, PromDuration, Reader, Yaml, section};
use crate::config::yaml::{Node, Position};
use crate::forward::{ALERTMANAGER_TIMEOUT, Alertmanager, alerts};
use crate::label::Labels;
use crate::label::relabel::{Rule, relabel};

use super::relabel::{self as rules, RawRelabel};
use super::requests;

/// The label of a target that holds its host and port.
const ADDRESS: &str = "__address__";
/// The label of a target that holds `http` or `https`.
const SCHEME: &str = "__scheme__";
/// The label of a target that holds the path alerts are posted to.
const ALERTS_PATH: &str = "__alerts_path__";

section! {
    /// `alerting`
    struct RawAlerting("config.plain") {
        nonempty alert_relabel_configs: Vec<RawRelabel>,
        nonempty alertmanagers: Vec<Discovered>,
    }
}

section! {
    /// One of `alertmanagers`, without what says how requests are made.
    struct RawAlertmanager("config.plain") {
        nonempty scheme: String = "http".to_owned(),
        nonempty path_prefix: String,
        nonempty timeout: PromDuration = PromDuration(ALERTMANAGER_TIMEOUT),
        nonempty api_version: At<String>,
        nonempty static_configs: Vec<StaticConfig>,
        nonempty relabel_configs: Vec<RawRelabel>,
        nonempty alert_relabel_configs: Vec<RawRelabel>,
        nonempty sigv4: Option<At<Anything>>,
    }
}

section! {
    /// One of `static_configs`.
    struct StaticConfig("struct") {
        nonempty targets: Vec<At<String>>,
        nonempty labels: Pairs<String>,
    }
}

/// An Alertmanager, however it is found: the many `*_sd_configs` are not looked into.
#[derive(Clone, Debug)]
pub(in crate::config) struct Discovered {
    alertmanager: RawAlertmanager,
    http: Http,
    discovery: Vec<At<String>>,
}

/// The targets of the sections, and what relabelling made of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    /// Those that alerts go to.
    pub(super) active: Vec<Arc<Alertmanager>>,
    /// The URLs of those that were left out.
    pub(super) dropped: Vec<Arc<str>>,
}

impl Field for Discovered {
    fn read(node: &Node, reader: &mut Reader) -> Option<Discovered> {
        let Node::Map(at, entries) = node else {
            let alertmanager = RawAlertmanager::read(node, reader)?;
            let http = Http::empty(alertmanager.at);
            return Some(Discovered { alertmanager, http, discovery: Vec::new() });
        };
        let mut entries = entries.clone();
        let mut discovery = Vec::new();
        entries.retain(|entry| {
            let discovers = entry.key.text.ends_with("_sd_configs");
            if discovers {
                discovery.push(At { at: entry.key.at, value: entry.key.text.clone() });
            }
            !discovers
        });
        let http = requests::read(*at, &mut entries, reader);
        let alertmanager = RawAlertmanager::read(&Node::Map(*at, entries), reader)?;
        Some(Discovered { alertmanager, http, discovery })
    }

    fn null(at: Position, reader: &mut Reader) -> Option<Discovered> {
        reader.problem(at, "empty or null alertmanager config section");
        None
    }

    fn write(&self) -> Yaml {
        self.alertmanager.write()
    }
}

impl RawAlerting {
    pub(super) fn check(&self, reader: &mut Reader) {
        rules::check(&self.alert_relabel_configs, reader);
        for alertmanager in &self.alertmanagers {
            alertmanager.check(reader);
        }
    }

    /// The relabelling rules for all alerts.
    pub(super) fn relabel(&self) -> Vec<Rule> {
        rules::compile(&self.alert_relabel_configs)
    }

    /// The targets that are listed, each URL once. `file` turns a file's path into what is
    /// opened.
    pub(super) fn targets(&self, file: &dyn Fn(&str) -> String) -> Targets {
        let mut targets = Targets::default();
        for alertmanager in &self.alertmanagers {
            alertmanager.add_targets(file, &mut targets);
        }
        targets
    }

    /// What has no effect, with its place.
    pub(super) fn unused(&self) -> Vec<(String, Position)> {
        let mut unused = Vec::new();
        for Discovered { alertmanager, discovery, .. } in &self.alertmanagers {
            unused.extend(discovery.iter().map(|found| (found.value.clone(), found.at)));
            let sigv4 = alertmanager.sigv4.as_ref();
            unused.extend(sigv4.map(|part| ("sigv4 of alertmanagers".to_owned(), part.at)));
        }
        unused
    }
}

impl Discovered {
    fn check(&self, reader: &mut Reader) {
        let Discovered { alertmanager, http, .. } = self;
        if !matches!(alertmanager.api_version.as_str(), "" | "v2") {
            let given = &alertmanager.api_version.value;
            let message =
                format!("expected Alertmanager api version to be one of [v2] but got {given}");
            reader.problem(alertmanager.api_version.at, message);
        }
        let logins =
            [http.basic_auth.is_some(), http.oauth2.is_some(), http.authorization.is_some()];
        if logins.iter().filter(|login| **login).count() > 1 {
            let message = "at most one of basic_auth, oauth2 & authorization must be configured";
            reader.problem(alertmanager.at, message);
        }
        http.check(reader);
        // relabelling may mend an address
        if alertmanager.relabel_configs.is_empty() {
            for target in alertmanager.static_configs.iter().flat_map(|group| &group.targets) {
                if target.contains('/') {
                    let message = format!("{:?} is not a valid hostname", target.value);
                    reader.problem(target.at, message);
                }
            }
        }
        rules::check(&alertmanager.relabel_configs, reader);
        rules::check(&alertmanager.alert_relabel_configs, reader);
    }

    fn add_targets(&self, file: &dyn Fn(&str) -> String, targets: &mut Targets) {
        let section = &self.alertmanager;
        let (http, changes) = (self.http.compile(file), rules::compile(&section.relabel_configs));
        let alert_rules = rules::compile(&section.alert_relabel_configs);
        for labels in section.targets() {
            let changed = relabel(&labels, &changes);
            let Some(url) = changed.as_ref().and_then(url) else {
                targets.dropped.extend(url(&labels));
                continue;
            };
            if targets.active.iter().any(|known| known.url == url) {
                continue;
            }
            targets.active.push(Arc::new(Alertmanager {
                url,
                http: http.clone(),
                timeout: section.timeout.0,
                relabel: alert_rules.clone(),
            }));
        }
    }
}

impl RawAlertmanager {
    /// The labels of every listed target, before relabelling.
    fn targets(&self) -> Vec<Labels> {
        let prefix = self.path_prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        let path = format!("{slash}{prefix}{}", alerts::PATH);
        let of_group = |group: &StaticConfig| {
            let mut labels = Labels::from_pairs(group.labels.iter()).edit();
            for (name, value) in [(SCHEME, self.scheme.as_str()), (ALERTS_PATH, path.as_str())] {
                if labels.get(name).is_none() {
                    labels.set(name, value);
                }
            }
            let of_target = |target: &At<String>| labels.clone().set(ADDRESS, target).build();
            group.targets.iter().map(of_target).collect::<Vec<_>>()
        };
        self.static_configs.iter().flat_map(of_group).collect()
    }
}

/// Where a target's labels say that alerts are posted to; none without a usable address.
fn url(labels: &Labels) -> Option<Arc<str>> {
    let address = labels.get(ADDRESS).filter(|address| !address.contains('/'))?;
    let (scheme, path) = (labels.value(SCHEME), labels.value(ALERTS_PATH));
    Some(Arc::from(format!("{scheme}://{address}{path}")))
}
